"""Which of two files of one recording is the better one.

Owns the order of quality. Lossless beats lossy, then stereo beats mono. Among lossless files, the
higher sample rate wins. Among lossy ones, the higher bitrate wins, weighted by codec: a bit of Opus
counts half as much again as one of MP3, and a bit of AAC or Vorbis a quarter more. (Listening tests
find about 128, 160 and 192 kbit/s transparent.) A file is better only by a tenth or more.
"""

from __future__ import annotations

from shanty.models import AudioProperties

_LOSSLESS = frozenset({"flac", "alac", "pcm", "ape", "wavpack", "tta", "tak", "optimfrog", "dsd"})
_WORTH = {"opus": 1.5, "aac": 1.25, "vorbis": 1.25, "musepack": 1.25, "mp3": 1.0}
_OTHER_WORTH = 0.9
_MARGIN = 1.1


def is_better(new: AudioProperties, old: AudioProperties) -> bool:
    """Whether it is an upgrade to replace the old file by the new one."""
    kind_of_new, kind_of_old = _kind(new), _kind(old)
    if kind_of_new != kind_of_old:
        return kind_of_new > kind_of_old
    return _amount(new) >= _amount(old) * _MARGIN


def describe_quality(audio: AudioProperties) -> str:
    """Return a file's quality in words: ``opus, 130 kbit/s``."""
    return f"{audio.codec}, {audio.bitrate // 1000} kbit/s"


def _kind(audio: AudioProperties) -> tuple[bool, int]:
    return audio.codec in _LOSSLESS, min(audio.channels, 2)


def _amount(audio: AudioProperties) -> float:
    if audio.codec in _LOSSLESS:
        return audio.sample_rate
    return audio.bitrate * _WORTH.get(audio.codec, _OTHER_WORTH)
