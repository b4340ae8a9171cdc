"""The list of tracks: what has become of each, and why it is not in the library yet.

Owns the names of a track's states for people: they want to tell a waiting track from one that is
only wanted. Refuses to know how a list is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from shanty.catalog import Catalog, RulePart
from shanty.clock import describe_moment
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.models import Status, TrackFile, TrackStatus, WantedTrack, WorkItem
from shanty.music.names import fold_name
from shanty.tracks.waits import HELD_UP, Wait, Waits
from shanty.workqueue import WorkQueue


class TrackState(StrEnum):
    """What has become of a track, as people see it.

    *Waiting* tracks are wanted too, so the filter *wanted* finds them as well.
    """

    WANTED = "wanted"
    WAITING = "waiting"
    FAILED = "failed"
    NEEDS_REVIEW = "needs_review"
    IN_LIBRARY = "in_library"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ListedTrack:
    """A track, and what has become of it.

    ``item`` is its work item that has not ended, and ``wait`` says what that waits for.
    ``next_look_at`` is when Shanty looks at the track again by itself. ``path`` is its file in the
    library.
    """

    track: WantedTrack
    state: TrackState
    item: WorkItem | None = None
    wait: Wait | None = None
    next_look_at: datetime | None = None
    path: Path | None = None

    @property
    def why(self) -> str:
        """Why the track is not in the library yet, and what happens next; empty if it is there."""
        if self.state is TrackState.IN_LIBRARY:
            return ""
        again = self.next_look_at
        parts = [self.track.reason]
        if self.item is not None:
            parts = [self._describe_work(self.item)]
        elif again is not None and "looked at again" not in self.track.reason:
            parts.append(f"looked at again {describe_moment(again)}")
        elif self.state is TrackState.WANTED:
            parts = ["the next run takes it up"]
        return "; ".join(part for part in parts if part)

    def _describe_work(self, item: WorkItem) -> str:
        wait = self.wait.describe() if self.wait is not None else ""
        if item.status is Status.ACTIVE and not wait:
            return f"{item.stage} is under way"
        return f"{wait}: {item.error}" if item.error and item.attempt else wait

    def as_document(self) -> dict[str, Any]:
        """The track for scripts."""
        track, item = self.track, self.item
        return {
            "id": track.id,
            "recording_mbid": track.recording_mbid,
            "artist": track.artist,
            "title": track.title,
            "album": track.album,
            "status": self.state.value,
            "why": self.why,
            "next_look_at": self.next_look_at,
            "work_item": None if item is None else item.id,
            "stage": None if item is None else item.stage.value,
            "waits_until": self.wait.until if self.wait is not None else None,
            "path": None if self.path is None else str(self.path),
        }


def list_tracks(
    settings: Settings,
    database: Database,
    queue: WorkQueue,
    *,
    state: TrackState | None = None,
    rule_id: int | None = None,
    album: str = "",
) -> list[ListedTrack]:
    """The tracks by artist, album and title; withdrawn ones only if they are asked for.

    ``rule_id`` keeps only the tracks that this rule wants. ``album`` keeps only tracks with this
    text in their album's title; case and accents do not matter.

    Raises:
        NotFoundError: there is no rule of that id.
    """
    listed = _list_all(settings, database, queue, rule_id)
    if album:
        listed = [one for one in listed if fold_name(album) in fold_name(one.track.album)]
    return [one for one in listed if _is_asked_for(one.state, state)]


def list_rule_tracks(
    settings: Settings, database: Database, queue: WorkQueue, rule: int | RulePart
) -> list[ListedTrack]:
    """The tracks that a rule, or a part of it, wants or wanted before they were withdrawn.

    Raises:
        NotFoundError: there is no rule of that id.
    """
    return _list_all(settings, database, queue, rule)


def _list_all(
    settings: Settings, database: Database, queue: WorkQueue, rule: int | RulePart | None
) -> list[ListedTrack]:
    catalog = Catalog(database)
    if rule is not None:
        catalog.rules.get(rule if isinstance(rule, int) else rule.rule_id)
    tracks = catalog.tracks.list_tracks(rule=rule)
    ids = None if rule is None else [track.id for track in tracks]
    waits, live = Waits(settings, database, queue), queue.overview.live_of_tracks(ids)
    looks = catalog.looks.next_of_each(rule=rule)
    files = {file.track_id: file for _, file in catalog.files.list_library(rule=rule)}
    return [
        _listed(track, live.get(track.id), waits, looks.get(track.id), files.get(track.id))
        for track in tracks
    ]


def _is_asked_for(found: TrackState, asked: TrackState | None) -> bool:
    if asked is None:
        return found is not TrackState.WITHDRAWN
    if asked is TrackState.WANTED:
        return found in (TrackState.WANTED, TrackState.WAITING)
    return found is asked


def _listed(
    track: WantedTrack,
    item: WorkItem | None,
    waits: Waits,
    next_look_at: datetime | None,
    file: TrackFile | None,
) -> ListedTrack:
    wait = None if item is None else waits.of(item)
    state = TrackState(track.status.value)
    if state is TrackState.WANTED and wait is not None and wait.kind in HELD_UP:
        state = TrackState.WAITING
    is_there = track.status is TrackStatus.IN_LIBRARY and file is not None
    return ListedTrack(
        track,
        state,
        item,
        wait,
        None if item is not None or is_there else next_look_at,
        file.path if is_there and file is not None else None,
    )
