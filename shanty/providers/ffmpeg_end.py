"""How ffmpeg ended, and a sound that it must be able to read if it works at all.

Owns what an exit code means. Refuses to know what ffmpeg was asked to do. The code alone does not
say whose fault an end is: the same signal comes from a crash over a malformed file, from a kernel
that is short of memory, and from an ffmpeg that was built for another processor. A comparison says
it: with the same file once more, and with :func:`make_tone`.
"""

from __future__ import annotations

import io
import signal
import wave
from enum import Enum, auto

_ASKED_TO_END = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}
_CRASHES = {
    signal.SIGILL,
    signal.SIGTRAP,
    signal.SIGABRT,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGSEGV,
    signal.SIGSYS,
    signal.SIGXCPU,
    signal.SIGXFSZ,
}
_CAUGHT = "received signal"  # ffmpeg logs this if it is asked to end, and exits with 255
_HARD_EXIT = 123  # the exit code after several such requests
_OF_A_SHELL = 128  # a shell adds this to the signal that ended its ffmpeg
_TONE_SECONDS = 0.25
_TONE_RATE = 44_100


class End(Enum):
    """How ffmpeg ended. A refusal is an error exit by ffmpeg itself; the log says why."""

    DONE = auto()
    ASKED = auto()
    KILLED = auto()
    CRASHED = auto()
    REFUSED = auto()


def find_end(returncode: int, log: str) -> End:
    """How ffmpeg ended, by its return code from ``subprocess`` and by its log."""
    if returncode == 0:
        return End.DONE
    number = _find_signal(returncode)
    if number in _ASKED_TO_END or returncode == _HARD_EXIT or _CAUGHT in log:
        return End.ASKED
    if number is signal.SIGKILL:
        return End.KILLED
    return End.CRASHED if number is not None else End.REFUSED


def describe_end(returncode: int) -> str:
    """``SIGSEGV``, or ``exit code 69``."""
    number = _find_signal(returncode)
    return f"exit code {returncode}" if number is None else number.name


def _find_signal(returncode: int) -> signal.Signals | None:
    if returncode < 0:
        try:
            return signal.Signals(-returncode)
        except ValueError:
            return signal.SIGKILL  # a real-time signal, which nothing raises by itself
    by_shell = returncode - _OF_A_SHELL
    # ffmpeg's own exit codes may be above 128 too.
    known = _ASKED_TO_END | _CRASHES | {signal.SIGKILL}
    return next((number for number in known if number == by_shell), None)


def make_tone() -> bytes:
    """A quarter of a second of sound, as a WAV file."""
    written = io.BytesIO()
    with wave.open(written, "wb") as tone:
        tone.setnchannels(2)
        tone.setsampwidth(2)
        tone.setframerate(_TONE_RATE)
        one_wave = b"\x00\x10\x00\x10" * 50 + b"\x00\xf0\x00\xf0" * 50
        tone.writeframes(one_wave * int(_TONE_RATE * _TONE_SECONDS / 100))
    return written.getvalue()
