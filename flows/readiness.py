"""Everything that a pipeline run needs sooner or later, imported while nothing else is to be done.

Some of it is imported by us, by Prefect and by yt-dlp only when it is first needed. That is right
for whoever may not need it; a run needs all of it, and would wait for it in the middle of its work.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from shanty.providers.ytdlp.versions.choice import use_chosen

_OF_PREFECT = (
    "anyio._backends._asyncio",
    "fastapi",
    "prefect.client.orchestration",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.utilities.visualization",
)
_OF_STAGES = ("PIL.ImageOps", "imageio_ffmpeg", "shanty.tags.pictures")


def get_ready(home: Path) -> None:
    """Import what a pipeline run of a home needs. Prefect reads its settings now."""
    is_collecting = gc.isenabled()
    gc.disable()  # it would go through all that is imported, again and again
    try:
        import flows.pipeline  # noqa: F401
        from shanty.providers.ytdlp.resume import watched_youtube_dl
        from shanty.stages import load_stages

        use_chosen(home)
        for import_one in (load_stages, watched_youtube_dl):
            with suppress(Exception):  # whoever needs it meets the trouble, and names it
                import_one()
        for name in (*_OF_PREFECT, *_OF_STAGES):
            with suppress(Exception):
                import_module(name)
    finally:
        if not gc.get_freeze_count():  # whoever does this twice would keep its garbage for good
            gc.freeze()
        if is_collecting:
            gc.enable()


def let_heartbeats_end_alone() -> None:
    """Let no run wait at its end for Prefect's heartbeats, which sleep for a second at a time."""
    from functools import partial

    from prefect import flow_engine

    send = flow_engine._send_heartbeats
    vars(flow_engine)["_send_heartbeats"] = partial(send, join_on_exit=False)
