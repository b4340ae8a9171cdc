"""One track as a person sees it, and what can be done with it: for the page and for the API."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from shanty.errors import ShantyError
from shanty.library.lyrics import read_words
from shanty.models import TrackStatus, WantedTrack, WorkItem
from shanty.tracks import by_hand, review
from shanty.tracks.acting import act_by_hand
from shanty.tracks.explanation import Explanation, explain_track
from shanty.tracks.removal import remove_filed
from shanty.tracks.waits import Wait, Waits
from web.history import Act, describe_track_acts, shown_path
from web.parts import Parts


class TrackAct(StrEnum):
    """What can be done with a track."""

    WRONG = "wrong"
    REMOVE = "remove"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class SeenTrack:
    """A track with its file, why it is this one, and what was done to it.

    ``path`` is told from the library's folder; empty if the track has no file. ``work`` is what is
    not done yet, and ``wait`` what that waits for. ``lyrics`` are the lines without their times.
    """

    explanation: Explanation
    path: str
    work: WorkItem | None
    wait: Wait | None
    lyrics: str
    acts: list[Act]

    @property
    def track(self) -> WantedTrack:
        """The track itself."""
        return self.explanation.track

    @property
    def is_filed(self) -> bool:
        """Whether its file was filed by Shanty, so that it can be rejected and removed."""
        file = self.explanation.file
        return file is not None and file.is_placed

    @property
    def can_be_retried(self) -> bool:
        """Whether trying again may lead to something."""
        return self.track.status in (TrackStatus.FAILED, TrackStatus.WITHDRAWN)

    @property
    def can_be_chosen(self) -> bool:
        """Whether a person may take one of the candidates."""
        return self.track.status in (TrackStatus.FAILED, TrackStatus.REMOVED)


@dataclass(frozen=True, slots=True)
class TrackDone:
    """What came of an act, as a sentence, and the run that can be undone, if there is one."""

    message: str
    run_id: str = ""


def read_track(parts: Parts, track_id: int) -> SeenTrack:
    """A track, and all that is known of it.

    Raises:
        NotFoundError: there is no such track.
    """
    track = parts.catalog.tracks.get(track_id)
    found = parts.catalog.albums.path_of(track_id)
    path = None if found is None else Path(os.fsdecode(found))
    library = parts.settings.library.path
    work = parts.queue.overview.live_of_tracks([track_id]).get(track_id)
    waits = Waits(parts.settings, parts.database, parts.queue)
    return SeenTrack(
        explain_track(track, parts.catalog, parts.settings.download),
        "" if path is None else shown_path(path, library),
        work,
        None if work is None else waits.of(work),
        "" if path is None else read_words(path),
        describe_track_acts(parts.catalog.journal.of_track(track_id), library),
    )


def do(parts: Parts, track_id: int, what: TrackAct) -> TrackDone:
    """Say that the file is the wrong song, remove it, or try the track again.

    Raises:
        NotFoundError: there is no such track.
        ShantyError: the track is not in a state for that, or is being worked on.
    """
    track = parts.catalog.tracks.get(track_id)
    if what is TrackAct.RETRY:
        _retry(parts, track)
        return TrackDone(f"{track.label} will be tried again.")
    verb = "reject" if what is TrackAct.WRONG else "remove"
    with act_by_hand(verb, parts.settings, parts.database, parts.queue) as acts:
        if what is TrackAct.WRONG:
            review.reject_filed(track, acts)
            told = "its file is in the trash, and another one is fetched."
        else:
            remove_filed(track, acts)
            told = "its file is in the trash, and it is not fetched again."
    return TrackDone(f"{track.label}: {told}", acts.run_id)


def _retry(parts: Parts, track: WantedTrack) -> None:
    last = parts.queue.overview.last_of_track(track.id)
    if last is None:
        raise ShantyError(f"nothing of track {track.id} is in the queue, so nothing is tried again")
    by_hand.retry_items(parts.queue, parts.catalog, parts.database, [last.id])
