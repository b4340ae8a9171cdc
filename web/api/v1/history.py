"""``/api/v1/history``: what was done to files, run by run, and undo."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from web import history
from web.history import Act, Foresight, SeenRun
from web.paging import Listed, PagingOf
from web.parts import PartsOf
from web.troubles import TROUBLES

router = APIRouter(prefix="/history", tags=["history"], responses=TROUBLES)


class AlbumOfRun(BaseModel):
    """An album, one of whose files a run has touched."""

    release_key: str
    title: str
    artist: str


class RunAnswer(BaseModel):
    """A run that did something to files: how often each act, and how many are undone."""

    run: str
    sentence: str
    by: str
    began_at: datetime
    ended_at: datetime
    acts: dict[str, int]
    undone: int
    albums: list[AlbumOfRun]
    number_of_albums: int


class ActAnswer(BaseModel):
    """An act on a file. ``why_not`` says why it could not be undone now."""

    id: int
    at: datetime | None
    action: str
    track_id: int | None
    path: str
    status: str
    why_not: str


class ForesightAnswer(BaseModel):
    """What undo would do now. ``partial``: only the newest acts were looked at."""

    sentences: list[str]
    undoable: int
    refused: int
    partial: bool
    why_nothing: str


class RunDetails(BaseModel):
    """A run, what undo would do, and a part of its acts."""

    run: RunAnswer
    undo: ForesightAnswer
    acts: Listed[ActAnswer]


class UndoAnswer(BaseModel):
    """What came of an undo. ``run`` is its own run, which can be undone in turn."""

    run: str
    message: str
    undone: int
    refused: int


@router.get("")
def list_all(parts: PartsOf, paging: PagingOf) -> Listed[RunAnswer]:
    """The runs, newest first."""
    return Listed(
        items=[_answer(one) for one in history.list_runs(parts, paging)],
        total=parts.catalog.journal.count_runs(),
        limit=paging.limit,
        offset=paging.offset,
    )


@router.get("/{run_id}")
def read(parts: PartsOf, paging: PagingOf, run_id: str) -> RunDetails:
    """One run with its acts, newest first, and what undo would do. Nothing is changed."""
    run, entries = history.read_run(parts, run_id, paging)
    foresight = history.foresee(parts, run_id)
    library = parts.settings.library.path
    acts = history.describe_acts(entries, foresight, library)
    return RunDetails(
        run=_answer(run),
        undo=_foresight(foresight),
        acts=Listed(
            items=[_act(one) for one in acts],
            total=run.acts,
            limit=paging.limit,
            offset=paging.offset,
        ),
    )


@router.post("/{run_id}/undo")
def undo(parts: PartsOf, run_id: str) -> UndoAnswer:
    """Take a run back, as far as that can be done."""
    report, told = history.take_back(parts, run_id)
    return UndoAnswer(
        run=report.run_id, message=told, undone=len(report.undone), refused=len(report.refused)
    )


def _answer(run: SeenRun) -> RunAnswer:
    return RunAnswer(
        run=run.run_id,
        sentence=run.sentence,
        by=run.who,
        began_at=run.began_at,
        ended_at=run.ended_at,
        acts=run.counts,
        undone=run.undone,
        albums=[
            AlbumOfRun(release_key=one.release_key, title=one.title, artist=one.artist)
            for one in run.albums.named
        ],
        number_of_albums=run.albums.number,
    )


def _act(act: Act) -> ActAnswer:
    return ActAnswer(
        id=act.entry.id,
        at=act.entry.at,
        action=act.entry.action.value,
        track_id=act.entry.track_id,
        path=act.where,
        status=act.entry.status.value,
        why_not=act.why_not,
    )


def _foresight(seen: Foresight) -> ForesightAnswer:
    return ForesightAnswer(
        sentences=seen.sentences,
        undoable=len(seen.report.undone),
        refused=len(seen.report.refused),
        partial=seen.is_partial,
        why_nothing=seen.why_nothing,
    )
