"""``/api/v1/review``: the tracks that wait for a person, and what they decide."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from shanty.errors import ShantyError
from shanty.models import Candidate, CandidateStatus, TrackStatus, WantedTrack
from shanty.tracks.evidence import Tone, describe_evidence
from shanty.tracks.review import find_neighbour
from web.paging import LARGEST_ID, Listed, PagingOf
from web.parts import Parts, PartsOf
from web.troubles import TROUBLES

router = APIRouter(prefix="/review", tags=["review"], responses=TROUBLES)

TrackId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
CandidateId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class EvidenceAnswer(BaseModel):
    """One thing that is known of a candidate, and whether it speaks for it."""

    text: str
    tone: Tone


class CandidateAnswer(BaseModel):
    """A search result. Its audio is at ``preview``: MP3, at most 90 seconds."""

    id: int
    title: str
    channel: str
    url: str
    duration_seconds: float | None
    score: float
    status: CandidateStatus
    reject_reason: str
    evidence: list[EvidenceAnswer]
    preview: str


class ReviewAnswer(BaseModel):
    """A track that waits for a person. ``candidates`` are all, or in a list the best one."""

    id: int
    recording_mbid: str
    title: str
    artist: str
    album: str
    release_key: str
    length_ms: int | None
    reason: str
    candidates: list[CandidateAnswer]


class OneReviewAnswer(ReviewAnswer):
    """The same with a track of its album that is in the library, to compare by ear."""

    neighbour_id: int | None


class AcceptBody(BaseModel):
    """Which candidate is taken: the best if there is neither a number nor an address."""

    candidate: int | None = Field(default=None, ge=1, le=LARGEST_ID)
    url: str | None = Field(default=None, max_length=2000)


class RejectBody(BaseModel):
    """Which candidate is rejected: the best if there is no number, or all."""

    candidate: int | None = Field(default=None, ge=1, le=LARGEST_ID)
    all: bool = False


class AboveBody(BaseModel):
    """The least score of what is taken."""

    above: float = Field(ge=0, le=1)


class DecidedAnswer(BaseModel):
    """What came of it, as a sentence, and the key that takes it back within ten seconds."""

    message: str
    undo: str


class TakenBackAnswer(BaseModel):
    """That a decision is taken back, as a sentence."""

    message: str


@router.get("")
def list_all(parts: PartsOf, paging: PagingOf) -> Listed[ReviewAnswer]:
    """The tracks that wait for a person, each with the best candidate that is left."""
    waiting = parts.catalog.tracks.list_tracks(TrackStatus.NEEDS_REVIEW)
    shown = waiting[paging.offset : paging.offset + paging.limit]
    return Listed(
        items=[ReviewAnswer(**_document(one, _left(parts, one)[:1])) for one in shown],
        total=len(waiting),
        limit=paging.limit,
        offset=paging.offset,
    )


@router.post("/accept")
def accept_above(parts: PartsOf, body: AboveBody) -> DecidedAnswer:
    """Take the best candidate of every track whose best one scores at least this."""
    decided = parts.reviewing.accept_above(body.above)
    return DecidedAnswer(message=decided.message, undo=decided.undo)


@router.post("/undo/{key}")
def take_back(parts: PartsOf, key: str) -> TakenBackAnswer:
    """Take a decision back that is not older than ten seconds."""
    return TakenBackAnswer(message=parts.reviewing.take_back(key)[0])


@router.get("/{track_id}")
def read(parts: PartsOf, track_id: TrackId) -> OneReviewAnswer:
    """A track that waits for a person, with all that was found for it."""
    track = parts.catalog.tracks.get(track_id)
    if track.status is not TrackStatus.NEEDS_REVIEW:
        raise ShantyError(f"track {track_id} is not in review: it is {_words(track.status)}")
    neighbour = find_neighbour(track, parts.catalog)
    return OneReviewAnswer(
        **_document(track, parts.catalog.candidates.of_track(track_id)),
        neighbour_id=None if neighbour is None else neighbour.track.id,
    )


@router.post("/{track_id}/accept")
def accept(parts: PartsOf, track_id: TrackId, body: AcceptBody) -> DecidedAnswer:
    """Take a candidate whatever its score; its download comes next."""
    if body.candidate is not None and body.url is not None:
        raise ShantyError("name a candidate or an address: not both")
    decided = parts.reviewing.accept(track_id, candidate_id=body.candidate, url=body.url)
    return DecidedAnswer(message=decided.message, undo=decided.undo)


@router.post("/{track_id}/reject")
def reject(parts: PartsOf, track_id: TrackId, body: RejectBody) -> DecidedAnswer:
    """Never take a candidate, and go on to the next."""
    if body.candidate is not None and body.all:
        raise ShantyError("name a candidate or all: not both")
    decided = parts.reviewing.reject(track_id, candidate_id=body.candidate, is_all=body.all)
    return DecidedAnswer(message=decided.message, undo=decided.undo)


@router.get(
    "/{track_id}/candidates/{candidate_id}/preview",
    response_class=Response,
    responses={200: {"content": {"audio/mpeg": {}}}, 206: {"content": {"audio/mpeg": {}}}},
)
async def play(
    parts: PartsOf, request: Request, track_id: TrackId, candidate_id: CandidateId
) -> Response:
    """Up to 90 seconds of a candidate, fetched from its source at this moment."""
    return await parts.reviewing.play(request, track_id, candidate_id)


def _left(parts: Parts, track: WantedTrack) -> list[Candidate]:
    return [
        one
        for one in parts.catalog.candidates.of_track(track.id)
        if one.status is not CandidateStatus.REJECTED
    ]


def _document(track: WantedTrack, candidates: list[Candidate]) -> dict[str, Any]:
    names = ("id", "recording_mbid", "title", "artist", "album", "release_key", "length_ms")
    return {
        **{name: getattr(track, name) for name in (*names, "reason")},
        "candidates": [describe_candidate(track.id, one) for one in candidates],
    }


def describe_candidate(track_id: int, candidate: Candidate) -> CandidateAnswer:
    """A candidate of a track, with what speaks for it and against it."""
    assert candidate.id is not None, "it is stored"
    return CandidateAnswer(
        id=candidate.id,
        title=candidate.title,
        channel=candidate.channel or candidate.uploader,
        url=candidate.url,
        duration_seconds=candidate.duration_seconds,
        score=candidate.score,
        status=candidate.status,
        reject_reason=candidate.reject_reason,
        evidence=[EvidenceAnswer(text=e.text, tone=e.tone) for e in describe_evidence(candidate)],
        preview=f"/api/v1/review/{track_id}/candidates/{candidate.id}/preview",
    )


def _words(status: TrackStatus) -> str:
    return status.value.replace("_", " ")
