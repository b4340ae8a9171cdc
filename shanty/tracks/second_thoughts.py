"""A decision about a candidate, taken back: everything is as if it had not been made.

Owns what has to be known for that, and how long it is possible. A decision's download rests
meanwhile, so that there is no file yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shanty.catalog import Catalog
from shanty.db import Database
from shanty.errors import ShantyError
from shanty.models import Candidate, Stage, TrackStatus, WantedTrack
from shanty.workqueue import WorkQueue

REST = timedelta(seconds=10)
"""How long a decision can be taken back."""


@dataclass(frozen=True, slots=True)
class Before:
    """A track and its candidates as they were before a decision."""

    track: WantedTrack
    candidates: tuple[Candidate, ...]
    look: tuple[int, datetime] | None


def remember(track_id: int, catalog: Catalog) -> Before:
    """What has to be known to take a decision about this track back.

    Raises:
        NotFoundError: there is no such track.
    """
    return Before(
        catalog.tracks.get(track_id),
        tuple(catalog.candidates.of_track(track_id)),
        catalog.looks.find(track_id, Stage.DOWNLOAD),
    )


def take_back(before: Before, after: TrackStatus, *, database: Database, queue: WorkQueue) -> None:
    """Take a decision back that has led to the status ``after``.

    Raises:
        ShantyError: the track is worked on already, or somebody has decided otherwise since.
    """
    catalog, track = Catalog(database), before.track
    with database.begin() as tx:
        is_queued = after is TrackStatus.WANTED
        if is_queued and queue.by_hand.cancel_pending(
            tx, [track.id], "the decision was taken back"
        ):
            raise ShantyError(f"it is too late to take it back: {track.label} is under way already")
        catalog.decisions.restore(tx, track, after, before.candidates)
        catalog.looks.restore(tx, track.id, Stage.DOWNLOAD, before.look)
