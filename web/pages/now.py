"""The first page: what happens at this moment, what needs a person, and what has come last."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from web.overview import read_overview
from web.rendering import PageOf

router = APIRouter()

ARRIVALS = 12


@router.get("/")
def show(page: PageOf) -> HTMLResponse:
    """The page."""
    parts = page.parts
    seen = parts.jobs.read()
    return page.render(
        "now.html",
        now=read_overview(parts),
        jobs=seen.jobs,
        why_no_jobs=seen.why_none,
        arrivals=parts.catalog.albums.arrivals(ARRIVALS),
    )
