"""Which of two files of one recording is the better one.

Owns the order, best first: lossless before lossy; stereo before mono; then, of lossless files, the
higher sample rate, and of lossy ones the higher bitrate, in which a bit of a newer codec counts for
more: one of Opus half as much again as one of MP3, of AAC and Vorbis a quarter more (what listening
tests find transparent: about 128, 160 and 192 kbit/s). A tenth more is needed to be better.
"""

from __future__ import annotations

from shanty.models import AudioProperties

_LOSSLESS = frozenset({"flac", "alac", "pcm", "ape", "wavpack", "tta", "tak", "optimfrog", "dsd"})
_WORTH = {"opus": 1.5, "aac": 1.25, "vorbis": 1.25, "musepack": 1.25, "mp3": 1.0}
_OTHER_WORTH = 0.9
_MARGIN = 1.1


def is_better(new: AudioProperties, old: AudioProperties) -> bool:
    """Whether replacing the old file by the new one is an upgrade."""
    kind_of_new, kind_of_old = _kind(new), _kind(old)
    if kind_of_new != kind_of_old:
        return kind_of_new > kind_of_old
    return _amount(new) >= _amount(old) * _MARGIN


def describe_quality(audio: AudioProperties) -> str:
    """A file's quality for people: ``opus, 130 kbit/s``."""
    return f"{audio.codec}, {audio.bitrate // 1000} kbit/s"


def _kind(audio: AudioProperties) -> tuple[bool, int]:
    return audio.codec in _LOSSLESS, min(audio.channels, 2)


def _amount(audio: AudioProperties) -> float:
    if audio.codec in _LOSSLESS:
        return audio.sample_rate
    return audio.bitrate * _WORTH.get(audio.codec, _OTHER_WORTH)
