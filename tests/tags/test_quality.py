"""Which of two files of a recording is the better one."""

from __future__ import annotations

import pytest

from shanty.models import AudioProperties
from shanty.tags.quality import is_better


def audio(codec: str, kbits: int, channels: int = 2, rate: int = 44_100) -> AudioProperties:
    return AudioProperties("x", codec, 100.0, kbits * 1000, rate, channels, 1, "")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (audio("flac", 700), audio("mp3", 320)),
        (audio("flac", 700, channels=1), audio("opus", 256)),
        (audio("flac", 700, rate=96_000), audio("flac", 1400)),
        (audio("alac", 1), audio("wma", 999)),
        (audio("opus", 128), audio("mp3", 128)),
        (audio("opus", 128), audio("aac", 128)),
        (audio("aac", 128), audio("mp3", 128)),
        (audio("mp3", 320), audio("mp3", 128)),
        (audio("mp3", 320), audio("opus", 128)),
        (audio("opus", 64), audio("opus", 128, channels=1)),
    ],
)
def test_the_order_of_quality(better: AudioProperties, worse: AudioProperties) -> None:
    assert is_better(better, worse)
    assert not is_better(worse, better)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (audio("flac", 700), audio("alac", 900)),
        (audio("opus", 130), audio("opus", 128)),
        (audio("opus", 128), audio("mp3", 192)),
        (audio("flac", 700, channels=6), audio("flac", 900)),
    ],
)
def test_an_equally_good_file_is_no_upgrade(one: AudioProperties, other: AudioProperties) -> None:
    assert not is_better(one, other)
    assert not is_better(other, one)
