"""The sound and the pictures of the offline world: real files, rendered by ffmpeg when needed.

Owns codecs, containers and the folder for rendered files. Rendering one file takes about a tenth of
a second, so a file is rendered only when somebody asks for it.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from shanty.demo.offers import Offer, hash_number

_ENCODERS = {
    "webm": ("-c:a", "libopus", "-b:a", "48k", "-compression_level", "0", "-f", "webm"),
    "m4a": ("-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", "-f", "ipod"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3"),
    "ogg": ("-c:a", "libvorbis", "-q:a", "1", "-f", "ogg"),
    "flac": ("-c:a", "flac", "-sample_fmt", "s16", "-f", "flac"),
}
MIME_TYPES = {
    "webm": "audio/webm",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "jpg": "image/jpeg",
    "png": "image/png",
}
CODECS = {"webm": "opus", "m4a": "mp4a.40.2", "mp3": "mp3", "ogg": "vorbis", "flac": "flac"}
_TOO_LONG_SECONDS = 47.0
_CUT_AT = 0.3


class Variant(StrEnum):
    """How an upload is rendered: as promised, or with a fault."""

    PLAIN = "plain"
    SILENT = "silent"
    FILLED_UP = "filled_up"  # cut off, then silent up to the promised length
    WRONG_LENGTH = "wrong_length"


def find_ffmpeg() -> str:
    """The ffmpeg that comes with the ``imageio-ffmpeg`` wheel, else the system's.

    Raises:
        RuntimeError: there is none.
    """
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        found = shutil.which("ffmpeg")
        if found is None:
            raise
        return found


class Studio:
    """Renders files into ``cache_dir`` and finds them there again, also in a later process."""

    def __init__(self, cache_dir: Path) -> None:
        self._cache_dir = cache_dir
        self._ffmpeg: str | None = None
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def read_audio(self, offer: Offer, variant: Variant = Variant.PLAIN) -> bytes:
        """The bytes of an upload, the same each time."""
        seconds = offer.duration_seconds
        if variant is Variant.WRONG_LENGTH:
            seconds += _TOO_LONG_SECONDS
        source = f"anullsrc=r=48000:cl=mono:d={seconds:.3f}"
        if variant is not Variant.SILENT:
            sounding = seconds * _CUT_AT if variant is Variant.FILLED_UP else seconds
            source = _tone_source(offer.sound, seconds, sounding)
        # The name holds sound and length, so that no file of an older world is taken.
        stamp = f"{hash_number(offer.sound, round(seconds, 3)):x}"
        name = f"{offer.id}-{variant}-{stamp}.{offer.container}"
        return self._read(name, source, _ENCODERS[offer.container])

    def read_cover(self, release_group_mbid: str, size: int, extension: str) -> bytes:
        """The front cover: a square in the album's own colour, JPEG or PNG by ``extension``."""
        colours = [hash_number(part, release_group_mbid) & 0xFFFFFF for part in ("paper", "ink")]
        inset = size // 5
        source = (
            f"color=c=0x{colours[0]:06x}:s={size}x{size},drawbox=x={inset}:y={inset}"
            f":w={size - 2 * inset}:h={size - 2 * inset}:c=0x{colours[1]:06x}:t=fill"
        )
        codec = "png" if extension == "png" else "mjpeg"
        name = f"cover-{release_group_mbid}-{size}.{extension}"
        return self._read(name, source, ("-frames:v", "1", "-c:v", codec, "-f", "image2pipe"))

    def _read(self, name: str, source: str, encoder: Sequence[str]) -> bytes:
        path = self._cache_dir / name
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if not path.exists():
                self._render(path, source, encoder)
            return path.read_bytes()

    def _render(self, path: Path, source: str, encoder: Sequence[str]) -> None:
        if self._ffmpeg is None:
            self._ffmpeg = find_ffmpeg()
        self._cache_dir.mkdir(parents=True, exist_ok=True)
        # Another process may share the folder: a unique name, then an atomic rename.
        unfinished = path.with_name(f".{uuid4().hex}-{path.name}")
        command = [self._ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-threads", "1"]
        command += ["-f", "lavfi", "-i", source, "-bitexact", *encoder, str(unfinished)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            unfinished.unlink(missing_ok=True)
            raise RuntimeError(f"ffmpeg could not render {path.name}: {done.stderr.strip()}")
        unfinished.replace(path)


def _tone_source(sound: str, seconds: float, sounding: float) -> str:
    """A chord, silent after ``sounding`` seconds. It differs by sound, so that checksums differ."""
    low, high = (110 + hash_number(part, sound) % 70000 / 100 for part in ("low", "high"))
    tone = f"0.25*sin(2*PI*{low:.2f}*t)+0.2*sin(2*PI*{high:.2f}*t*(1+0.02*t))"
    if sounding < seconds:
        tone = f"({tone})*lt(t\\,{sounding:.3f})"
    return f"aevalsrc={tone}:s=48000:d={seconds:.3f}"
