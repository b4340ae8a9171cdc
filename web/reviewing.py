"""What the pages and the API do about tracks in review, with ten seconds to think again."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import NotFoundError, ShantyError, count_of
from shanty.models import Candidate, TrackStatus, WantedTrack
from shanty.providers.clip import MEDIA_TYPE
from shanty.sources.budgets import Budgets
from shanty.sources.opening import open_circuits
from shanty.sources.preview import PreviewSource
from shanty.sources.turns import Turns
from shanty.tracks import review
from shanty.tracks.second_thoughts import REST, Before, remember, take_back
from shanty.workqueue import WorkQueue
from web.previews import Previews
from web.ranges import answer_range

MOST_REMEMBERED = 64
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision, as a sentence, and the key that takes it back."""

    message: str
    undo: str


@dataclass(frozen=True, slots=True)
class _Remembered:
    """Tracks as they were, with the status that a decision has led to, and until when."""

    tracks: tuple[tuple[Before, TrackStatus], ...]
    until: float


class Reviewing:
    """Decisions about tracks in review, made by the functions that the command line calls."""

    def __init__(self, settings: Settings, database: Database, catalog: Catalog, queue: WorkQueue):
        self._settings = settings
        self._database = database
        self._catalog = catalog
        self._queue = queue
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._lock = threading.Lock()
        circuits = open_circuits(settings, database)
        turns = Turns(settings, Budgets(database), circuits)
        self._previews = Previews(PreviewSource(settings, turns, circuits))

    def accept(
        self, track_id: int, *, candidate_id: int | None = None, url: str | None = None
    ) -> Decided:
        """Take a candidate, the best if none is named, or what is at an address.

        Raises:
            NotFoundError, ShantyError: as ``review.accept``.
        """
        before = remember(track_id, self._catalog)
        taken = self._accept(before.track, candidate_id, url)
        message = f"{before.track.label}: “{taken.title}” will be downloaded next."
        return self._keep(message, [(before, TrackStatus.WANTED)])

    def accept_above(self, least_score: float) -> Decided:
        """Take the best candidate of every track whose best one scores at least this.

        Raises:
            NotFoundError: there is no such track.
        """
        done: list[tuple[Before, TrackStatus]] = []
        for track in review.choose_reviews(self._catalog, above=least_score):
            before = remember(track.id, self._catalog)
            try:
                self._accept(before.track, None, None)
            except ShantyError:
                continue  # somebody else has decided on it meanwhile
            done.append((before, TrackStatus.WANTED))
        if not done:
            raise NotFoundError("no track in review has a best candidate of such a score")
        message = f"{count_of(len(done), 'track')} will be downloaded next."
        return self._keep(message, done)

    def reject(
        self, track_id: int, *, candidate_id: int | None = None, is_all: bool = False
    ) -> Decided:
        """Never take a candidate, the best if none is named, or none of all.

        Raises:
            NotFoundError, ShantyError: as ``review.reject``.
        """
        before = remember(track_id, self._catalog)
        number, status = review.reject(
            before.track,
            database=self._database,
            queue=self._queue,
            thresholds=self._settings.download,
            candidate_id=candidate_id,
            is_all=is_all,
            rest=REST,
        )
        what_now = {
            TrackStatus.NEEDS_REVIEW: "there is another to decide on",
            TrackStatus.WANTED: "the next is good enough and will be downloaded",
        }.get(status, "no other comes close, so it is looked for again in a month")
        label = before.track.label
        message = f"{label}: {count_of(number, 'candidate')} rejected; {what_now}."
        return self._keep(message, [(before, status)])

    def take_back(self, key: str) -> tuple[str, int]:
        """Take a decision back; returns a sentence about it, and the first track that it was about.

        Raises:
            ShantyError: ten seconds are over, or the track is worked on already.
        """
        with self._lock:
            found = self._remembered.pop(key, None)
        if found is None or time.monotonic() > found.until:
            seconds = REST.total_seconds()
            raise ShantyError(f"a decision can be taken back for {seconds:.0f} seconds only")
        for before, after in found.tracks:
            take_back(before, after, database=self._database, queue=self._queue)
        first = found.tracks[0][0].track
        about = first.label if len(found.tracks) == 1 else count_of(len(found.tracks), "track")
        return f"{about}: the decision is taken back.", first.id

    async def play(self, request: Request, track_id: int, candidate_id: int) -> Response:
        """The preview of a candidate, or the part of it that the player asks for.

        Raises:
            NotFoundError: the track has no such candidate.
            ShantyError: the source does not deliver it; the sentence says why.
        """
        candidate = await run_in_threadpool(self.find_candidate, track_id, candidate_id)
        preview = self._previews.listen(candidate)
        try:
            while not preview.has_ended.is_set():
                if await request.is_disconnected():
                    return Response(status_code=204)
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self._previews.leave(preview)
        return answer_range(preview.take(), request.headers.get("range"), MEDIA_TYPE)

    def find_candidate(self, track_id: int, candidate_id: int) -> Candidate:
        """A candidate of a track.

        Raises:
            NotFoundError: the track has no such candidate.
        """
        for one in self._catalog.candidates.of_track(track_id):
            if one.id == candidate_id:
                return one
        raise NotFoundError(f"track {track_id} has no candidate {candidate_id}")

    def _accept(self, track: WantedTrack, candidate_id: int | None, url: str | None) -> Candidate:
        return review.accept(
            track,
            database=self._database,
            queue=self._queue,
            candidate_id=candidate_id,
            url=url,
            rest=REST,
        )

    def _keep(self, message: str, tracks: Sequence[tuple[Before, TrackStatus]]) -> Decided:
        key = secrets.token_urlsafe(8)
        until = time.monotonic() + REST.total_seconds()
        with self._lock:
            self._remembered[key] = _Remembered(tuple(tracks), until)
            while len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return Decided(message, key)
