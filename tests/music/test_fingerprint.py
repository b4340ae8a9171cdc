"""How far apart two fingerprints are, wherever the music begins."""

from __future__ import annotations

import pytest

from shanty.music.fingerprint import error_rate
from tests.world.sounds import make_sound, noise


@pytest.mark.parametrize("shift", [0, 1, 40, 115])
def test_a_later_beginning_changes_nothing(shift: int) -> None:
    music, before = noise(1), noise(2, shift)
    assert error_rate(make_sound(music), make_sound(before + music)) == 0
    assert error_rate(make_sound(before + music), make_sound(music)) == 0


def test_each_differing_bit_counts() -> None:
    music = noise(1)
    assert (
        error_rate(make_sound(music), make_sound([word ^ 0x80000001 for word in music])) == 2 / 32
    )


def test_other_music_is_far_off_even_where_it_fits_best() -> None:
    assert (error_rate(make_sound(noise(1)), make_sound(noise(2))) or 0) > 0.45


def test_an_ending_does_not_fit_a_beginning() -> None:
    music = noise(1, 100)
    assert (error_rate(make_sound(music), make_sound(music[-30:] + noise(3, 70))) or 0) > 0.4


@pytest.mark.parametrize("size", [0, 1, 39])
def test_of_too_little_nothing_is_said(size: int) -> None:
    assert error_rate(make_sound(noise(1, size)), make_sound(noise(1))) is None
