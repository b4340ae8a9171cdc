"""A clip: the first seconds of an audio file, in the one format that every browser plays."""

from __future__ import annotations

from pathlib import Path

from shanty.errors import BadCandidateError, ConfigError
from shanty.providers.ffmpeg import find_ffmpeg, run_once
from shanty.providers.ffmpeg_log import first_error

MEDIA_TYPE = "audio/mpeg"
_LEAST_BYTES = 2_000
"""Less than this is an eighth of a second: nothing of it was decoded."""


class SilentClipError(BadCandidateError):
    """Nothing of the file can be heard. A file that was cut off may be no fault of the upload."""


def make_clip(path: Path, seconds: float) -> bytes:
    """The first ``seconds`` of a file as MP3 at a constant rate, so that players can jump in it.

    The file may end anywhere: what comes before its end is taken. Neither tags nor pictures are.

    Raises:
        SilentClipError: nothing of it decodes.
        WaitError, TransientError: as ``ffmpeg.run_once``.
        ConfigError: there is no ffmpeg.
    """
    executable = find_ffmpeg()
    if executable is None:
        raise ConfigError("ffmpeg is missing: install it, or the imageio-ffmpeg package")
    # What came from outside may name neither other files nor addresses.
    arguments = ["-protocol_whitelist", "file", "-i", f"file:{path}", "-t", f"{seconds:g}"]
    arguments += ["-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1"]
    arguments += ["-ac", "2", "-ar", "44100", "-acodec", "libmp3lame", "-b:a", "128k"]
    arguments += ["-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "pipe:1"]
    done = run_once(executable, arguments, path.name)
    if len(done.stdout) < _LEAST_BYTES:
        why = first_error(done.stderr.decode("utf-8", "replace")) or "it has no sound"
        raise SilentClipError(f"nothing of it can be played: {why}")
    return done.stdout
