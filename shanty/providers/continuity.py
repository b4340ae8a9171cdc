"""Whether the sound of a file goes on without a break, judged by each decoded frame's time stamp.

Owns the filter that compares the time stamp of each frame with the end of the one before, and what
the differences mean. Refuses to know how ffmpeg is run.

A file may declare its full length, and its last time stamp may agree, while half of the sound is
missing in between. A fragment that was not delivered leaves nothing behind but a jump.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LEAST_JUMP_SECONDS = 0.05
"""Containers round time stamps, some to several hundredths."""
_LONGEST_GAP_SECONDS = 0.1
# In silence, an encoder of Opus may send only one packet each 400 ms (DTX, discontinuous
# transmission). Source: RFC 6716, 2.1.9, and opus_encoder.c.
_LONGEST_PAUSE_SECONDS = {"opus": 0.45}
# Many gaps that are too small to count one by one add up to a hole.
_LONGEST_DRIFT_SECONDS = 0.5
_LONGEST_DRIFT_SHARE = 0.01
_BEGINS_ANEW = "ogg"
"""The container that may hold streams one after the other, each of which counts from zero."""
_SHOWN = 3

# Register 0 holds when a frame is due by the sound before it, register 1 how far it is from there.
# This branch drops all frames; the other branch hands them on to the filters that follow.
COMPARING = (
    "asplit[sound],aselect='st(1,t-ld(0));"
    f"if(gt(abs(ld(1)),{_LEAST_JUMP_SECONDS}),print(ld(0));print(ld(1));st(0,t),0);"
    "st(0,ld(0)+samples_n/sample_rate);0',anullsink;[sound]"
)
"""The beginning of a filter chain whose log :func:`read_jumps` reads."""

# Older versions of ffmpeg do not say that an expression printed the number.
_PRINTED = re.compile(r"^(?:\[Eval @ \w+\] )?\[info\] (-?\d+\.\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Jump:
    """At ``at_seconds``, the next frame is stamped ``seconds`` later (earlier, if negative).

    Smaller differences add up until they make a jump. A jump at 0 is the beginning of the sound, as
    in a film whose picture comes first.
    """

    at_seconds: float
    seconds: float


def read_jumps(log: str) -> tuple[Jump, ...]:
    """The jumps that ffmpeg has printed, in the order of the file."""
    printed = map(float, _PRINTED.findall(log))
    return tuple(Jump(at, seconds) for at, seconds in zip(printed, printed, strict=False))


def pauses_seconds(jumps: Sequence[Jump], codec: str) -> float:
    """The seconds of silence that were not sent but belong to the sound."""
    longest = _LONGEST_PAUSE_SECONDS.get(codec, 0.0)
    return sum(jump.seconds for jump in jumps if 0 < jump.seconds <= longest)


def sum_up(jumps: Sequence[Jump]) -> float:
    """By how many seconds the time stamps go further than the sound lasts."""
    return sum(jump.seconds for jump in jumps if jump.at_seconds or jump is jumps[0])


def find_break(jumps: Sequence[Jump], *, container: str, codec: str, sound_seconds: float) -> str:
    """What is wrong with sound of this length and these jumps; ``""`` if nothing is.

    ``container`` and ``codec`` have ffmpeg's names.
    """
    longest = _LONGEST_PAUSE_SECONDS.get(codec, _LONGEST_GAP_SECONDS)
    later = [jump for jump in jumps if jump.at_seconds]
    holes = [jump for jump in later if jump.seconds > longest]
    if holes:
        missing = sum(hole.seconds for hole in holes)
        return f"{missing:.1f} s of it are missing, {_describe(holes)}"
    drift = sum_up(later) - pauses_seconds(later, codec)
    longest_drift = max(_LONGEST_DRIFT_SECONDS, sound_seconds * _LONGEST_DRIFT_SHARE)
    if drift > longest_drift:
        return f"{drift:.1f} s of it are missing, in many small gaps"
    back = [jump for jump in later if jump.seconds < -_LONGEST_GAP_SECONDS]
    if back and drift < -longest_drift and container != _BEGINS_ANEW:
        return f"its time goes backwards {_describe(back)}: something is in it twice"
    return ""


def _describe(jumps: Sequence[Jump]) -> str:
    times = ", ".join(f"{jump.at_seconds:.1f} s" for jump in jumps[:_SHOWN])
    return f"at {times}" + (f" and {len(jumps) - _SHOWN} more times" if jumps[_SHOWN:] else "")
