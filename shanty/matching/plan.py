"""Which searches to ask for a recording, in which order: each query with the reason for it.

Pure: refuses to know how a search is asked, what it costs and what it brings. Whoever runs the
plan stops at the first result that is good enough, so what finds most comes first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from shanty.matching.titles import drop_credits, normalize_title
from shanty.matching.words import find_versions
from shanty.music.entities import ArtistCredit, Recording
from shanty.music.names import fold_name, is_latin, latin_names, romanize

MAX_QUERIES = 6
MAX_LENGTH = 120
"""Letters of a query: of longer ones, sites drop words as they like."""

_LONGEST_CREDIT = 60
_MOST_NAMES = 2  # from three artists on, uploads name the first one and whoever they like
_MOST_ISRCS = 2
# Auto-generated uploads have their ISRC in the description that YouTube searches. Sources that do
# not index it would answer with anything at all.
_KNOWS_ISRCS = "ytsearch"
# YouTube Music has shelves that are asked one by one. An ISRC finds the label's own upload on the
# first one, and nothing on the other.
_HAS_SHELVES = "ytmusic"
_SONGS, _VIDEOS = "songs", "videos"
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_OPERATORS = str.maketrans(dict.fromkeys('"“”„|*', " "))
# Names that are none. "[dunkelbunt]" is one.
# https://musicbrainz.org/doc/Style/Unknown_and_untitled/Special_purpose_artist
_NO_NAME = re.compile(
    r"\[(?:unknown|anonymous|no artist|traditional|data|dialogue|untitled|non-album tracks)\]"
    r"|various artists",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """What to ask, and why, in a few words; of which shelf, where the source has several."""

    text: str
    reason: str
    shelf: str = ""

    def place(self, prefix: str) -> str:
        """Where it is asked: ``ytsearch8``, ``ytmusic:songs``."""
        return f"{prefix}:{self.shelf}" if self.shelf else prefix


def plan_queries(recording: Recording, album_title: str, prefix: str) -> tuple[Query, ...]:
    """The queries for a recording, the one to ask first first; no two mean the same words.

    ``prefix`` is the source, by its name in the settings (``ytmusic``, ``ytsearch8``): not all of
    them honour an ISRC.
    """
    if prefix == _HAS_SHELVES:
        return _plan_shelves(recording, album_title, prefix)
    return _drop_repeated(_list_ideas(recording, album_title, prefix))


def _plan_shelves(recording: Recording, album_title: str, prefix: str) -> tuple[Query, ...]:
    """By ISRC, then the songs, then the videos; then the songs by the artist's name elsewhere."""
    ideas = _drop_repeated(_list_ideas(recording, album_title, prefix))
    plan = [Query(isrc, "ISRC", _SONGS) for isrc in _isrcs_of(recording)[:1]]
    plan += [replace(idea, shelf=shelf) for idea in ideas[:1] for shelf in (_SONGS, _VIDEOS)]
    if _other_names(recording.artist_credit):
        plan += [replace(idea, shelf=_SONGS) for idea in ideas[1:]]
    return _drop_repeated(plan)


def _drop_repeated(queries: Iterable[Query]) -> tuple[Query, ...]:
    plan: dict[tuple[str, frozenset[str]], Query] = {}
    for query in queries:
        # Sites care for neither order, repetition, case, accents nor punctuation.
        words = frozenset(fold_name(query.text).split())
        if words:
            plan.setdefault((query.shelf, words), query)
    return tuple(plan.values())[:MAX_QUERIES]


def _isrcs_of(recording: Recording) -> list[str]:
    return [isrc for isrc in recording.isrcs if _ISRC.fullmatch(isrc)][:_MOST_ISRCS]


def search_query(recording: Recording) -> str:
    """The plain query: the artist as credited, and the title."""
    credit = recording.artist_credit
    artist = "" if _NO_NAME.fullmatch(credit.name) else credit.name
    return _query("", artist, recording.title).text


def _list_ideas(recording: Recording, album_title: str, prefix: str) -> Iterator[Query]:
    credit = recording.artist_credit
    bare = drop_credits(normalize_title(recording.title))
    first = _first_name(credit)
    is_long = len(credit.parts) > _MOST_NAMES or len(credit.name) > _LONGEST_CREDIT
    if find_versions(f"({recording.disambiguation})"):
        # First: without these words the ordinary version takes all the places.
        yield _query("artist, title and version", first, bare, recording.disambiguation)
    if is_long:
        yield _query("first artist and title", first, bare)
    yield Query(search_query(recording), "artist and title")
    if prefix.startswith(_KNOWS_ISRCS):
        for isrc in _isrcs_of(recording):
            yield Query(f'"{isrc}"', "ISRC")
    for name in _other_names(credit):
        latin = bare if is_latin(bare) else romanize(fold_name(bare))
        yield _query("artist in Latin letters", name, latin)
    if album_title and not _NO_NAME.fullmatch(album_title):
        yield _query("with the album", first, bare, album_title)
    yield _query("first artist and bare title", first, bare)


def _query(reason: str, artist: str, title: str, more: str = "") -> Query:
    """With a dash between artist and title, as most uploads are named."""
    artist, title, more = _clean(artist), _clean(title), _clean(more)
    text = " - ".join(filter(None, (artist, title)))
    return Query(_cut(" ".join(filter(None, (text, more)))), reason)


def _clean(text: str) -> str:
    """Words only: nothing invisible, and nothing that a search takes for an operator."""
    plain = unicodedata.normalize("NFC", text).translate(_OPERATORS)
    printable = "".join(char if char.isprintable() else " " for char in plain)
    # "-word" asks for results without the word.
    return " ".join(word.lstrip("-") or word for word in printable.split())


def _cut(text: str) -> str:
    if len(text) <= MAX_LENGTH:
        return text
    return text[: MAX_LENGTH + 1].rpartition(" ")[0].rstrip(" -") or text[:MAX_LENGTH]


def _first_name(credit: ArtistCredit) -> str:
    name = credit.names[0] if credit.parts else ""
    return "" if _NO_NAME.fullmatch(name) else name


def _other_names(credit: ArtistCredit) -> list[str]:
    """How the first artist is called in Latin letters, where the name has others."""
    if not credit.parts or is_latin(_first_name(credit)):
        return []
    artist = credit.parts[0].artist
    romanized = romanize(fold_name(credit.names[0]))
    return [*latin_names(artist), *([romanized] if is_latin(romanized) else [])][:2]
