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

from shanty.music.names import APOSTROPHES, SPACELESS, fold_name, scripts_of

_FLAGS = ("must_be_named", "has_name", "has_place", "in_channel", "of_covers", "by_artist")
_TELLING_LENGTH = 3
# "A 3418", "ep 5135", "fx 10 527", "51690 l": no year.
_PRESSING_NUMBER = (
    r"(?:[a-z]+ ){0,2}(?!(?:19|20)\d\d$)(?:\d+ )*\w*\d{3,}(?: [a-z])?(?: (?:19|20)\d\d)?"
)
_BRACKET = re.compile(r"[()\[\]]")
_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
# "Ida's version", "the Maydays' version", "Ida's ver.": a fold takes the apostrophe away.
_POSSESSIVE = re.compile(
    rf"(?<=[^\W\d_])[{APOSTROPHES}](?:s\b)?(?=\s+v\wr(?:s\w\wn)?\b)", re.IGNORECASE
)


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

    ``names`` count only beside one of the ``version_words``, or alone in brackets; the longest
    come first. ``vague`` words do not say of an album that all of it is of their kind. ``short``
    words tell something although they are short. ``verbs`` stand between a name and its song, and
    ``originals`` and ``covers_of`` before the name of whoever had the song first. ``manners`` say
    how a cover is played, or by what kind of people; ``styles`` are those of any version, and
    ``occasions`` where all are live. A credit of one of the ``orchestras`` makes another version.
    ``ranks`` stand before an artist's name and change nothing; ``makes`` end what says that
    something was made of the song. ``explicit`` words say that nothing is cut out, ``generic``
    titles are on many albums. ``pressing`` finds a record's label and number; at the beginning of
    a text, ``players`` finds who performs the song, ``repertoire`` what else is the artist's, and
    ``writers`` who wrote it.
    """

    decoration: frozenset[str]
    presentation: frozenset[str]
    kinds: Mapping[str, VersionKind]
    kind_of: Mapping[str, str]
    names: Mapping[str, str]
    version_words: frozenset[str]
    vague: frozenset[str]
    places: frozenset[str]
    short: frozenset[str]
    verbs: frozenset[str]
    originals: frozenset[str]
    covers_of: tuple[str, ...]
    manners: frozenset[str]
    styles: frozenset[str]
    occasions: frozenset[str]
    orchestras: frozenset[str]
    ranks: frozenset[str]
    makes: frozenset[str]
    explicit: frozenset[str]
    generic: frozenset[str]
    pattern: re.Pattern[str]
    alone: re.Pattern[str]
    ordinary: re.Pattern[str]
    pressing: re.Pattern[str]
    players: re.Pattern[str]
    repertoire: re.Pattern[str]
    writers: re.Pattern[str]


@cache
def vocabulary() -> Vocabulary:
    """The words of words.toml, read once."""
    document = tomllib.loads(
        resources.files("shanty.matching").joinpath("words.toml").read_text(encoding="utf-8")
    )
    entries = document["versions"]
    kinds, kind_of, names, abbreviations = {}, {}, {}, set[str]()
    for name, entry in entries.items():
        kinds[name] = VersionKind(name, *(bool(entry.get(flag)) for flag in _FLAGS))
        kind_of.update(dict.fromkeys(_folded(entry["words"]), name))
        names.update(dict.fromkeys(map(fold_name, entry.get("names", ())), name))
    for language, words in document["languages"].items():
        kinds[language] = VersionKind(language, True, *[False] * (len(_FLAGS) - 1))
        names.update(dict.fromkeys(map(fold_name, words), language))
        abbreviations.update(fold_name(word) for word in words if word.endswith("."))
    names = dict(sorted(names.items(), key=lambda each: -len(each[0])))
    beside = document["beside"]
    return Vocabulary(
        decoration=_single_words(document["decoration"]),
        presentation=_single_words(document["presentation"]),
        kinds=kinds,
        kind_of=kind_of,
        names=names,
        version_words=frozenset(map(fold_name, beside["versions"])),
        vague=_all_of(entries, "vague"),
        places=_all_of(entries, "places"),
        short=_single_words(document["short"]),
        verbs=_single_words(document["verbs"]),
        originals=_single_words(document["originals"]),
        covers_of=tuple(_folded(document["covers_of"])),
        manners=_single_words(document["manners"]),
        styles=_single_words(document["styles"]),
        occasions=_single_words(document["occasions"]),
        orchestras=_single_words(document["orchestras"]),
        ranks=_single_words(document["ranks"]),
        makes=_single_words(document["makes"]),
        explicit=frozenset(_folded(document["explicit"])),
        generic=frozenset(_folded(document["generic"])),
        pattern=re.compile("|".join((_any_of(kind_of), *_named_versions(names, beside)))),
        alone=re.compile(
            rf"(?:{_either(beside['links'])} )?{_either(names.keys() - abbreviations)}"
        ),
        ordinary=re.compile(_any_of(_folded(document["ordinary"]) + _folded(document["explicit"]))),
        pressing=re.compile(rf"(?:\w+ )?{_either(_folded(document['labels']))} {_PRESSING_NUMBER}"),
        players=re.compile(rf"{_either(_folded(document['players']))}(?!\S)"),
        repertoire=re.compile(rf"{_either(_folded(document['repertoire']))} "),
        writers=_written_by(document["writers"]),
    )


def _written_by(document: Mapping[str, Mapping[str, Any]]) -> re.Pattern[str]:
    """Finds, at the beginning of a text, what names the writer of a song: "composer Ida",
    "words and music by Ida".
    """
    alone, before = _either(_folded(document["alone"])), _either(_folded(document["before"]))
    by, links = _either(_folded(document["by"])), _either(_folded(document["links"]))
    return re.compile(rf"(?:{before} (?:{links} )?)*(?:{alone} |{before} {by} )\S")


def _folded(by_language: Mapping[str, Any]) -> list[str]:
    return [fold_name(word) for words in by_language.values() for word in words]


def _single_words(by_language: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(word for phrase in _folded(by_language) for word in phrase.split())


def _all_of(entries: Mapping[str, Any], key: str) -> frozenset[str]:
    return frozenset(fold_name(word) for entry in entries.values() for word in entry.get(key, ()))


def _either(words: Iterable[str]) -> str:
    """Finds any of the words, the longest first."""
    ordered = sorted(set(map(fold_name, words)), key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(map(re.escape, ordered))})"


def _any_of(words: Iterable[str]) -> str:
    """Finds any of the words; whole words where a script has spaces."""
    spaceless = {word for word in words if _is_spaceless(word)}
    found = rf"(?<!\S){_either(set(words) - spaceless)}(?!\S)"
    return f"{found}|{_either(spaceless)}" if spaceless else found


def _named_versions(names: Iterable[str], beside: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Finds a name beside a word for "version": "piano ver", "version en espanol"."""
    versions, links = _either(beside["versions"]), _either(beside["links"])
    spaceless = _either(filter(_is_spaceless, names))
    name = _either(names)
    return (
        rf"(?<!\S){name} ?{versions}(?!\S)",
        rf"(?<!\S){versions} (?:{links} )?{name}(?!\S)",
        rf"{spaceless} ?{versions}",
    )


def _is_spaceless(word: str) -> bool:
    return bool(scripts_of(word) & SPACELESS)


@lru_cache(maxsize=8192)
def find_versions(text: str) -> tuple[tuple[str, str], ...]:
    """The versions that a text names: (kind, the words for it), in order."""
    found = vocabulary().pattern.finditer(_fold_ordinary(text))
    return tuple((_kind_of(one[0]), one[0]) for one in found)


@lru_cache(maxsize=2048)
def _kind_of(words: str) -> str:
    known = vocabulary()
    if words in known.kind_of:
        return known.kind_of[words]
    return next(kind for name, kind in known.names.items() if name in words)


def _fold_ordinary(text: str) -> str:
    """A text folded, without what names the ordinary recording, and in words what only brackets
    and apostrophes say. Nothing is a phrase across a bracket: that is a ``|``.
    """
    text = _POSSESSIVE.sub(" rerecorded ", text)
    if "(" in text or "[" in text:
        parts = _BRACKET.split(_BRACKETED.sub(_spell_out, text))
        folded = " | ".join(fold_name(part) for part in parts if part.strip())
    else:
        folded = fold_name(text)
    return vocabulary().ordinary.sub(" ", folded)


def _spell_out(brackets: re.Match[str]) -> str:
    is_name = vocabulary().alone.fullmatch(fold_name(brackets[1]))
    return f"({brackets[1]} version)" if is_name else brackets[0]


def count_versions(*texts: str) -> Counter[str]:
    """How often each kind of version is named in some texts."""
    return Counter(kind for text in texts for kind, _ in find_versions(text))


def version_name(text: str, kind: str) -> str:
    """What stands before the word for a version, e.g. ``moby`` of "Moby Remix"; often nothing."""
    folded = _fold_ordinary(text)
    for found in vocabulary().pattern.finditer(folded):
        if _kind_of(found[0]) == kind:
            return " ".join(
                word
                for word in folded[: found.start()].split()
                if word != "|" and not is_decoration(word)
            )
    return ""


def telling_words(text: str) -> frozenset[str]:
    """The words of a text that are neither decoration nor for a version nor numbers, nor short."""
    folded = vocabulary().pattern.sub(_keep_places, _fold_ordinary(text))
    return frozenset(
        word
        for word in folded.split()
        if len(word) >= _telling_length(word) and not is_decoration(word) and not word.isdecimal()
    )


def _telling_length(word: str) -> int:
    """How long a word is that tells something: two Chinese characters do."""
    return _TELLING_LENGTH - 1 if scripts_of(word) & SPACELESS else _TELLING_LENGTH


def _keep_places(found: re.Match[str]) -> str:
    places = [word for word in found[0].split() if word in vocabulary().places]
    return f" {' '.join(places)} "


def says_explicit(text: str) -> bool:
    """Whether a text says that nothing was cut out of the words."""
    folded = fold_name(text)
    return any(
        word in folded if _is_spaceless(word) else f" {word} " in f" {folded} "
        for word in vocabulary().explicit
    )


def is_generic(folded: str) -> bool:
    """Whether a folded title is one that many albums have: ``intro``, ``interlude 2``."""
    words = [word.rstrip("0123456789") or word for word in folded.split()]
    words = [word for word in words if not word.isdecimal()]
    return not words or " ".join(words) in vocabulary().generic


def is_decoration(word: str) -> bool:
    """Whether a folded word says how an upload is presented, not what it is."""
    return word in vocabulary().decoration
