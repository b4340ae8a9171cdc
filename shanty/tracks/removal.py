"""A person's decision that a track's file goes, and that the track is not fetched again."""

from __future__ import annotations

from shanty.errors import ShantyError
from shanty.library.acts import FileActs
from shanty.models import TrackFile, TrackStatus, WantedTrack

_BY_HAND = "removed by hand"


def remove_filed(track: WantedTrack, acts: FileActs) -> None:
    """Move a track's file into the trash. The track is not fetched again until a person asks.

    Undoing this run brings the file back as long as the trash keeps it.

    Raises:
        ShantyError: Shanty has not filed this file, or other work on the track is under way.
    """
    file = require_filed(track, acts)
    acts.trash(file.path, _BY_HAND, track_id=track.id, track_status=TrackStatus.REMOVED)


def require_filed(track: WantedTrack, acts: FileActs) -> TrackFile:
    """The file of a track, which Shanty may move because it has filed it.

    Raises:
        ShantyError: it has none, or the file is the person's own.
    """
    file = acts.catalog.files.of_track(track.id)
    if file is None or not file.is_placed:
        raise ShantyError(
            f"the file of track {track.id} is not touched, because Shanty has not filed it"
        )
    return file
