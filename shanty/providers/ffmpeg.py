"""ffmpeg: finding it, and judging an audio file by decoding it to the end.

Owns the command line and what its output means. Refuses to know tags (that is mutagen's) and
what file it is that it judges. A file's own headers are not believed: half a FLAC file has the
full length in them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from shanty.errors import BadCandidateError, ConfigError, TransientError
from shanty.loudness import Loudness

# The loudest sample of a silent file. Digital silence that went through a lossy codec is far below.
SILENCE_PEAK_DB = -60.0
# Silence at both ends together: tracks end with some, and rarely with more than this.
_SILENCE_SECONDS = 15.0
_SILENCE_SHARE = 0.15
_MOST_SILENCE_SHARE = 0.5
_LEAST_SILENCE_SECONDS = 1.0  # what is shorter is a pause
_LONGEST_TOLERANCE_SECONDS = 10.0
_SHORTEST_TOLERANCE_SECONDS = 1.0
_TOLERANCE_SHARE = 0.05
# Containers round, and count samples that decoders skip, but not by more than this.
_CUT_OFF_SHARE = 0.01
_CUT_OFF_SECONDS = 0.5
_DECODE_TIMEOUT_SECONDS = 120.0
_ENDED_BY_SIGNAL = 255  # its exit code after SIGINT and SIGTERM, which it catches

# Lines are "[source @ address] … [level] text", the bracketed source being optional.
_DURATION = re.compile(r"^\[info\]   Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?),", re.MULTILINE)
_GUESSED_DURATION = "Estimating duration from bitrate"
_AUDIO_STREAM = re.compile(r"^\[info\]   Stream #0:\d+.*?: Audio: ", re.MULTILINE)
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
_MOMENTARY = re.compile(r"^lavfi\.r128\.M=(-?[\d.]+)$", re.MULTILINE)
_TRUE_PEAK = re.compile(r"^lavfi\.r128\.true_peak=([\d.]+)$", re.MULTILINE)
_DECODED_TIME = re.compile(r"^out_time_us=(\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Measured:
    """What decoding a file has shown. ``error`` is the first complaint of the decoder, or ``""``.

    ``declared_seconds`` is what the container says, None when it does not say. Silence counts from
    a second on, and only at the ends: in the middle it parts a song from a hidden one.
    """

    duration_seconds: float
    declared_seconds: float | None
    peak_db: float
    mean_db: float
    error: str = ""
    leading_silence_seconds: float = 0.0
    trailing_silence_seconds: float = 0.0

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to hear in it."""
        return self.peak_db <= SILENCE_PEAK_DB


def find_ffmpeg() -> Path | None:
    """The system's ffmpeg, else the one of the ``imageio-ffmpeg`` wheel, else None."""
    found = shutil.which("ffmpeg")
    if found:
        return Path(found)
    import imageio_ffmpeg  # late: it looks for files when imported

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return None


def measure(path: Path) -> Measured:
    """Decode the whole file once and say how long and how loud it is.

    Raises:
        BadCandidateError: it is no audio.
        TransientError: ffmpeg was killed, or is absurdly slow, or the file is gone: that says
            nothing about what it holds.
        ConfigError: there is no ffmpeg.
    """
    log, progress = _decode(path)
    times = _DECODED_TIME.findall(progress)
    declared = None if _GUESSED_DURATION in log else _DURATION.search(log)
    volumes = {name: float(value) for name, value in _VOLUME.findall(log)}
    seconds = int(times[-1]) / 1e6 if times else 0.0
    leading, trailing = _find_silence(log, seconds)
    return Measured(
        duration_seconds=seconds,
        declared_seconds=_to_seconds(*declared.groups()) if declared else None,
        # No volume at all: not one sample was decoded.
        peak_db=volumes.get("max", float("-inf")),
        mean_db=volumes.get("mean", float("-inf")),
        error=_first_error(log),
        leading_silence_seconds=leading,
        trailing_silence_seconds=trailing,
    )


def measure_loudness(path: Path) -> Loudness:
    """Decode the whole file once and say how loud each moment of it is, and its true peak.

    What the file itself says about gain is part of its sound (the output gain of Opus), or not
    heeded (ReplayGain tags). One channel counts as one, as with other scanners.

    Raises:
        BadCandidateError: it is no audio, or ffmpeg cannot measure it.
        TransientError, ConfigError: as :func:`measure`.
    """
    filters = "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-"
    log, frames = _run(path, filters)
    peaks = _TRUE_PEAK.findall(frames)
    if not peaks:
        why = _first_error(log) or "nothing decodes"
        raise BadCandidateError(f"how loud {path.name} is cannot be told: {why}")
    return Loudness.of((float(value) for value in _MOMENTARY.findall(frames)), float(peaks[-1]))


def _find_silence(log: str, seconds: float) -> tuple[float, float]:
    """The silence at the beginning and at the end of what was decoded."""
    marks = _SILENCE.findall(log)
    starts = [float(at) for kind, at in marks if kind == "start"]
    ends = [float(at) for kind, at in marks if kind == "end"]
    leading = trailing = 0.0
    # Older ones of ffmpeg do not say that the last one ends with the file.
    for start, end in zip(starts, [*ends, seconds], strict=False):
        if start < _LEAST_SILENCE_SECONDS:
            leading = end - max(start, 0.0)
        elif end > seconds - _LEAST_SILENCE_SECONDS:
            trailing = end - start
    return leading, trailing


def length_tolerance_seconds(expected_seconds: float) -> float:
    """How far a length may be off: 5 %, but at least 1 s and at most 10 s.

    Uploads carry some silence or a fade more or less; another version of a song is further off.
    """
    share = expected_seconds * _TOLERANCE_SHARE
    return min(_LONGEST_TOLERANCE_SECONDS, max(_SHORTEST_TOLERANCE_SECONDS, share))


def silence_tolerance_seconds(seconds: float) -> float:
    """How much silence both ends may have together: 15 % of the length, or 15 s if that is more,
    but never more than half of it.

    A song that was cut off is sometimes filled up with silence to its length, and a video's sound
    may begin late. A recording that has more of it by itself has to be accepted by a person.
    """
    share = max(_SILENCE_SECONDS, seconds * _SILENCE_SHARE)
    return min(share, seconds * _MOST_SILENCE_SHARE)


def verify_audio(
    path: Path,
    expected_seconds: float | None,
    tolerance_seconds: float | None = None,
    *,
    checks_silence: bool = False,
) -> float:
    """The length in seconds of a file that is whole, audible and about as long as expected.

    The tolerance is :func:`length_tolerance_seconds` unless given; without an expected length,
    any will do. ``checks_silence``: its ends have no more than :func:`silence_tolerance_seconds`.

    Raises:
        BadCandidateError: it is something else; the sentence says what.
        TransientError: as :func:`measure`.
        ConfigError: there is no ffmpeg.
    """
    found = measure(path)
    seconds = found.duration_seconds
    if seconds <= 0:
        raise BadCandidateError(f"{path.name} holds no audio: {found.error or 'nothing decodes'}")
    declared = found.declared_seconds
    if declared is not None and declared - seconds > max(
        _CUT_OFF_SECONDS, declared * _CUT_OFF_SHARE
    ):
        raise BadCandidateError(
            f"{path.name} is cut off: {seconds:.1f} s of the {declared:.1f} s it claims"
        )
    if found.error:
        raise BadCandidateError(f"{path.name} is damaged: {found.error}")
    if found.is_silent:
        raise BadCandidateError(f"{path.name} is silent")
    if expected_seconds is not None:
        if tolerance_seconds is None:
            tolerance_seconds = length_tolerance_seconds(expected_seconds)
        if abs(seconds - expected_seconds) > tolerance_seconds:
            raise BadCandidateError(
                f"{path.name} lasts {seconds:.1f} s, the recording {expected_seconds:.1f} s"
            )
    silence = found.leading_silence_seconds + found.trailing_silence_seconds
    if checks_silence and silence > silence_tolerance_seconds(seconds):
        raise BadCandidateError(
            f"of the {seconds:.1f} s of {path.name}, {found.leading_silence_seconds:.1f} s at the "
            f"beginning and {found.trailing_silence_seconds:.1f} s at the end are silent"
        )
    return seconds


def _decode(path: Path) -> tuple[str, str]:
    """The log and the progress report of decoding the first audio stream to nothing."""
    silence = f"silencedetect=noise={SILENCE_PEAK_DB}dB:duration={_LEAST_SILENCE_SECONDS}"
    return _run(path, f"{silence},volumedetect", "-progress", "pipe:1")


def _run(path: Path, filters: str, *options: str) -> tuple[str, str]:
    """The log and the output of sending the first audio stream through filters to nothing."""
    executable = find_ffmpeg()
    if executable is None:
        raise ConfigError("ffmpeg is missing: install it, or the imageio-ffmpeg package")
    command = [str(executable), "-hide_banner", "-nostdin", "-nostats", "-threads", "1"]
    # "level" in front of each line tells complaints from information; volumedetect informs.
    command += ["-loglevel", "level+info", *options]
    # file: so that a name is never taken for a protocol or an option.
    command += ["-i", f"file:{path}", "-map", "0:a:0?", "-af", filters]
    command += ["-f", "null", "-"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=_DECODE_TIMEOUT_SECONDS,
            check=False,
            # Ctrl-C at the terminal is for us, and not for it as well.
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise TransientError(
            f"{path.name} is not decoded after {_DECODE_TIMEOUT_SECONDS:.0f} s"
        ) from None
    except OSError as error:
        raise TransientError(f"ffmpeg cannot be started: {error.strerror}") from error
    if done.returncode < 0 or done.returncode == _ENDED_BY_SIGNAL:
        raise TransientError(f"ffmpeg was ended while it decoded {path.name}")
    log = done.stderr.decode("utf-8", "replace")
    if not _AUDIO_STREAM.search(log):
        if not path.exists():
            raise TransientError(f"{path.name} is gone: somebody emptied its folder")
        raise BadCandidateError(f"{path.name} is not an audio file: {_first_error(log) or 'empty'}")
    return log, done.stdout.decode("utf-8", "replace")


def _to_seconds(hours: str, minutes: str, seconds: str) -> float:
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _first_error(log: str) -> str:
    """The first complaint about the audio; a damaged cover picture in the file is no matter."""
    for source, text in _COMPLAINT.findall(log):
        if source not in _PICTURE_DECODERS:
            return str(text).strip()
    return ""
