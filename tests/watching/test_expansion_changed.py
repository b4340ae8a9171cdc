"""What MusicBrainz has changed meanwhile: artists and albums that are merged, moved or gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shanty.catalog import Catalog
from shanty.db import Database
from shanty.errors import NotFoundError
from shanty.music.entities import Placement
from shanty.watching.watch import Wish, watch_artist, watch_track
from tests.world.databases import Clock
from tests.world.discographies import (
    Watcher,
    make_artist,
    make_group,
    make_recording,
    make_release,
    serve,
)
from tests.world.one_discography import ARTIST, EVERYTHING, FIRST, OTHER, SECOND, STUDIO


def test_a_track_keeps_the_answer_that_it_was_filed_by(database: Database) -> None:
    """Somebody wants a song; later it is taken off the album, which then comes in anew."""
    two = make_recording(ARTIST, "Two")
    with serve(FIRST) as server:
        watcher = Watcher(database, server.url)
        track = watch_track(two.mbid, database=database, musicbrainz=watcher.musicbrainz)
        server.store.publish(make_release(FIRST.release_group, ["One"]))
        watcher.watch(ARTIST)
    assert watcher.wanted() == {"One": "First", "Two": "First"}
    placement = watcher.catalog.tracks.get_placement(track.id)
    assert (placement.release.mbid, placement.track.position) == (FIRST.mbid, 2)


def test_a_merged_artist_is_followed(database: Database, clock: Clock) -> None:
    old = make_artist("Sombody")
    with serve(*EVERYTHING, artists=[old]) as server:
        server.store.merge("artist", old.mbid, ARTIST.mbid)
        watcher = Watcher(database, server.url, clock=clock)
        own_rule = watcher.watch(ARTIST)
        rule_id = watcher.watch(old)
        (rule,) = watcher.catalog.rules.list_rules()
    assert (rule.id, rule.mbid, rule.name, rule.groups) == (rule_id, ARTIST.mbid, "Somebody", 2)
    assert rule.id != own_rule
    assert watcher.wanted() == STUDIO
    assert watcher.catalog.discographies.find_artist(old.mbid) is None


def test_a_merged_release_group_is_followed(database: Database) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url)
        artist_rule = watch_artist(ARTIST, Wish(), watcher.expansion()).rule_id
        watcher.expansion().list_groups(ARTIST.mbid)
        server.store.merge("release-group", SECOND.release_group.mbid, FIRST.release_group.mbid)
        watcher.expansion().expand(artist_rule)
        rule = watcher.catalog.rules.get(artist_rule)
    assert (rule.groups, rule.pending_groups) == (1, 0)
    assert watcher.catalog.discographies.find_group(SECOND.release_group.mbid) is None
    assert set(watcher.wanted()) in ({"One", "Two"}, {"Three"}), "one edition of the one album"


def test_a_release_group_that_is_gone_is_said_and_left(database: Database) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url)
        rule_id = watch_artist(ARTIST, Wish(), watcher.expansion()).rule_id
        watcher.expansion().list_groups(ARTIST.mbid)
        server.store.remove("release-group", FIRST.release_group.mbid)
        expansion = watcher.expansion()
        expansion.expand(rule_id)
        assert watcher.catalog.rules.get(rule_id).pending_groups == 0
    assert [note for note in expansion.notes if "'First'" in note and "no longer" in note]
    assert watcher.wanted() == {"Three": "Second"}


def test_an_artist_that_is_gone_is_said(database: Database) -> None:
    with serve(FIRST) as server:
        watcher = Watcher(database, server.url)
        rule_id = watch_artist(OTHER, Wish(), watcher.expansion()).rule_id
        with pytest.raises(NotFoundError, match=OTHER.mbid):
            watcher.expansion().expand(rule_id)


def test_tracks_that_vanish_at_one_moment_each_keep_what_was_said_of_them(
    database: Database,
) -> None:
    """A track list that shrinks several times within a second: each answer is kept by itself."""
    release = make_release(make_group(ARTIST, "Shrinking"), ["A", "B", "C", "D"])
    (medium,) = release.media
    moment = datetime.now(UTC)
    catalog = Catalog(database, clock=lambda: moment)
    with database.begin() as tx:
        ids = [
            catalog.tracks.want(tx, Placement(release, medium, track)) for track in medium.tracks
        ]
        for left in (3, 2, 1):
            less = replace(medium, tracks=medium.tracks[:left], track_count=left)
            catalog.editions.store(tx, replace(release, media=(less,)))
    counts = [catalog.tracks.get_placement(track_id).medium.track_count for track_id in ids]
    assert counts == [1, 2, 3, 4]
