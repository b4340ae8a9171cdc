"""Finds a recording, fetches it into staging, and makes sure that it is what was wanted."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from shanty.catalog.candidates import DECIDED
from shanty.db import Transaction
from shanty.errors import (
    DISK,
    AbsentSourceError,
    BadCandidateError,
    LoginWantedError,
    PermanentError,
    ReviewError,
    StageError,
    UndeliveredError,
    UnlikeError,
    WaitError,
    count_of,
)
from shanty.files.atomic import disk_errors
from shanty.files.lock import hold_lock
from shanty.matching import Query, plan_queries
from shanty.models import Candidate, CandidateStatus, TrackFile, WorkItem
from shanty.music.entities import Placement, Recording, Release
from shanty.music.fingerprint import Fingerprint
from shanty.sources.refusals import TRIES
from shanty.stages.candidate_scores import judge_page, know_recording, rank_for, score_anew
from shanty.stages.contract import Services, StageResult
from shanty.stages.download_progress import make_lease_check, reporting_progress
from shanty.stages.second_opinion import SecondOpinion
from shanty.stages.staging import make_staging, remove_staging, staging_dir

logger = logging.getLogger(__name__)

_PAUSES_WAITED_FOR = 3
"""For how many pauses in a row, each twice as long, an absent source is waited for."""
_AGAIN_SECONDS = 1.0
"""The pause before a second try if this candidate alone fails; twice as long before the third."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A candidate's file in staging, checked, and what it sounds like."""

    path: Path
    fingerprint: Fingerprint | None


def run(item: WorkItem, services: Services) -> StageResult:
    """Fetch the best candidate that proves good; remember the useless ones.

    A candidate that fails while others get through is set aside after a few tries. If nothing else
    was asked for, the next candidate shows whose fault the failure is.
    """
    placement = services.catalog.tracks.get_placement(item.track_id)
    undelivered: UndeliveredError | None = None
    absent: list[AbsentSourceError] = []
    opinion = _second_opinion(item, placement, services)
    for candidate in _acceptable(item, placement, absent, services):
        try:
            opinion.recall(candidate)
            fetched = _fetch_patiently(item, candidate, placement, services)
            agreement = opinion.ask(candidate, fetched.fingerprint)
        except ReviewError:
            # A person decides, perhaps in weeks: until then nothing lies in staging.
            remove_staging(item.track_id, services)
            raise
        except UnlikeError:
            # Its new score says so; a person may still be asked about it.
            shutil.rmtree(_candidate_dir(item, candidate, services), ignore_errors=True)
            continue
        except BadCandidateError as error:
            if services.stop.is_set():
                raise  # the end of the run may have stopped the conversion: this is no verdict
            _reject(item, candidate, error, services)
            continue
        except UndeliveredError as error:
            if error.tries < TRIES:
                raise
            if error.is_alone:
                _set_aside(item, candidate, error, services)
            else:
                undelivered = undelivered or error
            continue
        return _result(item, candidate, fetched, agreement, services)
    raise (
        undelivered or _find_worth_waiting(absent, services) or _nothing_acceptable(item, services)
    )


def _acceptable(
    item: WorkItem, placement: Placement, absent: list[AbsentSourceError], services: Services
) -> Iterator[Candidate]:
    """Candidates good enough to take, best first: the stored ones, then those of new searches.

    Each search is made only if the ones before it have brought nothing to take, and all are made
    before a person is asked. A search that an earlier try made lately is not made again. The
    failure of a source that is ``absent`` is added to that list.
    """
    tried: set[int | None] = set()
    release = placement.release
    recording = know_recording(placement, services)
    score_anew(item, recording, release, services)
    yield from _stored(item, tried, services)
    known = _recent_searches(item, services)
    for prefix in services.settings.download.search:
        for query in plan_queries(recording, release.title, prefix):
            if (query.place(prefix), query.text) in known:
                continue
            try:
                _search(item, recording, release, prefix, query, services)
            except AbsentSourceError as error:
                logger.warning("%s is passed over: %s", prefix, error)
                absent.append(error)
                break
            except UndeliveredError as error:
                if error.tries < TRIES:
                    raise
                # The search is not noted as made. The results of others may be good enough.
                logger.warning("the search for %r is left out: %s", query.text, error)
            score_anew(item, recording, release, services)
            yield from _stored(item, tried, services)


def _recent_searches(item: WorkItem, services: Services) -> dict[tuple[str, str], datetime]:
    """The searches that need not be made again, by prefix and query, and until when."""
    download = services.settings.download
    return services.catalog.searches.recent(
        item.track_id, age=download.search_age, empty_age=download.empty_search_age
    )


def _search(
    item: WorkItem,
    recording: Recording,
    release: Release,
    prefix: str,
    query: Query,
    services: Services,
) -> None:
    should_stop = make_lease_check(item, services)
    place = query.place(prefix)
    found = services.source.search(
        recording, release.title, place, query.text, should_stop=should_stop
    )
    known = {one.key: one for one in services.catalog.candidates.of_track(item.track_id)}
    if any(one.key in known for one in found):
        completed = [one.completed_from(known.get(one.key, one)) for one in found]
        found = rank_for(completed, recording, release)
    with services.database.begin() as tx:
        services.catalog.searches.record(
            tx, item.track_id, place, query.text, found, reason=query.reason
        )


def _find_worth_waiting(
    absent: Sequence[AbsentSourceError], services: Services
) -> StageError | None:
    """The trouble of an absent source that is worth waiting for; None if there is none.

    Such a source may have what the others lack, and may be back soon. A source that was left alone
    several times in a row is not waited for, unless there is no other.
    """
    for error in absent:
        trouble = error.trouble
        if len(absent) == len(services.settings.download.search):
            return trouble
        if isinstance(trouble, UndeliveredError) and trouble.tries < TRIES:
            return trouble
        if isinstance(trouble, WaitError):
            circuits = services.circuits.list_all()
            times = [one.times for one in circuits if one.name == trouble.source]
            if max(times, default=0) <= _PAUSES_WAITED_FOR:
                return trouble
    return None


def _stored(item: WorkItem, tried: set[int | None], services: Services) -> Iterator[Candidate]:
    threshold = services.settings.download.accept_score
    while True:
        # Read again each time: the candidate before may just have been rejected.
        left = [
            candidate
            for candidate in services.catalog.candidates.of_track(item.track_id)
            if candidate.status is not CandidateStatus.REJECTED and candidate.id not in tried
        ]
        by_hand = [one for one in left if one.status in DECIDED]
        with services.database.read() as connection:
            taken = services.catalog.candidates.taken_elsewhere(connection, item.track_id)
        good = [one for one in left if one.score >= threshold and one.key not in taken]
        # Candidates that failed in several tries come after those that have not been tried.
        often = services.circuits.refusals.find_frequent([one.key for one in by_hand + good])
        best = next(iter(sorted(by_hand + good, key=lambda one: one.key in often)), None)
        if best is None:
            return
        tried.add(best.id)
        yield best


def _candidate_dir(item: WorkItem, candidate: Candidate, services: Services) -> Path:
    return staging_dir(item.track_id, services) / str(candidate.id)


def _fetch(
    item: WorkItem, candidate: Candidate, placement: Placement, services: Services
) -> Fetched:
    folder = _candidate_dir(item, candidate, services)
    should_stop = make_lease_check(item, services)
    with ExitStack() as stack:
        # The guard spares the other candidates from asking a disk that refuses.
        with services.circuits.guard(DISK), disk_errors("download into", folder):
            make_staging(folder.parent, services)
            # A worker that was taken for dead may still write here: two must not write one file.
            lock = hold_lock(folder.with_name(f"{folder.name}.lock"), should_stop=should_stop)
            stack.enter_context(lock)
        with reporting_progress(item, services) as on_progress:
            path = services.source.fetch(
                candidate,
                folder,
                should_stop=should_stop,
                on_progress=on_progress,
                judge=partial(judge_page, item, placement, services),
            )
        with disk_errors("read in", folder):
            is_decided = candidate.status in DECIDED
            fingerprint = services.source.verify(path, placement, is_decided=is_decided)
    return Fetched(path, fingerprint)


def _fetch_patiently(
    item: WorkItem, candidate: Candidate, placement: Placement, services: Services
) -> Fetched:
    """Fetch a candidate; if it alone fails while others get through, try again at once."""
    while True:
        try:
            return _fetch(item, candidate, placement, services)
        except UndeliveredError as error:
            if not error.is_alone or error.tries >= TRIES:
                raise
            if services.stop.wait(_AGAIN_SECONDS * error.tries):
                raise


def _second_opinion(item: WorkItem, placement: Placement, services: Services) -> SecondOpinion:
    def listen(candidate: Candidate) -> Fingerprint | None:
        try:
            return _fetch(item, candidate, placement, services).fingerprint
        finally:
            # A worker that lost the item must not remove anything, and the next run goes on with
            # what the end of this one has cut short.
            if services.queue.items.is_ours(item) and not services.stop.is_set():
                shutil.rmtree(_candidate_dir(item, candidate, services), ignore_errors=True)

    length_ms = placement.recording.length_ms or placement.track.length_ms
    return SecondOpinion(item, length_ms / 1000 if length_ms else None, listen, services)


def _set_aside(item: WorkItem, candidate: Candidate, error: StageError, services: Services) -> None:
    assert candidate.id is not None, "a stored candidate has an id"
    why = f"it did not come in {TRIES} tries, while others did: {error}"
    with services.database.begin() as tx:
        services.queue.items.hold(tx, item)
        services.catalog.candidates.set_aside(tx, candidate.id, why)
    shutil.rmtree(_candidate_dir(item, candidate, services), ignore_errors=True)


def _reject(
    item: WorkItem, candidate: Candidate, error: BadCandidateError, services: Services
) -> None:
    assert candidate.id is not None, "a stored candidate has an id"
    with services.database.begin() as tx:
        services.queue.items.hold(tx, item)  # a worker that lost the item must not remove anything
        if isinstance(error, LoginWantedError):
            services.catalog.candidates.reject_until_login(
                tx, candidate.id, str(error), error.generation
            )
        else:
            services.catalog.candidates.reject(tx, candidate.id, str(error))
    shutil.rmtree(_candidate_dir(item, candidate, services), ignore_errors=True)


def _result(
    item: WorkItem, candidate: Candidate, fetched: Fetched, agreement: str, services: Services
) -> StageResult:
    def record(tx: Transaction) -> None:
        assert candidate.id is not None, "a stored candidate has an id"
        # Another track may have taken the same upload meanwhile, or be about to.
        services.catalog.candidates.hold_upload(tx, candidate)
        taken = services.catalog.candidates.taken_elsewhere(tx, item.track_id)
        if candidate.key in taken and candidate.status not in DECIDED:
            raise _already_taken(candidate, taken[candidate.key])
        services.catalog.candidates.choose(tx, item.track_id, candidate.id)
        services.catalog.files.record(
            tx, TrackFile(item.track_id, fetched.path, is_placed=False, candidate_id=candidate.id)
        )
        if fetched.fingerprint is not None:
            services.catalog.fingerprints.record(tx, candidate.id, fetched.fingerprint)

    message = f"fetched {candidate.title!r} (score {candidate.score:.2f}){agreement}"
    return StageResult(message, record)


def _already_taken(candidate: Candidate, label: str) -> ReviewError:
    return ReviewError(
        f"the best candidate, {candidate.title!r}, is already the file of {label}; listen to "
        "it, and accept it for this track or reject it"
    )


def _nothing_acceptable(item: WorkItem, services: Services) -> Exception:
    candidates = services.catalog.candidates.of_track(item.track_id)
    left = [one for one in candidates if one.status is not CandidateStatus.REJECTED]
    threshold = services.settings.download
    if left and left[0].score >= threshold.review_score:
        best = left[0]
        with services.database.read() as connection:
            taken = services.catalog.candidates.taken_elsewhere(connection, item.track_id)
        if best.key in taken:
            return _already_taken(best, taken[best.key])
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
        f"none of {count_of(len(candidates), 'candidate')} will do: {rejected} proved useless "
        f"and {count_of(len(left), 'scores', 'score')} below {threshold.review_score:.2f}; "
        f"`shanty explain {item.track_id}` says why"
    )
