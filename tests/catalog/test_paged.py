"""Lists that are read a page at a time say what the same lists say that are read at once."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, update

from shanty.catalog import Catalog, paged
from shanty.catalog.lookup import find_track
from shanty.db import Database
from shanty.db.tables import files, owned_files, tracks
from shanty.errors import NotFoundError
from shanty.models import TrackStatus
from tests.world.databases import add_tracks

NAMES = ("b", "B", "a b", "a/b", "é", "z", "終電", "🎵")
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paged, "_PAGE", 3)


def file_row(track_id: int, name: str, *, is_placed: bool = True) -> dict[str, Any]:
    return {
        "track_id": track_id,
        "path": f"/music/{name}",
        "is_placed": is_placed,
        "checksum": "c",
        "updated_at": NOW,
    }


def owned_row(track_id: int | None, path: bytes) -> dict[str, Any]:
    texts = dict.fromkeys(("recording_mbid", "name_key", "artist", "title", "album"), "")
    return {
        **texts,
        "path_key": path.hex(),
        "path": path,
        "size": 1,
        "mtime_ns": 1,
        "track_id": track_id,
        "matched_by": "name",
        "error": "",
        "read_at": NOW,
    }


@pytest.fixture
def library(database: Database) -> Catalog:
    """Filed files, a person's own, one of each for one track, one in staging, and none."""
    ids = add_tracks(database, 14)
    filed, owned, both, staged, _ = ids[:8], ids[8:10], ids[10], ids[11], ids[12]
    with database.begin() as tx:
        tx.execute(update(tracks).values(status=TrackStatus.IN_LIBRARY))
        tx.execute(update(tracks).where(tracks.c.id == ids[13]).values(status=TrackStatus.WANTED))
        rows = [file_row(one, name) for one, name in zip(filed, NAMES, strict=True)]
        rows += [file_row(both, "both"), file_row(staged, "staged", is_placed=False)]
        tx.execute(files.insert(), [*rows, file_row(ids[13], "of a wanted one")])
        found = [
            owned_row(owned[0], b"/music/\xff broken"),
            owned_row(owned[1], b"/music/m 2"),
            owned_row(owned[1], b"/music/m 1"),
            owned_row(both, b"/music/a"),
            owned_row(None, b"/music/nobody's"),
        ]
        tx.execute(owned_files.insert(), found)
    return Catalog(database)


@pytest.mark.postgresql_too
def test_the_library_is_listed_by_the_bytes_of_its_paths(library: Catalog) -> None:
    listed = list(library.paged.list_library())
    assert {(track.id, path) for track, path in listed} == {
        (track.id, file.path) for track, file in library.files.list_library()
    }
    raw = [os.fsencode(path) for _, path in listed]
    assert raw == sorted(raw)
    assert b"/music/\xff broken" in raw and b"/music/m 1" in raw
    assert len(listed) == 11


def test_a_track_that_is_removed_meanwhile_is_left_out_of_the_rest(
    library: Catalog, database: Database
) -> None:
    listing = library.paged.list_library()
    before = [track.id for track, _ in library.paged.list_library()]
    seen = [next(listing)[0].id for _ in range(3)]
    with database.begin() as tx:  # no transaction of the list is in the way
        tx.execute(delete(tracks).where(tracks.c.id == before[5]))
    seen += [track.id for track, _ in listing]
    assert seen == [one for one in before if one != before[5]]


@pytest.mark.parametrize("status", [None, TrackStatus.IN_LIBRARY, TrackStatus.FAILED])
def test_tracks_are_listed_by_their_names(library: Catalog, status: TrackStatus | None) -> None:
    listed = list(library.paged.list_tracks(status))
    assert sorted(listed, key=lambda one: one.id) == sorted(
        library.tracks.list_tracks(status), key=lambda one: one.id
    )
    names = [(one.artist, one.album, one.title) for one in listed]
    assert names == [
        (one.artist, one.album, one.title) for one in library.tracks.list_tracks(status)
    ]


def test_a_track_is_meant_by_its_number_its_recording_or_a_part_of_its_name(
    library: Catalog, database: Database
) -> None:
    first, *_ = library.tracks.list_tracks()
    mbid = "12345678-1234-4234-8234-123456789abc"
    with database.begin() as tx:
        tx.execute(update(tracks).where(tracks.c.id == first.id).values(recording_mbid=mbid))
        tx.execute(update(tracks).where(tracks.c.title == "Title 3").values(title="1999"))
        tx.execute(update(tracks).where(tracks.c.title == "Title 4").values(title="1999 again"))
    assert find_track(f" {first.id} ", library).id == first.id
    assert find_track(f"https://musicbrainz.org/recording/{mbid.upper()}", library).id == first.id
    assert find_track("1999", library).title == "1999", "no track has that number"
    assert find_track("ARTIST - 1999 a", library).title == "1999 again"
    assert find_track("title 12", library).title == "Title 12", "the exact title comes first"
    for nobody in ("9" * 5000, f"0{first.id}", mbid.replace("1", "2"), "x", " "):
        with pytest.raises(NotFoundError, match="there is no track"):
            find_track(nobody, library)
    with pytest.raises(NotFoundError, match="say the number of one"):
        find_track("title", library)
