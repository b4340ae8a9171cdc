"""A track: its file, why it is this one, what was done to it, and what else can be done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse, RedirectResponse

from shanty.errors import ShantyError
from shanty.tracks.evidence import describe_evidence
from web import tracks
from web.paging import LARGEST_ID
from web.rendering import PageOf
from web.tracks import TrackAct
from web.wording import path_part

router = APIRouter()

TrackId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/tracks/{track_id}")
def show(page: PageOf, track_id: TrackId) -> HTMLResponse:
    """One track, and all that is known of it."""
    seen = tracks.read_track(page.parts, track_id)
    explanation = seen.explanation
    source = explanation.source
    candidates = [
        (one.candidate, describe_evidence(one.candidate), one.verdict)
        for one in explanation.candidates
    ]
    return page.render(
        "track.html",
        seen=seen,
        track=seen.track,
        file=explanation.file,
        taken=[
            one for one in candidates if source is not None and one[0].id == source.candidate.id
        ],
        others=[one for one in candidates if source is None or one[0].id != source.candidate.id],
    )


@router.post("/tracks/{track_id}")
def act(page: PageOf, track_id: TrackId, what: Annotated[TrackAct, Form()]) -> RedirectResponse:
    """Say that it is the wrong song, remove its file, or try it again."""
    back = f"/tracks/{track_id}"
    try:
        done = tracks.do(page.parts, track_id, what)
    except ShantyError as error:
        return page.lead_on(back, str(error), is_trouble=True)
    undo_path = f"/history/{path_part(done.run_id)}/undo" if done.run_id else ""
    return page.lead_on(back, done.message, undo_path=undo_path)
