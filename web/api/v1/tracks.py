"""``/api/v1/tracks``: one track, why it is this one, and what can be done with it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from shanty.models import TrackStatus
from web import tracks
from web.api.v1.review import CandidateAnswer, describe_candidate
from web.history import Act
from web.paging import LARGEST_ID
from web.parts import PartsOf
from web.tracks import TrackAct
from web.troubles import TROUBLES

router = APIRouter(prefix="/tracks", tags=["tracks"], responses=TROUBLES)

TrackId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class ActAnswer(BaseModel):
    """One thing that was done to the track's file, by which run and when."""

    what: str
    where: str
    run_id: str
    at: datetime | None
    status: str


class TrackAnswer(BaseModel):
    """A track. ``path`` is told from the library's folder; ``source_id`` is the taken candidate."""

    id: int
    recording_mbid: str
    title: str
    disambiguation: str
    artist: str
    album: str
    release_key: str
    length_ms: int | None
    status: TrackStatus
    reason: str
    path: str
    is_filed: bool
    codec: str | None
    bitrate: int | None
    lyrics: str
    source_id: int | None
    candidates: list[CandidateAnswer]
    acts: list[ActAnswer]


class TrackDoneAnswer(BaseModel):
    """What came of it, as a sentence, and the run that can be undone; empty if there is none."""

    message: str
    run_id: str


@router.get("/{track_id}")
def read(parts: PartsOf, track_id: TrackId) -> TrackAnswer:
    """A track with its file, the candidates, the lyrics, and what was done to it."""
    seen = tracks.read_track(parts, track_id)
    track, explanation = seen.track, seen.explanation
    properties = explanation.file.properties if explanation.file else None
    source = explanation.source
    return TrackAnswer(
        id=track.id,
        recording_mbid=track.recording_mbid,
        title=track.title,
        disambiguation=explanation.disambiguation,
        artist=track.artist,
        album=track.album,
        release_key=track.release_key,
        length_ms=track.length_ms,
        status=track.status,
        reason=track.reason,
        path=seen.path,
        is_filed=seen.is_filed,
        codec=properties.codec if properties else None,
        bitrate=properties.bitrate if properties else None,
        lyrics=seen.lyrics,
        source_id=None if source is None else source.candidate.id,
        candidates=[describe_candidate(track.id, one.candidate) for one in explanation.candidates],
        acts=[_describe_act(one) for one in seen.acts],
    )


@router.post("/{track_id}/{what}")
def act(parts: PartsOf, track_id: TrackId, what: TrackAct) -> TrackDoneAnswer:
    """Say that it is the wrong song, remove its file, or try it again."""
    done = tracks.do(parts, track_id, what)
    return TrackDoneAnswer(message=done.message, run_id=done.run_id)


def _describe_act(act: Act) -> ActAnswer:
    entry = act.entry
    return ActAnswer(
        what=act.what,
        where=act.where,
        run_id=entry.run_id,
        at=entry.at,
        status=entry.status.value,
    )
