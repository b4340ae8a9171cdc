"""yt-dlp, embedded: fetching one candidate's audio.

Owns what is asked of yt-dlp for that, and where a download lies until it is whole. Refuses to know
how yt-dlp is set up (``setup``), which candidate is right (``matching``) and whether the audio is
any good (``ffmpeg``).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

from shanty.errors import TOOLS, BadCandidateError, WaitError
from shanty.models import Candidate, Progress
from shanty.providers.conversion import (
    UnconvertedError,
    choose_target,
    convert,
    judge_unconverted,
)
from shanty.providers.ffmpeg import examine, find_ffmpeg
from shanty.providers.ffmpeg_log import Measured
from shanty.providers.ytdlp.errors import (
    find_disk_refusal,
    find_disk_trouble,
    is_refused_range,
    map_error,
)
from shanty.providers.ytdlp.lists import require_one
from shanty.providers.ytdlp.page import read_page
from shanty.providers.ytdlp.setup import expected_errors, open_ytdlp
from shanty.providers.ytdlp.stall import HungError, StallGuard
from shanty.providers.ytdlp.streams import Promise
from shanty.work_limit import get_on

# The formats that are asked for, so that nothing is converted without need.
_ANY_FORMAT = "bestaudio/best"
# Formats without tags that players read are taken only if the site has nothing else.
_TAGGABLE = "[ext!~='(?i)^(wave?|aif[fc]?|au|caf)$'][acodec!~=?'(?i)^pcm']"
_FORMATS = {
    "best": f"bestaudio{_TAGGABLE}/bestaudio/best",
    "opus": "bestaudio[acodec=opus]/bestaudio/best",
    "m4a": "bestaudio[acodec^=mp4a]/bestaudio/best",
}
# Sites round lengths, and some count a picture that goes on after the sound.
_PROMISE_SECONDS = 1.5
_PROMISE_SHARE = 0.02
# The rate of a film in the best quality, and the length that is assumed if none is known.
_MOST_BYTES_PER_SECOND = 4_000_000
_SPARE_BYTES = 256_000_000
_UNKNOWN_SECONDS = 3600.0


def fetch(
    candidate: Candidate,
    into_dir: Path,
    *,
    audio_format: str = "best",
    before_request: Callable[[], None] = lambda: None,
    before_http: Callable[[], None] = lambda: None,
    bytes_per_second: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    guard: StallGuard | None = None,
    cookies_path: Path | None = None,
    judge: Callable[[Candidate], None] = lambda _: None,
    note_sound: Callable[[Path, Measured], None] = lambda path, sound: None,
) -> Path:
    """Download a candidate's best audio into ``into_dir`` and return the file.

    ``audio_format`` is ``best`` (the source's codec, taken out of a video's container if need be),
    or ``opus``, ``mp3``, ``m4a``, ``flac``. A file that an earlier call has finished is returned
    without any request; one that it has begun is continued. ``before_request`` is called once
    before all requests, ``before_http`` before each one but those for the audio itself; both may
    wait, for a budget, or refuse. ``judge`` is called with the candidate as its own page describes
    it, before anything is downloaded, and may raise. The guard is asked whether to stop with every
    block; ``on_progress`` is called as often. ``note_sound`` is called with what decoding the
    finished file has shown, if it is the very file that came.

    Raises:
        StoppedError: the guard says so.
        StalledError, HungError: the site sends next to nothing, or there is no sign of life.
        BadCandidateError: the upload is gone, blocked, or not audio.
        WaitError: the site asks us to wait (429, 503, a bot check), the disk is full, or ffmpeg or
            JavaScript is missing.
        TransientError: the network fails, or the error is unknown.
        OSError: ``into_dir`` cannot be made or written to.
    """
    into_dir.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w-]", "_", f"{candidate.source}-{candidate.source_id}")[:100]
    marker_path = into_dir / f".{name}.{audio_format}.finished"
    finished = _read_marker(marker_path)
    if finished is not None:
        return finished
    options = _download_options(into_dir, name, audio_format)
    guard = guard or StallGuard()

    def on_block(status: Mapping[str, Any]) -> None:
        guard.hear()
        _require_size(status, candidate)
        if on_progress is not None and status.get("status") == "downloading":
            on_progress(_read_progress(status))

    before_request()
    guard.hear()
    options |= {"progress_hooks": [on_block]}
    options["ratelimit"] = bytes_per_second
    # If a download was killed and goes on, yt-dlp may write the last fragment of a stream twice.
    was_begun = any(into_dir.glob(f"{name}.*.ytdl"))
    with open_ytdlp(options, cookies_path, guard, before_http, candidate.source) as ydl:
        ydl.judge_found = partial(_judge_found, candidate, judge)
        download = partial(_download, ydl, candidate, into_dir, name)

        def finish(found: Mapping[str, Any] | None) -> tuple[Path, Measured | None]:
            return _finish(found, candidate, audio_format, ydl.promise)

        try:
            found = guard.run(download)
            try:
                path, sound = finish(found)
            except BadCandidateError:
                if not was_begun:
                    raise
                _remove_sources(into_dir, name)
                found = guard.run(download)
                path, sound = finish(found)
        except HungError:
            # The thread left behind may wake up in the middle of a write: move its folder away.
            into_dir.rename(into_dir.with_name(f"{into_dir.name}.left-{token_hex(4)}"))
            raise
    _write_marker(marker_path, path)
    _remove_sources(into_dir, name, path)
    if sound is not None:
        note_sound(path, sound)
    return path


def _judge_found(
    candidate: Candidate, judge: Callable[[Candidate], None], found: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What an address gives, if it is one upload and passes for the one that is wanted."""
    upload = require_one(found, url=candidate.url)
    if upload.get("_type", "video") == "video":  # else what it leads to comes here next
        judge(read_page(upload, candidate))
    return upload


def _require_size(status: Mapping[str, Any], candidate: Candidate) -> None:
    """Note that a download makes progress, if it is no larger than a recording can be.

    Raises:
        BadCandidateError: it is larger; a site that sends for ever never stalls.
    """
    get_on()
    sizes = (status.get("downloaded_bytes"), status.get("total_bytes"))
    seconds = candidate.duration_seconds or _UNKNOWN_SECONDS
    most_bytes = _SPARE_BYTES + seconds * _MOST_BYTES_PER_SECOND
    if max(int(size or 0) for size in sizes) > most_bytes:
        raise BadCandidateError(f"{candidate.url} is larger than {most_bytes / 1e6:.0f} MB")


def _read_progress(status: Mapping[str, Any]) -> Progress:
    total = status.get("total_bytes") or status.get("total_bytes_estimate")
    return Progress(
        int(status.get("downloaded_bytes") or 0),
        None if total is None else int(total),
        status.get("speed"),
    )


def _download(
    ydl: Any, candidate: Candidate, into_dir: Path, name: str
) -> Mapping[str, Any] | None:
    """Download; returns what yt-dlp knows of it. Raises the errors of :func:`fetch`."""
    try:
        return _continue_or_begin_anew(ydl, candidate.url, into_dir, name)
    except expected_errors() as error:
        if (refusal := find_disk_refusal(error)) is not None:
            raise refusal from error
        raise map_error(error, candidate.source, ydl.params["logger"].warnings) from error


def _continue_or_begin_anew(
    ydl: Any, url: str, into_dir: Path, name: str
) -> Mapping[str, Any] | None:
    extract: Callable[..., Mapping[str, Any] | None] = partial(ydl.extract_info, download=True)
    try:
        return extract(url)
    except expected_errors() as error:
        if not is_refused_range(error):
            raise
    # The part is complete already, as after a stop in its last block, or longer than the site's
    # file is now. yt-dlp would ask for bytes behind its end again and again.
    for pattern in (f"{name}.*.part", f"{name}.*.part.of", f"{name}.*.ytdl"):
        for path in into_dir.glob(pattern):
            path.unlink(missing_ok=True)
    return extract(url)


def _finish(
    found: Mapping[str, Any] | None,
    candidate: Candidate,
    audio_format: str,
    promise: Promise,
) -> tuple[Path, Measured | None]:
    """Judge the download as it came, and convert it if need be; returns the file.

    The judgement comes first, because a converted file no longer shows what was missing. It is
    returned too, if it holds for the file as anybody else would judge it.

    Raises:
        BadCandidateError: the download is damaged or incomplete, or ffmpeg cannot convert it.
        WaitError, TransientError: as for :func:`fetch`.
    """
    path = _downloaded_path(found, candidate)
    sound = examine(path, keeps_time=not promise.has_breaks)
    promises = ((found or {}).get("duration"), candidate.duration_seconds, promise.seconds)
    promised_seconds = max(float(seconds or 0) for seconds in promises)
    _require_promised(sound.duration_seconds, promised_seconds, candidate)
    target = choose_target(sound, path, audio_format)
    if target is None:
        return path, None if promise.has_breaks else sound
    try:
        return convert(path, target), None
    except UnconvertedError as error:
        if (trouble := find_disk_trouble(error)) is not None:
            raise trouble from error
        judge_unconverted(path, target, str(error))


def _require_promised(sound_seconds: float, promised_seconds: float, candidate: Candidate) -> None:
    """Compare the length with the site's: a stream that ends too early looks whole by itself.

    Raises:
        BadCandidateError: the download is too short.
    """
    missing = promised_seconds - sound_seconds
    if missing > max(_PROMISE_SECONDS, promised_seconds * _PROMISE_SHARE):
        raise BadCandidateError(
            f"{candidate.source or 'the site'} delivers {sound_seconds:.1f} s of the "
            f"{promised_seconds:.1f} s that it promises"
        )


def _download_options(into_dir: Path, name: str, audio_format: str) -> dict[str, Any]:
    ffmpeg = find_ffmpeg()
    if ffmpeg is None:
        raise WaitError(
            "ffmpeg is missing: install it, or the imageio-ffmpeg package",
            source=TOOLS,
            why="ffmpeg is missing",
        )
    folder = str(into_dir).replace("%", "%%")
    return {
        "format": _FORMATS.get(audio_format, _ANY_FORMAT),
        # The name has the format's id, so that no download goes on with another format's bytes.
        "outtmpl": {"default": f"{folder}/{name}.%(format_id)s.%(ext)s"},
        "ffmpeg_location": str(ffmpeg),
        # The download is judged as it came; we convert it afterwards.
        "fixup": "never",
        "noplaylist": True,
        "updatetime": False,
    }


def _downloaded_path(found: Mapping[str, Any] | None, candidate: Candidate) -> Path:
    downloads = (found or {}).get("requested_downloads") or ()
    if not downloads:
        raise BadCandidateError(f"{candidate.url} holds nothing that can be downloaded")
    return Path(downloads[0]["filepath"])


def _write_marker(marker_path: Path, path: Path) -> None:
    """Note that ``path`` is finished. The note is reliable after a kill and after a power cut."""
    with path.open("rb") as audio:
        os.fsync(audio.fileno())
    stat = path.stat()
    content = {"name": path.name, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    part_path = marker_path.with_name(f"{marker_path.name}.new")
    with part_path.open("w", encoding="utf-8") as part:
        json.dump(content, part)
        part.flush()
        os.fsync(part.fileno())
    part_path.replace(marker_path)


def _read_marker(marker_path: Path) -> Path | None:
    """The file that an earlier call has finished, if it is still there unchanged."""
    try:
        content = json.loads(marker_path.read_text(encoding="utf-8"))
        path = marker_path.parent / str(content["name"])
        stat = path.stat()
        is_same = (stat.st_size, stat.st_mtime_ns) == (content["size"], content["mtime_ns"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return path if is_same else None


def _remove_sources(into_dir: Path, name: str, kept_path: Path | None = None) -> None:
    for path in into_dir.glob(f"{name}.*"):
        if path != kept_path:
            path.unlink(missing_ok=True)
