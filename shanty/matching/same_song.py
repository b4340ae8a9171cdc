"""Whether the tags of a file name the same song as the catalogue: titles and artists compared.

Owns which words around a title change nothing about the recording, and how the several ways to name
the artists of a song are compared. Refuses to know lengths and identifiers.
"""

from __future__ import annotations

import re
from functools import lru_cache

from shanty.matching.part_numbers import spell_parts
from shanty.matching.titles import drop_credits, normalize_title
from shanty.music.names import best_ratio, fold_name, is_link, scripts_of

# What may be added to a title although it is the same recording. A remaster is the same performance
# at the same length; mono, edits and mixes are not, and stay in the title.
_YEAR = r"(?:19|20)\d\d"
_ADDED = re.compile(
    rf"(?:{_YEAR} )?(?:digital(?:ly)? )?re ?maste\w*(?: (?:version|edition))?(?: {_YEAR})?"
    rf"|(?:{_YEAR} )?(?:remasteri|ремастер|リマスター)\w*(?: {_YEAR})?"
    r"|explicit(?: (?:version|lyrics|content))?|album version|albumversion|lp version"
    r"|version (?:de l )?album|version (?:del )?album|bonus track"
)
_AT_THE_END = re.compile(r"\s*(?:\(([^()]*)\)|\s-\s+([^()]*?))\s*$")
_CREDITED = re.compile(
    r"(?:(?:\(|\s)(?:feat\.?|ft\.?|featuring|with)|\((?:avec|con|mit))\s+([^()]+)\)?",
    re.IGNORECASE,
)
_FEATURING = re.compile(r"\s(?:feat\.?|ft\.?|featuring)\s+", re.IGNORECASE)
_LIKE = 0.8


@lru_cache(maxsize=8192)
def fold_song_title(title: str) -> str:
    """A title without its credits and without what changes nothing about the recording."""
    text = drop_credits(normalize_title(title)).strip()
    while found := _AT_THE_END.search(text):
        added = (found[1] or found[2] or "").split("/")
        if not found.start() or not all(_ADDED.fullmatch(fold_name(part)) for part in added):
            break
        text = text[: found.start()]
    return spell_parts(fold_name(text))


@lru_cache(maxsize=8192)
def credited_names(artist: str, title: str) -> frozenset[frozenset[str]]:
    """The words of the artists that tags name: of all of them, and without guests.

    The order of the artists and what joins them differ from file to file.
    """
    guests = " ".join(found[1] for found in _CREDITED.finditer(normalize_title(title)))
    main = _FEATURING.split(artist, maxsplit=1)[0]
    return frozenset({_words(main), _words(f"{artist} {guests}")} - {frozenset()})


def is_same_song(artist: str, title: str, other_artist: str, other_title: str) -> bool:
    """Whether two pairs of tags name one song."""
    if not artist.strip() or not other_artist.strip():
        return False
    key = fold_song_title(title)
    if not key or key != fold_song_title(other_title):
        return False
    return bool(credited_names(artist, title) & credited_names(other_artist, other_title))


def _words(text: str) -> frozenset[str]:
    words = fold_name(text).split()
    return frozenset(word for word in words if not is_link(word)) or frozenset(words)


def is_like_title(title: str, other: str) -> bool:
    """Whether two titles may be one, spelled differently; those of two scripts may be anything."""
    one, two = fold_song_title(title), fold_song_title(other)
    if one == two or not one or not two or scripts_of(one) != scripts_of(two):
        return True
    return best_ratio([one], [two]) >= _LIKE
