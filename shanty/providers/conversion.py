"""Turns a download into a file that can be tagged, and that holds nothing but its sound.

Owns the format that a download ends in, the command that converts it, and whose fault a failure is.
Refuses to know where the download comes from and how it will be tagged. Chapters, comments,
pictures and the address of the site are left out.

Lossless sound stays lossless. WAV, AIFF and similar formats carry no tags that players read, so
they become FLAC. FLAC keeps 24 of 32 bits per sample. Lossy formats that cannot be tagged (AC-3,
WMA, AMR …) become MP3.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from shanty.errors import BadCandidateError, ConfigError, TransientError
from shanty.providers.ffmpeg import find_ffmpeg, require_death_again, run_once
from shanty.providers.ffmpeg_end import End, describe_end, find_end, make_tone
from shanty.providers.ffmpeg_log import Measured, first_error

# Codec -> extension, the muxer that writes it, and ffmpeg's name for that container.
_CONTAINERS = {
    "aac": ("m4a", "ipod", "mov"),
    "alac": ("m4a", "ipod", "mov"),
    "flac": ("flac", "flac", "flac"),
    "mp3": ("mp3", "mp3", "mp3"),
    "opus": ("opus", "opus", "ogg"),
    "vorbis": ("ogg", "ogg", "ogg"),
}
# The format in the settings -> the codec, and ffmpeg's options for it: the best variable rate, and
# for Opus a rate above which nobody hears a difference.
_ENCODERS = {
    "flac": ("flac", ("flac",)),
    "m4a": ("aac", ("aac", "-q:a", "4")),
    "mp3": ("mp3", ("libmp3lame", "-q:a", "0")),
    "opus": ("opus", ("libopus", "-b:a", "160k")),
}
_LOSSLESS = {
    "alac",
    "ape",
    "atrac3al",
    "atrac3pal",
    "flac",
    "mlp",
    "mp4als",
    "ralf",
    "shorten",
    "tak",
    "truehd",
    "tta",
    "wavpack",
    "wmalossless",
}
_LOSSLESS_FAMILIES = ("pcm_", "dsd_")
_IN_16_BITS = {"u8", "u8p", "s16", "s16p"}
# DSD has one bit, 2.8 million times a second. All that is audible fits in this rate of FLAC.
_DSD_RATE = 176_400
_MOST_FLAC_RATE = 655_350


class UnconvertedError(Exception):
    """ffmpeg has not converted a file. The message is what ffmpeg says; it is no verdict."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a download is to become. The encoder ``copy`` takes the sound over unchanged."""

    extension: str
    muxer: str
    encoder: tuple[str, ...]


def choose_target(found: Measured, path: Path, audio_format: str) -> Target | None:
    """What a download is to become; None if it is right already.

    ``audio_format`` is ``best``, ``opus``, ``mp3``, ``m4a`` or ``flac``.
    """
    wanted = found.codec if audio_format == "best" else _ENCODERS[audio_format][0]
    if found.codec != wanted or found.codec not in _CONTAINERS:
        return _encode(found, audio_format)
    extension, muxer, own_container = _CONTAINERS[found.codec]
    is_at_home = found.container == own_container and found.declared_seconds is not None
    is_bare = found.streams == ("Audio",) and not found.has_chapters
    if is_at_home and is_bare and not _is_fragmented(path):
        return None
    if found.codec == "flac" and not is_at_home:
        return _encode(found, "flac")  # a copy would not declare its length
    return Target(extension, muxer, ("copy",))


def _encode(found: Measured, audio_format: str) -> Target:
    is_lossless = found.codec in _LOSSLESS or found.codec.startswith(_LOSSLESS_FAMILIES)
    if audio_format == "best":
        audio_format = "flac" if is_lossless else "mp3"
    codec, encoder = _ENCODERS[audio_format]
    extension, muxer, _ = _CONTAINERS[codec]
    if codec == "flac":
        encoder += _keep_precision(found)
    return Target(extension, muxer, encoder)


def _keep_precision(found: Measured) -> tuple[str, ...]:
    options: tuple[str, ...] = ("-sample_fmt", "s16")
    if found.sample_format not in _IN_16_BITS:
        options = ("-sample_fmt", "s32", "-bits_per_raw_sample", "24")
    if found.codec.startswith("dsd_") or found.sample_rate > _MOST_FLAC_RATE:
        options += ("-ar", str(_DSD_RATE))
    return options


def _is_fragmented(path: Path) -> bool:
    """Whether an MP4 file is in fragments, as for streaming: then its head declares no length."""
    return b"moof" in _list_boxes(path)


def _list_boxes(path: Path) -> Iterator[bytes]:
    """The kinds of an MP4 file's boxes; for other files, the result means nothing."""
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at + 8 <= size:
            file.seek(at)
            length, kind = struct.unpack(">I4s", file.read(8))
            if length == 1:
                length = int.from_bytes(file.read(8), "big")
            yield kind
            if length < 8:  # the box goes on to the end of the file
                return
            at += length


def convert(path: Path, target: Target) -> Path:
    """Convert a download into a file beside it, replacing an earlier one; returns that file.

    Raises:
        BadCandidateError: ffmpeg crashes over it, though not over a tone.
        TransientError: ffmpeg was ended from outside.
        ConfigError: there is no ffmpeg.
        UnconvertedError: ffmpeg has failed; the reason may be the disk.
    """
    executable = find_ffmpeg()
    if executable is None:
        raise ConfigError("ffmpeg is missing: install it, or the imageio-ffmpeg package")
    part_path = path.with_name(f"{path.stem}.converting.{target.extension}")
    arguments = ["-y", "-i", f"file:{path}", "-map", "0:a:0"]
    arguments += ["-map_metadata", "-1", "-map_chapters", "-1", "-acodec", *target.encoder]
    if target.muxer == "ipod":
        arguments += ["-movflags", "+faststart"]
    arguments += ["-f", target.muxer, f"file:{part_path}"]
    done = run_once(executable, arguments, path.name)
    log = done.stderr.decode("utf-8", "replace")
    end = find_end(done.returncode, log)
    if end is End.ASKED:
        raise TransientError(f"ffmpeg was ended while it converted {path.name}")
    if end is End.CRASHED:
        require_death_again(executable, arguments, path)
        if _can_encode(executable, target):
            signal = describe_end(done.returncode)
            raise BadCandidateError(f"ffmpeg crashes when it converts {path.name} ({signal})")
    if end is not End.DONE:
        raise UnconvertedError(_describe(done.returncode, log))
    whole_path = path.with_name(f"{path.stem}.converted.{target.extension}")
    os.replace(part_path, whole_path)  # noqa: PTH105
    return whole_path


def judge_unconverted(path: Path, target: Target, reason: str) -> NoReturn:
    """Judge whether a whole download is itself the reason why it cannot be converted.

    ffmpeg may have been killed, or may have failed for a reason of its own. But if the same file
    fails twice in the same way, and ffmpeg can convert a tone, then the file is refused.

    Raises:
        BadCandidateError: the file has failed in exactly the same way before.
        TransientError: the reason is not known yet, or it is ffmpeg's fault.
    """
    note_path = path.with_name(f"{path.name}.unconverted")
    failure = f"{path.stat().st_size} {reason}"
    has_failed_before = (
        note_path.exists() and note_path.read_text(encoding="utf-8", errors="replace") == failure
    )
    executable = find_ffmpeg()
    if has_failed_before and executable is not None and _can_encode(executable, target):
        raise BadCandidateError(f"{path.name} cannot be converted, twice for one reason: {reason}")
    note_path.write_text(failure, encoding="utf-8")
    raise TransientError(f"{path.name} is whole but cannot be converted ({reason})")


def _can_encode(executable: Path, target: Target) -> bool:
    """Whether ffmpeg can convert a tone to the same target."""
    if target.encoder == ("copy",):
        return True
    command = ["-i", "pipe:0", "-c:a", *target.encoder, "-f", "null", "-"]
    return run_once(executable, command, "a tone", given=make_tone()).returncode == 0


def _describe(returncode: int, log: str) -> str:
    """The reason of a failure in one line, which is always the same for the same reason."""
    if find_end(returncode, log) is not End.REFUSED:
        return describe_end(returncode)
    lines = log.strip().splitlines()
    return first_error(log) or (lines[-1] if lines else describe_end(returncode))
