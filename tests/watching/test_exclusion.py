"""Albums and songs that are left out of a wish: what goes, what stays, and what lets them back."""

from __future__ import annotations

import pytest

from shanty.db import Database, open_database
from shanty.errors import NotFoundError, ShantyError
from shanty.models import Stage, TrackStatus
from shanty.watching.exclusion import Excluded, exclude, include
from shanty.watching.watch import Wish, edit_rule, unwatch, watch_artist, watch_recording
from shanty.workqueue import WorkQueue
from tests.world.databases import ON_SQLITE, Clock, claim_one
from tests.world.discographies import (
    Watcher,
    make_group,
    make_recording,
    make_release,
    serve,
)
from tests.world.monitored_artist import MONTH, look, retrack
from tests.world.one_discography import ARTIST, EP, FIRST, SECOND, SINGLE, STUDIO


def leave_out(watcher: Watcher, rule_id: int, text: str) -> Excluded:
    return exclude(rule_id, text, database=watcher.database, queue=WorkQueue(watcher.database))


def take_in(watcher: Watcher, rule_id: int, text: str) -> None:
    include(rule_id, text, database=watcher.database)
    watcher.expansion().expand(rule_id)


def numbers(done: Excluded) -> tuple[int, int, int, int]:
    return (done.withdrawn, done.under_way, done.filed, done.wanted_still)


def test_an_album_stays_out_through_the_monitor_an_edit_and_a_restart(
    database: Database, database_url: str, clock: Clock
) -> None:
    with serve(FIRST, SECOND, EP) as server:
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watcher.watch(ARTIST)
        assert watcher.wanted() == STUDIO
        assert numbers(leave_out(watcher, rule_id, "first")) == (2, 0, 0, 0)
        rest = {"Three": "Second"}
        assert watcher.wanted() == rest
        clock.advance(MONTH)
        assert look(watcher).tracks == 0
        assert watcher.wanted() == rest
        edit_rule(rule_id, Wish(primary_types=("EP",)), watcher.expansion())
        watcher.expansion().expand(rule_id)
        edit_rule(rule_id, Wish(primary_types=("Album",)), watcher.expansion())
        watcher.expansion().expand(rule_id)
        again = open_database(database_url)
        watcher = Watcher(again, server.url, clock=clock)
        clock.advance(MONTH)
        assert watcher.watch(ARTIST) == rule_id, "whoever asks again asks for the same"
        look(watcher)
        assert watcher.wanted() == rest
        asked = len(server.asked)
        take_in(watcher, rule_id, "FIRST")
        assert watcher.wanted() == STUDIO
        assert len(server.asked) == asked, "all of it is known"
        again.dispose()


def test_a_song_stays_out_whichever_album_it_is_on(database: Database, clock: Clock) -> None:
    with serve(FIRST, SINGLE, SECOND) as server:
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watcher.watch(ARTIST, primary_types=("Album", "Single"))
        with pytest.raises(ShantyError, match=r"may be one of 2.*the album 'One'.*the song 'One'"):
            leave_out(watcher, rule_id, "One")
        (number,) = [one.id for one in watcher.catalog.tracks.list_tracks() if one.title == "One"]
        assert numbers(leave_out(watcher, rule_id, str(number))) == (1, 0, 0, 0)
        assert set(watcher.wanted()) == {"Two", "Three", "Flip"}
        server.store.publish(retrack(FIRST, "One", "Two", "More"))
        clock.advance(MONTH)
        report = look(watcher)
        assert set(watcher.wanted()) == {"Two", "Three", "Flip", "More"}
        assert report.notes == [], "the song is on the album as before"
        take_in(watcher, rule_id, str(number))
        assert set(watcher.wanted()) == {"One", "Two", "Three", "Flip", "More"}


@ON_SQLITE
def test_what_is_wanted_otherwise_under_way_or_filed_stays(database: Database) -> None:
    songs = ["Waits", "Loads", "Filed", "Shared", "Asked"]
    album = make_release(make_group(ARTIST, "All", date="2001"), songs)
    best = make_release(make_group(ARTIST, "Most", date="2002"), ["Shared"])
    queue = WorkQueue(database)
    with serve(album, best) as server:
        watcher = Watcher(database, server.url)
        rule_id = watcher.watch(ARTIST)
        ids = {one.title: one.id for one in watcher.catalog.tracks.list_tracks()}
        song = watcher.expansion()
        song.expand(watch_recording(make_recording(ARTIST, "Asked").mbid, song))
    watcher.set_status("Filed", TrackStatus.IN_LIBRARY)
    with database.begin() as tx:
        queue.items.enqueue(tx, ids["Loads"], Stage.DOWNLOAD, priority=0)
    claim_one(queue, queue.workers.register("flow-run"))
    with database.begin() as tx:
        queue.items.enqueue_wanted(tx)
    assert numbers(leave_out(watcher, rule_id, "All")) == (1, 1, 1, 2)
    statuses = {one.title: one.status for one in watcher.catalog.tracks.list_tracks()}
    assert statuses == {
        "Waits": TrackStatus.WITHDRAWN,
        "Loads": TrackStatus.WANTED,
        "Filed": TrackStatus.IN_LIBRARY,
        "Shared": TrackStatus.WANTED,
        "Asked": TrackStatus.WANTED,
    }
    live = {item.label.rpartition(" – ")[2] for item in queue.overview.list_items()
            if item.completed_at is None}  # fmt: skip
    assert live == {"Loads", "Shared", "Asked"}
    assert numbers(leave_out(watcher, rule_id, "All")) == (0, 0, 0, 0), "it is left out already"


@ON_SQLITE
def test_an_album_that_is_not_meant_yet_can_be_left_out(database: Database) -> None:
    with serve(FIRST, EP) as server:
        watcher = Watcher(database, server.url)
        rule_id = watcher.watch(ARTIST)
        leave_out(watcher, rule_id, EP.release_group.mbid)
        edit_rule(rule_id, Wish(primary_types=("Album", "EP")), watcher.expansion())
        watcher.expansion().expand(rule_id)
        assert set(watcher.wanted()) == {"One", "Two"}
        take_in(watcher, rule_id, "Few")
        assert set(watcher.wanted()) == {"One", "Two", "Four"}


@ON_SQLITE
def test_an_album_that_is_merged_stays_out(database: Database, clock: Clock) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watcher.watch(ARTIST)
        leave_out(watcher, rule_id, "First")
        merged = make_group(ARTIST, "First Again", date="2001")
        server.store.publish(make_release(merged, ["One", "Two"]))
        server.store.merge("release-group", FIRST.release_group.mbid, merged.mbid)
        with database.begin() as tx:
            watcher.catalog.discographies.follow_group(tx, FIRST.release_group.mbid, merged)
        clock.advance(MONTH)
        look(watcher)
        assert watcher.wanted() == {"Three": "Second"}


@ON_SQLITE
def test_what_a_wish_does_not_have_is_said(database: Database) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url)
        rule_id = watcher.watch(ARTIST)
        album_rule = watcher.watch_album(SECOND.release_group)
        with pytest.raises(NotFoundError, match=r"has no album or song 'nonsense'.*--tracks"):
            leave_out(watcher, rule_id, "nonsense")
        with pytest.raises(NotFoundError, match="no album or song 'First' is left out"):
            include(rule_id, "First", database=database)
        with pytest.raises(ShantyError, match=f"`shanty watch rm {album_rule}`"):
            leave_out(watcher, album_rule, "Second")
        with pytest.raises(NotFoundError, match="there is no watch rule 99"):
            leave_out(watcher, 99, "First")
        leave_out(watcher, rule_id, "First")
        unwatch(rule_id, database=database, queue=WorkQueue(database))
        rule_id = watcher.watch(ARTIST)
        assert watcher.wanted() == STUDIO, "a new wish is whole"


def test_an_album_left_out_while_it_is_being_expanded_stays_out(database: Database) -> None:
    """Whoever leaves it out may come between the monitor's answer and its storing of it."""
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion()).rule_id
        expansion = watcher.expansion()
        expansion.expand(rule_id, lambda step: _leave_out_next(watcher, rule_id, step.done))
        assert watcher.wanted() == {"One": "First", "Two": "First"}
        expansion.expand(rule_id)
        assert watcher.wanted() == {"One": "First", "Two": "First"}


def _leave_out_next(watcher: Watcher, rule_id: int, done: int) -> None:
    if done == 1:
        leave_out(watcher, rule_id, "Second")
