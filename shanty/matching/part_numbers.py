"""The numbers and keys in titles: what tells a part, a movement or a prelude from the next one.

Refuses to know what is wanted.
"""

from __future__ import annotations

import re
from functools import lru_cache

from shanty.matching.names import fold_name

_VALUES = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_COUNTED = re.compile(r"([1-9]\d{0,5})(?:st|nd|rd|th)?")  # 02 is where it stands on an album
# Not the lone x: that is two artists together.
_ROMAN = re.compile(r"(?!x$)(x{0,3})(ix|iv|v?i{0,3})")
_UNITS = {"": 0, "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9}
_PARTS = {"part", "parts", "pt", "pts", "teil", "teile", "parte", "partie"}
_COUNTED_THINGS = {"no", "nr", "number", "vol", "volume", "chapter", "kapitel", "op"}
_SHARP = re.compile(r"(?<=\b[a-g])[♯#]", re.IGNORECASE)
_FLAT = re.compile(r"(?<=\b[a-g])(?:♭|b(?=\s+(?:major|minor)\b))", re.IGNORECASE)
_KEY = re.compile(r"\b(?:([a-g](?: flat| sharp)?) (?:major|minor)|([a-h])(is|e?s|) (dur|moll))\b")
_GERMAN_NOTES = {"h": "b", "b": "b flat"}
_YEARS = range(1900, 2100)  # of a release, a concert, a remaster: they part nothing


@lru_cache(maxsize=8192)
def numbers_of(text: str, *, with_noughts: bool = False) -> frozenset[int]:
    """The numbers in a text, in digits, Roman, or in English words, up to XXXIX and twelve; no
    years, and those with a leading nought only ``with_noughts``.
    """
    words = fold_name(text).split()
    found = {_read(word.lstrip("0") if with_noughts else word) for word in words}
    return frozenset(number for number in found if number and number not in _YEARS)


def has_nought(text: str) -> bool:
    """Whether a number in a text has a leading nought."""
    return any(word[0] == "0" and _read(word.lstrip("0")) for word in fold_name(text).split())


@lru_cache(maxsize=8192)
def keys_of(text: str) -> frozenset[str]:
    """The keys in a text, in English, or in German letters with dur and moll: ``a flat major``."""
    spelt = _FLAT.sub(" flat", _SHARP.sub(" sharp", text))
    found = _KEY.finditer(fold_name(spelt))
    return frozenset(key[0] if key[1] else _translate_key(*key.group(2, 3, 4)) for key in found)


def _translate_key(letter: str, sign: str, mode: str) -> str:
    """A German key in English: ``h``, nothing, ``moll`` is ``b minor``."""
    note = _GERMAN_NOTES.get(letter, letter) + {"": "", "is": " sharp"}.get(sign, " flat")
    return f"{note} {'major' if mode == 'dur' else 'minor'}"


def is_count(text: str) -> bool:
    """Whether a text is nothing but a number and what it counts: ``Pts. 1-5``, ``Vol. II``."""
    things = {word for word in fold_name(text).split() if not _read(word)}
    return bool(numbers_of(text)) and things <= _PARTS | _COUNTED_THINGS


def spell_parts(folded: str) -> str:
    """A folded text with parts in one spelling: ``pts i v`` is ``part 1 5``."""
    words = folded.split()
    if _PARTS.isdisjoint(words):
        return folded
    spelt, is_counting = list[str](), False
    for word, after in zip(words, [*words[1:], ""], strict=True):
        number = _read(word) if is_counting else 0
        is_part = word in _PARTS and _read(after) > 0
        spelt.append("part" if is_part else str(number or word))
        is_counting = is_part or number > 0
    return " ".join(spelt)


def _read(word: str) -> int:
    """The number that a folded word is; 0 if it is none."""
    if word in _VALUES:
        return _VALUES[word]
    if counted := _COUNTED.fullmatch(word):
        return int(counted[1])
    roman = _ROMAN.fullmatch(word)
    return 10 * len(roman[1]) + _UNITS[roman[2]] if roman else 0
