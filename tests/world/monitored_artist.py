"""A monitored artist, and functions that look again for releases."""

from __future__ import annotations

from shanty.music.entities import Release
from shanty.watching.monitor import Monitor, MonitorReport
from tests.world.discographies import (
    Watcher,
    make_artist,
    make_group,
    make_release,
)

HALF_A_DAY = 12 * 3600
MONTH = 31 * 86400
ARTIST = make_artist("Somebody")
FIRST = make_release(make_group(ARTIST, "First", date="2001"), ["One", "Two"])
SECOND = make_release(make_group(ARTIST, "Second", date="2003"), ["Three"])


def look(watcher: Watcher) -> MonitorReport:
    return Monitor(watcher.database, watcher.musicbrainz, watcher.settings, watcher.clock).run()


def retrack(release: Release, *songs: str) -> Release:
    """The same edition with another tracklist. Songs that stay keep their track MBIDs."""
    return make_release(release.release_group, songs)
