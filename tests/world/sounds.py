"""Fingerprints of made-up sounds."""

from __future__ import annotations

import random
from array import array

from shanty.music.fingerprint import Fingerprint


def make_sound(words: list[int]) -> Fingerprint:
    """The fingerprint with these words."""
    return Fingerprint.of_native(array("I", words).tobytes())


def noise(seed: int, size: int = 900) -> list[int]:
    """The words of a sound that is like no other; a shorter one is its beginning."""
    dice = random.Random(seed)
    return [dice.getrandbits(32) for _ in range(size)]
