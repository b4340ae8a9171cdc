"""What ffmpeg says while it decodes a file.

Owns the meaning of ffmpeg's log, from version 5 on. Refuses to know what ffmpeg was asked, and why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shanty.providers.continuity import Jump, find_break, pauses_seconds, read_jumps, sum_up

# The loudest sample of a silent file. Digital silence stays far below, even after a lossy codec.
SILENCE_PEAK_DB = -60.0
LEAST_SILENCE_SECONDS = 1.0
"""A shorter silence is a pause."""

# Lines are "[source @ address] … [level] text", the bracketed source being optional.
_DURATION = re.compile(r"^\[info\]   Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?),", re.MULTILINE)
_GUESSED_DURATION = "Estimating duration from bitrate"
_CONTAINER = re.compile(r"^\[info\] Input #0, (\w+)", re.MULTILINE)
_AUDIO_STREAM = re.compile(
    r"^\[info\]   Stream #0:\d+.*?: Audio: (\w+)(?:.*?, (\d+) Hz)?(?:, [^,\n]+, (\w+))?",
    re.MULTILINE,
)
# ffmpeg counts decoded sound in 16 bits per sample, at one rate for the whole file.
_DECODED_AS = re.compile(
    r"^\[info\] Output #0,.*?: Audio: pcm_s16le\b.*?, (\d+) Hz, .*?, (\d+) kb/s",
    re.MULTILINE | re.DOTALL,
)
_DECODED_KIB = re.compile(r"\baudio:(\d+)[kK]i?B\b")
_SAMPLE_BYTES = 2
_STREAM = re.compile(
    r"^\[info\]   Stream #0:\d+.*?: (Audio|Video|Subtitle|Data): (.*)$", re.MULTILINE
)
_COVER = "(attached pic)"
_CHAPTER = re.compile(r"^\[info\]     Chapter #", re.MULTILINE)
_END_OF_INPUT = "Stream mapping:"
_VOLUME = re.compile(
    r"^\[\S*volumedetect\S* @ \w+\] \[info\] (max|mean)_volume: (-?(?:[\d.]+|inf)) dB$",
    re.MULTILINE,
)
_SILENCE = re.compile(
    r"^\[\S*silencedetect\S* @ \w+\] \[info\] silence_(start|end): (-?\d[\d.]*(?:e[+-]\d+)?)",
    re.MULTILINE,
)
_COMPLAINT = re.compile(r"^(?:\[(\w+)[^\]]*\] )*\[(?:error|fatal|panic)\] (.+)$", re.MULTILINE)
_PICTURE_DECODERS = {"mjpeg", "png", "webp", "gif", "bmp", "tiff"}
# The muxer that we write to. It complains of time stamps, about which our comparison says more.
_NOWHERE = "null"


@dataclass(frozen=True, slots=True)
class Measured:
    """What decoding a file has shown. ``error`` is the first complaint of the decoder, or ``""``.

    ``duration_seconds`` is the amount of decoded sound, whatever the time stamps say.
    ``stamped_seconds`` is where the last time stamp leads. ``jumps`` are the places where a time
    stamp does not follow on the one before. ``declared_seconds`` is the container's own statement,
    or None. Only silence of a second or more at the ends counts: in the middle, it may separate a
    hidden song. ``container``, ``codec`` and ``sample_format`` have ffmpeg's names. ``streams`` are
    the kinds of all streams except embedded covers.
    """

    duration_seconds: float
    declared_seconds: float | None
    peak_db: float
    mean_db: float
    error: str = ""
    leading_silence_seconds: float = 0.0
    trailing_silence_seconds: float = 0.0
    stamped_seconds: float = 0.0
    jumps: tuple[Jump, ...] = ()
    container: str = ""
    codec: str = ""
    sample_rate: int = 0
    sample_format: str = ""
    streams: tuple[str, ...] = ()
    has_chapters: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to hear in the file."""
        return self.peak_db <= SILENCE_PEAK_DB

    def find_break(self) -> str:
        """A clause on where something is missing in the middle; ``""`` if nothing is."""
        return find_break(
            self.jumps,
            container=self.container,
            codec=self.codec,
            sound_seconds=self.duration_seconds,
        )


def read_log(log: str) -> Measured:
    """What a log says about the first audio stream."""
    declared = None if _GUESSED_DURATION in log else _DURATION.search(log)
    codec, sample_rate, sample_format = _stream_of(log)
    jumps, decoded = read_jumps(log), _count_seconds(log)
    stamped = decoded + sum_up(jumps)
    leading, trailing = _find_silence(log, stamped)
    container = _CONTAINER.search(log)
    said = log.partition(_END_OF_INPUT)[0]
    return Measured(
        duration_seconds=decoded + pauses_seconds(jumps, codec),
        declared_seconds=_to_seconds(*declared.groups()) if declared else None,
        peak_db=_loudest(log, "max"),
        mean_db=_loudest(log, "mean"),
        error=first_error(log),
        leading_silence_seconds=leading,
        trailing_silence_seconds=trailing,
        stamped_seconds=stamped,
        jumps=jumps,
        container=container[1] if container else "",
        codec=codec,
        sample_rate=sample_rate,
        sample_format=sample_format,
        streams=tuple(kind for kind, what in _STREAM.findall(said) if _COVER not in what),
        has_chapters=_CHAPTER.search(said) is not None,
    )


def has_audio(log: str) -> bool:
    """Whether the log shows an audio stream in the file."""
    return _AUDIO_STREAM.search(log) is not None


def has_complaint(log: str) -> bool:
    """Whether ffmpeg has complained of anything."""
    return _COMPLAINT.search(log) is not None


def first_error(log: str) -> str:
    """The first complaint about the audio; a damaged cover picture does not matter."""
    for source, text in _COMPLAINT.findall(log):
        if source not in _PICTURE_DECODERS and source != _NOWHERE:
            return str(text).strip()
    return ""


def _loudest(log: str, kind: str) -> float:
    """The loudest measured value. ffmpeg gives several if a file changes its sample rate.

    If there is no value, not one sample was decoded.
    """
    found = (float(value) for name, value in _VOLUME.findall(log) if name == kind)
    return max(found, default=float("-inf"))


def _stream_of(log: str) -> tuple[str, int, str]:
    """Codec, sample rate and sample format of the first audio stream, the one we decode."""
    found = _AUDIO_STREAM.search(log)
    return (found[1], int(found[2] or 0), found[3] or "") if found else ("", 0, "")


def _count_seconds(log: str) -> float:
    """How many seconds of sound came out of the decoder, to about a hundredth."""
    decoded_as, counted = _DECODED_AS.search(log), _DECODED_KIB.findall(log)
    if decoded_as is None or not counted:
        return 0.0
    rate, kilobits = map(int, decoded_as.groups())
    channels = max(1, round(kilobits * 1000 / 8 / _SAMPLE_BYTES / rate))
    return int(counted[-1]) * 1024 / (_SAMPLE_BYTES * channels * rate)


def _find_silence(log: str, seconds: float) -> tuple[float, float]:
    """The silence at the beginning and at the end of what was decoded."""
    marks = _SILENCE.findall(log)
    starts = [float(at) for kind, at in marks if kind == "start"]
    ends = [float(at) for kind, at in marks if kind == "end"]
    leading = trailing = 0.0
    # Older versions of ffmpeg do not print that the last silence ends with the file.
    for start, end in zip(starts, [*ends, seconds], strict=False):
        if start < LEAST_SILENCE_SECONDS:
            leading = end - max(start, 0.0)
        elif end > seconds - LEAST_SILENCE_SECONDS:
            trailing = end - start
    return leading, trailing


def _to_seconds(hours: str, minutes: str, seconds: str) -> float:
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
