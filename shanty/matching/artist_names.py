"""What the artists of a recording are called, in all the ways in which people write it.

Refuses to know whether an upload names them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shanty.matching.part_numbers import count_otherwise
from shanty.matching.spellings import two_letters
from shanty.music.entities import Artist, ArtistCredit
from shanty.music.names import (
    HIS,
    LINKS,
    fold_name,
    is_link,
    latin_names,
    scripts_of,
    split_linked,
    without_article,
)

_NUMBERED = re.compile(r"\s*[\[(]\d+[\])]$")
_BETWEEN = re.compile(
    rf"\s*[,/;+×]\s*|\s+-\s+|(?<=[^\W\d])-(?=[^\W\d])|\s+&\s+|\s+{LINKS}\.?\s+", re.I
)
_AND_HIS = re.compile(rf" {LINKS} (?:{'|'.join(sorted(HIS))}) ")
_LEAST_LETTERS = 4  # shorter names are in other names by chance
_LEAST_CHARACTERS = 3  # of an alias in Chinese


def artist_forms(credit: ArtistCredit) -> tuple[str, ...]:
    """The names of the artists: joined, each, each script of a name in two of them, and what one
    without Latin letters is called in them.
    """
    names = [credit.name, *credit.names, *(part.artist.name for part in credit.parts)]
    names += [name for part in credit.parts for name in latin_names(part.artist)]
    names += [name for part in credit.parts for name in _chinese_names(part.artist)]
    forms = {fold_name(name) for name in names if name.strip()}
    forms |= {fold_name(two_letters(name)) for name in names if not name.isascii()}
    for form in tuple(forms):
        words = form.split()
        latin = [word for word in words if scripts_of(word) <= {"LATIN"}]
        other = [word for word in words if word not in latin]
        if other and scripts_of(" ".join(latin)):
            forms |= {" ".join(latin), " ".join(other)}
    forms |= {without_article(form) for form in forms}
    # "John Hammond [1]" is how catalogues tell two of the same name apart.
    forms |= {fold_name(_NUMBERED.sub("", name)) for name in names if _NUMBERED.search(name)}
    # "Lou Gold's Orchestra" is Lou Gold and His Orchestra.
    forms |= {_AND_HIS.sub(behind, form) for form in tuple(forms) for behind in ("s ", " ")}
    if people := split_people(credit.name):
        forms |= {" and ".join(people), " and ".join(reversed(people))}
    forms = forms.union(*map(count_otherwise, forms))
    return tuple(sorted(forms - {""}))


def _chinese_names(artist: Artist) -> tuple[str, ...]:
    """What else an artist with a Chinese name is called in Chinese characters: 周杰伦 of 周杰倫."""
    folded = fold_name(artist.name)
    if scripts_of(folded) != {"CJK"}:
        return ()
    return tuple(
        name
        for name in artist.aliases
        if len(name) >= _LEAST_CHARACTERS and scripts_of(fold_name(name)) == {"CJK"}
    )


def split_people(name: str) -> tuple[str, ...]:
    """The folded names of those who are joined in a credit, or may be: ``bechet``, ``luter``.

    One name alone is in no parts.
    """
    people = [fold_name(one) for one in _BETWEEN.split(name) if any(map(str.isalnum, one))]
    return tuple(people) if len(people) > 1 else ()


def are_same_people(folded: str, people: Sequence[str]) -> bool:
    """Whether a folded text names all of these people and nobody else, by whole names in whatever
    order, or by their surnames: ``kottke and gordon``.
    """
    rest = f" {folded} "
    for one in sorted(people, key=len, reverse=True):
        rest = rest.replace(f" {one} ", " | ", 1)
    if rest.count("|") == len(people) and all(
        word == "|" or is_link(word) for word in rest.split()
    ):
        return True
    left, found = list(people), split_linked(folded)
    if len(found) != len(left):
        return False
    for name in found:
        same = next((one for one in left if _is_same_person(name, one)), "")
        if not same:
            return False
        left.remove(same)
    return True


def _is_same_person(name: str, other: str) -> bool:
    """Whether a found folded name and a wanted one are one, or either is the other's surname, or
    the wanted one is a first name: ``ella`` of ``ella and louis``.
    """
    short, long = sorted((name, other), key=len)
    if name == other:
        return True
    if len(short) < _LEAST_LETTERS or " " in short:
        return False
    return long.endswith(f" {short}") or (short == other and long.startswith(f"{short} "))
