"""``/api/v1/wishes``: what is looked for, and wishing for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from web.pages.add import Kind
from web.parts import PartsOf
from web.rules import read_wish
from web.troubles import TROUBLES

router = APIRouter(prefix="/wishes", tags=["wishes"], responses=TROUBLES)


class OfferAnswer(BaseModel):
    """Something that can be wished for; ``rule_id`` if it is watched already."""

    kind: str
    mbid: str
    name: str
    about: str
    score: int
    fields: dict[str, Any]
    rule_id: int | None


class WishBody(BaseModel):
    """What to wish for. ``types`` and ``also`` are for artists."""

    kind: Kind
    mbid: str = Field(max_length=36)
    types: list[str] = []
    also: list[str] = []


class WishAnswer(BaseModel):
    """The rule that a wish has become."""

    rule_id: int
    name: str


@router.get("")
def find(
    parts: PartsOf, q: Annotated[str, Query(min_length=1)], kind: Kind = Kind.ARTIST
) -> list[OfferAnswer]:
    """What a name, an id or an address may mean, the best match first."""
    offers, _ = parts.wishing.find(kind, q.strip())
    return [
        OfferAnswer(
            kind=one.choice.kind,
            mbid=one.choice.mbid,
            name=one.choice.name,
            about=one.choice.about,
            score=one.choice.score,
            fields=one.choice.fields,
            rule_id=one.rule.id if one.rule else None,
        )
        for one in offers
    ]


@router.post("")
def add(parts: PartsOf, wish: WishBody) -> WishAnswer:
    """Wish for an artist, an album or a song."""
    terms = read_wish(wish.types or None, wish.also or None)
    rule = parts.wishing.add(wish.kind, wish.mbid, terms)
    return WishAnswer(rule_id=rule.id, name=rule.name)
