"""What a wish would mean is what it means, and finding it out adds nothing."""

from __future__ import annotations

from typing import Any

import pytest

from shanty.catalog.owned import OwnedFile, OwnedFiles
from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.diagnosis.prospect import Prospect, estimate
from shanty.errors import ShantyError
from shanty.models import TrackStatus
from shanty.music.entities import VARIOUS_ARTISTS_MBID, Artist, Placement
from shanty.watching.exclusion import exclude
from shanty.watching.preview import (
    PreviewedAlbum,
    preview_album,
    preview_artist,
    preview_recording,
)
from shanty.watching.watch import Wish, watch_recording
from shanty.workqueue import WorkQueue
from tests.world.discographies import Watcher, make_group, make_release, serve
from tests.world.one_discography import ARTIST, EP, EVERYTHING, FIRST, SECOND, SINGLE

ANNOUNCED = make_release(make_group(ARTIST, "Third", date="2999"), ["Later"])
BOOTLEG = make_release(make_group(ARTIST, "Attic", date="2004"), ["Tape"], status="Bootleg")


def titles(albums: list[PreviewedAlbum]) -> set[str]:
    return {one.track.title for album in albums for one in album.lacking}


def preview(watcher: Watcher, artist: Artist = ARTIST, **wish: Any) -> list[PreviewedAlbum]:
    return preview_artist(artist, Wish(**wish), watcher.expansion())


@pytest.mark.postgresql_too
@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"primary_types": ("Album", "EP", "Single")},
        {"also": ("Live", "Compilation")},
        {"from_date": "2002-06-01"},
        {"primary_types": ("Broadcast",)},
    ],
)
def test_the_preview_is_what_the_wish_then_adds(database: Database, wish: dict[str, Any]) -> None:
    with serve(*EVERYTHING, ANNOUNCED, BOOTLEG) as server:
        watcher = Watcher(database, server.url)
        albums = preview(watcher, **wish)
        assert watcher.wanted() == {}
        assert watcher.catalog.rules.list_rules() == []
        asked = len(server.asked)
        watcher.watch(ARTIST, **wish)
        assert len(server.asked) == asked, "what was answered for the preview is known"
        assert set(watcher.wanted()) == titles(albums)
        rule = watcher.catalog.rules.find("artist", ARTIST.mbid)
        assert rule is not None
        assert len(albums) == rule.groups
        assert titles(preview(watcher, **wish)) == set(), "all of it is wanted already"


def test_what_is_there_is_not_counted_again(database: Database) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        watcher.watch_album(FIRST.release_group)
        watcher.set_status("One", TrackStatus.IN_LIBRARY)
        watcher.set_status("Two", TrackStatus.FAILED)
        albums = preview(watcher)
        assert titles(albums) == {"Two", "Three"}, "what has failed is tried again"
        assert [album.there for album in albums] == [1, 0]
        watcher.set_status("One", TrackStatus.REMOVED)
        assert "One" not in titles(preview(watcher))
        song = FIRST.media[0].tracks[0].recording.mbid
        assert titles(preview_recording(song, watcher.expansion())) == {"One"}


def test_a_song_that_a_scan_has_found_is_there(database: Database) -> None:
    recording = SECOND.media[0].tracks[0].recording
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        owned = OwnedFiles(database, watcher.clock)
        with database.begin() as tx:
            owned.record(tx, [OwnedFile(b"/music/Three.flac", 1, 1, recording.mbid)])
        assert titles(preview(watcher)) == {"One", "Two"}
        assert titles(preview_recording(recording.mbid, watcher.expansion())) == set()


def test_what_is_left_out_of_a_wish_stays_out(database: Database) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        rule_id = watcher.watch(ARTIST, primary_types=("Single",))
        queue = WorkQueue(database)
        exclude(rule_id, "Flip", database=database, queue=queue)
        assert titles(preview(watcher, primary_types=("Album", "Single"))) == {"Two", "Three"}
        watcher.watch(ARTIST, primary_types=("Album", "Single"))
        exclude(rule_id, "Second", database=database, queue=queue)
        assert {album.group.title for album in preview(watcher)} == {"First", "One"}


def test_an_album_and_a_song(database: Database) -> None:
    with serve(*EVERYTHING, ANNOUNCED) as server:
        watcher = Watcher(database, server.url)
        assert titles(preview_album(FIRST.release_group.mbid, watcher.expansion())) == {
            "One",
            "Two",
        }
        (later,) = preview_album(ANNOUNCED.release_group.mbid, watcher.expansion())
        assert (later.lacking, later.note) == ((), "not out yet")
        song = EP.media[0].tracks[0].recording.mbid
        (found,) = preview_recording(song, watcher.expansion())
        assert found.group.title == "Few"
        watch_recording(song, watcher.expansion())
        assert watcher.wanted() == {}


def test_few_requests_make_an_estimate(database: Database) -> None:
    with serve(*EVERYTHING) as server:
        watcher = Watcher(database, server.url)
        wish = Wish(primary_types=("Album", "EP", "Single"))
        albums = preview_artist(ARTIST, wish, watcher.expansion(), most_requests=1)
        assert len(server.asked) == 2, "the list, and one album"
        told = _price(albums, database)
        assert (told.albums, told.unasked) == (4, 3)
        assert told.tracks == 2 + 11 + 5 + 11, "albums and EPs as such usually are"
        assert told.describe().startswith("4 albums, about 29 tracks, about ")


def test_nobody_in_particular_and_nothing_at_all(database: Database) -> None:
    nobody = Artist(VARIOUS_ARTISTS_MBID, "Various Artists", "Various Artists")
    with serve(EP, SINGLE, artists=[ARTIST]) as server:
        watcher = Watcher(database, server.url)
        with pytest.raises(ShantyError, match="nobody in particular"):
            preview(watcher, nobody)
        expansion = watcher.expansion()
        assert preview_artist(ARTIST, Wish(), expansion) == []
        assert "1 EP: `--type ep`" in expansion.notes[0]


def test_time_and_room_follow_the_pace_and_the_lengths(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = make_release(make_group(ARTIST, "Long", date="2001"), ["A", "B", "C"])
    placements = tuple(
        Placement(long, medium, track) for medium in long.media for track in medium.tracks
    )
    album = PreviewedAlbum(long.release_group, placements)  # three songs of two seconds each
    monkeypatch.setenv("SHANTY_DOWNLOAD__INTERVAL", "10s")
    monkeypatch.setenv("SHANTY_DOWNLOAD__FORMAT", "flac")
    told = _price([album], database)
    assert (told.tracks, told.seconds, told.size_bytes) == (3, 45.0, 6 * 110_000)
    assert told.describe() == "1 album, 3 tracks, about 45 s, 660.0 kB"
    unasked = PreviewedAlbum(make_group(ARTIST, "Other"), is_asked=False)
    both = _price([album, unasked], database)
    assert (both.tracks, both.unasked) == (14, 1)
    assert both.size_bytes == 28 * 110_000, "an album that was not asked for has songs as long"
    assert both.describe().startswith("2 albums, about 14 tracks, about 3 min 30 s, ")


def _price(albums: list[PreviewedAlbum], database: Database) -> Prospect:
    return estimate(albums, load_settings(), database, WorkQueue(database))
