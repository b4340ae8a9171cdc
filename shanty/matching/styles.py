"""Words that say in which style, on what or where a song is played, without naming a version.

Owns how they are found in a folded text. Refuses to know which of them are wanted.
"""

from __future__ import annotations

from functools import cache

from shanty.matching.keys import keys_of
from shanty.matching.part_numbers import counts_of
from shanty.matching.words import find_versions, vocabulary
from shanty.music.names import SPACELESS, scripts_of


def may_be_of_version(phrase: str) -> bool:
    """Whether folded words may say of which version it is, or which part, in whatever way."""
    vocab = vocabulary()
    plain = (vocab.manners, vocab.short, vocab.version_words)
    is_any = speaks_of_style(phrase) or any(
        word.isdecimal() or any(word in words for words in plain) for word in phrase.split()
    )
    return is_any or bool(counts_of(phrase) or keys_of(phrase) or find_versions(phrase))


def speaks_of_style(folded: str) -> bool:
    """Whether words say how, on what or where a song is played: in titles they are rare."""
    vocab = vocabulary()
    if any(
        word in words
        for word in folded.split()
        for words in (vocab.styles, vocab.occasions, vocab.names)
    ):
        return True
    return any(word in folded for word in _spaceless_styles())


@cache
def _spaceless_styles() -> frozenset[str]:
    vocab = vocabulary()
    words = vocab.styles | vocab.occasions | vocab.version_words | vocab.manners
    return frozenset(word for word in words if scripts_of(word) & SPACELESS)
