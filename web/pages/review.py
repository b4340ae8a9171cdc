"""Review: one track per screen, what is wanted beside what was found, to be told apart by ear."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from shanty.errors import ShantyError
from shanty.models import CandidateStatus, TrackStatus, WantedTrack
from shanty.tracks.evidence import describe_evidence
from shanty.tracks.review import find_neighbour, judge
from web.paging import LARGEST_ID
from web.parts import Parts
from web.rendering import Page, PageOf
from web.reviewing import Decided

router = APIRouter()

TrackId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
CandidateId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
ChosenId = Annotated[int | None, Form(ge=1, le=LARGEST_ID)]

LEAST_SCORES = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5)
"""What is offered for taking many at once."""


class Choice(StrEnum):
    """What a person decides about a track."""

    TAKE = "take"
    PASS = "pass"
    NONE = "none"
    OWN = "own"


@router.get("/review")
def show_first(page: PageOf) -> HTMLResponse:
    """The first track that waits for a person, or that none does."""
    waiting = page.parts.catalog.tracks.list_tracks(TrackStatus.NEEDS_REVIEW)
    if not waiting:
        return page.render("review.html", track=None, waiting=0)
    return _show(page, waiting, 0)


@router.post("/review/above")
def take_above(page: PageOf, above: Annotated[float, Form(ge=0, le=1)]) -> RedirectResponse:
    """Take the best candidate of every track whose best one is good enough."""
    try:
        decided = page.parts.reviewing.accept_above(above)
    except ShantyError as error:
        return page.lead_on("/review", str(error), is_trouble=True)
    return _tell(page, "/review", decided)


@router.post("/review/undo/{key}")
def take_back(page: PageOf, key: str) -> RedirectResponse:
    """Take a decision back, and lead to the track that it was about."""
    try:
        told, track_id = page.parts.reviewing.take_back(key)
    except ShantyError as error:
        return page.lead_on("/review", str(error), is_trouble=True)
    return page.lead_on(f"/review/{track_id}", told)


@router.get("/review/{track_id}")
def show(page: PageOf, track_id: TrackId) -> HTMLResponse:
    """One track that waits for a person."""
    waiting = page.parts.catalog.tracks.list_tracks(TrackStatus.NEEDS_REVIEW)
    place = next((n for n, one in enumerate(waiting) if one.id == track_id), None)
    if place is None:
        track = page.parts.catalog.tracks.get(track_id)
        return page.render("review.html", track=None, settled=track, waiting=len(waiting))
    return _show(page, waiting, place)


@router.post("/review/{track_id}")
def decide(
    page: PageOf,
    track_id: TrackId,
    what: Annotated[Choice, Form()],
    candidate: ChosenId = None,
    url: Annotated[str, Form(max_length=2000)] = "",
) -> RedirectResponse:
    """Decide on a track, and lead on to the next."""
    following = _next_path(page.parts, track_id)
    try:
        decided = _decide(page.parts, track_id, what, candidate, url.strip())
    except ShantyError as error:
        return page.lead_on(f"/review/{track_id}", str(error), is_trouble=True)
    status = page.parts.catalog.tracks.get(track_id).status
    is_open = status is TrackStatus.NEEDS_REVIEW
    return _tell(page, f"/review/{track_id}" if is_open else following, decided)


@router.get("/review/{track_id}/candidates/{candidate_id}/preview")
async def play(
    page: PageOf, request: Request, track_id: TrackId, candidate_id: CandidateId
) -> Response:
    """Up to 90 seconds of a candidate, fetched from its source for this moment."""
    return await page.parts.reviewing.play(request, track_id, candidate_id)


def _decide(
    parts: Parts, track_id: int, what: Choice, candidate_id: int | None, url: str
) -> Decided:
    reviewing = parts.reviewing
    match what:
        case Choice.TAKE:
            return reviewing.accept(track_id, candidate_id=candidate_id)
        case Choice.OWN:
            return reviewing.accept(track_id, url=url)
        case Choice.PASS:
            return reviewing.reject(track_id, candidate_id=candidate_id)
        case Choice.NONE:
            return reviewing.reject(track_id, is_all=True)


def _tell(page: Page, path: str, decided: Decided) -> RedirectResponse:
    return page.lead_on(path, decided.message, undo_path=f"/review/undo/{decided.undo}")


def _next_path(parts: Parts, track_id: int) -> str:
    waiting = [one.id for one in parts.catalog.tracks.list_tracks(TrackStatus.NEEDS_REVIEW)]
    place = waiting.index(track_id) if track_id in waiting else -1
    following = waiting[place + 1 : place + 2]
    return f"/review/{following[0]}" if following else "/review"


def _show(page: Page, waiting: list[WantedTrack], place: int) -> HTMLResponse:
    parts, track = page.parts, waiting[place]
    catalog, thresholds = parts.catalog, parts.settings.download
    found = catalog.candidates.of_track(track.id)
    left = [one for one in found if one.status is not CandidateStatus.REJECTED]
    scores = catalog.candidates.best_scores(TrackStatus.NEEDS_REVIEW)
    placement = catalog.tracks.get_placement(track.id)
    return page.render(
        "review.html",
        track=track,
        placement=placement,
        place=place,
        waiting=len(waiting),
        before=waiting[place - 1].id if place else None,
        after=waiting[place + 1].id if place + 1 < len(waiting) else None,
        candidates=[(one, describe_evidence(one), judge(one, thresholds)) for one in left],
        rejected=[one for one in found if one.status is CandidateStatus.REJECTED],
        neighbour=find_neighbour(track, catalog),
        above=_offer_scores(list(scores.values())) if len(waiting) > 1 else [],
    )


def _offer_scores(scores: list[float]) -> list[tuple[float, int]]:
    """Least scores to choose from, each with how many tracks it takes; none twice."""
    offered: list[tuple[float, int]] = []
    for least in LEAST_SCORES:
        number = sum(score >= least for score in scores)
        if number > (offered[-1][1] if offered else 0):
            offered.append((least, number))
    return offered
