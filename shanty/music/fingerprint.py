"""What audio sounds like, as a row of numbers that survives another codec, bitrate and volume.

Owns also the answer to what a piece of audio may be, whoever gives it. This module only compares:
``providers.chromaprint`` takes fingerprints. A fingerprint is Chromaprint's, by its default
algorithm: one word of 32 bits for each eighth of a second.
https://oxygene.sk/2011/01/how-does-chromaprint-work/
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass

FINGERPRINT_SECONDS = 120
"""How much of the beginning is listened to. AcoustID compares no more."""
WORDS_PER_SECOND = 11025 / 1365
MOST_ERRORS = 0.07
"""Up to this :func:`error_rate`, two pieces of audio count as the same sound.

Another codec, bitrate, volume or tone, or a beginning between two words, makes up to 0.062; a
second take by the same people at least 0.072, another song 0.2 to 0.45 (all measured).
"""
_WORD_BYTES = 4
_WORD_BITS = 32
# Uploads begin with more or less silence, with a logo or with a few words.
_MOST_SHIFT_SECONDS = 15.0
# In less than this, two pieces of music may agree by chance.
_LEAST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The words of one piece of audio, each as four bytes, the lowest first."""

    packed: bytes

    @classmethod
    def of_native(cls, words: bytes) -> Fingerprint:
        """Make one from words in this machine's order of bytes."""
        numbers = array("I", words[: len(words) // _WORD_BYTES * _WORD_BYTES])
        if sys.byteorder == "big":
            numbers.byteswap()
        return cls(numbers.tobytes())

    @property
    def words(self) -> array[int]:
        """The words as numbers."""
        numbers = array("I", self.packed)
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers

    @property
    def seconds(self) -> float:
        """How much audio it stands for."""
        return len(self.packed) / _WORD_BYTES / WORDS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Recognition:
    """A recording that audio was recognized as, and how sure that is, 0 to 1."""

    score: float
    recording_mbid: str
    title: str = ""
    artist: str = ""
    artist_mbids: tuple[str, ...] = ()


def error_rate(one: Fingerprint, other: Fingerprint) -> float | None:
    """Which share of bits differs where the two fit together best; None if too little is known.

    0 is the same file, and about 0.45 is other music.
    """
    least = round(_LEAST_SECONDS * WORDS_PER_SECOND)
    sizes = [len(piece.packed) // _WORD_BYTES for piece in (one, other)]
    # At least half of the shorter one has to overlap, or else an ending fits a beginning.
    least = max(least, min(sizes) // 2)
    most_shift = round(_MOST_SHIFT_SECONDS * WORDS_PER_SECOND)
    rates = [
        rate
        for shift in range(-most_shift, most_shift + 1)
        if (rate := _error_rate_at(one.packed, other.packed, shift, least)) is not None
    ]
    return min(rates, default=None)


def _error_rate_at(one: bytes, other: bytes, shift: int, least: int) -> float | None:
    """The share of differing bits if ``other`` begins ``shift`` words later in ``one``."""
    one = one[max(0, shift) * _WORD_BYTES :]
    other = other[max(0, -shift) * _WORD_BYTES :]
    size = min(len(one), len(other)) // _WORD_BYTES * _WORD_BYTES
    if size < least * _WORD_BYTES:
        return None
    differing = int.from_bytes(one[:size], "little") ^ int.from_bytes(other[:size], "little")
    return differing.bit_count() / (size // _WORD_BYTES * _WORD_BITS)
