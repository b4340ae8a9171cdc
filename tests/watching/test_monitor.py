"""What the monitor finds on a catalogue that changes, what it costs, and what does not stop it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shanty.db import Database
from shanty.demo.answers import Answer
from shanty.models import Priority, TrackFile, TrackStatus
from shanty.watching.monitor import MonitorReport
from shanty.watching.watch import Wish, watch_album, watch_artist, watch_recording
from shanty.workqueue import WorkQueue
from tests.world.databases import Clock
from tests.world.discographies import (
    MadeUpServer,
    Watcher,
    credit_to,
    make_artist,
    make_group,
    make_recording,
    make_release,
    serve,
)
from tests.world.monitored_artist import ARTIST, FIRST, HALF_A_DAY, MONTH, SECOND, look, retrack

OTHER = make_artist("Somebody Else")
OTHERS = make_release(make_group(OTHER, "Other", date="2004"), ["Four"])


def test_within_its_age_it_costs_nothing(database: Database, clock: Clock) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST)
        watcher.watch_album(SECOND.release_group)
        asked = len(server.asked)
        report = look(watcher)
        assert len(server.asked) == asked
    assert report == MonitorReport(artists=1)
    assert report.describe() == (
        "1 artist looked at, 0 new albums, 0 tracks newly wanted, 0 requests made"
    )


def test_a_new_album_is_wanted_before_the_back_catalogue(database: Database, clock: Clock) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST)
        new = make_release(make_group(ARTIST, "Newest", date="2026-01-02"), ["Nine", "Ten"])
        server.store.publish(new)
        clock.advance(HALF_A_DAY)
        asked = len(server.asked)
        report = look(watcher)
        assert len(server.asked) == asked + 2, "a page, and the new album"
    assert (report.artists, report.albums, report.tracks, report.requests) == (1, 1, 2, 2)
    with database.begin() as tx:
        WorkQueue(database).items.enqueue_wanted(tx)
    items = WorkQueue(database).overview.list_items(status="pending")
    assert [(item.label, item.priority) for item in items[:2]] == [
        ("Somebody – Nine", Priority.NEW_RELEASE),
        ("Somebody – Ten", Priority.NEW_RELEASE),
    ]
    assert {item.priority for item in items[2:]} == {Priority.BACK_CATALOGUE}


def test_an_artist_that_is_not_monitored_is_left_alone(database: Database, clock: Clock) -> None:
    with serve(FIRST) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST, is_monitored=False)
        server.store.publish(SECOND)
        clock.advance(MONTH)
        assert look(watcher) == MonitorReport()
    assert set(watcher.wanted()) == {"One", "Two"}


def test_an_announced_album_waits_and_comes_by_itself(database: Database, clock: Clock) -> None:
    soon = make_release(make_group(ARTIST, "Soon", date="2026-01-20"), ["Later"])
    with serve(FIRST, soon) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST)
        clock.advance(10 * 86400)
        assert look(watcher).tracks == 0
        # It is put off, and then comes out on its new day.
        later = replace(soon.release_group, first_release_date="2026-02-01")
        server.store.publish(replace(soon, date="2026-02-01", release_group=later))
        clock.advance(10 * 86400)
        assert look(watcher).tracks == 0
        clock.advance(10 * 86400)
        report = look(watcher)
    assert (report.albums, report.tracks) == (1, 1)
    assert watcher.wanted()["Later"] == "Soon"


def test_what_was_interrupted_goes_on(database: Database, clock: Clock) -> None:
    one = make_recording(OTHER, "Four")
    with serve(FIRST, SECOND, OTHERS) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watch_artist(ARTIST, Wish(is_monitored=False), watcher.expansion())
        watch_album(SECOND.release_group.mbid, watcher.expansion())
        watch_recording(one.mbid, watcher.expansion())
        assert watcher.wanted() == {}
        report = look(watcher)
        assert watcher.wanted() == {
            "One": "First",
            "Two": "First",
            "Three": "Second",
            "Four": "Other",
        }
        assert report.albums == 1, "one that a person asked for is no news for an artist"
        assert look(watcher).requests == 0


# Changed tracklists


def watch_first(database: Database, server: MadeUpServer, clock: Clock) -> Watcher:
    watcher = Watcher(database, server.url, clock=clock)
    watcher.watch(ARTIST)
    clock.advance(MONTH)
    return watcher


def test_a_track_that_was_added_is_wanted(database: Database, clock: Clock) -> None:
    with serve(FIRST) as server:
        watcher = watch_first(database, server, clock)
        server.store.publish(retrack(FIRST, "One", "Two", "Two and a Half"))
        report = look(watcher)
        assert (report.tracks, report.requests, report.notes) == (1, 2, [])
        assert look(watcher).requests == 0
    assert watcher.wanted() == dict.fromkeys(("One", "Two", "Two and a Half"), "First")
    tracks = {track.title: track.priority for track in watcher.catalog.tracks.list_tracks()}
    assert tracks["Two and a Half"] == Priority.NEW_RELEASE


def test_a_track_that_has_gone_is_said(database: Database, clock: Clock) -> None:
    with serve(FIRST) as server:
        watcher = watch_first(database, server, clock)
        with database.begin() as tx:
            WorkQueue(database).items.enqueue_wanted(tx)
        server.store.publish(retrack(FIRST, "One"))
        assert look(watcher).notes == ["'Two' is no longer on 'First'"]
        assert look(watcher).notes == []
    assert watcher.wanted() == {"One": "First"}
    items = WorkQueue(database).overview.list_items(status="pending")
    assert [item.label for item in items] == ["Somebody – One"]


def test_a_track_that_has_gone_stays_in_the_library(database: Database, clock: Clock) -> None:
    with serve(FIRST) as server:
        watcher = watch_first(database, server, clock)
        watcher.set_status("Two", TrackStatus.IN_LIBRARY)
        server.store.publish(retrack(FIRST, "One"))
        assert look(watcher).notes == ["'Two' is no longer on 'First'"]
    (two,) = watcher.catalog.tracks.list_tracks(TrackStatus.IN_LIBRARY)
    placement = watcher.catalog.tracks.get_placement(two.id)
    assert (placement.track.title, placement.track.position) == ("Two", 2), "as it was filed"


def test_a_changed_order_is_followed(database: Database, clock: Clock) -> None:
    with serve(FIRST) as server:
        watcher = watch_first(database, server, clock)
        server.store.publish(retrack(FIRST, "Two", "One"))
        report = look(watcher)
    assert (report.tracks, report.notes) == (0, [])
    positions = {
        track.title: watcher.catalog.tracks.get_placement(track.id).track.position
        for track in watcher.catalog.tracks.list_tracks()
    }
    assert positions == {"Two": 1, "One": 2}


@pytest.mark.parametrize("is_filed", [False, True])
def test_a_merged_recording_is_followed(database: Database, clock: Clock, is_filed: bool) -> None:
    """It is known as another one on a single already: then both become one track."""
    single = make_release(make_group(ARTIST, "Uno", "Single", date="2000"), ["Uno"])
    with serve(FIRST, single) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST, primary_types=("Album", "Single"))
        if is_filed:
            watcher.set_status("One", TrackStatus.IN_LIBRARY)
        clock.advance(MONTH)
        one, uno = make_recording(ARTIST, "One"), make_recording(ARTIST, "Uno")
        (medium,) = FIRST.media
        first, second = medium.tracks
        merged = replace(medium, tracks=(replace(first, recording=uno), second))
        server.store.publish(replace(FIRST, media=(merged,)))
        assert look(watcher).notes == []
    tracks = {track.recording_mbid: track.status for track in watcher.catalog.tracks.list_tracks()}
    assert one.mbid not in tracks
    assert tracks[uno.mbid] is (TrackStatus.IN_LIBRARY if is_filed else TrackStatus.WANTED)
    assert len(tracks) == 2
    assert [rule.counts for rule in watcher.catalog.rules.list_rules()] == [
        {"in_library": 1, "wanted": 1} if is_filed else {"wanted": 2}
    ]


def test_another_edition_is_taken_when_ours_is_gone(database: Database, clock: Clock) -> None:
    reissue = make_release(
        FIRST.release_group, ["Two", "One", "Three"], edition="reissue", date="2009"
    )
    with serve(FIRST) as server:
        watcher = watch_first(database, server, clock)
        server.store.publish(reissue)
        server.store.remove("release", FIRST.mbid)
        with database.begin() as tx:
            (one,) = [
                track for track in watcher.catalog.tracks.list_tracks() if track.title == "One"
            ]
            watcher.catalog.files.record(tx, TrackFile(one.id, "x", False, None))  # type: ignore[arg-type]
        assert look(watcher).notes == []
    placements = {
        track.title: watcher.catalog.tracks.get_placement(track.id)
        for track in watcher.catalog.tracks.list_tracks()
    }
    assert {title: one.release.mbid for title, one in placements.items()} == {
        "One": FIRST.mbid,  # it is under way
        "Two": reissue.mbid,
        "Three": reissue.mbid,
    }


# Merged and deleted


def test_a_deleted_album_is_said_once_and_kept(database: Database, clock: Clock) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = watch_first(database, server, clock)
        server.store.remove("release-group", SECOND.release_group.mbid)
        notes = [look(watcher).notes, look(watcher).notes]
        clock.advance(MONTH)
        notes.append(look(watcher).notes)
    assert notes == [
        ["MusicBrainz has 'Second' by 'Somebody' no longer; what was got of it stays"],
        [],
        [],
    ]
    assert watcher.wanted() == {"One": "First", "Two": "First", "Three": "Second"}


@pytest.mark.postgresql_too
def test_a_merged_album_is_followed_and_not_doubled(database: Database, clock: Clock) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = watch_first(database, server, clock)
        server.store.merge("release-group", SECOND.release_group.mbid, FIRST.release_group.mbid)
        report = look(watcher)
        assert [note for note in report.notes if FIRST.release_group.mbid in note]
        clock.advance(MONTH)
        assert look(watcher).tracks == 0
    (rule,) = watcher.catalog.rules.list_rules()
    assert rule.groups == 1
    titles = [track.title for track in watcher.catalog.tracks.list_tracks()]
    assert len(titles) == len(set(titles))


def test_a_merged_artist_is_followed(database: Database, clock: Clock) -> None:
    better = make_artist("Some Body")
    with serve(OTHERS, artists=[better]) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(OTHER)
        four = replace(make_recording(OTHER, "Four"), artist_credit=credit_to(better))
        server.store.remove("release-group", OTHERS.release_group.mbid)
        server.store.remove("recording", four.mbid)
        server.store.publish(make_release(make_group(better, "Other", date="2004"), [four]))
        server.store.merge("artist", OTHER.mbid, better.mbid)
        clock.advance(HALF_A_DAY)
        report = look(watcher)
    (rule,) = watcher.catalog.rules.list_rules()
    assert (rule.mbid, rule.name) == (better.mbid, "Some Body")
    assert [note for note in report.notes if better.mbid in note]
    assert watcher.wanted() == {"Four": "Other"}


def test_a_deleted_artist_does_not_stop_the_others(database: Database, clock: Clock) -> None:
    with serve(OTHERS, FIRST, artists=[make_artist("Third")]) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(OTHER)
        watcher.watch(ARTIST)
        server.store.remove("release-group", OTHERS.release_group.mbid)
        server.store.remove("artist", OTHER.mbid)
        server.store.publish(SECOND)
        clock.advance(HALF_A_DAY)
        report = look(watcher)
    assert [note for note in report.notes if OTHER.mbid in note]
    assert watcher.wanted()["Three"] == "Second"


# A service in trouble


def watch_many(database: Database, server: MadeUpServer, clock: Clock) -> Watcher:
    watcher = Watcher(database, server.url, clock=clock)
    for number in range(5):
        watcher.watch(make_artist(f"Artist {number}"))
    clock.advance(HALF_A_DAY)
    server.asked.clear()
    return watcher


MANY = [
    make_release(make_group(make_artist(f"Artist {number}"), "Album", date="2001"), [f"S{number}"])
    for number in range(5)
]


def test_when_asked_to_wait_it_stops_and_says_when_to_go_on(
    database: Database, clock: Clock
) -> None:
    with serve(*MANY) as server:
        watcher = watch_many(database, server, clock)
        server.refuse = lambda _request, number: (
            Answer(503, headers={"Retry-After": "90"}) if number == 3 else None
        )
        report = look(watcher)
        assert len(server.asked) == 3
        assert report.artists == 2
        assert "asks us to wait" in report.stopped
        assert "UTC goes on here" in report.stopped
        assert report.failures == []
        assert report.stopped in report.describe()
        report = look(watcher)
    assert (report.artists, report.requests) == (5, 3), "two of them were looked at already"


def test_one_artists_trouble_is_not_anothers(database: Database, clock: Clock) -> None:
    with serve(*MANY) as server:
        watcher = watch_many(database, server, clock)
        server.refuse = lambda _request, number: Answer(500) if number in (2, 3) else None
        report = look(watcher)
        assert (report.artists, report.requests, report.stopped) == (3, 5, "")
        assert [failure.split(":")[0] for failure in report.failures] == ["Artist 1", "Artist 2"]
        assert "2 failed: Artist 1: MusicBrainz" in report.describe()


def test_a_broken_answer_for_one_artist_does_not_stop_the_others(
    database: Database, clock: Clock
) -> None:
    with serve(*MANY) as server:
        watcher = watch_many(database, server, clock)
        server.refuse = lambda _request, number: (
            Answer(200, b'<metadata xmlns="http://musicbrainz.org/ns/mmd-2.0#">'
                        b'<release-group-list count="1"><release-group><title>x</title>'
                        b"</release-group></release-group-list></metadata>")
            if number == 1
            else None
        )  # fmt: skip
        report = look(watcher)
    (failure,) = report.failures
    assert "broken release-group-list data" in failure
    assert report.artists == 4


def test_a_service_that_is_down_is_not_asked_for_everybody(
    database: Database, clock: Clock
) -> None:
    with serve(*MANY) as server:
        watch_many(database, server, clock)
    watcher = Watcher(database, server.url, clock=clock)  # without a connection that is still open
    report = look(watcher)
    assert report.requests == 3
    assert "cannot be reached: Connection refused" in report.describe()
    assert "the next run goes on here" in report.stopped
    assert len(watcher.wanted()) == 5
    with serve(*MANY) as server:
        again = Watcher(database, server.url, clock=clock)
        assert look(again).artists == 5
