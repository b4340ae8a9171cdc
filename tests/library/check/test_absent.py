"""Files that a check does not report as lost: on an absent disk, in a closed folder, under work."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shanty.catalog import Action, JournalEntry
from shanty.catalog.act_details import Renamed
from shanty.catalog.filed import Filed
from shanty.db import Database
from shanty.errors import WaitError
from shanty.files.moving import move_file
from shanty.library import acts
from shanty.library.adopt import adopt, look_at
from shanty.library.check import CheckReport, Discrepancy, Kind, check
from shanty.models import Stage, TrackStatus
from tests.world.checked_library import SONGS, Checked
from tests.world.databases import claim_one
from tests.world.disks import FoldingFolder, SmallDisk
from tests.world.filed_library import make_placements

# test_filed tests the queries on both databases.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def moved_away(folder: Path, away: Path) -> Iterator[None]:
    """Put an empty folder in a folder's place."""
    folder.rename(away)
    folder.mkdir()
    yield
    folder.rmdir()
    away.rename(folder)


def test_a_library_that_is_not_mounted_is_not_judged(library: Checked, tmp_path: Path) -> None:
    with moved_away(library.library_dir, tmp_path / "away"):
        for repair in (False, True):
            with pytest.raises(WaitError, match="mounted"):
                library.check(repair=repair)
        assert list(library.library_dir.iterdir()) == []
        assert len(library.check(is_emptied=True)) == 3
    assert library.check() == []


def test_a_disk_below_the_library_that_is_not_mounted_is_not_judged(
    library: Checked, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    (other,) = library.file(make_placements("Four", artist="Berta"), made_audio["flac"])
    folder = library.path(other).parent.parent
    assert folder.name == "Berta"
    with moved_away(folder, tmp_path / "away"):
        (finding,) = library.check(repair=True)
        assert finding.kind is Kind.MISSING
        assert "not mounted" in finding.detail
        assert not finding.repair
        assert library.status(other) is TrackStatus.IN_LIBRARY
    assert library.check() == []
    shutil.rmtree(folder)
    folder.mkdir()
    assert Kind.MISSING in library.kinds(repair=True, is_emptied=True)
    assert library.status(other) is TrackStatus.WITHDRAWN


def test_one_of_several_disks_that_is_missing_is_not_judged(
    library: Checked,
    made_audio: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a pool of disks, whole folders are gone and others are there."""
    monkeypatch.setattr(check, "_MANY", 2)
    many = library.file(make_placements("Four", "Five", artist="Berta"), made_audio["flac"])
    folder = library.path(many[0]).parent.parent
    folder.rename(tmp_path / "away")
    found = library.check(repair=True)
    assert [(one.kind, one.repair) for one in found] == [(Kind.MISSING, "")] * 2
    assert "disks" in found[0].detail
    (tmp_path / "away").rename(folder)
    assert library.check() == []
    shutil.rmtree(folder)
    assert all(one.repair for one in library.check(repair=True, is_emptied=True))
    assert library.check() == []


def test_files_filed_in_another_library_are_not_judged(library: Checked, tmp_path: Path) -> None:
    elsewhere = tmp_path / "new library"
    elsewhere.mkdir()
    paths = [library.path(track_id) for track_id in library.ids]
    changed = library.settings.library.model_copy(update={"path": elsewhere})
    library.settings = library.settings.model_copy(update={"library": changed})
    with pytest.raises(WaitError, match="library adopt"):
        library.check(repair=True)
    adopt(look_at(library.settings, library.catalog), library.settings, library.catalog)
    assert library.check(repair=True) == [], "they are where they were"
    assert library.report.sound == 3
    paths[0].unlink()
    (finding,) = library.check(repair=True)
    assert (finding.kind, finding.repair) == (Kind.MISSING, "")
    assert "outside" in finding.detail


def test_a_disk_that_goes_in_mid_check(
    tmp_path: Path, database: Database, made_audio: dict[str, Path], small_disk: SmallDisk
) -> None:
    library = Checked(tmp_path, database, path=small_disk.folder)
    library.file(make_placements(*SONGS), made_audio["flac"])
    (small_disk.folder / "zzz").mkdir()  # walked after everything else
    shutil.copy(made_audio["flac"], small_disk.folder / "zzz" / "x.flac")
    gone: list[bool] = []

    def unmount(report: CheckReport) -> None:
        if not gone and report.met == 1:
            gone.append(True)
            small_disk.unmount()

    with pytest.raises(WaitError, match="mounted"):
        library.check(repair=True, on_progress=unmount)
    assert all(
        track.status is TrackStatus.IN_LIBRARY for track in library.catalog.tracks.list_tracks()
    )
    small_disk.mount()
    assert library.kinds(repair=True) == [Kind.FOREIGN]


def test_a_folder_that_cannot_be_read_is_not_missing(
    library: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = library.path(library.ids[0]).parent
    scandir = os.scandir

    def refuse(path: Any = ".") -> Any:
        if os.fsdecode(path) == str(folder):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    from shanty.files.walk import AudioWalk

    monkeypatch.setattr(AudioWalk.__init__, "__defaults__", ((), refuse))
    assert library.kinds(repair=True) == [Kind.UNREADABLE]
    assert library.status(library.ids[0]) is TrackStatus.IN_LIBRARY


def test_a_track_that_a_stage_is_working_on_is_left_alone(library: Checked) -> None:
    track_id = library.ids[0]
    with library.database.begin() as tx:
        library.queue.items.enqueue(tx, track_id, Stage.ENRICH, priority=0)
    item = claim_one(library.queue, library.worker_id)
    assert item.track_id == track_id
    path = library.path(track_id)
    content = path.read_bytes()
    path.write_bytes(b"in the middle of something")
    assert library.check(repair=True) == []
    path.unlink()
    assert library.check(repair=True) == []
    path.write_bytes(content)


def test_a_file_that_is_being_renamed_is_left_alone(
    library: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check runs when the file has its new name but the journal does not say so yet."""
    track_id = library.ids[0]
    library.want_by_rule(track_id)
    old = library.path(track_id)
    found: list[list[Discrepancy]] = []

    def move_and_check(source: Path, target: Path, *, below: Path) -> None:
        move_file(source, target, below=below)
        found.append(library.check(repair=True))

    monkeypatch.setattr(acts, "move_file", move_and_check)
    new = old.with_name("Zzz.flac")
    library.acts("rename").rename(track_id, old, new)
    assert [one.kind for one in found[0] if one.path == old] == []
    assert library.path(track_id) == new
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert library.check() == []


def test_a_file_that_begins_to_be_renamed_in_mid_check(
    library: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    track_id = library.ids[0]
    path = library.path(track_id)
    path.unlink()
    lose_file = Filed.lose_file

    def begin_and_lose(self: Filed, tx: Any, file: Any) -> Any:
        entry = JournalEntry(
            Action.RENAME, "run", track_id, path, path.with_name("x.flac"), Renamed()
        )
        library.catalog.journal.begin(tx, entry)
        return lose_file(self, tx, file)

    monkeypatch.setattr(Filed, "lose_file", begin_and_lose)
    assert library.check(repair=True) == []
    assert library.path(track_id) == path


@pytest.mark.parametrize("has_inodes", [False, True], ids=["one inode", "an inode each"])
def test_a_disk_that_is_blind_to_case(
    has_inodes: bool,
    tmp_path: Path,
    database: Database,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = Checked(tmp_path, database)
    (track_id,) = library.file(make_placements("One"), made_audio["flac"])
    old = library.path(track_id)
    new = old.with_name(old.name.upper())
    old.rename(new)
    assert library.kinds() == [Kind.MOVED], "on this disk it is another name"
    with monkeypatch.context() as patch:
        FoldingFolder(library.library_dir, patch, has_inodes=has_inodes)
        assert library.check(repair=True) == []
        assert library.report.sound == 1
