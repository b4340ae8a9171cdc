"""How the server of a home tells that a run, or a job, may have changed.

The server touches a file, and others look at it. That costs next to nothing, where each question
to the server costs milliseconds. Nobody is told of runs that a schedule plans: they are planned
long before their time.
"""

from __future__ import annotations

import os
import re
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanty.files.private_files import open_private

if TYPE_CHECKING:  # the worker that rests imports this module, and is to stay small
    from shanty.access.request import App, Receive, Send

# A run is made, ends, or begins again, or a job changes. Whatever else is asked for is no news.
_IS_NEWS = re.compile(
    r"/flow_runs/?$|/flow_runs/.*(set_state|resume)"
    r"|/deployments/(?!filter|count|paginate|get_scheduled)"
)


class NewsTeller:
    """ASGI middleware before the server's application: touches the file of its home."""

    def __init__(self, app: App, home: Path):
        self._app = app
        self._path = news_path(home)
        open_private(self._path, "a").close()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let the application answer, then tell if that may have been news."""
        await self._app(scope, receive, send)
        is_act = scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if is_act and _IS_NEWS.search(scope["path"]):
            with suppress(OSError):
                os.utime(self._path)


class NewsReader:
    """Sees whether there is news since :meth:`take` was called."""

    def __init__(self, home: Path):
        self._path = news_path(home)
        self._taken: int | None = None

    @property
    def is_told(self) -> bool:
        """Whether a server of this home tells its news."""
        return self._taken is not None

    @property
    def is_new(self) -> bool:
        """Whether there is news."""
        return self._read() != self._taken

    def take(self) -> None:
        """Note the news of now. Call it before the server is asked, so that none is missed."""
        self._taken = self._read()

    def _read(self) -> int | None:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return None


def news_path(home: Path) -> Path:
    """The file that the server of a home touches."""
    return home / "prefect" / "server.news"
