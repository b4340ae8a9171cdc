"""yt-dlp, embedded: fetching the beginning of an upload, for a person who wants to hear it.

Owns how much of an upload is fetched for that. Refuses to know whether the site may be asked
(``sources``) and how the sound is made playable (``clip``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from shanty.errors import BadCandidateError
from shanty.models import Candidate
from shanty.providers.ytdlp.errors import find_disk_refusal, map_error
from shanty.providers.ytdlp.lists import require_one
from shanty.providers.ytdlp.setup import expected_errors, open_ytdlp
from shanty.providers.ytdlp.stall import StallGuard

MOST_BYTES = 32_000_000
"""No upload is fetched further than this, whatever it says of its own rate."""
_LEAST_BYTES = 400_000
"""Containers begin with pictures, an index, or a second of silence at the full rate."""
_SPARE = 1.15
_USUAL_KILOBITS = 192.0
# Sound alone if there is any; else the smallest video that has some.
_FORMAT = "bestaudio/worst[acodec!=?none]/best"


class _EnoughError(Exception):
    """As much has come as is needed. Leaves yt-dlp from within a download."""


def fetch_beginning(
    candidate: Candidate,
    into_dir: Path,
    *,
    seconds: float | None,
    before_request: Callable[[], None] = lambda: None,
    before_http: Callable[[], None] = lambda: None,
    bytes_per_second: int | None = None,
    guard: StallGuard | None = None,
    cookies_path: Path | None = None,
) -> Path:
    """Fetch what should be enough for the first ``seconds``, or all if None; returns the file.

    The file may end in the middle of anything. A second call for the same folder goes on where the
    first has stopped. ``before_request`` and ``before_http`` are as for ``client.fetch``.

    Raises:
        StoppedError, StalledError, HungError: as the guard finds.
        BadCandidateError, WaitError, TransientError: as for ``client.fetch``.
        OSError: the disk refuses.
    """
    guard = guard or StallGuard()
    folder = str(into_dir).replace("%", "%%")

    def on_block(status: Mapping[str, Any]) -> None:
        guard.hear()
        if int(status.get("downloaded_bytes") or 0) >= _needed_bytes(status, seconds):
            raise _EnoughError

    options: dict[str, Any] = {
        "format": _FORMAT,
        "outtmpl": {"default": f"{folder}/beginning.%(format_id)s.%(ext)s"},
        "fixup": "never",
        "noplaylist": True,
        "updatetime": False,
        "progress_hooks": [on_block],
        "ratelimit": bytes_per_second,
    }
    before_request()
    guard.hear()
    with open_ytdlp(options, cookies_path, guard, before_http, candidate.source) as ydl:
        ydl.judge_found = partial(require_one, url=candidate.url)
        guard.run(partial(_download, ydl, candidate))
    return _find_file(into_dir, candidate)


def _download(ydl: Any, candidate: Candidate) -> None:
    with suppress(_EnoughError):
        try:
            ydl.extract_info(candidate.url, download=True)
        except expected_errors() as error:
            if (refusal := find_disk_refusal(error)) is not None:
                raise refusal from error
            raise map_error(error, candidate.source, ydl.params["logger"].warnings) from error


def _needed_bytes(status: Mapping[str, Any], seconds: float | None) -> float:
    """How much is enough, by what the site says of size, length and rate."""
    if seconds is None:
        return MOST_BYTES
    info = status.get("info_dict") or {}
    total = status.get("total_bytes") or status.get("total_bytes_estimate")
    length = info.get("duration")
    if total and length:
        needed = float(total) / float(length) * seconds
    else:
        rate = info.get("tbr") or info.get("abr") or _USUAL_KILOBITS
        needed = float(rate) * 125 * seconds
    return min(MOST_BYTES, _LEAST_BYTES + needed * _SPARE)


def _find_file(into_dir: Path, candidate: Candidate) -> Path:
    """What has come, whole or in part; notes and single fragments lie beside it."""
    found = [
        path
        for path in into_dir.glob("beginning.*")
        if path.suffix == ".part" or ".part" not in path.name
        if path.suffix != ".ytdl"
    ]
    if not found:
        raise BadCandidateError(f"{candidate.url} holds nothing that can be downloaded")
    return max(found, key=lambda path: path.stat().st_size)
