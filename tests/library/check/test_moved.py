"""A library moves to another path, and the records of its files, trash and journal follow."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shanty.catalog import Action, JournalEntry
from shanty.catalog.act_details import Renamed
from shanty.catalog.owned import OwnedFiles
from shanty.clock import utc_now
from shanty.db.tables import owned_isrcs
from shanty.files.checksum import checksum
from shanty.library.adopt import adopt, look_at
from shanty.library.check import Kind
from shanty.library.trash import empty_trash
from shanty.library.undo import UndoReport, find_acts, undo
from shanty.models import TrackStatus
from shanty.tags.tagging import TagSet, build_tags, read_tags, write_tags
from tests.world.checked_library import Checked
from tests.world.filed_library import make_placements

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def set_path(library: Checked, new: Path) -> None:
    changed = library.settings.library.model_copy(update={"path": new})
    library.settings = library.settings.model_copy(update={"library": changed})
    if new.is_dir() and not (seen := look_at(library.settings, library.catalog)).is_known:
        adopt(seen, library.settings, library.catalog)


def throw_away(library: Checked, track_id: int, run_id: str = "trash") -> Path:
    """Trash a track's file; return where it lies in the trash."""
    return library.acts(run_id).trash(
        library.path(track_id), "test", track_id=track_id, track_status=TrackStatus.REMOVED
    )


def undo_run(library: Checked, run_id: str) -> UndoReport:
    return undo(find_acts(run_id, library.catalog), library.acts(f"undo-{run_id}"))


@pytest.mark.parametrize("where", ["beside", "inside", "above"])
def test_a_library_at_another_path_is_followed_as_a_whole(
    library: Checked, tmp_path: Path, where: str
) -> None:
    first, second, third = library.ids
    old, new = library.library_dir, tmp_path / "new disk"
    if where == "above":
        new = tmp_path / "music"
        new.mkdir()
        old = old.rename(new / "library")
        set_path(library, old)
        library.check(repair=True)
    (placement,) = make_placements("Other")
    library.acts("retag").write_tags(first, library.path(first), build_tags(placement))
    path = library.path(second)
    library.acts("rename").rename(second, path, path.with_name("Renamed.flac"))
    throw_away(library, third)
    before = library.tree(trash=True)
    if where == "above":
        for one in list(old.iterdir()):
            one.rename(new / one.name)
        old.rmdir()
    else:
        old.rename(new)
    if where == "inside":
        old.mkdir()
        new = new.rename(old / "new disk")
    set_path(library, new)
    (finding,) = library.check()
    assert (finding.kind, finding.path, finding.repair) == (Kind.MOVED, old, "")
    assert library.path(first).is_relative_to(old), "without --repair nothing changes"
    assert library.report.sound == 2
    (finding,) = library.check(repair=True)
    assert str(new) in finding.detail
    assert finding.repair
    library.check_catalogue()
    assert library.check() == []
    assert library.tree(trash=True) == before
    for run_id in ("trash", "rename", "retag"):
        assert undo_run(library, run_id).refused == []
    library.check_catalogue()
    assert library.path(second) == new / path.relative_to(old)
    assert library.path(third).is_relative_to(new)
    assert read_tags(library.path(first)).title == "One"
    assert undo_run(library, "first-run").refused == []


@on_sqlite
def test_files_that_stay_in_the_old_library_are_left_there(
    library: Checked, tmp_path: Path
) -> None:
    """One file of the music stays, and so does the trash, which is hidden from whoever copies."""
    first, second, third = library.ids
    old, new = library.library_dir, tmp_path / "new disk"
    (fourth,) = library.file(make_placements("Four", artist="Berta"), library.path(first))
    trashed = throw_away(library, third)
    stays = library.path(fourth)
    shutil.copytree(library.path(first).parent, new / library.path(first).parent.relative_to(old))
    shutil.rmtree(library.path(first).parent)
    set_path(library, new)
    assert library.kinds(repair=True) == [Kind.MOVED]
    assert library.path(fourth) == stays
    assert library.path(second).is_relative_to(new)
    assert [one.path for one in library.catalog.trash.list_trash()] == [trashed]
    library.check_catalogue()
    assert library.check() == []
    assert undo_run(library, "trash").refused == []
    assert library.path(third).is_relative_to(new)
    places = {one.target_path for one in library.catalog.journal.of_track(fourth)}
    assert stays in places


@on_sqlite
def test_a_persons_library_with_the_same_names_is_not_taken_for_it(
    library: Checked, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    new = tmp_path / "mine"
    paths = [library.path(track_id) for track_id in library.ids]
    for path in paths:
        own = new / path.relative_to(library.library_dir)
        own.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made_audio["flac"], own)
        assert checksum(own) != checksum(path)
    set_path(library, new)
    assert library.kinds(repair=True) == [Kind.FOREIGN] * 3
    assert [library.path(track_id) for track_id in library.ids] == paths


@on_sqlite
@pytest.mark.parametrize("is_copied", [True, False])
def test_a_persons_own_file_in_the_new_library_stays_theirs(
    library: Checked, tmp_path: Path, made_audio: dict[str, Path], *, is_copied: bool
) -> None:
    """Our library moves to where theirs is, and nothing there is overwritten."""
    first, second, third = library.ids
    old, new = library.library_dir, tmp_path / "new disk"
    trashed = throw_away(library, second)
    ours, own = library.path(third), new / library.path(third).relative_to(old)
    own_trash = new / trashed.relative_to(old)
    for path in (own, own_trash):
        path.parent.mkdir(parents=True)
        shutil.copy(made_audio["flac"], path)
        write_tags(path, TagSet(title="my own rip"))
    theirs = checksum(own)
    (fourth, fifth) = library.file(make_placements("Four", "Five", artist="Berta"), ours)
    for track_id in (first, fourth, fifth):
        target = new / library.path(track_id).relative_to(old)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(library.path(track_id), target)
    if not is_copied:
        shutil.rmtree(old)
    set_path(library, new)
    kinds = [Kind.MOVED, Kind.FOREIGN] if is_copied else [Kind.MOVED, Kind.MISSING, Kind.FOREIGN]
    assert library.kinds() == library.kinds(repair=True) == kinds
    assert library.path(first).is_relative_to(new)
    assert library.path(third) == ours
    assert [one.path for one in library.catalog.trash.list_trash()] == [trashed]
    assert checksum(own) == checksum(own_trash) == theirs
    if not is_copied:
        library.check(repair=True, is_emptied=True)
        assert library.catalog.files.of_track(third) is None


@on_sqlite
def test_a_file_tagged_after_the_move_is_recognised(library: Checked, tmp_path: Path) -> None:
    first, *_ = library.ids
    new = tmp_path / "new disk"
    path = new / library.path(first).relative_to(library.library_dir)
    library.library_dir.rename(new)
    write_tags(path, replace(read_tags(path), title="My title"))
    set_path(library, new)
    assert library.kinds(repair=True) == [Kind.MOVED, Kind.MOVED]
    assert library.path(first) == path
    assert library.check() == []


@on_sqlite
def test_a_copy_without_times_is_read_once(library: Checked, tmp_path: Path) -> None:
    new = tmp_path / "new disk"
    shutil.copytree(library.library_dir, new, copy_function=shutil.copyfile)
    set_path(library, new)
    assert library.kinds(repair=True) == [Kind.MOVED]
    assert library.check() == []
    assert library.report.read == 0


@on_sqlite
def test_files_under_way_are_left_when_the_library_is_followed(
    library: Checked, tmp_path: Path
) -> None:
    first, second, _ = library.ids
    old, new = library.library_dir, tmp_path / "new disk"
    path = library.path(first)
    with library.database.begin() as tx:
        entry = JournalEntry(Action.RENAME, "run", first, path, path.with_name("x.flac"), Renamed())
        begun = library.catalog.journal.begin(tx, entry)
    old.rename(new)
    set_path(library, new)
    assert library.kinds(repair=True) == [Kind.MOVED]
    assert library.path(first) == path
    assert library.path(second).is_relative_to(new)
    assert library.catalog.journal.entry(begun.id) == begun


@on_sqlite
@pytest.mark.parametrize("limit", [timedelta(0), None])
def test_the_trash_of_a_library_that_was_moved_is_not_forgotten(
    library: Checked, tmp_path: Path, limit: timedelta | None
) -> None:
    first, *_ = library.ids
    new = tmp_path / "new disk"
    throw_away(library, first)
    library.library_dir.rename(new)
    set_path(library, new)
    acts = library.acts()

    def until() -> datetime | None:
        return None if limit is None else utc_now() - limit

    assert empty_trash(acts, until()) == 0
    (new / "x.part").touch()
    acts.trash(new / "x.part", "test")
    assert empty_trash(acts, until()) == 1
    (trashed,) = library.catalog.trash.list_trash()
    assert trashed.track_id == first
    library.check(repair=True)
    assert empty_trash(acts, until()) == 1
    assert library.catalog.trash.list_trash() == []


@on_sqlite
def test_a_file_that_a_person_took_out_of_the_trash_is_forgotten(library: Checked) -> None:
    first, second, _ = library.ids
    taken, left = throw_away(library, first), throw_away(library, second)
    taken.unlink()
    assert empty_trash(library.acts(), utc_now()) == 2
    assert not left.exists()
    assert library.catalog.trash.list_trash() == []


@pytest.mark.parametrize("is_scanned", [True, False])
def test_a_persons_own_files_are_followed_too(
    library: Checked, tmp_path: Path, made_audio: dict[str, Path], *, is_scanned: bool
) -> None:
    placements = make_placements("Mine", "Mine too", artist="Berta")
    old, new = library.library_dir, tmp_path / "new disk"
    ids, names = [], ("Berta/mine.flac", "Berta/copied.flac")
    for placement, name in zip(placements, names, strict=True):
        with library.database.begin() as tx:
            ids.append(library.catalog.tracks.want(tx, placement))
        library.want_by_rule(ids[-1])
        (old / name).parent.mkdir(exist_ok=True)
        shutil.copy(made_audio["flac"], old / name)
        write_tags(old / name, replace(build_tags(placement), isrcs=("QZAAA2400001",)))
    library.scan()
    own = OwnedFiles(library.database, utc_now)
    before = own.known()
    assert len(before) == 2
    shutil.copytree(old, new)
    (old / names[0]).unlink()
    set_path(library, new)
    if is_scanned:
        library.scan()
    assert library.kinds() == [Kind.MOVED], "what is known is not foreign"
    assert library.kinds(repair=True) == [Kind.MOVED]
    kept = [old / names[1]] if is_scanned else []
    assert set(own.known()) == {
        os.fsencode(path) for path in (*kept, new / names[0], new / names[1])
    }
    assert own.known()[bytes(new / names[0])] == before[bytes(old / names[0])]
    assert [library.status(track_id) for track_id in ids] == [TrackStatus.IN_LIBRARY] * 2
    with library.database.read() as connection:
        assert len(connection.execute(select(owned_isrcs)).all()) == len(own.known())
    library.scan()
    (new / names[0]).unlink()
    library.scan()
    assert library.status(ids[0]) is TrackStatus.WANTED
