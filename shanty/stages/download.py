"""Finds a recording, fetches it into staging, and makes sure that it is what was wanted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from shanty.db import Transaction
from shanty.errors import BadCandidateError, PermanentError, ReviewError
from shanty.file_lock import hold_lock
from shanty.library.atomic import disk_errors
from shanty.models import Candidate, CandidateStatus, LibraryFile, Placement, WorkItem
from shanty.stages.contract import Services, StageResult
from shanty.stages.download_watch import reporting_progress, watch_lease
from shanty.stages.staging import staging_dir

# Taken whatever the score. Chosen: its file was there before, and was lost in staging.
_DECIDED = (CandidateStatus.ACCEPTED, CandidateStatus.CHOSEN)


def run(item: WorkItem, services: Services) -> StageResult:
    """Fetch the best candidate that holds what it promises; the useless ones are remembered."""
    placement = services.catalog.get_placement(item.track_id)
    for candidate in _acceptable(item, placement, services):
        try:
            path = _fetch(item, candidate, placement, services)
        except BadCandidateError as error:
            if services.stop.is_set():
                raise  # what ends the run may have ended the conversion: it is no verdict
            _reject(item, candidate, str(error), services)
            continue
        return _result(item, candidate, path, services)
    raise _nothing_acceptable(item, services)


def _acceptable(item: WorkItem, placement: Placement, services: Services) -> Iterator[Candidate]:
    """Candidates good enough to take, best first: those already stored, then a new search.

    A retry thus costs no search as long as something is left to try. The next source is searched
    when the one before has nothing to take: before a person is asked, too.
    """
    tried: set[int | None] = set()
    yield from _stored(item, tried, services)
    for prefix in services.settings.download.search:
        found = services.source.search(placement.recording, placement.release.title, prefix)
        with services.database.begin() as tx:
            services.catalog.record_candidates(tx, item.track_id, found)
        yield from _stored(item, tried, services)


def _stored(item: WorkItem, tried: set[int | None], services: Services) -> Iterator[Candidate]:
    threshold = services.settings.download.accept_score
    while True:
        # Read again each time: the one before may just have been rejected.
        left = [
            candidate
            for candidate in services.catalog.candidates_of(item.track_id)
            if candidate.status is not CandidateStatus.REJECTED and candidate.id not in tried
        ]
        by_hand = [one for one in left if one.status in _DECIDED]
        good = [one for one in left if one.score >= threshold]
        best = next(iter(by_hand + good), None)
        if best is None:
            return
        tried.add(best.id)
        yield best


def _candidate_dir(item: WorkItem, candidate: Candidate, services: Services) -> Path:
    return staging_dir(item.track_id, services.settings) / str(candidate.id)


def _fetch(item: WorkItem, candidate: Candidate, placement: Placement, services: Services) -> Path:
    folder = _candidate_dir(item, candidate, services)
    should_stop = watch_lease(item, services)
    with disk_errors("download into", folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Who was taken for dead may still be at it: two must not write one file.
        with hold_lock(folder.with_name(f"{folder.name}.lock"), should_stop=should_stop):
            with reporting_progress(item, services) as on_progress:
                path = services.source.fetch(
                    candidate, folder, should_stop=should_stop, on_progress=on_progress
                )
            # What a person has accepted may be as long as it is.
            services.source.verify(path, placement, is_any_length=candidate.status in _DECIDED)
    return path


def _reject(item: WorkItem, candidate: Candidate, reason: str, services: Services) -> None:
    assert candidate.id is not None, "a stored candidate has an id"
    with services.database.begin() as tx:
        services.queue.hold(tx, item)  # who has lost the item has no say, and removes nothing
        services.catalog.reject_candidate(tx, candidate.id, reason)
    shutil.rmtree(_candidate_dir(item, candidate, services), ignore_errors=True)


def _result(item: WorkItem, candidate: Candidate, path: Path, services: Services) -> StageResult:
    def record(tx: Transaction) -> None:
        assert candidate.id is not None, "a stored candidate has an id"
        services.catalog.choose_candidate(tx, item.track_id, candidate.id)
        services.catalog.record_file(
            tx, LibraryFile(item.track_id, path, is_placed=False, candidate_id=candidate.id)
        )

    return StageResult(f"fetched {candidate.title!r} (score {candidate.score:.2f})", record)


def _nothing_acceptable(item: WorkItem, services: Services) -> Exception:
    candidates = services.catalog.candidates_of(item.track_id)
    left = [one for one in candidates if one.status is not CandidateStatus.REJECTED]
    threshold = services.settings.download
    if left and left[0].score >= threshold.review_score:
        best = left[0]
        return ReviewError(
            f"the best candidate is {best.title!r} with score {best.score:.2f}, below the "
            f"{threshold.accept_score:.2f} that is taken without asking; `shanty explain "
            f"{item.track_id}` says why"
        )
    if not candidates:
        return PermanentError(
            f"nothing was found for {item.label} in {', '.join(threshold.search)}"
        )
    rejected = len(candidates) - len(left)
    return PermanentError(
        f"none of {len(candidates)} candidates will do: {rejected} proved useless and "
        f"{len(left)} score below {threshold.review_score:.2f}; `shanty explain {item.track_id}` "
        "says why"
    )
