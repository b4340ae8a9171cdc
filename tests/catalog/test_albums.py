"""Albums in parts: which are shown, in which order, and how many there are in all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from shanty.catalog import Catalog
from shanty.catalog.albums import AlbumOrder
from shanty.db import Database
from shanty.db.tables import tracks
from shanty.models import AudioProperties, TrackFile, TrackStatus
from tests.world.filed_library import make_placements

HERE, WANTED, GONE = TrackStatus.IN_LIBRARY, TrackStatus.WANTED, TrackStatus.WITHDRAWN
LIBRARY = {  # artist, album: its songs and what has become of them
    ("Anna", "Third"): {"Öl": HERE, "Two 100%": HERE},
    ("Anna", "First"): {"One": HERE, "Hidden": WANTED},
    ("Bert", "Second"): {"One": GONE, "Two": WANTED},
    ("Carl", "Fourth"): {"Four": GONE},
    ("Bert", "Fifth"): {"Five": HERE, "Six": GONE},
}
CHANGED = ("Fourth", "Third", "Fifth", "Second", "First")  # the last one last


@pytest.fixture
def catalog(database: Database) -> Catalog:
    catalog, began = Catalog(database), datetime(2026, 1, 1, tzinfo=UTC)
    with database.begin() as tx:
        for (artist, album), songs in LIBRARY.items():
            places = make_placements(*songs, artist=artist, album=album)
            ids = catalog.tracks.want_all(tx, places)
            at = began + timedelta(days=CHANGED.index(album))
            for track_id, status in zip(ids, songs.values(), strict=True):
                changed = update(tracks).where(tracks.c.id == track_id)
                tx.execute(changed.values(status=status, updated_at=at))
    return catalog


def test_albums_are_listed_in_parts(catalog: Catalog) -> None:
    albums = catalog.albums
    for order, titles in (
        (AlbumOrder.ARTIST, ["First", "Third", "Fifth"]),
        (AlbumOrder.TITLE, ["Fifth", "First", "Third"]),
        (AlbumOrder.RECENT, ["First", "Fifth", "Third"]),
    ):
        found, total = albums.list_albums(order=order)
        assert ([one.title for one in found], total) == (titles, 3)
        part, total = albums.list_albums(order=order, offset=1, limit=1)
        assert (part, total) == (found[1:2], 3)
        assert albums.list_albums(order=order, offset=7) == ([], 3), "behind the last one"
    (first, third, _), _ = albums.list_albums()
    assert (first.artist, first.year, first.in_library, first.missing) == ("Anna", "2001", 1, 1)
    assert (third.in_library, third.missing) == (2, 0)
    missing, total = albums.list_albums(is_incomplete=True)
    assert ([one.title for one in missing], total) == (["First", "Second"], 2)
    assert [(one.in_library, one.missing) for one in missing] == [(1, 1), (0, 1)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ANNA", ["First", "Third"]),
        ("anna tWO", ["Third"]),
        ("hidden", ["First"]),  # the album is here, though not this song
        ("100%", ["Third"]),
        ("0%0", []),
        ("_", []),
        ("Öl third", ["Third"]),
        ("six", ["Fifth"]),
        ("four", []),
    ],
)
def test_albums_are_found_by_words(catalog: Catalog, words: str, found: list[str]) -> None:
    albums, total = catalog.albums.list_albums(words=words)
    assert ([one.title for one in albums], total) == (found, len(found))


def test_artists_are_listed_in_parts(catalog: Catalog) -> None:
    found, total = catalog.albums.list_artists()
    assert [(one.name, one.albums, one.tracks) for one in found] == [("Anna", 2, 3), ("Bert", 1, 1)]
    assert total == 2
    assert catalog.albums.list_artists(words="ERT", limit=1) == (found[1:], 1)
    assert catalog.albums.list_artists(offset=1) == (found[1:], 2)
    assert catalog.albums.list_artists(offset=5) == ([], 2)
    assert [one.title for one in catalog.albums.list_albums(artist="Bert")[0]] == ["Fifth"]


def test_albums_are_found_by_what_their_files_are(catalog: Catalog, database: Database) -> None:
    by_title = {one.title: one.id for one in catalog.tracks.list_tracks(HERE)}
    with database.begin() as tx:
        for title, codec, bitrate in (("Öl", "opus", 130_000), ("Five", "mp3", 64_000)):
            properties = AudioProperties("x", codec, 3.0, bitrate, 44_100, 2, 1000, "")
            path = Path(f"/library/{title}")
            file = TrackFile(by_title[title], path, True, None, properties=properties)
            catalog.files.record(tx, file)
    table: list[tuple[dict[str, Any], list[str]]] = [
        ({"codec": "opus"}, ["Third"]),
        ({"below_bitrate": 100_000}, ["Fifth"]),
        ({"below_bitrate": 64_000}, []),
        ({"codec": "mp3", "below_bitrate": 200_000}, ["Fifth"]),
        ({"codec": "opus", "words": "bert"}, []),
    ]
    for asked, titles in table:
        found, total = catalog.albums.list_albums(**asked)
        assert ([one.title for one in found], total) == (titles, len(titles)), asked
