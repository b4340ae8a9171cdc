"""How loud music is: the gated loudness of one or several tracks, and the gain that follows.

This module only computes: ``providers.ffmpeg`` measures, and ``tags.gain_tags`` writes tags.

Sources: ITU-R BS.1770-4 for the gates, EBU R 128 for LUFS, the ReplayGain 2.0 specification
(https://wiki.hydrogenaud.io/index.php?title=ReplayGain_2.0_specification) for the reference.
"""

from __future__ import annotations

import math
import sys
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

REFERENCE_LUFS = -18.0
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_GRAIN = 100  # blocks are kept in hundredths of a LU, as in ffmpeg's own histogram


@dataclass(frozen=True, slots=True)
class Loudness:
    """All that has to be known about a track to level it, alone and as part of its album.

    ``blocks`` holds the loudness of each block of 400 ms (overlapping by three quarters) that is
    above the absolute gate, sorted, in hundredths of LUFS. All of these are kept, because the
    relative gate depends on all tracks of the album together. ``peak`` is the true peak as a factor
    of full scale.
    """

    blocks: tuple[int, ...]
    peak: float

    @classmethod
    def of(cls, momentary: Iterable[float], peak: float) -> Loudness:
        """Make one from the loudness of every block in LUFS, in any order."""
        return cls(
            tuple(sorted(round(m * _GRAIN) for m in momentary if m > _ABSOLUTE_GATE_LUFS)), peak
        )

    @classmethod
    def unpack(cls, packed: bytes, peak: float) -> Loudness:
        """Make one from the bytes that :meth:`pack` returned."""
        numbers = array("h", zlib.decompress(packed))
        if sys.byteorder == "big":
            numbers.byteswap()
        return cls(tuple(numbers), peak)

    def pack(self) -> bytes:
        """Return the blocks compressed: one to two thousand bytes for a song."""
        numbers = array("h", self.blocks)
        if sys.byteorder == "big":
            numbers.byteswap()
        return zlib.compress(numbers.tobytes(), 9)


@dataclass(frozen=True, slots=True)
class Gain:
    """What a player needs: the change of level, and the ``peak`` that shows if it would clip."""

    gain_db: float
    peak: float


def find_gain(measures: Iterable[Loudness]) -> Gain | None:
    """Return the gain of one track, or of several as if they were one; None for silence.

    The blocks of all tracks are gated together, as in libebur128 and the scanners that use it. The
    result is that of measuring the tracks in one go, except for the blocks across their joints.
    """
    measured = list(measures)
    loudness = integrate(block for one in measured for block in one.blocks)
    if loudness is None:
        return None
    return Gain(REFERENCE_LUFS - loudness, max(one.peak for one in measured))


def integrate(blocks: Iterable[int]) -> float | None:
    """Return the integrated loudness in LUFS of blocks that are above the absolute gate.

    Returns None if there are no blocks.
    """
    energies = [10 ** (block / (10 * _GRAIN)) for block in blocks]
    if not energies:
        return None
    gate = sum(energies) / len(energies) * 10 ** (_RELATIVE_GATE_LU / 10)
    loud = [energy for energy in energies if energy >= gate]
    return 10 * math.log10(sum(loud) / len(loud))
