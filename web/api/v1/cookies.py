"""``/api/v1/cookies``: what the cookies for downloads are worth, and new ones."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import BaseModel

from shanty.sources.cookie_check import check_cookies
from web.cookies import take
from web.parts import PartsOf
from web.troubles import TROUBLES

router = APIRouter(prefix="/cookies", tags=["cookies"], responses=TROUBLES)


class SiteAnswer(BaseModel):
    """The cookies of one site; ``login`` says until when each of those of the login is good."""

    site: str
    cookies: int
    expired: int
    is_signed_in: bool
    login: dict[str, datetime | None]
    proven_at: datetime | None
    refused_at: datetime | None


class CookiesAnswer(BaseModel):
    """How good the cookies are. ``trouble`` is empty if nothing is wrong with them."""

    message: str
    trouble: str
    remedy: str
    is_there: bool
    origin: str
    imported_at: datetime | None
    sites: list[SiteAnswer]


class TakenAnswer(BaseModel):
    """What came of it: how many cookies were kept, and a sentence."""

    kept: int
    message: str


@router.get("")
def read(parts: PartsOf) -> CookiesAnswer:
    """What the cookies are worth: names and times, and never a value."""
    report = check_cookies(parts.settings)
    return CookiesAnswer(
        message=report.message,
        trouble=report.trouble,
        remedy=report.remedy,
        is_there=report.is_there,
        origin=report.origin,
        imported_at=report.imported_at,
        sites=[
            SiteAnswer(
                site=one.site,
                cookies=one.cookies,
                expired=one.expired,
                is_signed_in=one.is_signed_in,
                login=one.login,
                proven_at=one.proven_at,
                refused_at=one.refused_at,
            )
            for one in report.sites
        ],
    )


@router.post("")
def upload(parts: PartsOf, content: Annotated[bytes, Body(media_type="text/plain")]) -> TakenAnswer:
    """Take an exported cookies.txt, or a browser extension's JSON, as the body of the request."""
    taken = take(parts, content, "what was sent")
    return TakenAnswer(kept=taken.kept, message=taken.describe())
