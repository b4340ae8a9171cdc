"""From a rule to wanted tracks, through a real WS/2 server, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.config.sections import CatalogueSettings
from shanty.db import Database
from shanty.errors import NotFoundError, ShantyError
from shanty.models import Priority, TrackFile, TrackStatus
from shanty.music.entities import VARIOUS_ARTISTS_MBID, Artist
from shanty.watching.watch import Wish, unwatch, watch_artist, watch_track
from shanty.workqueue import WorkQueue
from tests.world.databases import Clock
from tests.world.discographies import (
    Watcher,
    credit_to,
    make_artist,
    make_discography,
    make_group,
    make_recording,
    make_release,
    serve,
)
from tests.world.one_discography import ARTIST, EVERYTHING, FIRST, OTHER, SECOND, SINGLE, STUDIO


@pytest.mark.postgresql_too
def test_an_artist_means_the_studio_albums(database: Database) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        rule = watcher.catalog.rules.get(watcher.watch(ARTIST))
        assert watcher.wanted() == STUDIO
        assert len(server.asked) == 3, "a page of release groups and one for each album"
        assert watcher.catalog.editions.count_requests("musicbrainz") == (3, 3)
        assert (rule.groups, rule.pending_groups) == (2, 0)
        assert rule.counts == {"wanted": 3}
        watcher.watch(ARTIST)
        assert len(server.asked) == 3, "asking again costs nothing"
    assert watcher.wanted() == STUDIO


@pytest.mark.parametrize(
    ("wish", "more"),
    [
        ({"primary_types": ("Album", "EP")}, {"Four": "Few"}),
        ({"also": ("Live",)}, {"One (live)": "Stage"}),
        ({"also": ("Compilation",)}, {"New": "Best"}),
        ({"primary_types": ("Single",)}, None),
        ({"from_date": "2002-06-01"}, None),
    ],
)
def test_a_person_may_want_more_or_less(
    database: Database, wish: dict[str, object], more: dict[str, str] | None
) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        watcher.watch(ARTIST, **wish)
    less = {"from_date": {"Three": "Second"}, "primary_types": {"One": "One", "Flip": "One"}}
    assert watcher.wanted() == (less[next(iter(wish))] if more is None else STUDIO | more)


@pytest.mark.postgresql_too
def test_what_a_changed_wish_no_longer_means_is_withdrawn(database: Database) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        watcher.watch(ARTIST, primary_types=("Album", "EP", "Single"))
        everything = watcher.wanted()
        assert everything == STUDIO | {"Flip": "One", "Four": "Few"}
        watcher.set_status("Four", TrackStatus.IN_LIBRARY)
        asked = len(server.asked)
        watcher.watch(ARTIST)
        assert watcher.wanted() == STUDIO | {"Flip": "One"}, "said nothing, so nothing changes"
        watcher.watch(ARTIST, primary_types=("Album",))
        assert watcher.wanted() == STUDIO
        watcher.watch(ARTIST, primary_types=("Album", "Single"))
        assert watcher.wanted() == STUDIO | {"Flip": "One"}
        assert len(server.asked) == asked, "all of it was known"
        priorities = {track.priority for track in watcher.catalog.tracks.list_tracks()}
        assert priorities == {Priority.BACK_CATALOGUE}, "wanting more of it makes it no news"
    counts = watcher.catalog.tracks.count()
    assert (counts[TrackStatus.IN_LIBRARY], counts[TrackStatus.WITHDRAWN]) == (1, 0)


@pytest.mark.parametrize("order", [(SINGLE, FIRST), (FIRST, SINGLE)])
def test_a_song_on_a_single_and_an_album_is_filed_under_the_album(
    database: Database, order: tuple[object, ...]
) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        for release in order:
            watcher.watch_album(release.release_group)  # type: ignore[attr-defined]
    assert watcher.wanted() == {"One": "First", "Flip": "One", "Two": "First"}
    (track,) = [one for one in watcher.catalog.tracks.list_tracks() if one.title == "One"]
    placement = watcher.catalog.tracks.get_placement(track.id)
    assert (placement.release.mbid, placement.track.position) == (FIRST.mbid, 1)


def test_a_song_that_is_under_way_stays_where_it_was_to_go(
    database: Database, tmp_path: Path
) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        watcher.watch_album(SINGLE.release_group)
        (track,) = [one for one in watcher.catalog.tracks.list_tracks() if one.title == "One"]
        with database.begin() as tx:
            watcher.catalog.files.record(tx, TrackFile(track.id, tmp_path / "x", False, None))
        watcher.watch_album(FIRST.release_group)
    assert watcher.wanted()["One"] == "One"


def test_two_rules_for_one_recording_and_taking_them_back(database: Database) -> None:
    queue = WorkQueue(database)
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        artist_rule = watcher.watch(ARTIST)
        one = make_recording(ARTIST, "One")
        asked = len(server.asked)
        watch_track(one.mbid, database=database, musicbrainz=watcher.musicbrainz)
        assert len(server.asked) == asked + 1, "the release that it is on is known"
    with database.begin() as tx:
        assert queue.items.enqueue_wanted(tx) == 3
    assert unwatch(artist_rule, database=database, queue=queue) == 2
    assert watcher.wanted() == {"One": "First"}
    assert [item.label for item in queue.overview.list_items(status="pending")] == [
        "Somebody – One"
    ]
    (rule,) = watcher.catalog.rules.list_rules()
    assert unwatch(rule.id, database=database, queue=queue) == 1
    assert watcher.wanted() == {}
    with pytest.raises(NotFoundError):
        unwatch(rule.id, database=database, queue=queue)


def test_a_song_costs_two_requests_once(database: Database) -> None:
    one = make_recording(ARTIST, "One")
    with serve(*EVERYTHING) as server:
        musicbrainz = Watcher(database, server.url).musicbrainz
        for _ in range(2):
            track = watch_track(one.mbid, database=database, musicbrainz=musicbrainz)
        assert len(server.asked) == 2
    assert (track.title, track.album) == ("One", "First")


def test_a_withdrawn_song_is_wanted_again_when_asked_for(database: Database) -> None:
    one = make_recording(ARTIST, "One")
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        watch_track(one.mbid, database=database, musicbrainz=watcher.musicbrainz)
        watcher.set_status("One", TrackStatus.FAILED)
        track = watch_track(one.mbid, database=database, musicbrainz=watcher.musicbrainz)
    assert track.status is TrackStatus.WANTED


def test_an_album_by_two_artists_is_asked_for_once(database: Database) -> None:
    together = make_group(ARTIST, "Together", date="2007")
    both = make_release(replace(together, artist_credit=credit_to(ARTIST, OTHER)), ["Duet"])
    with serve(both) as server:
        watcher = Watcher(database, server.url)
        first, second = watcher.watch(ARTIST), watcher.watch(OTHER)
        assert len(server.asked) == 3, "two pages, one release group"
    assert watcher.wanted() == {"Duet": "Together"}
    queue = WorkQueue(database)
    assert unwatch(first, database=database, queue=queue) == 0, "the other one wants it too"
    assert unwatch(second, database=database, queue=queue) == 1


def test_what_is_asked_for_by_itself_is_not_buried(database: Database) -> None:
    queue = WorkQueue(database)
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        watcher.watch(ARTIST)
        with database.begin() as tx:
            queue.items.enqueue_wanted(tx)
        watcher.watch_album(SECOND.release_group)
        two = make_recording(ARTIST, "Two")
        watch_track(two.mbid, database=database, musicbrainz=watcher.musicbrainz)
    items = queue.overview.list_items(status="pending")
    assert [(item.label, item.priority) for item in items] == [
        ("Somebody – Two", Priority.ASKED_FOR),
        ("Somebody – Three", Priority.ASKED_FOR),
        ("Somebody – One", Priority.BACK_CATALOGUE),
    ]
    assert {track.title: track.priority for track in watcher.catalog.tracks.list_tracks()} == {
        "One": Priority.BACK_CATALOGUE,
        "Two": Priority.ASKED_FOR,
        "Three": Priority.ASKED_FOR,
    }


def test_what_has_nothing_to_be_had(database: Database) -> None:
    bootleg = make_release(make_group(ARTIST, "Bootleg", date="2002"), ["Rough"], status="Bootleg")
    silent = make_artist("The Unrecorded")
    with serve(FIRST, bootleg, artists=[silent]) as server:
        watcher = Watcher(database, server.url)
        watcher.watch(ARTIST)
        assert watcher.wanted() == {"One": "First", "Two": "First"}
        asked = len(server.asked)
        rule = watcher.catalog.rules.get(watcher.watch(silent))
        assert (rule.groups, rule.counts, rule.pending_groups) == (0, {}, 0)
        assert rule.completed_at is not None
        assert len(server.asked) == asked + 1
        watcher.watch_album(bootleg.release_group)
        assert watcher.wanted() == {"One": "First", "Two": "First", "Rough": "Bootleg"}, (
            "asked for by itself it is meant"
        )


def test_nobody_in_particular_cannot_be_watched(database: Database) -> None:
    various = Artist(VARIOUS_ARTISTS_MBID, "Various Artists")
    with serve() as server, pytest.raises(ShantyError, match="nobody in particular"):
        watch_artist(various, Wish(), Watcher(database, server.url).expansion())


def test_an_announced_album_waits_for_its_date(database: Database, clock: Clock) -> None:
    soon = make_release(make_group(ARTIST, "Soon", date="2026-02"), ["Later"])
    with serve(FIRST, soon) as server:
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watcher.watch(ARTIST)
        album_rule_id = watcher.watch_album(soon.release_group)
        assert set(watcher.wanted()) == {"One", "Two"}
        assert watcher.catalog.rules.get(rule_id).pending_groups == 1
        clock.advance(58 * 86400)  # into March
        watcher.expansion().expand(rule_id, may_list=False)
        watcher.expansion().expand(album_rule_id)
    tracks = {track.title: track.priority for track in watcher.catalog.tracks.list_tracks()}
    assert tracks == {
        "One": Priority.BACK_CATALOGUE,
        "Two": Priority.BACK_CATALOGUE,
        "Later": Priority.NEW_RELEASE,
    }
    with database.begin() as tx:
        WorkQueue(database).items.enqueue_wanted(tx)
    first, *_ = WorkQueue(database).overview.list_items(status="pending")
    assert (first.label, first.priority) == ("Somebody – Later", Priority.NEW_RELEASE)


def test_an_album_that_is_put_off_waits_on(database: Database, clock: Clock) -> None:
    soon = make_release(make_group(ARTIST, "Soon", date="2026-02-01"), ["Later"])
    later = replace(soon.release_group, first_release_date="2026-04-01")
    with serve(soon) as server:
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watcher.watch_album(soon.release_group)
        server.store.publish(replace(soon, date="2026-04-01", release_group=later))
        for days, expected in ((20, {}), (40, {}), (40, {"Later": "Soon"})):
            clock.advance(days * 86400)
            watcher.expansion().expand(rule_id)
            assert watcher.wanted() == expected
        assert len(server.asked) == 1 + 1 + 1, "first, when it was to be out, and when it was"


def test_settings_say_what_a_discography_is(database: Database) -> None:
    settings = CatalogueSettings(primary_types=("ep",), excluded_types=())
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url, settings)
        watcher.watch(ARTIST)
        assert watcher.wanted() == {"Four": "Few"}
        watcher.watch(ARTIST, primary_types=("Album",))
    assert set(watcher.wanted()) == {"One", "Two", "Three", "One (live)", "New"}


@pytest.mark.postgresql_too
def test_a_catalogue_is_read_back_as_it_was_stored(database: Database) -> None:
    discography = make_discography(*EVERYTHING)
    catalog = Catalog(database)
    with database.begin() as tx:
        for release in discography.releases:
            catalog.editions.store(tx, release)
        for group in discography.release_groups:
            catalog.discographies.store_group(tx, group)
    for release in discography.releases:
        assert catalog.editions.find(release.mbid) == release
    for group in discography.release_groups:
        known = catalog.discographies.find_group(group.mbid)
        assert known is not None
        assert known.group == group
