"""Pulls the plug while rules are taken up and while the monitor looks, and runs it again."""

from __future__ import annotations

import os
import signal
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.db import Database, open_database
from shanty.models import Priority, TrackStatus
from shanty.watching.watch import Wish, watch_artist
from tests.world.discographies import (
    MadeUpServer,
    Watcher,
    make_artist,
    make_group,
    make_many,
    make_release,
    serve,
)
from tests.world.forked_process import start_forked
from tests.world.watching_process import work

ARTIST = make_artist("Somebody")
MONTH = timedelta(days=31)
MANY = make_group(ARTIST, "Many editions", date="2004")
RELEASES = [
    *make_many(ARTIST, albums=7, tracks=3, editions=2),
    *(make_release(MANY, ["Often"], edition=str(number), date="2004") for number in range(12)),
]
ALBUMS = 8
TRACKS = 22
REQUESTS = 2 + 7 + 3
"""Two pages of release groups, the albums, and three pages of the one with many editions."""

# Of each kind of moment; where a request was answered and not written down, it is asked again.
SHORT = {
    "sqlite": ["asking:2", "answered:1", "committing:3"],
    "postgresql": ["answered:4", "committed:2", "asking:3"],
}
MONITOR_SHORT = {
    "sqlite": ["answered:1", "committed:2", "asking:2"],
    "postgresql": ["committing:2", "answered:3", "committed:4"],
}


def run(database_url: str, server: MadeUpServer, *what: str, kill_at: str = "") -> int:
    """Run the process to its end; -9 when it was killed."""
    with tempfile.TemporaryDirectory() as folder:
        process = start_forked(
            work,
            database_url,
            server.url,
            *what,
            environment={**os.environ, "SHANTY_TEST_KILL": kill_at},
            output_path=Path(folder, "output.log"),
        )
        code = process.wait(timeout=120)
        assert code in (0, -signal.SIGKILL), process.output
    return code


def check_requests(server: MadeUpServer, killed: list[str]) -> None:
    """Nothing that was answered and kept was asked again."""
    # Killed before it was sent, a request never came to the server; with its answer not written
    # down it came, and comes again.
    lost = sum(point.split(":")[0] in ("answered", "committing") for point in killed)
    counted = Counter(server.asked)
    assert counted.total() <= REQUESTS + lost, counted.most_common(5)
    assert len(counted) == REQUESTS


def check_catalogue(database_url: str, tracks: int) -> Catalog:
    database = open_database(database_url)
    catalog = Catalog(database)
    found = catalog.tracks.list_tracks()
    assert len(found) == len({track.recording_mbid for track in found}) == tracks
    assert {track.status for track in found} == {TrackStatus.WANTED}
    (rule,) = catalog.rules.list_rules()
    assert rule.counts == {"wanted": tracks}
    assert rule.pending_groups == 0
    for track in found:
        assert catalog.tracks.get_placement(track.id).recording.mbid == track.recording_mbid
    return catalog


def watch(database: Database, server: MadeUpServer) -> str:
    return str(watch_artist(ARTIST, Wish(), Watcher(database, server.url).expansion()).rule_id)


@pytest.mark.postgresql_too
def test_killed_while_a_rule_is_taken_up(database: Database, database_url: str) -> None:
    points = SHORT[database.dialect_name]
    with serve(*RELEASES) as server:
        server.page_size = 5
        rule_id = watch(database, server)
        for point in points:
            code = run(database_url, server, "expand", rule_id, kill_at=point)
            assert code == -signal.SIGKILL, f"never came to {point}"
        assert run(database_url, server, "expand", rule_id) == 0
        check_requests(server, points)
        asked = len(server.asked)
        assert run(database_url, server, "expand", rule_id) == 0
        assert len(server.asked) == asked, "running again costs nothing"
    check_catalogue(database_url, TRACKS)


@pytest.mark.proof
@pytest.mark.parametrize("moment", ["asking", "answered", "committing", "committed"])
def test_killed_at_every_point_of_taking_up_a_rule(
    database: Database, database_url: str, moment: str
) -> None:
    """Run after run is killed, each a little further on."""
    with serve(*RELEASES) as server:
        server.page_size = 5
        rule_id = watch(database, server)
        killed: list[str] = []
        for _ in range(100):
            # Two transactions are made even by a run that has nothing to do.
            point = f"{moment}:{3 if moment.startswith('commit') else 2}"
            if run(database_url, server, "expand", rule_id, kill_at=point) == 0:
                break
            killed.append(point)
        else:
            pytest.fail("it does not end")
        assert len(killed) >= REQUESTS // 2
        check_requests(server, killed)
    check_catalogue(database_url, TRACKS)


def test_killed_while_the_monitor_looks(database: Database, database_url: str) -> None:
    """There is a new album, one has another track, and one has lost one."""
    first, second = RELEASES[0], RELEASES[2]
    points = MONITOR_SHORT[database.dialect_name]
    with serve(*RELEASES) as server:
        rule_id = watch(database, server)
        assert run(database_url, server, "expand", rule_id) == 0
        new = make_release(make_group(ARTIST, "New", date="2026-01-01"), ["Newest"])
        server.store.publish(new)
        songs = [track.recording for track in first.media[0].tracks]
        more = make_release(first.release_group, [*songs, "More"], edition="0", date=first.date)
        assert more.mbid == first.mbid
        server.store.publish(more)
        (medium,) = second.media
        less = replace(medium, tracks=medium.tracks[:-1], track_count=2)
        server.store.publish(replace(second, media=(less,)))
        now = (datetime.now(UTC) + MONTH).isoformat()
        server.asked.clear()
        for point in points:
            code = run(database_url, server, "monitor", now, kill_at=point)
            assert code == -signal.SIGKILL, f"never came to {point}"
        assert run(database_url, server, "monitor", now) == 0
        # The listing, the new album, and the eight that are old enough to be looked at again.
        assert len(set(server.asked)) == 1 + 1 + ALBUMS
        lost = sum(not point.startswith(("asking", "committed")) for point in points)
        assert len(server.asked) <= 1 + 1 + ALBUMS + lost
        asked = len(server.asked)
        assert run(database_url, server, "monitor", now) == 0
        assert len(server.asked) == asked
    catalog = Catalog(database)
    tracks = {track.title: track for track in catalog.tracks.list_tracks()}
    assert len(tracks) == TRACKS + 2
    assert tracks["Newest"].priority == tracks["More"].priority == Priority.NEW_RELEASE
    withdrawn = [track for track in tracks.values() if track.status is not TrackStatus.WANTED]
    assert [track.title for track in withdrawn] == [medium.tracks[-1].title]
