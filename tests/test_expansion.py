"""From a rule to wanted tracks, through a real WS/2 server, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.config_sections import CatalogueSettings
from shanty.db import Database
from shanty.demo.answers import Answer
from shanty.entities import VARIOUS_ARTISTS_MBID, Artist, Placement
from shanty.errors import NotFoundError, ShantyError, TransientError, WaitError
from shanty.models import LibraryFile, Priority, TrackStatus
from shanty.watching import Wish, unwatch, watch_artist, watch_recording, watch_track
from shanty.workqueue import WorkQueue
from tests.databases import Clock
from tests.made_up import (
    MadeUpServer,
    Watcher,
    credit_to,
    make_artist,
    make_discography,
    make_group,
    make_many,
    make_recording,
    make_release,
    serve,
)

ARTIST = make_artist("Somebody")
OTHER = make_artist("Somebody Else")
FIRST = make_release(make_group(ARTIST, "First", date="2001"), ["One", "Two"])
SECOND = make_release(make_group(ARTIST, "Second", date="2003"), ["Three"])
SINGLE = make_release(make_group(ARTIST, "One", "Single", date="2000"), ["One", "Flip"])
LIVE = make_release(make_group(ARTIST, "Stage", also=["Live"], date="2005"), ["One (live)"])
BEST = make_release(make_group(ARTIST, "Best", also=["Compilation"], date="2009"), ["One", "New"])
EP = make_release(make_group(ARTIST, "Few", "EP", date="2002"), ["Four"])
EVERYTHING = (FIRST, SECOND, SINGLE, LIVE, BEST, EP)
STUDIO = {"One": "First", "Two": "First", "Three": "Second"}


def test_an_artist_means_the_studio_albums(database: Database) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        rule = watcher.catalog.get_rule(watcher.watch(ARTIST))
        assert watcher.wanted() == STUDIO
        assert len(server.asked) == 3, "a page of release groups and one for each album"
        assert watcher.catalog.count_requests("musicbrainz") == (3, 3)
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
        priorities = {track.priority for track in watcher.catalog.list_tracks()}
        assert priorities == {Priority.BACK_CATALOGUE}, "wanting more of it makes it no news"
    counts = watcher.catalog.count_tracks()
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
    (track,) = [one for one in watcher.catalog.list_tracks() if one.title == "One"]
    placement = watcher.catalog.get_placement(track.id)
    assert (placement.release.mbid, placement.track.position) == (FIRST.mbid, 1)


def test_a_song_that_is_under_way_stays_where_it_was_to_go(
    database: Database, tmp_path: Path
) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        watcher.watch_album(SINGLE.release_group)
        (track,) = [one for one in watcher.catalog.list_tracks() if one.title == "One"]
        with database.begin() as tx:
            watcher.catalog.record_file(tx, LibraryFile(track.id, tmp_path / "x", False, None))
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
        assert queue.enqueue_wanted(tx) == 3
    assert unwatch(artist_rule, database=database, queue=queue) == 2
    assert watcher.wanted() == {"One": "First"}
    assert [item.label for item in queue.list_items(status="pending")] == ["Somebody – One"]
    (rule,) = watcher.catalog.rules()
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
            queue.enqueue_wanted(tx)
        watcher.watch_album(SECOND.release_group)
        two = make_recording(ARTIST, "Two")
        watch_track(two.mbid, database=database, musicbrainz=watcher.musicbrainz)
    items = queue.list_items(status="pending")
    assert [(item.label, item.priority) for item in items] == [
        ("Somebody – Two", Priority.ASKED_FOR),
        ("Somebody – Three", Priority.ASKED_FOR),
        ("Somebody – One", Priority.BACK_CATALOGUE),
    ]
    assert {track.title: track.priority for track in watcher.catalog.list_tracks()} == {
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
        rule = watcher.catalog.get_rule(watcher.watch(silent))
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
        assert watcher.catalog.get_rule(rule_id).pending_groups == 1
        clock.advance(58 * 86400)  # into March
        watcher.expansion().expand(rule_id, may_list=False)
        watcher.expansion().expand(album_rule_id)
    tracks = {track.title: track.priority for track in watcher.catalog.list_tracks()}
    assert tracks == {
        "One": Priority.BACK_CATALOGUE,
        "Two": Priority.BACK_CATALOGUE,
        "Later": Priority.NEW_RELEASE,
    }
    with database.begin() as tx:
        WorkQueue(database).enqueue_wanted(tx)
    first, *_ = WorkQueue(database).list_items(status="pending")
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


# Interruptions


def answered(server: MadeUpServer, refused: set[int]) -> Counter[str]:
    return Counter(
        asked for number, asked in enumerate(server.asked, start=1) if number not in refused
    )


def test_nothing_that_was_answered_is_asked_again(database: Database, clock: Clock) -> None:
    """Every request is refused once, so the expansion is interrupted at each of its points."""
    many = make_group(ARTIST, "Many editions", date="2004")
    editions = [make_release(many, ["Five"], edition=str(n), date="2004") for n in range(12)]
    releases = [*make_many(ARTIST, albums=9, tracks=2), *editions]
    refused: set[int] = set()

    def refuse_every_other(_request: object, number: int) -> Answer | None:
        if number % 2 == 0:
            return None
        refused.add(number)
        return Answer(503, headers={"Retry-After": "1"})

    with serve(*releases) as server:
        server.refuse = refuse_every_other
        server.page_size = 5
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion())
        for _ in range(50):
            try:
                watcher.expansion().expand(rule_id)
                break
            except WaitError:
                clock.advance(1)
        else:
            pytest.fail("it does not end")
    counted = answered(server, refused)
    assert max(counted.values()) == 1, counted.most_common(3)
    assert counted.total() == 2 + 9 + 3, "two pages, the albums, three pages of editions"
    assert len(watcher.wanted()) == 19
    assert watcher.catalog.get_rule(rule_id).pending_groups == 0


def test_a_service_that_is_down_loses_nothing(database: Database) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion())
        url = server.url
    with pytest.raises(TransientError, match=f"{url} cannot be reached: Connection refused"):
        watcher.expansion().expand(rule_id)
    (rule,) = watcher.catalog.rules()
    assert (rule.name, rule.completed_at) == ("Somebody", None)
    with serve(*EVERYTHING) as server:
        Watcher(database, server.url).expansion().expand(rule_id)
    assert watcher.wanted() == STUDIO


def test_a_song_goes_on_at_its_release(database: Database) -> None:
    one = make_recording(ARTIST, "One")
    with serve(*EVERYTHING) as server:
        server.refuse = lambda _request, number: Answer(503) if number == 2 else None
        watcher = Watcher(database, server.url)
        rule_id = watch_recording(one.mbid, watcher.expansion())
        with pytest.raises(WaitError):
            watcher.expansion().expand(rule_id)
        assert watch_recording(one.mbid, watcher.expansion()) == rule_id
        watcher.expansion().expand(rule_id)
        assert len(server.asked) == 3
    assert watcher.wanted() == {"One": "First"}


def test_an_old_interrupted_listing_begins_anew(database: Database, clock: Clock) -> None:
    with serve(*make_many(ARTIST, albums=7, tracks=1)) as server:
        server.page_size = 5
        server.refuse = lambda _request, number: Answer(503) if number == 2 else None
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion())
        with pytest.raises(WaitError):
            watcher.expansion().expand(rule_id)
        clock.advance(86400)
        watcher.expansion().expand(rule_id)
        listings = [asked for asked in server.asked if "artist=" in asked]
        assert ["offset" in asked for asked in listings] == [False, True, False, True]
    assert len(watcher.wanted()) == 7


def test_a_track_keeps_the_answer_that_it_was_filed_by(database: Database) -> None:
    """Somebody wants a song; later it is taken off the album, which then comes in anew."""
    two = make_recording(ARTIST, "Two")
    with serve(FIRST) as server:
        watcher = Watcher(database, server.url)
        track = watch_track(two.mbid, database=database, musicbrainz=watcher.musicbrainz)
        server.store.publish(make_release(FIRST.release_group, ["One"]))
        watcher.watch(ARTIST)
    assert watcher.wanted() == {"One": "First", "Two": "First"}
    placement = watcher.catalog.get_placement(track.id)
    assert (placement.release.mbid, placement.track.position) == (FIRST.mbid, 2)


# What was merged or deleted


def test_a_merged_artist_is_followed(database: Database, clock: Clock) -> None:
    old = make_artist("Sombody")
    with serve(*EVERYTHING, artists=[old]) as server:
        server.store.merge("artist", old.mbid, ARTIST.mbid)
        watcher = Watcher(database, server.url, clock=clock)
        own_rule = watcher.watch(ARTIST)
        rule_id = watcher.watch(old)
        (rule,) = watcher.catalog.rules()
    assert (rule.id, rule.mbid, rule.name, rule.groups) == (rule_id, ARTIST.mbid, "Somebody", 2)
    assert rule.id != own_rule
    assert watcher.wanted() == STUDIO
    assert watcher.catalog.find_artist(old.mbid) is None


def test_a_merged_release_group_is_followed(database: Database) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url)
        artist_rule = watch_artist(ARTIST, Wish(), watcher.expansion())
        watcher.expansion().list_groups(ARTIST.mbid)
        server.store.merge("release-group", SECOND.release_group.mbid, FIRST.release_group.mbid)
        watcher.expansion().expand(artist_rule)
        rule = watcher.catalog.get_rule(artist_rule)
    assert (rule.groups, rule.pending_groups) == (1, 0)
    assert watcher.catalog.find_group(SECOND.release_group.mbid) is None
    assert set(watcher.wanted()) in ({"One", "Two"}, {"Three"}), "one edition of the one album"


def test_a_release_group_that_is_gone_is_said_and_left(database: Database) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion())
        watcher.expansion().list_groups(ARTIST.mbid)
        server.store.remove("release-group", FIRST.release_group.mbid)
        expansion = watcher.expansion()
        expansion.expand(rule_id)
        assert watcher.catalog.get_rule(rule_id).pending_groups == 0
    assert [note for note in expansion.notes if "'First'" in note and "no longer" in note]
    assert watcher.wanted() == {"Three": "Second"}


def test_an_artist_that_is_gone_is_said(database: Database) -> None:
    with serve(FIRST) as server:
        watcher = Watcher(database, server.url)
        rule_id = watch_artist(OTHER, Wish(), watcher.expansion())
        with pytest.raises(NotFoundError, match=OTHER.mbid):
            watcher.expansion().expand(rule_id)


def test_settings_say_what_a_discography_is(database: Database) -> None:
    settings = CatalogueSettings(primary_types=("ep",), excluded_types=())
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url, settings)
        watcher.watch(ARTIST)
        assert watcher.wanted() == {"Four": "Few"}
        watcher.watch(ARTIST, primary_types=("Album",))
    assert set(watcher.wanted()) == {"One", "Two", "Three", "One (live)", "New"}


def test_a_catalogue_is_read_back_as_it_was_stored(database: Database) -> None:
    discography = make_discography(*EVERYTHING)
    catalog = Catalog(database)
    with database.begin() as tx:
        for release in discography.releases:
            catalog.store_release(tx, release)
        for group in discography.release_groups:
            catalog.store_group(tx, group)
    for release in discography.releases:
        assert catalog.find_release(release.mbid) == release
    for group in discography.release_groups:
        known = catalog.find_group(group.mbid)
        assert known is not None
        assert known.group == group


def test_tracks_that_vanish_at_one_moment_each_keep_what_was_said_of_them(
    database: Database,
) -> None:
    """A track list that shrinks several times within a second: each answer is kept by itself."""
    release = make_release(make_group(ARTIST, "Shrinking"), ["A", "B", "C", "D"])
    (medium,) = release.media
    moment = datetime.now(UTC)
    catalog = Catalog(database, clock=lambda: moment)
    with database.begin() as tx:
        ids = [catalog.want(tx, Placement(release, medium, track)) for track in medium.tracks]
        for left in (3, 2, 1):
            less = replace(medium, tracks=medium.tracks[:left], track_count=left)
            catalog.store_release(tx, replace(release, media=(less,)))
    counts = [catalog.get_placement(track_id).medium.track_count for track_id in ids]
    assert counts == [1, 2, 3, 4]
