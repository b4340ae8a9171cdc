"""Which of many fingerprints may be the same sound, without comparing each with each.

Owns how likely pairs are found. Refuses to know what a pair means: ``music.fingerprint`` compares.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, groupby

from shanty.music.fingerprint import Fingerprint

# Every 16th word of all that there are is remembered, and of short sounds the first of them in the
# same order. It is a matter of their bits alone, so the same sound is remembered by the same words,
# wherever it begins.
_SHARE = 16
_LEAST_REMEMBERED = 24
_MIX, _WORD = 2654435761, 0xFFFFFFFF  # Knuth's multiplicative hash
# A word that so many have is silence or one long tone, and says nothing.
_MOST_WITH_ONE_WORD = 30
_LEAST_IN_COMMON = 2


class SoundIndex:
    """Remembers a few words of each fingerprint: 8 bytes for each, about 60 for two minutes."""

    def __init__(self) -> None:
        self._keys = list[int]()
        self._words = array("Q")

    def add(self, key: int, fingerprint: Fingerprint) -> None:
        """Remember a fingerprint under a number of the caller's."""
        number = len(self._keys)
        self._keys.append(key)
        mixed = sorted({word * _MIX & _WORD for word in fingerprint.words})
        kept = max(_LEAST_REMEMBERED, bisect_left(mixed, _WORD // _SHARE))
        self._words.extend(word << 32 | number for word in mixed[:kept])

    def likely_pairs(self) -> Iterator[tuple[int, int]]:
        """The keys of each two that have several rare words in common, in the order added."""
        common = Counter[tuple[int, int]]()
        for _, having in groupby(sorted(self._words), key=lambda one: one >> 32):
            numbers = [one & _WORD for one in having]
            if 1 < len(numbers) <= _MOST_WITH_ONE_WORD:
                common.update(combinations(numbers, 2))
        for pair in sorted(common):
            if common[pair] >= _LEAST_IN_COMMON:
                yield self._keys[pair[0]], self._keys[pair[1]]
