"""What audio sounds like, as a row of numbers that survives another codec, bitrate and volume.

``providers.chromaprint`` takes fingerprints. They are Chromaprint's, by its default algorithm: one
word of 32 bits for each eighth of a second.
https://oxygene.sk/2011/01/how-does-chromaprint-work/
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass

FINGERPRINT_SECONDS = 120
"""How much of the beginning is listened to. AcoustID compares no more."""
_WORD_BYTES = 4


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
