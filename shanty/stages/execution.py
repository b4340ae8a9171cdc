"""Runs one work item and writes down what became of it.

This is the only place that turns a stage's success or error into queue transitions. Every
transition is guarded: if the item is no longer ours (rescued, or cancelled by a person), nothing
is written.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from shanty.catalog.distances import NOT_FOUND, PASSING, Distances
from shanty.catalog.releases import release_moment
from shanty.clock import utc_now
from shanty.db import Transaction
from shanty.errors import (
    LeaseLostError,
    PermanentError,
    ReviewError,
    ShantyError,
    SourcePausedError,
    StageError,
    WaitError,
)
from shanty.models import CandidateStatus, Stage, TrackStatus, WorkItem
from shanty.sources.circuit_names import circuit_name, label_of
from shanty.stages.contract import Services, StageFunction, StageResult
from shanty.stages.limits import LIMITS
from shanty.stages.retry import AnotherCandidate, GiveUp, Park, RetryAt, RetryPolicy, Snooze, decide
from shanty.stages.staging import StagedFileLostError, remove_staging
from shanty.work_limit import run_limited

logger = logging.getLogger(__name__)

POLICY = RetryPolicy()
MAX_RESTARTS = 3
"""How often a track whose staged file vanished goes back to *download* before it fails."""


class Fate(StrEnum):
    """What became of a work item."""

    ADVANCED = "advanced"  # the next stage's item is ours already
    HELD = "held"  # done, but the next stage is paused, or has a live item of its own
    FINISHED = "finished"  # it was the last stage
    WAITING = "waiting"  # to be tried again later
    RESTARTED = "restarted"  # back to an earlier stage, with another candidate
    REVIEW = "review"  # a person decides
    FAILED = "failed"
    LOST = "lost"  # no longer ours: rescued or cancelled meanwhile


_GOOD_FATES = (Fate.ADVANCED, Fate.HELD, Fate.FINISHED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one work item, a sentence about it, and the next stage's item if it is ours."""

    fate: Fate
    message: str
    next_item: WorkItem | None = None


def execute(item: WorkItem, services: Services, stages: Mapping[Stage, StageFunction]) -> Outcome:
    """Run the item's stage and settle the item. Raises only when the database itself fails."""
    outcome = _execute(item, services, stages)
    _log(item, outcome)
    return outcome


def _execute(item: WorkItem, services: Services, stages: Mapping[Stage, StageFunction]) -> Outcome:
    try:
        try:
            work = partial(stages[item.stage], item, services)
            result = run_limited(work, LIMITS[item.stage], item.stage.value)
        except LeaseLostError:
            raise
        except Exception as error:
            return _settle_error(item, error, services)
        try:
            return _complete(item, result, services)
        except ReviewError as error:
            return _settle_error(item, error, services)
    except LeaseLostError as error:
        return Outcome(Fate.LOST, str(error))


def _log(item: WorkItem, outcome: Outcome) -> None:
    level = logging.INFO if outcome.fate in _GOOD_FATES else logging.WARNING
    logger.log(level, "%s · %s: %s", item.stage, item.label, outcome.message)


def _complete(item: WorkItem, result: StageResult, services: Services) -> Outcome:
    following = None if result.is_last else item.stage.following(services.settings.stages)
    payload = {**item.payload, **result.payload}
    with services.database.begin() as tx:
        if result.record is not None:
            result.record(tx)
        if result.looks_again:
            _plan_look(tx, item, result.looks_again, services)
        else:
            services.catalog.looks.settle(tx, item.track_id, item.stage)
        next_item = services.queue.items.complete(
            tx, item, next_payload=payload, next_stage=following
        )
    if result.clean_up is not None:
        result.clean_up()
    if following is None:
        return Outcome(Fate.FINISHED, result.message)
    if next_item is None:
        is_paused = following in services.queue.by_hand.paused()
        why = "is paused" if is_paused else "is in the queue already"
        return Outcome(Fate.HELD, f"{result.message}; {following} {why}")
    return Outcome(Fate.ADVANCED, result.message, next_item)


def _settle_error(item: WorkItem, error: Exception, services: Services) -> Outcome:
    if services.stop.is_set():
        # The run is ending and has given its items back: whatever this error is, it is no verdict.
        raise LeaseLostError(f"{item.label}: given back because the run is ending")
    message = describe(error)
    if not isinstance(error, ShantyError):
        logger.error("%s of %s: unexpected error", item.stage, item.label, exc_info=error)
    if isinstance(error, StagedFileLostError):
        return _download_again(item, message, services)
    kind = error.error_class if isinstance(error, StageError) else "transient"
    decision = decide(error, item.attempt, item.max_attempts, POLICY, utc_now(), random.Random())
    queue, catalog = services.queue, services.catalog
    source = _source_to_wait_for(error, services)
    with services.database.begin() as tx:
        match decision:
            case RetryAt(at):
                queue.items.retry_at(tx, item, at, kind, message)
                tries = f"attempt {item.attempt} of {item.max_attempts}"
                return Outcome(Fate.WAITING, f"{message}; again at {at:%H:%M:%S} UTC ({tries})")
            case Snooze() if source:
                # An item that is refused again lets another one probe: the fault may be its own.
                is_last = isinstance(error, WaitError) and error.tries > 1
                queue.items.snooze(
                    tx, item, utc_now(), kind, message, source=source, is_last=is_last
                )
                return Outcome(Fate.WAITING, f"{message}; goes on when {label_of(source)} does")
            case Snooze(until):
                queue.items.snooze(tx, item, until, kind, message)
                return Outcome(Fate.WAITING, f"{message}; again at {until:%H:%M:%S} UTC")
            case Park() if _is_decided_meanwhile(item, services):
                queue.items.snooze(tx, item, utc_now(), kind, message)
                return Outcome(Fate.WAITING, f"{message}; a person has decided meanwhile")
            case Park():
                message = f"{message}; {_plan_look(tx, item, NOT_FOUND, services)}"
                queue.items.cancel_item(tx, item, kind, message)
                catalog.tracks.set_status(tx, item.track_id, TrackStatus.NEEDS_REVIEW, message)
                return Outcome(Fate.REVIEW, message)
            case AnotherCandidate():
                file = catalog.files.of_track(item.track_id)
                if file is not None and file.candidate_id is not None:
                    catalog.candidates.reject(tx, file.candidate_id, message)
                catalog.files.forget(tx, item.track_id)
                queue.items.restart_from(tx, item, Stage.DOWNLOAD, kind, message)
            case GiveUp(error_class):
                is_final = error_class == PermanentError.error_class
                return _fail(
                    tx, item, error_class, message, NOT_FOUND if is_final else PASSING, services
                )
    # Only now, with the restart committed, are the files in staging of no more use.
    remove_staging(item.track_id, services)
    return Outcome(Fate.RESTARTED, f"{message}; trying the next candidate")


def _fail(
    tx: Transaction,
    item: WorkItem,
    error_class: str,
    message: str,
    distances: Distances,
    services: Services,
) -> Outcome:
    """Give an item up for now; the outcome's message says when it is looked at again."""
    if item.stage is Stage.DOWNLOAD and services.catalog.candidates.has_set_aside(
        tx, item.track_id
    ):
        distances = PASSING
    message = f"{message}; {_plan_look(tx, item, distances, services)}"
    services.queue.items.fail(tx, item, error_class, message)
    services.catalog.tracks.fail(tx, item.track_id, message)
    return Outcome(Fate.FAILED, message)


def _plan_look(tx: Transaction, item: WorkItem, distances: Distances, services: Services) -> str:
    """Plan the next look of a stage at its track; returns a clause that says when it is."""
    key = services.catalog.tracks.get(item.track_id).release_key
    release = services.catalog.editions.find(key)
    is_download = item.stage is Stage.DOWNLOAD
    at = services.catalog.looks.plan(
        tx,
        item.track_id,
        item.stage,
        distances,
        not_after=release_moment(release) if is_download and release else None,
        seed="" if is_download else key,  # the tracks of an album share their picture
    )
    return f"looked at again on {at:%Y-%m-%d at %H:%M} UTC"


def _is_decided_meanwhile(item: WorkItem, services: Services) -> bool:
    """Whether a person has accepted a candidate since the stage last looked."""
    return any(
        one.status is CandidateStatus.ACCEPTED
        for one in services.catalog.candidates.of_track(item.track_id)
    )


def _source_to_wait_for(error: Exception, services: Services) -> str:
    """The name of the circuit to wait for; empty if the item waits for a time instead."""
    if not isinstance(error, WaitError) or not error.source:
        return ""
    source = circuit_name(error.source)
    # A circuit that opened a moment ago may have closed since: then the item is due.
    is_held = isinstance(error, SourcePausedError) or services.circuits.blocks(source)
    return source if is_held else ""


def _download_again(item: WorkItem, message: str, services: Services) -> Outcome:
    restarts = int(item.payload.get("restarts", 0)) + 1
    with services.database.begin() as tx:
        if restarts > MAX_RESTARTS:
            # Without a bound, a disk that loses files would be fed the same album for ever.
            message = f"{message}; it was downloaded {restarts} times"
            return _fail(tx, item, PermanentError.error_class, message, PASSING, services)
        services.catalog.files.forget(tx, item.track_id)
        services.queue.items.restart_from(
            tx,
            item,
            Stage.DOWNLOAD,
            StageError.error_class,
            message,
            payload={"restarts": restarts},
        )
    return Outcome(Fate.RESTARTED, f"{message}; downloading it again")


def describe(error: BaseException) -> str:
    """An error as one line for a person."""
    text = " ".join(str(error).split())
    return text if isinstance(error, ShantyError) else f"{type(error).__name__}: {text}"
