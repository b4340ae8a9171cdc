"""``/api/v1/wishes``: what is looked for, and wishing for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from shanty.watching.find import Choice
from web.pages.add import Kind
from web.parts import PartsOf
from web.rules import read_wish
from web.troubles import TROUBLES

router = APIRouter(prefix="/wishes", tags=["wishes"], responses=TROUBLES)


class OfferAnswer(BaseModel):
    """Something that can be wished for; ``rule_id`` if it is watched already.

    ``picture`` is the path of its picture. The answer there is 202 until the picture has come, and
    an empty SVG if there is none.
    """

    kind: str
    mbid: str
    name: str
    about: str
    score: int
    fields: dict[str, Any]
    rule_id: int | None
    release_key: str | None = Field(description="The album in the library that it is, or is on.")
    picture: str | None


class WishBody(BaseModel):
    """What to wish for. What follows the MBID is for artists.

    ``without`` are the MBIDs of release groups that are left out for good.
    """

    kind: Kind
    mbid: str = Field(max_length=36)
    types: list[str] = []
    also: list[str] = []
    from_date: str | None = Field(default=None, max_length=10)
    without: list[str] = Field(default=[], max_length=5000)


class WishAnswer(BaseModel):
    """The rule that a wish has become."""

    rule_id: int
    name: str


class ProspectiveAlbum(BaseModel):
    """An album that a wish would mean. If ``is_asked`` is false, its tracks are not known yet."""

    release_group_mbid: str
    title: str
    date: str
    primary_type: str
    secondary_types: list[str]
    lacking: int
    there: int
    is_asked: bool
    note: str


class ProspectAnswer(BaseModel):
    """What wishing for an artist would mean, how long it takes, and how much room it needs.

    Albums of which nobody has asked yet count with the tracks that such albums usually have.
    """

    name: str
    rule_id: int | None
    summary: str
    tracks: int
    there: int
    albums_not_asked_for: int
    seconds: float
    size_bytes: int
    albums: list[ProspectiveAlbum]


@router.get("")
def find(
    parts: PartsOf, q: Annotated[str, Query(min_length=1)], kind: Kind = Kind.ARTIST
) -> list[OfferAnswer]:
    """What a name, an id or an address may mean, the best match first."""
    offers, _ = parts.wishing.find(kind, q.strip())
    if kind is Kind.ARTIST:
        parts.pictures.expect(one.choice.mbid for one in offers)
    return [
        OfferAnswer(
            kind=one.choice.kind,
            mbid=one.choice.mbid,
            name=one.choice.name,
            about=one.choice.about,
            score=one.choice.score,
            fields=one.choice.fields,
            rule_id=one.rule.id if one.rule else None,
            release_key=one.release_key or None,
            picture=_picture_of(one.choice),
        )
        for one in offers
    ]


@router.get("/artists/{mbid}")
def preview(
    parts: PartsOf,
    mbid: str,
    types: Annotated[list[str] | None, Query()] = None,
    also: Annotated[list[str] | None, Query()] = None,
    from_date: Annotated[str | None, Query(max_length=10)] = None,
) -> ProspectAnswer:
    """What wishing for an artist would mean and cost. Nothing is wished for."""
    sheet = parts.wishing.preview(mbid, read_wish(types, also, from_date))
    prospect = sheet.prospect
    return ProspectAnswer(
        name=sheet.artist.name,
        rule_id=sheet.rule.id if sheet.rule else None,
        summary=prospect.describe(),
        tracks=prospect.tracks,
        there=prospect.there,
        albums_not_asked_for=prospect.unasked,
        seconds=prospect.seconds,
        size_bytes=prospect.size_bytes,
        albums=[
            ProspectiveAlbum(
                release_group_mbid=one.group.mbid,
                title=one.group.title,
                date=one.group.first_release_date,
                primary_type=one.group.primary_type,
                secondary_types=list(one.group.secondary_types),
                lacking=len(one.lacking),
                there=one.there,
                is_asked=one.is_asked,
                note=one.note,
            )
            for one in sheet.albums
        ],
    )


@router.post("")
def add(parts: PartsOf, wish: WishBody) -> WishAnswer:
    """Wish for an artist, an album or a song."""
    terms = read_wish(wish.types or None, wish.also or None, wish.from_date)
    rule = parts.wishing.add(wish.kind, wish.mbid, terms, without=wish.without)
    return WishAnswer(rule_id=rule.id, name=rule.name)


def _picture_of(choice: Choice) -> str | None:
    if choice.kind == "artist":
        return f"/pictures/artist/{choice.mbid}"
    return f"/pictures/album/{choice.group_mbid}" if choice.group_mbid else None
