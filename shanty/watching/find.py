"""From what a person types to one MusicBrainz entity: an MBID, an address, or a name.

Owns which answer to a name is beyond doubt and how several are told apart in a line. Refuses to
know who is asked when there is doubt: it hands over the choices.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shanty.catalog.releases import filing_key
from shanty.errors import NotFoundError, ShantyError, one_line
from shanty.music.entities import MBID_PATTERN, Artist, Release, ReleaseGroup
from shanty.music.names import fold_name
from shanty.providers.musicbrainz import MusicBrainz
from shanty.providers.musicbrainz_values import Hit, LinkedEntity, Page, RecordingLookup
from shanty.watching.addresses import is_address, is_mistyped_mbid, write_forms

KINDS = ("artist", "album", "track")
# What a musicbrainz.org address calls them.
_ENTITIES = {"artist": "artist", "album": "release-group", "track": "recording"}
_KINDS = {entity: kind for kind, entity in _ENTITIES.items()}
_MOST_SHOWN = 80
_A = {"artist": "an artist", "album": "an album", "track": "a song"}
# Whatever an address of MusicBrainz can be of.
_LISTED_KINDS = {
    *_KINDS, "release", "work", "label", "area", "event", "place", "series", "instrument", "url",
}  # fmt: skip
_WORDS = {
    "artist": "an artist",
    "release-group": "an album",
    "recording": "a song",
    "release": "an edition of an album",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A search result with what tells it from the others.

    ``about`` is for people; ``fields`` is the same for scripts. ``entity`` is what was found, and
    ``group_mbid`` the album that it is or is on, or ``""``.
    """

    kind: str
    mbid: str
    name: str
    about: str
    score: int
    fields: dict[str, Any] = field(default_factory=dict)
    entity: Artist | None = None
    other_names: tuple[str, ...] = ()
    group_mbid: str = ""

    @property
    def line(self) -> str:
        """All of it in a line."""
        return one_line(f"{self.name} ({self.about})" if self.about else self.name)


@dataclass(frozen=True, slots=True)
class Found:
    """Search results, the best first; ``total`` is how many there are in all."""

    choices: tuple[Choice, ...]
    total: int


class AmbiguousNameError(ShantyError):
    """Several entities may be meant; the message lists them."""

    def __init__(self, kind: str, name: str, found: Found):
        listed = "; ".join(f"{choice.mbid} {choice.line}" for choice in found.choices[:10])
        if found.total == 1:
            text = f"MusicBrainz has no {kind} {name!r}, only this one; if you mean it, give its id"
        else:
            text = f"{name!r} may be one of {found.total} {kind}s: say which one by its id"
        super().__init__(f"{text}: {listed}")
        self.found = found


def read_reference(text: str, kind: str) -> str | None:
    """The MBID in an MBID or a MusicBrainz address, None if the text is something else.

    Raises:
        NotFoundError: the address is that of another kind of thing, or the MBID is mistyped.
    """
    lowered = text.strip().lower()
    if MBID_PATTERN.fullmatch(lowered):
        return lowered
    if is_mistyped_mbid(text):
        raise NotFoundError(
            f"{text} looks like a MusicBrainz id and is none: it has 36 characters, as in "
            "b3015bab-1540-4d4e-9f30-14872a1525f7"
        )
    if not is_address(text):
        return None
    # Any host that writes it so is taken for a mirror; other services have ids of this form too.
    found = re.search(rf"/([a-z-]+)/({MBID_PATTERN.pattern})(?![0-9a-z-])", lowered)
    if found is None or found[1] not in _LISTED_KINDS:
        if "musicbrainz.org" in lowered:
            raise NotFoundError(
                f"{text} is no address of {_A[kind]}: its id is missing or mistyped"
            )
        return None
    entity, mbid = found[1], found[2]
    if entity not in _WORDS:
        raise NotFoundError(f"{text} is a {entity}: an artist, an album or a song can be watched")
    if entity not in (_ENTITIES[kind], "release"):
        raise NotFoundError(
            f"{text} is {_WORDS[entity]}: `shanty watch add {_KINDS[entity]} {mbid}`"
        )
    return mbid


def kind_of_address(text: str) -> str | None:
    """What a MusicBrainz address names: an artist, an album or a track; None if it is no such."""
    found = re.search(rf"/([a-z-]+)/{MBID_PATTERN.pattern}(?![0-9a-z-])", text.strip().lower())
    entity = found[1] if found is not None and is_address(text) else ""
    return "album" if entity == "release" else _KINDS.get(entity)


def resolve_address(address: str, kind: str, musicbrainz: MusicBrainz) -> str:
    """The MBID of what an address of another service stands for. A few requests at the most.

    Raises:
        NotFoundError: MusicBrainz does not know the address, or it is another kind of thing.
        AmbiguousNameError: it stands for several.
    """
    links = _look_up(address, musicbrainz)
    kinds = ("release-group", "release") if kind == "album" else (_ENTITIES[kind],)
    for entity in kinds:
        meant = [link for link in links if link.kind == entity]
        if len(meant) == 1:
            return meant[0].mbid
        if meant:
            choices = [Choice(kind, link.mbid, link.name, "", 100) for link in meant]
            raise AmbiguousNameError(kind, address, Found(tuple(choices), len(choices)))
    other = links[0]
    to_add = _KINDS.get(other.kind, "album")
    raise NotFoundError(
        f"{address} is {_WORDS[other.kind]}, {other.name!r}: "
        f"`shanty watch add {to_add} {other.mbid}`"
    )


def _look_up(address: str, musicbrainz: MusicBrainz) -> tuple[LinkedEntity, ...]:
    for form in write_forms(address):
        try:
            links = musicbrainz.look_up_address(form)
        except NotFoundError:
            continue
        if links:
            return links
    raise NotFoundError(
        f"MusicBrainz does not know what {address} is: give a name, or the MusicBrainz id or "
        "address; `shanty search` finds both"
    )


def search(
    kind: str, query: str, musicbrainz: MusicBrainz, *, artist: str = "", limit: int = 10
) -> Found:
    """What there is by a name, best first. One request.

    An album or a song may be given as ``Artist – Title``.
    """
    if kind == "artist":
        page = musicbrainz.search_artists(query, limit)
        return _found(page, [artist_choice(hit) for hit in page.items])
    if not artist and (parts := re.split(r"\s+[-–—]\s+", query, maxsplit=1))[1:]:
        artist, query = parts
    if kind == "album":
        groups = musicbrainz.search_release_groups(query, limit, artist=artist)
        return _found(groups, [album_choice(hit) for hit in groups.items])
    recordings = musicbrainz.search_recordings(query, limit, artist=artist)
    return _found(recordings, [track_choice(hit) for hit in recordings.items])


def pick(kind: str, query: str, found: Found) -> Choice:
    """The one result that is meant beyond doubt: the only one of that name, and the best.

    Raises:
        NotFoundError: there is none.
        AmbiguousNameError: there are several, or the only one has another name.
    """
    if not found.choices:
        raise NotFoundError(describe_nothing(kind, query))
    same = [choice for choice in found.choices if is_named(choice, query)]
    if len(same) == 1 and same[0] is found.choices[0]:
        return same[0]
    raise AmbiguousNameError(kind, query, found)


def describe_nothing(kind: str, query: str) -> str:
    """That a search has found nothing, in a sentence that stays short."""
    if not query.strip():
        return f"say the name of the {kind}"
    asked = one_line(query)
    shown = asked if len(asked) <= _MOST_SHOWN else f"{asked[:_MOST_SHOWN]}…"
    return f"MusicBrainz knows no {kind} like {shown!r}"


def is_named(choice: Choice, query: str) -> bool:
    """Whether a search result has the name that was asked for.

    The words of the result, with those that tell it apart, may stand in any order: ``Artist Title``
    is asked for as often as ``Artist – Title``.
    """
    wanted = _fold(query)
    if wanted in map(_fold, (choice.name, *choice.other_names)):
        return True
    return bool(_words(query)) and _words(query) == _words(choice.name)


def resolve_other_kind(mbid: str, kind: str, musicbrainz: MusicBrainz) -> str:
    """The release group of an edition, when an album is meant. Three requests at the most.

    Raises:
        NotFoundError: for anything else; the sentence says what it is, as far as is known.
    """
    lookups: dict[str, Any] = {
        "artist": lambda: musicbrainz.get_artist(mbid).name,
        "release-group": lambda: _title(musicbrainz.get_release_group(mbid)),
        "recording": lambda: musicbrainz.get_recording(mbid).recording.title,
        "release": lambda: musicbrainz.get_release(mbid),
    }
    order = ("release", "release-group", "artist", "recording")
    for entity in order:
        if entity == _ENTITIES[kind]:
            continue
        try:
            answer = lookups[entity]()
        except NotFoundError:
            continue
        if isinstance(answer, Release):
            group = answer.release_group
            if kind == "album":
                return group.mbid
            answer, other, mbid_to_use = _title(group), "album", group.mbid
        else:
            other, mbid_to_use = _KINDS[entity], mbid
        raise NotFoundError(
            f"{mbid} is {_WORDS[entity]}, {answer!r}: `shanty watch add {other} {mbid_to_use}`"
        )
    raise NotFoundError(f"MusicBrainz has no {_ENTITIES[kind].replace('-', ' ')} {mbid}")


def _found(page: Page[Any], choices: Sequence[Choice]) -> Found:
    return Found(tuple(choices), max(page.total, len(choices)))


def artist_choice(hit: Hit[Artist]) -> Choice:
    """An artist that a search has found, told apart by kind, country and years."""
    artist = hit.value
    years = _years(artist.begin_date, artist.end_date)
    return Choice(
        "artist",
        artist.mbid,
        artist.name,
        _join(artist.disambiguation, artist.type, artist.country or artist.area, years),
        hit.score,
        {
            "disambiguation": artist.disambiguation,
            "type": artist.type,
            "country": artist.country,
            "area": artist.area,
            "begin_date": artist.begin_date,
            "end_date": artist.end_date,
        },
        artist,
        (artist.sort_name, *artist.aliases),
    )


def album_choice(hit: Hit[ReleaseGroup]) -> Choice:
    """A release group that a search has found, told apart by kind and year."""
    group = hit.value
    kinds = " + ".join(filter(None, (group.primary_type, *group.secondary_types)))
    return Choice(
        "album",
        group.mbid,
        _title(group),
        _join(group.disambiguation, kinds, group.first_release_date[:4]),
        hit.score,
        {
            "title": group.title,
            "artist": group.artist_credit.name,
            "disambiguation": group.disambiguation,
            "type": group.primary_type,
            "secondary_types": list(group.secondary_types),
            "first_release_date": group.first_release_date,
        },
        None,
        (group.title,),
        group.mbid,
    )


def track_choice(hit: Hit[RecordingLookup]) -> Choice:
    """A recording that a search has found, told apart by length and album."""
    recording = hit.value.recording
    length = _minutes(recording.length_ms)
    best = min(hit.value.releases, key=filing_key, default=None)
    album = "" if best is None else f"on {best.title}"
    year = "" if best is None else best.date[:4]
    is_video = "video" if recording.is_video else ""
    return Choice(
        "track",
        recording.mbid,
        f"{recording.artist_credit.name} – {recording.title}",
        _join(recording.disambiguation, is_video, length, album, year),
        hit.score,
        {
            "title": recording.title,
            "artist": recording.artist_credit.name,
            "disambiguation": recording.disambiguation,
            "length_ms": recording.length_ms,
            "video": recording.is_video,
            "album": "" if best is None else best.title,
            "date": "" if best is None else best.date,
        },
        None,
        (recording.title,),
        "" if best is None else best.release_group.mbid,
    )


def _title(group: ReleaseGroup) -> str:
    credit = group.artist_credit.name
    return f"{credit} – {group.title}" if credit else group.title


def _years(begin: str, end: str) -> str:
    if not begin and not end:
        return ""
    return f"{begin[:4]}–{end[:4]}"


def _minutes(length_ms: int | None) -> str:
    if length_ms is None:
        return ""
    seconds = round(length_ms / 1000)
    return f"{seconds // 60}:{seconds % 60:02}"


def _join(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _words(text: str) -> set[str]:
    return {_fold(word) for word in text.split() if any(map(str.isalnum, word))}


def _fold(text: str) -> str:
    """A name without case, accents and punctuation, and however it is spaced."""
    return fold_name(text).replace(" ", "")
