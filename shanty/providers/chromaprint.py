"""Chromaprint: a fingerprint of how a file sounds, taken by ffmpeg.

Owns which ffmpeg can do it and how it is told. Refuses to know what fingerprints are compared for.
A fingerprint is a second opinion: if none can be had, for whatever reason, nothing fails.

The fingerprint is taken in a run of its own. In the run that judges a file, a complaint of the
fingerprint's output would count as the file's, and up to ffmpeg 6, the amount of decoded sound is
only told for all outputs together.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import cache
from pathlib import Path

from shanty.errors import StageError
from shanty.music.fingerprint import FINGERPRINT_SECONDS, Fingerprint
from shanty.providers.ffmpeg import find_all_ffmpeg, run_once

logger = logging.getLogger(__name__)

# Chromaprint needs 20 frames of 4096 samples, one each 1365 samples, at 11,025 Hz: 2.72 s.
_LEAST_SECONDS = 2.7


def find_chromaprint() -> Path | None:
    """The first ffmpeg that has Chromaprint built in; None if there is none."""
    for executable in find_all_ffmpeg():
        with suppress(StageError):  # it cannot be run, perhaps only now
            if _has_chromaprint(executable):
                return executable
    return None


def take_fingerprint(path: Path, seconds: float | None = None) -> Fingerprint | None:
    """The fingerprint of a file's first two minutes; on failure None, and a log line.

    Audio of less than three seconds has none, so nothing is tried if ``seconds``, the length, is
    known to be shorter.
    """
    if seconds is not None and seconds < _LEAST_SECONDS:
        return None
    executable = find_chromaprint()
    if executable is None:
        logger.warning("no ffmpeg with Chromaprint is installed: no fingerprints are taken")
        return None
    # "file:" keeps ffmpeg from taking a name for a protocol or an option.
    command = ["-t", str(FINGERPRINT_SECONDS), "-i", f"file:{path}", "-map", "0:a:0"]
    command += ["-f", "chromaprint", "-fp_format", "raw", "pipe:1"]
    try:
        done = run_once(executable, command, path.name)
    except StageError as error:
        logger.warning("no fingerprint is taken: %s", error)
        return None
    if done.returncode:
        logger.warning("ffmpeg takes no fingerprint of %s", path.name)
        return None
    return Fingerprint.of_native(done.stdout) if done.stdout else None


@cache
def _has_chromaprint(executable: Path) -> bool:
    done = run_once(executable, ["-h", "muxer=chromaprint"], "its own help")
    return b"Muxer chromaprint" in done.stdout
