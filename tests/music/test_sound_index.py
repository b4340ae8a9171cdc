"""Likely pairs among many fingerprints."""

from __future__ import annotations

import random

import pytest

from shanty.music.fingerprint import Fingerprint
from shanty.music.sound_index import SoundIndex
from tests.world.sounds import make_sound, noise


def worsen(words: list[int], seed: int) -> list[int]:
    """The same sound encoded again: every eighth word or so has a few other bits."""
    dice = random.Random(seed)
    return [
        word ^ dice.getrandbits(32) & dice.getrandbits(32) if dice.random() < 0.3 else word
        for word in words
    ]


def pairs(*sounds: list[int]) -> list[tuple[int, int]]:
    index = SoundIndex()
    for key, words in enumerate(sounds, 100):
        index.add(key, make_sound(words))
    return list(index.likely_pairs())


@pytest.mark.parametrize("size", [48, 120, 970])
@pytest.mark.parametrize("shift", [0, 40])
def test_the_same_sound_is_found_wherever_it_begins(size: int, shift: int) -> None:
    music = noise(7, size)
    again = noise(8, shift if size > 100 else 0) + worsen(music, size)
    assert pairs(noise(1), music, noise(2), again, noise(3)) == [(101, 103)]


def test_three_of_one_sound_are_three_pairs() -> None:
    assert pairs(noise(1), noise(1), noise(1)) == [(100, 101), (100, 102), (101, 102)]


def test_silence_that_many_begin_with_makes_no_pairs() -> None:
    silence = [627964279] * 30 + [627964278] * 9
    assert not pairs(*(silence + noise(seed, 200) for seed in range(40)))


def test_of_nothing_there_is_nothing() -> None:
    index = SoundIndex()
    index.add(1, Fingerprint(b""))
    index.add(2, Fingerprint(b""))
    assert not list(index.likely_pairs())
