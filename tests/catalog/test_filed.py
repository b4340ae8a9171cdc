"""What the catalogue knows about filed files when stock is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from shanty.catalog import Action, Catalog, FiledFile, JournalEntry, LastLook
from shanty.catalog.act_details import Renamed
from shanty.db import Database
from shanty.db.tables import rule_tracks
from shanty.models import AudioProperties, TrackFile, TrackStatus
from tests.world.databases import add_tracks

FLAC = AudioProperties("flac", "flac", 1.0, 1000, 44_100, 2, 100, "b")


@pytest.fixture
def catalog(database: Database) -> Catalog:
    made = Catalog(database)
    for track_id in add_tracks(database, 3):
        with database.begin() as tx:
            path = Path(f"/music/{track_id}.opus")
            made.files.record(tx, TrackFile(track_id, path, True, None, "a"))
            made.tracks.set_status(tx, track_id, TrackStatus.IN_LIBRARY)
    return made


def filed(catalog: Catalog, track_id: int = 1) -> FiledFile:
    found = catalog.filed.find(track_id)
    assert found is not None
    return found


def test_the_list_of_filed_files(catalog: Catalog, database: Database) -> None:
    with database.begin() as tx:
        catalog.files.record(tx, TrackFile(2, Path("/staging/2.opus"), False, None))
    assert [str(file.path) for file in catalog.filed.list_filed()] == [
        "/music/1.opus",
        "/music/3.opus",
    ]
    assert catalog.filed.find(2) is None
    assert filed(catalog).label == "Artist – Title 0"
    assert (filed(catalog).size, filed(catalog).mtime_ns) == (None, None)
    assert catalog.known_library.sample_filed(Path("/music"), 1) == [Path("/music/3.opus")]
    both = [Path("/music/3.opus"), Path("/music/1.opus")]
    assert catalog.known_library.sample_filed(Path("/music"), 2) == both
    assert catalog.known_library.sample_filed(Path("/music"), 20) == both
    assert catalog.known_library.sample_filed(Path("/mus"), 1) == []
    assert catalog.known_library.sample_filed(Path("/m_sic"), 1) == []


def test_size_and_time_are_remembered_as_long_as_the_checksum_holds(
    catalog: Catalog, database: Database
) -> None:
    with database.begin() as tx:
        catalog.filed.note_looked(tx, [])
        catalog.filed.note_looked(tx, [LastLook(1, "a", 100, 2**62), LastLook(2, "other", 100, 5)])
    assert (filed(catalog).size, filed(catalog).mtime_ns) == (100, 2**62)
    assert filed(catalog, 2).size is None, "somebody has changed the file meanwhile"


def test_a_file_that_has_changed_or_moved(catalog: Catalog, database: Database) -> None:
    before = filed(catalog)
    with database.begin() as tx:
        assert catalog.filed.accept_change(tx, before, "b", FLAC)
        assert not catalog.filed.accept_change(tx, before, "c", FLAC), "it is another one by now"
    file = catalog.files.of_track(1)
    assert file is not None
    assert (file.checksum, file.properties) == ("b", FLAC)
    with database.begin() as tx:
        assert catalog.filed.follow_move(tx, filed(catalog), Path("/music/x.opus"), "b")
        assert not catalog.filed.follow_move(tx, before, Path("/music/y.opus"), "b")
    assert filed(catalog).path == Path("/music/x.opus")


def test_a_file_that_is_gone(catalog: Catalog, database: Database) -> None:
    with database.begin() as tx:
        rule_id = catalog.rules.add(tx, "track", "m", "a song")
        tx.execute(rule_tracks.insert().values(rule_id=rule_id, track_id=1, group_mbid=""))
        assert catalog.filed.lose_file(tx, filed(catalog, 1)) is TrackStatus.WANTED
    assert catalog.tracks.get(1).status is TrackStatus.WANTED
    before = filed(catalog, 2)
    with database.begin() as tx:
        assert catalog.filed.lose_file(tx, before) is TrackStatus.WITHDRAWN
        assert catalog.filed.lose_file(tx, before) is None
    assert catalog.tracks.get(2).status is TrackStatus.WITHDRAWN
    before = filed(catalog, 3)
    with database.begin() as tx:
        catalog.filed.follow_move(tx, before, Path("/music/x.opus"), "a")
        assert catalog.filed.lose_file(tx, before) is None, "it has another file by now"
    assert catalog.tracks.get(3).status is TrackStatus.IN_LIBRARY


def test_a_file_that_somebody_is_about_to_move_or_change_is_left_alone(
    catalog: Catalog, database: Database
) -> None:
    before = filed(catalog)
    new = Path("/music/new.opus")
    with database.begin() as tx:
        entry = JournalEntry(Action.RENAME, "run", 1, before.path, new, Renamed())
        begun = catalog.journal.begin(tx, entry)
    with database.begin() as tx:
        assert not catalog.filed.accept_change(tx, before, "b", FLAC)
        assert not catalog.filed.follow_move(tx, before, new, "a")
        assert catalog.filed.lose_file(tx, before) is None
    with database.begin() as tx:
        assert catalog.journal.finish(tx, begun)
    with database.begin() as tx:
        assert catalog.filed.lose_file(tx, before) is None
        assert catalog.filed.lose_file(tx, filed(catalog)) is TrackStatus.WITHDRAWN


def test_another_file_under_the_same_name_is_not_lost(catalog: Catalog, database: Database) -> None:
    before = filed(catalog)
    with database.begin() as tx:
        catalog.files.record(tx, TrackFile(1, before.path, True, None, "better"))
        assert catalog.filed.lose_file(tx, before) is None
    assert filed(catalog).checksum == "better"
