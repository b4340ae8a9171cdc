"""``/api/v1/watching``: what was asked for, how far it is, and what is announced."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from shanty.clock import utc_now
from shanty.models import TrackStatus, WatchRule
from shanty.tracks.listing import TrackState
from shanty.tracks.wishes import SongPlace, list_wished_albums
from shanty.watching.terms import describe_wish, read_terms
from web.paging import LARGEST_ID, Listed, PagingOf
from web.parts import Parts, PartsOf
from web.rules import change_rule, leave_out, read_wish, remove_rule, take_in
from web.troubles import TROUBLES

router = APIRouter(prefix="/watching", tags=["watching"], responses=TROUBLES)

RuleId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class RuleAnswer(BaseModel):
    """A rule, with its tracks counted by status. ``types`` is empty unless it is an artist's.

    ``told_apart_by`` is empty unless another rule has the same name.
    If ``is_complete`` is false, what it means is still being found out.
    """

    id: int
    kind: str
    mbid: str
    name: str
    told_apart_by: str
    created_at: datetime
    asks_for: str
    types: list[str]
    also: list[str]
    from_date: str
    monitored: bool
    is_complete: bool
    albums: int
    pending_albums: int
    tracks: dict[TrackStatus, int]


class SongAnswer(BaseModel):
    """A song of a rule. ``filed_under`` is another album that it is filed under, or empty."""

    track_id: int
    recording_mbid: str
    title: str
    artist: str
    place: str
    status: TrackState
    why: str
    filed_under: str


class AlbumAnswer(BaseModel):
    """An album of a rule with its songs; songs that were asked for alone have an empty MBID.

    ``note`` says why nothing of it can be taken. ``is_taken_up`` is false until it was looked up.
    """

    release_group_mbid: str
    release_key: str
    title: str
    date: str
    is_taken_up: bool
    note: str
    songs: list[SongAnswer]


class LeftOutAnswer(BaseModel):
    """An album or a song that is left out of a rule."""

    kind: str
    mbid: str
    name: str
    track_id: int | None


class OneRuleAnswer(RuleAnswer):
    """A rule, album by album and song by song, and what is left out of it."""

    number_of_albums: int
    of_albums: list[AlbumAnswer]
    left_out: list[LeftOutAnswer]


class AnnouncedAnswer(BaseModel):
    """An album that a rule means and that is not out yet; the date may lack the day."""

    rule_id: int
    rule_name: str
    release_group_mbid: str
    title: str
    date: str


class ChangeBody(BaseModel):
    """What a rule is to ask for; what is left out stays as it is. An empty date takes it back."""

    types: list[str] | None = None
    also: list[str] | None = None
    from_date: str | None = Field(default=None, max_length=10)
    monitored: bool | None = None


class PartBody(BaseModel):
    """An album or a song: by its title, its MBID, or a song's number."""

    part: str = Field(min_length=1, max_length=4000)


class DoneAnswer(BaseModel):
    """What has come of it, as a sentence."""

    message: str


@router.get("")
def list_all(
    parts: PartsOf, paging: PagingOf, q: Annotated[str, Query(max_length=1000)] = ""
) -> Listed[RuleAnswer]:
    """The rules, the newest first; ``q`` keeps those that have each of its words in their name."""
    rules = parts.catalog.rules
    found = rules.find_rules(q, limit=paging.limit, offset=paging.offset)
    return Listed(
        items=[RuleAnswer(**_document(parts, one)) for one in found],
        total=rules.count_rules(q),
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/announced")
def list_announced(parts: PartsOf, paging: PagingOf) -> Listed[AnnouncedAnswer]:
    """The albums that rules mean and that are not out yet, the next one first."""
    albums, today = parts.catalog.rule_albums, utc_now().date()
    return Listed(
        items=[
            AnnouncedAnswer(
                rule_id=one.rule_id,
                rule_name=one.rule_name,
                release_group_mbid=one.group_mbid,
                title=one.title,
                date=one.date,
            )
            for one in albums.announced(today, limit=paging.limit, offset=paging.offset)
        ],
        total=albums.count_announced(today),
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/{rule_id}")
def read(parts: PartsOf, paging: PagingOf, rule_id: RuleId) -> OneRuleAnswer:
    """One rule, album by album and song by song. ``limit`` and ``offset`` count albums."""
    rule = parts.catalog.rules.get(rule_id)
    wished, number = list_wished_albums(
        parts.settings,
        parts.database,
        parts.queue,
        rule_id,
        offset=paging.offset,
        limit=paging.limit,
    )
    return OneRuleAnswer(
        **_document(parts, rule),
        number_of_albums=number,
        of_albums=[
            AlbumAnswer(
                release_group_mbid=one.album.group_mbid if one.album else "",
                release_key=one.release_key,
                title=one.album.title if one.album else "",
                date=one.album.first_release_date if one.album else "",
                is_taken_up=one.album is None or one.album.is_taken_up,
                note=one.album.note if one.album else "",
                songs=[_song(place) for place in one.places],
            )
            for one in wished
        ],
        left_out=[
            LeftOutAnswer(kind=one.kind, mbid=one.mbid, name=one.name, track_id=one.track_id)
            for one in parts.catalog.exclusions.of_rule(rule_id)
        ],
    )


@router.patch("/{rule_id}")
def edit(parts: PartsOf, rule_id: RuleId, body: ChangeBody) -> DoneAnswer:
    """Let a rule ask for something else."""
    wish = read_wish(body.types, body.also, body.from_date, is_monitored=body.monitored)
    return DoneAnswer(message=change_rule(parts, rule_id, wish))


@router.delete("/{rule_id}")
def remove(parts: PartsOf, rule_id: RuleId) -> DoneAnswer:
    """Take a wish back. No file is touched."""
    return DoneAnswer(message=remove_rule(parts, rule_id))


@router.post("/{rule_id}/exclude")
def exclude(parts: PartsOf, rule_id: RuleId, body: PartBody) -> DoneAnswer:
    """Leave an album or a song out. No file is touched."""
    return DoneAnswer(message=leave_out(parts, rule_id, body.part).describe())


@router.post("/{rule_id}/include")
def include(parts: PartsOf, rule_id: RuleId, body: PartBody) -> DoneAnswer:
    """Want again what was left out."""
    return DoneAnswer(message=take_in(parts, rule_id, body.part))


def _document(parts: Parts, rule: WatchRule) -> dict[str, Any]:
    terms = read_terms(rule, parts.settings.catalogue)
    return {
        **{name: getattr(rule, name) for name in ("id", "kind", "mbid", "name", "created_at")},
        "told_apart_by": rule.told_apart_by,
        "asks_for": describe_wish(rule, parts.settings.catalogue),
        "types": terms.types,
        "also": terms.also,
        "from_date": terms.from_date,
        "monitored": rule.is_monitored,
        "is_complete": rule.completed_at is not None,
        "albums": rule.groups,
        "pending_albums": rule.pending_groups,
        "tracks": {status: rule.counts.get(status, 0) for status in TrackStatus},
    }


def _song(place: SongPlace) -> SongAnswer:
    song, track = place.song, place.song.track
    return SongAnswer(
        track_id=track.id,
        recording_mbid=track.recording_mbid,
        title=track.title,
        artist=track.artist,
        place=place.number,
        status=song.state,
        why=song.why,
        filed_under=place.elsewhere,
    )
