"""A dry run of the maintenance tells what it would do, of every kind, and changes nothing."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from shanty.catalog import Action
from shanty.catalog.act_details import Renamed
from shanty.db import Database
from shanty.db.tables import metadata, workers
from shanty.library.rename_plan import PARKED
from shanty.models import Priority, Stage, TrackStatus
from shanty.music.loudness import Loudness
from shanty.tracks.maintenance import Retention, tidy
from tests.world.filed_library import by_hand, make_placements
from tests.world.watched_library import Watched

AT_ONCE = Retention(queue=timedelta(0), trash=timedelta(0), undo=timedelta(0))


def tables_of(database: Database) -> dict[str, list[str]]:
    """Every row of every table, in no order."""
    with database.read() as connection:
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(table.select()))
            for table in metadata.sorted_tables
        }


def files_below(folder: Path) -> dict[str, str]:
    """Everything below a folder but the database, with its content and its time."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name.startswith("shanty.db"):
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        found[str(path.relative_to(folder))] = f"{content} {path.lstat().st_mtime_ns}"
    return found


@pytest.fixture
def untidy(tmp_path: Path, database: Database, made_audio: dict[str, Path]) -> Watched:
    """A library with something of every kind that maintenance sees to."""
    library = Watched(tmp_path, database, made_audio["mp3"])
    acts, queue, catalog = by_hand(library), library.queue, library.catalog
    library.watch("album", "First", *make_placements("One", "Two", "Three", "Four"))
    tracks = {track.title: track.id for track in catalog.tracks.list_tracks()}
    library.update()
    # A playlist that is to be written, and one that is to go.
    library.watch("artist", "Berta", *make_placements("Five", artist="Berta"))
    gone = library.watch("artist", "Clara", *make_placements("Six", artist="Clara"))
    library.update()
    (library.settings.playlists_dir / "Berta.m3u8").unlink()
    (berta,) = [one.id for one in catalog.tracks.list_tracks() if one.title == "Five"]
    with database.begin() as tx:
        catalog.rules.remove(tx, gone)
    # The trash, and an act that a kill has broken off, and a file that is parked.
    acts.trash(
        library.path(tracks["Two"]),
        "test",
        track_id=tracks["Two"],
        track_status=TrackStatus.REMOVED,
    )
    path = library.path(tracks["One"])
    acts._begin(acts._entry(Action.RENAME, tracks["One"], path, path.with_name("x.mp3"), Renamed()))
    path.rename(path.with_name("x.mp3"))
    path = library.path(tracks["Three"])
    acts.rename(tracks["Three"], path, path.with_name(f"{PARKED}{tracks['Three']}.mp3"))
    # An album that waits for its gain, and a folder in staging that nobody will use.
    gain = library.settings.replaygain.model_copy(update={"enabled": True})
    library.settings = library.settings.model_copy(update={"replaygain": gain})
    with database.begin() as tx:
        catalog.measures.record_loudness(tx, tracks["Four"], Loudness((-1400,), 0.5))
    folder = library.settings.incoming_dir / catalog.files.staging_name(999)
    folder.mkdir(parents=True)
    (folder / "audio.part").write_bytes(b"half of it")
    # A process that died with an item in hand.
    dead = queue.workers.register()
    with database.begin() as tx:
        queue.items.enqueue(tx, berta, Stage.DOWNLOAD, priority=Priority.FORCED)
    assert queue.items.claim(dead, 1)
    assert acts.owner is not None
    queue.workers.unregister(acts.owner)
    with database.begin() as tx:
        died = {"pid": 2**22 + 1}
        tx.execute(update(workers).where(workers.c.id == dead).values(died))
    return library


def test_a_dry_run_counts_every_kind_and_changes_nothing(untidy: Watched) -> None:
    parts = (untidy.queue, untidy.catalog, untidy.database, untidy.settings)
    rows, files = tables_of(untidy.database), files_below(untidy.settings.home.parent)
    usual = tidy(*parts, dry_run=True)
    told = tidy(*parts, retention=AT_ONCE, dry_run=True)
    assert tables_of(untidy.database) == rows
    assert files_below(untidy.settings.home.parent) == files
    assert all(told.values()), f"the world lacks something of a kind: {told}"
    kept = ("old items pruned", "files deleted from the trash", "old journal entries pruned")
    assert [usual[what] for what in kept] == [0, 0, 0], "the settings keep them for longer"
    done = tidy(*parts, retention=AT_ONCE)
    # Whatever is renamed first is in playlists and in the journal under its new name.
    of_its_own = ("old journal entries pruned", "playlists changed")
    for what in told.keys() - set(of_its_own):
        assert done[what] == told[what], what
    for what in of_its_own:
        assert done[what] >= told[what], what
    assert tables_of(untidy.database) != rows
    assert files_below(untidy.settings.home.parent) != files


def test_a_dry_run_leaves_a_library_without_a_mark_unmarked(
    tmp_path: Path, database: Database, made_audio: dict[str, Path]
) -> None:
    library = Watched(tmp_path, database, made_audio["mp3"])
    library.settings.home.mkdir()
    before = files_below(tmp_path)
    tidy(library.queue, library.catalog, database, library.settings, dry_run=True)
    assert files_below(tmp_path) == before
    assert library.catalog.known_library.library_id() == ""
