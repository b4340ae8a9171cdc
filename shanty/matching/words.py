"""What the words in titles mean: decoration, and names of versions. The words are in words.toml.

Owns how the words are found in a text. Refuses to know which versions are wanted.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from shanty.matching.names import fold_name, scripts_of

_FLAGS = ("must_be_named", "has_name", "has_place", "in_channel", "of_covers", "by_artist")
_TELLING_LENGTH = 3
_SPACELESS = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}


@dataclass(frozen=True, slots=True)
class VersionKind:
    """A way in which a recording differs from the ordinary one, e.g. *live*.

    ``must_be_named``: an upload that does not say so is not it. ``has_name``: there are many,
    told apart by the words before; ``has_place``: by the words beside. ``in_channel``: a channel
    so called has nothing else. ``of_covers``: it may be said of a cover.
    ``by_artist``: it is that by being the wanted artist's.
    """

    name: str
    must_be_named: bool
    has_name: bool
    has_place: bool
    in_channel: bool
    of_covers: bool
    by_artist: bool


@dataclass(frozen=True)
class Vocabulary:
    """All words, ready to be looked for in folded texts.

    ``vague`` ones do not say of an album that all of it is of their kind.
    """

    decoration: frozenset[str]
    kinds: Mapping[str, VersionKind]
    kind_of: Mapping[str, str]
    vague: frozenset[str]
    pattern: re.Pattern[str]
    ordinary: re.Pattern[str]


@cache
def vocabulary() -> Vocabulary:
    """The words of words.toml, read once."""
    document = tomllib.loads(
        resources.files("shanty.matching").joinpath("words.toml").read_text(encoding="utf-8")
    )
    kinds, kind_of, vague = {}, {}, set[str]()
    for name, entry in document["versions"].items():
        kinds[name] = VersionKind(name, *(bool(entry.get(flag)) for flag in _FLAGS))
        kind_of.update(dict.fromkeys(_folded(entry["words"]), name))
        vague.update(map(fold_name, entry.get("vague", ())))
    decoration = (word for phrase in _folded(document["decoration"]) for word in phrase.split())
    return Vocabulary(
        frozenset(decoration),
        kinds,
        kind_of,
        frozenset(vague),
        _any_of(kind_of),
        _any_of(_folded(document["ordinary"])),
    )


def _folded(by_language: Mapping[str, Any]) -> list[str]:
    return [fold_name(word) for words in by_language.values() for word in words]


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the words, the longest first; whole words where a script has spaces."""
    ordered = sorted(words, key=len, reverse=True)
    spaced = [re.escape(word) for word in ordered if not _is_spaceless(word)]
    spaceless = [re.escape(word) for word in ordered if _is_spaceless(word)]
    found = rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)"
    return re.compile("|".join([found, *spaceless]))


def _is_spaceless(word: str) -> bool:
    return bool(scripts_of(word) & _SPACELESS)


@lru_cache(maxsize=8192)
def find_versions(text: str) -> tuple[tuple[str, str], ...]:
    """The versions that a text names: (kind, the words for it), in order."""
    words = vocabulary()
    folded = words.ordinary.sub(" ", fold_name(text))
    return tuple((words.kind_of[found[0]], found[0]) for found in words.pattern.finditer(folded))


def count_versions(*texts: str) -> Counter[str]:
    """How often each kind of version is named in some texts."""
    return Counter(kind for text in texts for kind, _ in find_versions(text))


def version_name(text: str, kind: str) -> str:
    """What stands before the word for a version, e.g. ``moby`` of "Moby Remix"; often nothing."""
    folded = vocabulary().ordinary.sub(" ", fold_name(text))
    for found in vocabulary().pattern.finditer(folded):
        if vocabulary().kind_of[found[0]] == kind:
            return " ".join(
                word for word in folded[: found.start()].split() if not is_decoration(word)
            )
    return ""


def telling_words(text: str) -> frozenset[str]:
    """The words of a text that are neither decoration nor for a version nor numbers, nor short."""
    folded = vocabulary().pattern.sub(" ", fold_name(text))
    return frozenset(
        word
        for word in folded.split()
        if len(word) >= _TELLING_LENGTH and not is_decoration(word) and not word.isdecimal()
    )


def is_decoration(word: str) -> bool:
    """Whether a folded word says how an upload is presented, not what it is."""
    return word in vocabulary().decoration
