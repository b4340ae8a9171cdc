"""Turns what a person asks for into wanted tracks, by way of MusicBrainz."""

from __future__ import annotations

import re

from shanty.catalog import Catalog
from shanty.db import Database
from shanty.errors import NotFoundError
from shanty.models import (
    Medium,
    Placement,
    Recording,
    Release,
    ReleaseGroup,
    Track,
    WantedTrack,
)
from shanty.providers.musicbrainz import MusicBrainz
from shanty.releases import choose_release
from shanty.workqueue import WorkQueue

_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def parse_mbid(text: str) -> str:
    """The MBID in an MBID or in a musicbrainz.org address.

    Raises:
        NotFoundError: there is none in it.
    """
    found = _MBID.search(text.lower())
    if found is None:
        raise NotFoundError(
            f"{text!r} is not a MusicBrainz id (36 characters, such as "
            "b3015bab-1540-4d4e-9f30-14872a1525f7) nor an address that holds one"
        )
    return found.group()


def watch_track(mbid: str, *, database: Database, musicbrainz: MusicBrainz) -> WantedTrack:
    """Want one recording, filed under the best release it is on. Costs two requests.

    Raises:
        NotFoundError: MusicBrainz has no such recording.
        WaitError, TransientError: MusicBrainz cannot answer now.
    """
    placement = place_recording(mbid, musicbrainz)
    catalog = Catalog(database)
    with database.begin() as tx:
        track_id = catalog.want(tx, placement)
        recording = placement.recording
        name = f"{recording.artist_credit.name} – {recording.title}"
        catalog.add_rule(tx, "track", recording.mbid, name, [track_id])
    return catalog.get_track(track_id)


def place_recording(mbid: str, musicbrainz: MusicBrainz) -> Placement:
    """Where a recording belongs: its track on the best of its releases."""
    found = musicbrainz.get_recording(mbid)
    recording = found.recording  # a merged MBID answers with the one it was merged into
    if not found.releases:
        return _standalone(recording)
    release = musicbrainz.get_release(choose_release(found.releases).mbid)
    for medium in release.media:
        for track in medium.tracks:
            if track.recording.mbid == recording.mbid:
                return Placement(release, medium, track)
    raise NotFoundError(
        f"MusicBrainz lists {recording.title!r} on {release.title!r} but not among its tracks"
    )


def _standalone(recording: Recording) -> Placement:
    """A recording that is on no release is filed as a single of its own name."""
    credit = recording.artist_credit
    track = Track("", 1, "1", recording.title, recording, credit, recording.length_ms)
    medium = Medium(1, "Digital Media", "", (track,), 1)
    group = ReleaseGroup("", recording.title, credit, "Single")
    release = Release("", recording.title, credit, group, media=(medium,))
    return Placement(release, medium, track)


def unwatch(rule_id: int, *, database: Database, queue: WorkQueue) -> int:
    """Withdraw what only this rule wanted, and its work; returns the number of tracks.

    Raises:
        NotFoundError: there is no such rule.
    """
    catalog = Catalog(database)
    with database.begin() as tx:
        withdrawn = catalog.remove_rule(tx, rule_id)
        queue.cancel_tracks(tx, withdrawn, "no longer wanted")
    return len(withdrawn)
