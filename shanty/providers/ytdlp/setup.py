"""yt-dlp as we set it up: silent, without a configuration of its own, and watched.

Owns how yt-dlp is set up. Refuses to know what it is asked. yt-dlp is imported when first needed,
because that takes half a second.

Plug-ins: yt-dlp loads ``yt_dlp_plugins`` packages from ``sys.path`` once, when it is first set up
in a process. It does not see a folder that is put on ``sys.path`` later.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanty.errors import ConfigError
from shanty.providers.ytdlp.browser import Loan, lend
from shanty.providers.ytdlp.programs import adopt_programs
from shanty.providers.ytdlp.resume import watched_youtube_dl
from shanty.providers.ytdlp.runtime import find_deno
from shanty.providers.ytdlp.stall import StallGuard
from shanty.providers.ytdlp.streams import stream_options

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

# yt-dlp loads its plug-ins when it is first set up, and two threads must not both do it.
_SETUP_LOCK = threading.Lock()


def find_new_plugins() -> None:
    """Let yt-dlp load the plug-ins that have come onto ``sys.path``, if it was set up before."""
    if "yt_dlp" in sys.modules:
        from yt_dlp.plugins import load_all_plugins

        with _SETUP_LOCK:
            load_all_plugins()


@contextmanager
def open_ytdlp(
    options: dict[str, Any],
    cookies_path: Path | None,
    guard: StallGuard | None = None,
    before_http: Callable[[], None] = lambda: None,
    source: str = "",
) -> Iterator[Any]:
    """A yt-dlp that prints nothing, reads no configuration, and leaves retries to the queue.

    It works on a copy of the cookies; renewed cookies are brought back at the end. ``source`` is
    the site that has delivered if the block ends well.

    Raises:
        ConfigError: the cookies are not in the format of ``cookies.txt``.
    """
    guard = guard or StallGuard()
    common: dict[str, Any] = {
        "quiet": True,
        "noprogress": True,
        "logger": _Logger(),
        "socket_timeout": guard.stall_seconds,
        "retries": 0,
        "extractor_retries": 0,
        "allowed_extractors": ["default"],
        "js_runtimes": {"deno": _deno_options()},
        **stream_options(guard.hear),
    }
    with lend(cookies_path) as loan:
        if loan is not None:
            common["cookiefile"] = loan.as_stream()
        with _SETUP_LOCK:
            adopt_programs()
            ydl = watched_youtube_dl()({**common, **options})
        ydl.guard, ydl.before_http = guard, before_http
        if loan is not None:
            loan.observe(ydl)
        with ydl:
            try:
                yield ydl
            except BaseException as error:
                _end(loan, ydl, error)
                raise
            _end(loan, ydl, None, source)


def _end(loan: Loan | None, ydl: Any, error: BaseException | None, source: str = "") -> None:
    """Bring the cookies back. Trouble with that is logged, but does not fail the download."""
    if loan is None:
        return
    try:
        loan.end(ydl.cookiejar, error, source)
    except ConfigError as trouble:
        logger.warning("%s", trouble)


def _deno_options() -> dict[str, str]:
    path = find_deno()
    return {} if path is None else {"path": str(path)}


def expected_errors() -> tuple[type[Exception], ...]:
    """The errors that yt-dlp raises; :mod:`shanty.providers.ytdlp.errors` tells them apart."""
    from yt_dlp.utils import YoutubeDLError

    # OSError comes from a disk that refuses a write, or from a strange answer of a site.
    return (YoutubeDLError, OSError)


class _Logger:
    """Sends yt-dlp's messages to our log, never to the terminal.

    Warnings are kept: some of them explain the error that follows.
    """

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        logger.debug("%s", message)

    info = error = debug

    def warning(self, message: str) -> None:
        self.warnings.append(message)
        logger.debug("%s", message)
