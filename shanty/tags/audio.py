"""What an audio file really is. Its bytes tell, not its name.

Owns opening audio with mutagen, for the whole package. Refuses to know what the file should be.
"""

# mypy: allow-untyped-calls
# mutagen claims to be typed, but is not.

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import mutagen
from mutagen.flac import FLAC
from mutagen.mp3 import MP3, BitrateMode
from mutagen.mp4 import MP4
from mutagen.wave import WAVE

from shanty.errors import BadCandidateError
from shanty.files.checksum import checksum, unreadable
from shanty.models import AudioProperties
from shanty.providers.ffmpeg import measure, verify_audio
from shanty.tags.mpeg_frames import count_seconds

# A guess by the first frame's bitrate is this close if all frames have that bitrate.
_CLOSE_SECONDS, _CLOSE_PART = 0.5, 0.02

# mutagen's class -> (container, codec). If the codec is empty, the file itself tells it.
_FORMATS = {
    "AAC": ("aac", "aac"),
    "AC3": ("ac3", ""),
    "AIFF": ("aiff", "pcm"),
    "ASF": ("asf", "wma"),
    "DSDIFF": ("dff", "dsd"),
    "DSF": ("dsf", "dsd"),
    "FLAC": ("flac", "flac"),
    "MonkeysAudio": ("ape", "ape"),
    "MP3": ("mp3", ""),
    "MP4": ("mp4", ""),
    "Musepack": ("mpc", "musepack"),
    "OggFLAC": ("ogg", "flac"),
    "OggOpus": ("ogg", "opus"),
    "OggSpeex": ("ogg", "speex"),
    "OggVorbis": ("ogg", "vorbis"),
    "OptimFROG": ("ofr", "optimfrog"),
    "TAK": ("tak", "tak"),
    "TrueAudio": ("tta", "tta"),
    "WAVE": ("wav", "pcm"),
    "WavPack": ("wv", "wavpack"),
}
_CODEC_NAMES = {
    "mp4a.40": "aac",
    "mp4a.67": "aac",
    "mp4a.69": "mp3",
    "mp4a.6B": "mp3",
    "alac": "alac",
    "Opus": "opus",
    "fLaC": "flac",
    "ac-3": "ac3",
    "ec-3": "eac3",
}
_OPUS_SAMPLE_RATE = 48_000  # RFC 7845: Opus decodes to this rate, which mutagen does not report


def read_properties(path: Path) -> AudioProperties:
    """Return what the file is, by its content. Its name plays no part.

    Raises:
        BadCandidateError: it is not audio, or so damaged that its length cannot be found.
        TransientError: the file is not there or cannot be read.
        WaitError, ConfigError: it has to be decoded, and ffmpeg does not work or is missing.
    """
    digest = checksum(path)
    audio = open_audio(path)
    info = audio.info
    duration_seconds = read_length(audio, path)
    if not duration_seconds:
        raise BadCandidateError(f"{path.name} has no audio that could be played")
    container, codec = _FORMATS[type(audio).__name__]
    size_bytes = path.stat().st_size
    bitrate = int(getattr(info, "bitrate", 0) or 0)
    sample_rate = _OPUS_SAMPLE_RATE if codec == "opus" else getattr(info, "sample_rate", 0)
    return AudioProperties(
        container=container,
        codec=codec or _codec_of(audio),
        duration_seconds=duration_seconds,
        bitrate=bitrate if bitrate > 0 else int(size_bytes * 8 / duration_seconds),
        sample_rate=int(sample_rate or 0),
        channels=int(getattr(info, "channels", 0) or 0),
        size_bytes=size_bytes,
        checksum=digest,
    )


def read_length(audio: Any, path: Path) -> float:
    """Return the length in seconds of an opened file; 0 if it holds no sound.

    A FLAC file written to a stream and a fragmented MP4 do not tell their length. They are decoded
    to find it. The frames of an MP3 that does not tell it are counted.

    Raises:
        TransientError, WaitError, ConfigError: it could not be decoded, for a reason other than
            damage.
    """
    seconds = float(getattr(audio.info, "length", 0) or 0)
    mode = getattr(audio.info, "bitrate_mode", None)
    if isinstance(audio, MP3) and mode == BitrateMode.UNKNOWN:
        with suppress(OSError, ValueError):  # without its frames, the guess has to do
            counted = count_seconds(path)
            if counted and abs(counted - seconds) > max(_CLOSE_SECONDS, _CLOSE_PART * seconds):
                return counted
    if math.isfinite(seconds) and seconds > 0:
        return seconds
    if not isinstance(audio, FLAC | MP4):
        return 0.0
    try:
        return measure(path).duration_seconds
    except BadCandidateError:
        return 0.0


def find_flaw(path: Path) -> str:
    """Say why a file cannot be played to its end; ``""`` if it can.

    Raises:
        TransientError: playing could not be tried.
    """
    try:
        verify_audio(path, None)
    except BadCandidateError as error:
        return str(error)
    return ""


def open_audio(path: Path) -> Any:
    """Open a file as the mutagen class that fits its content.

    Raises:
        BadCandidateError: it is not audio, or mutagen cannot read it.
        TransientError: the file is not there or cannot be read.
    """
    try:
        with path.open("rb") as handle:
            kind = _kind_of(handle)
    except OSError as error:
        raise unreadable(path, error) from error
    if kind == "matroska":
        raise BadCandidateError(f"{path.name} is WebM or Matroska, which cannot carry music tags")
    try:
        audio = _load(path, kind)
    except Exception as error:
        # On damaged files mutagen raises ValueError, IndexError and others.
        raise BadCandidateError(f"{path.name} is not audio that can be read") from error
    if audio is None or type(audio).__name__ not in _FORMATS:
        raise BadCandidateError(f"{path.name} is not audio")
    return audio


def _load(path: Path, kind: str) -> Any:
    loaders = {"flac": FLAC, "mp4": MP4, "wave": WAVE}
    if kind in loaders:
        return loaders[kind](path)
    if kind == "ogg":
        return _load_nameless(path)
    try:
        # A format without a mark at its start (an ID3 tag, bare MPEG frames) is found by the name.
        audio = mutagen.File(path)
    except Exception:
        audio = None
    return audio if audio is not None else _load_nameless(path)


def _load_nameless(path: Path) -> Any:
    # mutagen trusts the extension more than the content. A handle opened by its number has no name.
    with open(os.open(path, os.O_RDONLY), "rb") as handle:  # noqa: PTH123
        return mutagen.File(handle)


def _kind_of(handle: BinaryIO) -> str:
    """Return the format that the first bytes prove, or ``""``."""
    head = handle.read(12)
    if head.startswith(b"ID3") and len(head) >= 10:
        size = sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        handle.seek(10 + size)
        return "flac" if handle.read(4) == b"fLaC" else ""
    if head.startswith(b"fLaC"):
        return "flac"
    if head.startswith(b"OggS"):
        return "ogg"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return "wave"
    return ""


def _codec_of(audio: Any) -> str:
    if type(audio).__name__ == "MP3":
        return f"mp{audio.info.layer}"
    codec = str(getattr(audio.info, "codec", "") or "")
    return _CODEC_NAMES.get(codec) or _CODEC_NAMES.get(codec[:7]) or codec or "unknown"
