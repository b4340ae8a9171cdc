"""How loud music is: gated loudness of one track or of several together, and the gain that
follows. Pure: measuring is ``providers.ffmpeg``, tags are ``tags.gain_tags``.

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
_GRAIN = 100  # blocks are kept in hundredths of a LU, which is the grain of ffmpeg's own histogram


@dataclass(frozen=True, slots=True)
class Loudness:
    """What there is to know of a track to level it, alone and in its album.

    ``blocks`` are the loudness, in hundredths of LUFS and sorted, of each 400 ms (overlapping by
    three quarters) that is above the absolute gate: what the relative gate is, only all tracks of
    an album together say. ``peak`` is the true peak as a factor of full scale.
    """

    blocks: tuple[int, ...]
    peak: float

    @classmethod
    def of(cls, momentary: Iterable[float], peak: float) -> Loudness:
        """From the loudness of every block in LUFS, in any order."""
        return cls(
            tuple(sorted(round(m * _GRAIN) for m in momentary if m > _ABSOLUTE_GATE_LUFS)), peak
        )

    @classmethod
    def unpack(cls, packed: bytes, peak: float) -> Loudness:
        """From what :meth:`pack` gave."""
        numbers = array("h", zlib.decompress(packed))
        if sys.byteorder == "big":
            numbers.byteswap()
        return cls(tuple(numbers), peak)

    def pack(self) -> bytes:
        """The blocks as few bytes: one to two thousand for a song."""
        numbers = array("h", self.blocks)
        if sys.byteorder == "big":
            numbers.byteswap()
        return zlib.compress(numbers.tobytes(), 9)


@dataclass(frozen=True, slots=True)
class Gain:
    """What a player has to do: change the level by ``gain_db``, and know where it would clip."""

    gain_db: float
    peak: float


def find_gain(measures: Iterable[Loudness]) -> Gain | None:
    """The gain of a track, or of several as if they were one; None when there is only silence.

    The blocks of all tracks are gated together, as libebur128 and with it every scanner does: the
    same as one measure of the tracks one after the other, but for the blocks across the joints.
    """
    measured = list(measures)
    loudness = integrate(block for one in measured for block in one.blocks)
    if loudness is None:
        return None
    return Gain(REFERENCE_LUFS - loudness, max(one.peak for one in measured))


def integrate(blocks: Iterable[int]) -> float | None:
    """The integrated loudness in LUFS of blocks that are above the absolute gate."""
    energies = [10 ** (block / (10 * _GRAIN)) for block in blocks]
    if not energies:
        return None
    gate = sum(energies) / len(energies) * 10 ** (_RELATIVE_GATE_LU / 10)
    loud = [energy for energy in energies if energy >= gate]
    return 10 * math.log10(sum(loud) / len(loud))
