"""Parts of a title that are about the song, whoever plays it: who wrote it, what it is from, and
who is credited beside the artist.

Owns how those are told from parts that say where or how it is played. Refuses to know the wanted
song.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from shanty.matching.styles import may_be_of_version, speaks_of_style
from shanty.matching.titles import is_credit, is_source
from shanty.matching.words import vocabulary
from shanty.music.names import HIS, fold_name

_ACCOUNT = re.compile(r"@\w")
_DECADE = re.compile(r"\d+s?|s")
_GUEST = re.compile(r"^\W*(?:feat|ft|featuring|prod|produced)\b", re.IGNORECASE)
# "with strings", not "with Ida".
_WITH_A_THING = re.compile(r"\W*(?:[Ww]ith|[Cc]on|[Aa]vec|[Mm]it|WITH)\s(?:[a-zà-öø-ÿ']+\s?)+\W*")
_ELSEWHERE = re.compile(r"\s(?:at|@)\s", re.IGNORECASE)
# "J. Berg - Olsen": names, some with initials, as labels print those who wrote a song together. One
# alone may be whoever plays it.
_INITIALLED = r"(?:[^\W\d_a-zа-яё]\.\s?){1,3}[^\W\d_]{3,}"
_AUTHOR = rf"(?:{_INITIALLED}|[^\W\d_]{{3,}})"
_AUTHORS = re.compile(rf"\s*{_AUTHOR}(?:\s*[-/]\s*{_AUTHOR})+\s*")
_INITIALS = re.compile(_INITIALLED)


def is_plain_credit(part: str, known: Collection[str], *, is_theirs: bool) -> bool:
    """Whether a part of a normalised title says only who is credited, or what the song is from.

    ``known`` are words that the wanted names explain; ``is_theirs`` is about the upload: whatever
    the artist or the label says it is from, it is.
    """
    if names_writers(part):
        return True
    folded = fold_name(part)
    if found := vocabulary().repertoire.match(folded):
        return not may_be_of_version(folded[found.end() :])
    if not is_credit(part):
        return False
    if not is_source(part):
        return not is_other_credit(part, known)
    words, vocab = set(folded.split()), vocabulary()
    if not vocab.occasions.isdisjoint(words):
        return False
    is_named = '"' in part or bool(_ACCOUNT.search(part))
    is_presented = not vocab.presentation.isdisjoint(words)
    rest = {word for word in words if not _DECADE.fullmatch(word)}
    return is_named or is_theirs or is_presented or rest - vocab.decoration <= set(known)


def is_other_credit(credit: str, known: Collection[str]) -> bool:
    """Whether a credit makes another version of a song: an orchestra or a choir other than the
    artist's own ("& his …"), an instrument or a style, a stage.
    """
    words, vocab = fold_name(credit).split(), vocabulary()
    if any(
        word in vocab.orchestras and word not in known and before not in HIS
        for before, word in zip(["", *words], words, strict=False)
    ):
        return True
    plain = (vocab.presentation, vocab.decoration, known)
    is_known = all(any(word in each for each in plain) for word in words)
    if _GUEST.match(credit) or is_known:
        return False
    if _ELSEWHERE.search(credit):
        return True
    if not HIS.isdisjoint(words):
        return False
    if _WITH_A_THING.fullmatch(credit):
        return True
    rest = " ".join(word for word in words if word not in known)
    return vocab.presentation.isdisjoint(words) and speaks_of_style(rest)


def names_writers(part: str) -> bool:
    """Whether a part of a normalised title says who wrote the song: "Music by Ida Berg",
    "J. Berg / P. Olsen".
    """
    folded = f"{fold_name(part)} "
    if vocabulary().writers.match(folded) and not speaks_of_style(folded):
        return True
    is_credited = bool(_INITIALS.search(part)) and bool(_AUTHORS.fullmatch(part))
    return is_credited and not speaks_of_style(folded)
