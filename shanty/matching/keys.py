"""The keys in titles: a prelude in C minor is not the one in D minor.

Refuses to know which key is wanted.
"""

from __future__ import annotations

import re
from functools import lru_cache

from shanty.music.names import fold_name

_SHARP = re.compile(r"(?<=\b[a-g])[♯#]", re.IGNORECASE)
_FLAT = re.compile(r"(?<=\b[a-g])(?:♭|b(?=\s+(?:major|minor)\b))", re.IGNORECASE)
_KEY = re.compile(r"\b(?:([a-g](?: flat| sharp)?) (?:major|minor)|([a-h])(is|e?s|) (dur|moll))\b")
# A capital alone names a key, too: "Nocturne in E-flat"; "in a room" has none.
_BARE_KEY = re.compile(r"\b(?i:in|en|em)\s([A-G])(?:[\s-]((?i:flat|sharp))|(?=\s*(?:$|[-,:;()|])))")
KEY_WORDS = {
    "major", "minor", "flat", "sharp", "dur", "moll", "majeur", "mineur", "mayor", "menor",
    "maggiore", "minore",
}  # fmt: skip
"""What stands in a key beside its letter."""
_GERMAN_NOTES = {"h": "b", "b": "b flat"}
_MODE = re.compile(r" (?:major|minor)$")


@lru_cache(maxsize=8192)
def keys_of(text: str) -> frozenset[str]:
    """The keys in a text, in English, or in German letters with dur and moll: ``a flat major``."""
    found = _KEY.finditer(fold_name(_spell_signs(text)))
    return frozenset(key[0] if key[1] else _translate_key(*key.group(2, 3, 4)) for key in found)


@lru_cache(maxsize=8192)
def notes_of(text: str) -> frozenset[str]:
    """The key notes in a text, whether their mode is named or not: ``e flat`` of "in E-flat"."""
    if keys := keys_of(text):
        return frozenset(_MODE.sub("", key) for key in keys)
    found = _BARE_KEY.finditer(_spell_signs(text))
    return frozenset(f"{key[1]} {key[2] or ''}".strip().lower() for key in found)


def _spell_signs(text: str) -> str:
    """A text with the signs of its keys in words: ``F sharp`` for "F♯"."""
    return _FLAT.sub(" flat", _SHARP.sub(" sharp", text))


def _translate_key(letter: str, sign: str, mode: str) -> str:
    """A German key in English: ``h``, nothing, ``moll`` is ``b minor``."""
    note = _GERMAN_NOTES.get(letter, letter) + {"": "", "is": " sharp"}.get(sign, " flat")
    return f"{note} {'major' if mode == 'dur' else 'minor'}"
