"""Runs all checks at once, within a time bound: a dead network must not hold them up."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from pwd import getpwuid

from shanty.config.settings import Settings
from shanty.diagnosis.access import check_cookies_in_use, check_prefect_server
from shanty.diagnosis.findings import Check, Finding, red
from shanty.diagnosis.network import (
    check_acoustid,
    check_coverart,
    check_lyrics,
    check_musicbrainz,
    check_ytmusic,
)
from shanty.diagnosis.sites import check_sites
from shanty.diagnosis.storage import (
    check_database,
    check_home,
    check_library,
    check_names,
    check_space,
)
from shanty.diagnosis.surroundings import (
    check_letters,
    check_surroundings,
    check_time_zone,
)
from shanty.diagnosis.telling import check_media_servers, check_notices
from shanty.diagnosis.tools import (
    check_ejs,
    check_ffmpeg,
    check_js_runtime,
    check_versions,
    check_ytdlp,
)
from shanty.providers.ytdlp.versions.choice import use_chosen

BOUND_SECONDS = 20.0
_AS_OWNER = "run this as the user that Shanty runs as, or change the owner or the mode"

# Each name stands in the finding that is made if the check itself breaks or does not end.
CHECKS: dict[str, Check] = {
    "home": check_home,
    "database": check_database,
    "library": check_library,
    "file names": check_names,
    "disk space": check_space,
    "ffmpeg": check_ffmpeg,
    "JavaScript": check_js_runtime,
    "yt-dlp": check_ytdlp,
    "yt-dlp-ejs": check_ejs,
    "cookies": check_cookies_in_use,
    "MusicBrainz": check_musicbrainz,
    "download site": check_sites,
    "YouTube Music": check_ytmusic,
    "cover art": check_coverart,
    "lyrics": check_lyrics,
    "AcoustID": check_acoustid,
    "notices": check_notices,
    "media servers": check_media_servers,
    "versions": check_versions,
    "Prefect server": check_prefect_server,
    "time zone": check_time_zone,
    "letters": check_letters,
    "surroundings": check_surroundings,
}


def diagnose(
    settings: Settings,
    *,
    more: Mapping[str, Check] | None = None,
    bound_seconds: float = BOUND_SECONDS,
) -> Iterator[Finding]:
    """Run every check; gives the findings in the order of the checks, each as soon as possible.

    ``more`` are further checks, from the packages above this one. A check that breaks, or has not
    ended within ``bound_seconds``, gives a red finding.
    """
    use_chosen(settings.home)
    deadline = time.monotonic() + bound_seconds
    checks = {**CHECKS, **(more or {})}
    running = [(name, _start(name, check, settings)) for name, check in checks.items()]
    for name, result in running:
        try:
            yield from result.result(timeout=max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            yield red(
                name,
                f"this check did not end within {bound_seconds:.0f} seconds",
                "is a network disk or a name server gone? then try again",
            )
        except PermissionError as error:
            yield _forbidden(name, error)
        except Exception as error:
            yield red(name, f"the check itself failed: {error!r}", "please report this")


def _forbidden(name: str, error: PermissionError) -> Finding:
    """What the permissions of files forbid whoever runs the checks to look at."""
    if not error.filename:
        return red(name, f"not allowed to look at it: {error}", _AS_OWNER)
    path = Path(os.fsdecode(error.filename))
    owner = _name_owner(path)
    whose = f": that is for {owner}" if owner else ""
    return red(name, f"you are not allowed to look at {path}{whose}", _AS_OWNER)


def _name_owner(path: Path) -> str:
    """The owner of a path, or of the nearest folder above it that can be looked at."""
    for place in (path, *path.parents):
        with suppress(OSError):
            user_id = place.stat().st_uid
            with suppress(KeyError):
                return getpwuid(user_id).pw_name
            return f"user {user_id}"
    return ""


def _start(name: str, check: Check, settings: Settings) -> Future[Sequence[Finding]]:
    """Run a check in a daemon thread: it may hang in a system call, and must not delay the exit."""
    result: Future[Sequence[Finding]] = Future()

    def run() -> None:
        try:
            result.set_result(list(check(settings)))
        except Exception as error:
            result.set_exception(error)

    threading.Thread(target=run, name=f"check {name}", daemon=True).start()
    return result
