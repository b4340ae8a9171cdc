"""ffmpeg: finding it, and judging an audio file by decoding it to the end.

Owns the command line and the verdict. Refuses to know what a log means (``ffmpeg_log``), tags, and
which recording a file holds. A file's own headers are not believed: half a FLAC file still declares
the full length.
"""

from __future__ import annotations

import errno
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from shanty.errors import TOOLS, BadCandidateError, ConfigError, TransientError, WaitError, one_line
from shanty.music.loudness import Loudness
from shanty.providers.child_process import StuckProcessError, run_watched
from shanty.providers.continuity import COMPARING
from shanty.providers.ffmpeg_end import End, describe_end, find_end, make_tone
from shanty.providers.ffmpeg_log import (
    LEAST_SILENCE_SECONDS,
    SILENCE_PEAK_DB,
    Measured,
    first_error,
    has_audio,
    has_complaint,
    read_log,
)

# Silence at both ends together: many tracks end with some, and few with more than this.
_SILENCE_SECONDS = 15.0
_SILENCE_SHARE = 0.15
_MOST_SILENCE_SHARE = 0.5
_LONGEST_TOLERANCE_SECONDS = 10.0
_SHORTEST_TOLERANCE_SECONDS = 1.0
_TOLERANCE_SHARE = 0.05
# Containers round, and count samples that decoders skip, but not by more than this.
_CUT_OFF_SHARE = 0.01
_CUT_OFF_SECONDS = 0.5
# Without these, ffmpeg closes gaps of ten seconds and more in some formats, and backward jumps.
_AS_STAMPED = ("-copyts", "-start_at_zero")
DEATHS = (End.KILLED, End.CRASHED)
_MEASURING = (
    f"{COMPARING}silencedetect=noise={SILENCE_PEAK_DB}dB:duration={LEAST_SILENCE_SECONDS},"
    "volumedetect"
)
_MOST_QUOTED = 200
# ffmpeg is gone, is for another processor, or may not be run. A lack of memory is another matter.
_CANNOT_RUN = {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ENOEXEC, errno.ELIBBAD}

_MOMENTARY = re.compile(r"^lavfi\.r128\.M=(-?[\d.]+)$", re.MULTILINE)
_TRUE_PEAK = re.compile(r"^lavfi\.r128\.true_peak=([\d.]+)$", re.MULTILINE)


def find_ffmpeg() -> Path | None:
    """The system's ffmpeg, else the one of the ``imageio-ffmpeg`` wheel, else None."""
    return next(find_all_ffmpeg(), None)


def find_all_ffmpeg() -> Iterator[Path]:
    """The system's ffmpeg, then the one of the ``imageio-ffmpeg`` wheel, as far as they exist."""
    found = shutil.which("ffmpeg")
    if found:
        yield Path(found)
    import imageio_ffmpeg  # late: it looks for files when imported

    with suppress(RuntimeError):
        yield Path(imageio_ffmpeg.get_ffmpeg_exe())


def measure(path: Path, *, keeps_time: bool = True) -> Measured:
    """Decode the whole file once; returns how long and how loud it is.

    ``keeps_time``: the file's time stamps count on from its beginning to its end. If not, ffmpeg
    closes longer jumps where a format allows them.

    Raises:
        BadCandidateError: the file is no audio, or ffmpeg crashes over this file alone.
        TransientError: ffmpeg was killed, makes no progress, or the file is gone. None of these
            says anything about the file's sound.
        WaitError: ffmpeg does not work: it cannot even decode a tone.
        ConfigError: there is no ffmpeg.
    """
    log, _ = _decode(path, *(_AS_STAMPED if keeps_time else ()))
    return read_log(log)


def measure_loudness(path: Path) -> Loudness:
    """Decode the whole file once; returns how loud each moment of it is, and its true peak.

    The output gain of Opus counts as part of the sound. ReplayGain tags are ignored. Mono counts
    as one channel, as with other scanners.

    Raises:
        BadCandidateError: the file is no audio, or ffmpeg cannot measure it.
        TransientError, WaitError, ConfigError: as for :func:`measure`.
    """
    filters = "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-"
    log, frames = _run(path, filters)
    peaks = _TRUE_PEAK.findall(frames)
    if not peaks:
        why = first_error(log) or "nothing decodes"
        raise BadCandidateError(f"how loud {path.name} is cannot be told: {why}")
    return Loudness.of(
        (float(value) for value in _MOMENTARY.findall(frames)), max(map(float, peaks))
    )


def length_tolerance_seconds(expected_seconds: float) -> float:
    """How far a length may be off: 5 %, but at least 1 s and at most 10 s.

    Uploads have a little more or less silence or fade. Another version of a song is further off.
    """
    share = expected_seconds * _TOLERANCE_SHARE
    return min(_LONGEST_TOLERANCE_SECONDS, max(_SHORTEST_TOLERANCE_SECONDS, share))


def silence_tolerance_seconds(seconds: float) -> float:
    """How much silence both ends may have together, in seconds.

    It is 15 % of the length, or 15 s if that is more, but never more than half of the length. Some
    uploads of a song that was cut off are filled up with silence, and a video's sound may begin
    late. If a recording itself has more silence, a person has to accept it.
    """
    share = max(_SILENCE_SECONDS, seconds * _SILENCE_SHARE)
    return min(share, seconds * _MOST_SILENCE_SHARE)


def examine(path: Path, *, keeps_time: bool = True) -> Measured:
    """Decode the whole file once; if this returns, the file is whole and audible.

    ``keeps_time`` is as for :func:`measure`.

    Raises:
        BadCandidateError: the file is not whole and audible; the sentence says why.
        WaitError, TransientError, ConfigError: as for :func:`measure`.
    """
    found = measure(path, keeps_time=keeps_time)
    seconds = found.duration_seconds
    if seconds <= 0:
        raise BadCandidateError(f"{path.name} holds no audio: {found.error or 'nothing decodes'}")
    broken = found.find_break()
    if broken:
        raise BadCandidateError(f"{path.name} is damaged: {broken}")
    declared = found.declared_seconds
    if declared is not None and declared - seconds > _shortage_tolerance_seconds(found, declared):
        raise BadCandidateError(
            f"{path.name} is cut off: {seconds:.1f} s of the {declared:.1f} s it claims"
        )
    if found.error:
        raise BadCandidateError(f"{path.name} is damaged: {found.error}")
    if found.is_silent:
        raise BadCandidateError(f"{path.name} is silent")
    return found


def verify_audio(
    path: Path,
    expected_seconds: float | None,
    tolerance_seconds: float | None = None,
    *,
    checks_silence: bool = False,
    heard: Measured | None = None,
) -> float:
    """Check that a file is whole, audible and about as long as expected; returns its seconds.

    The tolerance is :func:`length_tolerance_seconds` unless given. Without an expected length, any
    length will do. ``checks_silence``: the ends may be silent for at most
    :func:`silence_tolerance_seconds`. ``heard`` is what :func:`examine` has just returned for the
    file, which is then not decoded again.

    Raises:
        BadCandidateError: a check fails; the sentence says which.
        WaitError, TransientError, ConfigError: as for :func:`measure`.
    """
    found = heard or examine(path)
    seconds = found.duration_seconds
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


def _shortage_tolerance_seconds(found: Measured, declared_seconds: float) -> float:
    if "Video" in found.streams:  # the picture may begin before the sound, and end after it
        return length_tolerance_seconds(declared_seconds)
    return max(_CUT_OFF_SECONDS, declared_seconds * _CUT_OFF_SHARE)


def _decode(path: Path, *options: str) -> tuple[str, str]:
    """The log and the progress report of decoding the first audio stream to nothing."""
    return _run(path, _MEASURING, "-progress", "pipe:1", *options)


def _run(path: Path, filters: str, *options: str) -> tuple[str, str]:
    """The log and the output of sending the first audio stream through filters to nothing."""
    executable = find_ffmpeg()
    if executable is None:
        raise ConfigError("ffmpeg is missing: install it, or the imageio-ffmpeg package")
    # "file:" keeps ffmpeg from taking a name for a protocol or an option.
    command = [*options, "-i", f"file:{path}", *_to_nothing(filters)]
    done = run_once(executable, command, path.name)
    log = done.stderr.decode("utf-8", "replace")
    end = find_end(done.returncode, log)
    if end is End.ASKED:
        raise TransientError(f"ffmpeg was ended while it decoded {path.name}")
    if end is not End.DONE or not has_audio(log):
        if not path.exists():
            raise TransientError(f"{path.name} is gone: somebody emptied its folder")
        if end in DEATHS:
            require_death_again(executable, command, path)
        require_working(executable)
        if end in DEATHS:
            raise BadCandidateError(
                f"ffmpeg crashes over {path.name} ({describe_end(done.returncode)})"
            )
    if not has_audio(log):
        raise BadCandidateError(f"{path.name} is not an audio file: {first_error(log) or 'empty'}")
    if end is End.REFUSED and not has_complaint(log):
        log += f"\n[fatal] ffmpeg gives up on it with {describe_end(done.returncode)}\n"
    return log, done.stdout.decode("utf-8", "replace")


def _to_nothing(filters: str) -> list[str]:
    return ["-map", "0:a:0?", "-af", filters, "-f", "null", "-"]


def require_death_again(executable: Path, arguments: Sequence[str], path: Path) -> None:
    """Tell a file that makes ffmpeg die from an ffmpeg that somebody has killed: run it again.

    Raises:
        TransientError: ffmpeg does not die again.
    """
    again = run_once(executable, arguments, path.name)
    if find_end(again.returncode, again.stderr.decode("utf-8", "replace")) not in DEATHS:
        raise TransientError(f"ffmpeg was ended while it worked on {path.name}")


def require_working(executable: Path) -> None:
    """Check that ffmpeg works: let it measure a tone that is known to be good.

    Raises:
        WaitError: ffmpeg cannot measure the tone, so no file is at fault.
    """
    command = ["-i", "pipe:0", *_to_nothing(_MEASURING)]
    done = run_once(executable, command, "a tone", given=make_tone())
    log = done.stderr.decode("utf-8", "replace")
    if done.returncode == 0 and has_audio(log):
        return
    why = first_error(log) or one_line(log)[-_MOST_QUOTED:] or describe_end(done.returncode)
    raise _broken_tool(f"ffmpeg does not work ({why})")


def _broken_tool(what: str) -> WaitError:
    message = f"{what}: install another; `shanty doctor` checks it"
    return WaitError(message, source=TOOLS, why="ffmpeg does not work")


def run_once(
    executable: Path, arguments: Sequence[str], name: str, given: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run ffmpeg and wait for it. ``name`` is the file it works on, ``given`` its standard input.

    Raises:
        TransientError: it makes no progress, or there is no memory or no room for a process.
        WaitError: it cannot be run at all.
    """
    command = [str(executable), "-hide_banner", "-nostdin", "-nostats", "-threads", "1"]
    # "level" marks each line, which tells complaints from information such as volumedetect's.
    command += ["-loglevel", "level+info"]
    try:
        return run_watched([*command, *arguments], given=given)
    except StuckProcessError as error:
        raise TransientError(f"{name} is not decoded: {error}") from error
    except OSError as error:
        if error.errno in _CANNOT_RUN:
            raise _broken_tool(f"ffmpeg cannot be started ({error.strerror})") from error
        raise TransientError(f"ffmpeg cannot be started: {error.strerror}") from error
