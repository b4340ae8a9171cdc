"""What a check of the library finds and repairs, on files filed by the real stages."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shanty.catalog import utc_now
from shanty.catalog_owned import OwnedFiles
from shanty.checking import CheckReport, Finding, Kind, check, check_library
from shanty.db import Database
from shanty.db.tables import rule_tracks
from shanty.errors import WaitError
from shanty.journaling import FileActs
from shanty.library.audio import checksum
from shanty.library.tags import read_tags, write_tags
from shanty.library.tagset import TagSet
from shanty.models import CandidateStatus, Stage, TrackStatus
from shanty.owning import scan_library
from tests.databases import claim_one
from tests.disks import FoldingFolder, SmallDisk, small_disk
from tests.filed import FiledLibrary, make_placements

__all__ = ["small_disk"]

# What it asks of the database is tested on both, in test_inventory.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SONGS = ("One", "Two", "Three")


class Checked(FiledLibrary):
    """A filed library and somebody who checks it."""

    def check(self, *, repair: bool = False, **options: Any) -> list[Finding]:
        """What a check finds; the report is kept."""
        found: list[Finding] = []
        acts = None
        if repair:
            acts = FileActs(
                settings=self.settings,
                database=self.database,
                queue=self.queue,
                run_id="check",
                owner=self.queue.register_worker("check"),
                is_by_hand=True,
            )
        self.report: CheckReport = check_library(
            settings=self.settings,
            database=self.database,
            queue=self.queue,
            acts=acts,
            on_finding=found.append,
            **options,
        )
        return found

    def kinds(self, **options: Any) -> list[Kind]:
        return [finding.kind for finding in self.check(**options)]


@pytest.fixture
def library(tmp_path: Path, database: Database, made_audio: dict[str, Path]) -> Checked:
    made = Checked(tmp_path, database)
    made.ids = made.file(make_placements(*SONGS), made_audio["flac"])  # type: ignore[attr-defined]
    return made


def ids(library: Checked) -> list[int]:
    found: list[int] = library.ids  # type: ignore[attr-defined]
    return found


def want_by_rule(library: Checked, track_id: int) -> None:
    """A rule asks for the track."""
    mbid = library.catalog.get_track(track_id).recording_mbid
    with library.database.begin() as tx:
        rule_id = library.catalog.add_rule(tx, "track", mbid, "a song")
        tx.execute(rule_tracks.insert().values(rule_id=rule_id, track_id=track_id, group_mbid=""))


def age(path: Path) -> None:
    long_ago = time.time() - 100_000
    os.utime(path, (long_ago, long_ago))


def test_nothing_is_wrong(library: Checked) -> None:
    assert library.check() == []
    assert (library.report.filed, library.report.sound) == (3, 3)
    assert library.check() == []
    assert library.report.read == 0, "what has not changed is not read again"
    assert library.check(is_deep=True) == []
    assert library.report.read == 3


def test_a_touched_file_is_read_and_known_again(library: Checked) -> None:
    library.check()
    os.utime(library.path(ids(library)[0]), (1, 1))
    assert library.check() == []
    assert library.report.read == 1
    assert library.check() == []
    assert library.report.read == 0


def test_a_missing_file_is_wanted_again_if_somebody_asks(library: Checked) -> None:
    first, second, _ = ids(library)
    want_by_rule(library, first)
    for track_id in (first, second):
        library.path(track_id).unlink()
    found = library.check()
    assert [one.kind for one in found] == [Kind.MISSING, Kind.MISSING]
    assert not any(one.repair for one in found)
    assert library.status(first) is TrackStatus.IN_LIBRARY, "without --repair nothing changes"
    found = library.check(repair=True)
    assert sorted(one.repair for one in found) == [
        "its track is not asked for any more",
        "its track is wanted again",
    ]
    assert library.status(first) is TrackStatus.WANTED
    assert library.status(second) is TrackStatus.WITHDRAWN
    assert library.catalog.file_of(first) is None
    assert library.check() == []


@pytest.mark.parametrize("how", ["moved", "moved and tagged"])
def test_a_file_that_was_moved_is_followed(library: Checked, how: str) -> None:
    track_id = ids(library)[0]
    library.check()
    old = library.path(track_id)
    new = library.library_dir / "Elsewhere" / "song.flac"
    new.parent.mkdir()
    old.rename(new)
    if how == "moved and tagged":
        tags = read_tags(new)
        write_tags(new, TagSet.from_texts(tags.texts() | {"title": ("Another title",)}))
    (finding,) = library.check()
    assert (finding.kind, finding.path) == (Kind.MOVED, old)
    (finding,) = library.check(repair=True)
    assert library.path(track_id) == new
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert library.check() == []
    library.check_catalogue()


def test_a_file_that_was_moved_and_scanned_is_followed(library: Checked) -> None:
    track_id = ids(library)[0]
    library.check()
    new = library.library_dir / "song.flac"
    library.path(track_id).rename(new)
    scan_library(
        library.library_dir,
        settings=library.settings,
        database=library.database,
        queue=library.queue,
    )
    assert library.kinds(repair=True) == [Kind.MOVED]
    assert library.path(track_id) == new
    assert library.check() == []


def test_a_copy_of_a_persons_own_stays_theirs(library: Checked) -> None:
    track_id = ids(library)[0]
    own = library.library_dir / "My rips" / "best take.flac"
    own.parent.mkdir()
    shutil.copy(library.path(track_id), own)
    tags = read_tags(own)
    write_tags(own, TagSet.from_texts(tags.texts() | {"title": ("My own title",)}))
    scan_library(
        library.library_dir,
        settings=library.settings,
        database=library.database,
        queue=library.queue,
    )
    library.path(track_id).unlink()
    assert library.kinds(repair=True) == [Kind.MISSING]
    assert bytes(own) in OwnedFiles(library.database, utc_now).known()
    assert library.catalog.file_of(track_id) is None


def test_a_name_in_latin_1_is_left_and_said_so(library: Checked) -> None:
    moved, broken_off = (
        Path(os.fsdecode(bytes(library.library_dir) + name))
        for name in (b"/caf\xe9.flac", b"/caf\xe9.mp3.part")
    )
    library.path(ids(library)[0]).rename(moved)
    broken_off.write_bytes(b"half")
    os.utime(broken_off, (1, 1))
    found = library.check(repair=True)
    assert {one.kind for one in found} == {Kind.MOVED, Kind.UNFINISHED}
    assert {one.repair for one in found} == {"left: its name is not written in UTF-8"}
    assert moved.exists()
    assert broken_off.exists()


def test_a_file_that_its_owner_has_tagged_is_accepted(library: Checked) -> None:
    path = library.path(ids(library)[0])
    tags = read_tags(path)
    write_tags(path, TagSet.from_texts(tags.texts() | {"title": ("My own title",)}))
    (finding,) = library.check()
    assert (finding.kind, finding.path) == (Kind.CHANGED, path)
    assert finding.track == "Anna – One"
    assert library.kinds(repair=True) == [Kind.CHANGED]
    assert library.check() == []
    assert read_tags(path).title == "My own title"
    library.check_catalogue()


def test_another_recording_in_its_place_is_only_reported(library: Checked) -> None:
    first, second, _ = ids(library)
    shutil.copy(library.path(second), library.path(first))
    for repair in (False, True, True):
        (finding,) = library.check(repair=repair)
        assert finding.kind is Kind.CHANGED
        assert "another recording" in finding.detail
        assert not finding.repair


@pytest.mark.parametrize("damage", ["emptied", "overwritten"])
def test_a_file_that_cannot_be_played_goes_to_the_trash(library: Checked, damage: str) -> None:
    track_id = ids(library)[0]
    path = library.path(track_id)
    path.write_bytes(b"" if damage == "emptied" else b"no music at all " * 100)
    assert library.kinds() == [Kind.CORRUPT]
    assert path.exists()
    (finding,) = library.check(repair=True)
    assert finding.repair == "in the trash; its track is wanted again"
    assert not path.exists()
    assert library.status(track_id) is TrackStatus.WANTED
    (trashed,) = library.catalog.list_trash()
    assert trashed.original_path == path
    candidates = library.catalog.candidates_of(track_id)
    assert not [one for one in candidates if one.status is CandidateStatus.REJECTED]
    assert library.check() == []


def test_half_a_file_is_found_by_a_deep_check(library: Checked) -> None:
    """Its headers say that all is well; the size and the time are as they were."""
    track_id = ids(library)[0]
    path = library.path(track_id)
    library.check()
    status, content = path.stat(), path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\0" * (len(content) - len(content) // 2))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert library.check() == []
    (finding,) = library.check(is_deep=True)
    assert (finding.kind, finding.path) == (Kind.CORRUPT, path)
    assert library.kinds(repair=True, is_deep=True) == [Kind.CORRUPT]
    assert library.status(track_id) is TrackStatus.WANTED


def test_a_candidate_that_was_bad_from_the_beginning_is_not_fetched_again(
    library: Checked, tmp_path: Path
) -> None:
    track_id = ids(library)[0]
    path = library.path(track_id)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    digest = checksum(path)
    file = library.catalog.find_filed(track_id)
    assert file is not None
    with library.database.begin() as tx:  # as if it had been filed so
        library.catalog.follow_move(tx, file, path, digest)
    assert library.check() == []
    assert library.kinds(repair=True, is_deep=True) == [Kind.CORRUPT]
    rejected = [
        one
        for one in library.catalog.candidates_of(track_id)
        if one.status is CandidateStatus.REJECTED
    ]
    assert len(rejected) == 1


def test_audio_of_somebody_else_is_reported_until_it_is_scanned(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    foreign = library.library_dir / "somebody" / "song.mp3"
    foreign.parent.mkdir()
    shutil.copy(made_audio["mp3"], foreign)
    for repair in (False, True):
        (finding,) = library.check(repair=repair)
        assert (finding.kind, finding.path, finding.repair) == (Kind.FOREIGN, foreign, "")
    scan_library(
        library.library_dir,
        settings=library.settings,
        database=library.database,
        queue=library.queue,
    )
    assert library.check() == []
    assert library.report.owned == 1


def test_what_was_broken_off_is_cleared_away(library: Checked) -> None:
    folder = library.path(ids(library)[0]).parent
    temporary = folder / ".shanty-00000000-1-00000000-00000000.tmp"
    old, new = folder / "song.opus.part", folder / "new.opus.part"
    for path in (temporary, old, new):
        path.write_bytes(b"half a song")
    age(temporary)
    age(old)
    assert library.kinds() == [Kind.UNFINISHED, Kind.UNFINISHED]
    found = library.check(repair=True)
    assert {one.path: one.repair for one in found} == {temporary: "removed", old: "in the trash"}
    assert [trashed.original_path for trashed in library.catalog.list_trash()] == [old]
    assert new.exists()
    assert library.check() == []


def test_empty_folders_go_but_new_ones(library: Checked) -> None:
    inner = library.library_dir / "Empty" / "Inner"
    inner.mkdir(parents=True)
    (library.library_dir / "New").mkdir()
    (library.library_dir / "Photos").mkdir()
    (library.library_dir / "Photos" / "me.txt").touch()
    for folder in (inner, inner.parent, library.library_dir / "Photos"):
        age(folder)
    assert library.kinds() == [Kind.EMPTY_FOLDER, Kind.EMPTY_FOLDER]
    library.check(repair=True)
    assert not inner.parent.exists()
    assert (library.library_dir / "New").is_dir()
    assert (library.library_dir / "Photos" / "me.txt").exists()


# What must not be taken for missing


@contextmanager
def moved_away(folder: Path, away: Path) -> Iterator[None]:
    """An empty folder in its place."""
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
    """As with a pool of disks: whole folders are gone, others are there."""
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


def test_what_was_filed_in_another_library_is_not_judged(library: Checked, tmp_path: Path) -> None:
    elsewhere = tmp_path / "new library"
    elsewhere.mkdir()
    paths = [library.path(track_id) for track_id in ids(library)]
    changed = library.settings.library.model_copy(update={"path": elsewhere})
    library.settings = library.settings.model_copy(update={"library": changed})
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
    assert all(track.status is TrackStatus.IN_LIBRARY for track in library.catalog.list_tracks())
    small_disk.mount()
    assert library.kinds(repair=True) == [Kind.FOREIGN]


def test_a_folder_that_cannot_be_read_is_not_missing(
    library: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = library.path(ids(library)[0]).parent
    scandir = os.scandir

    def refuse(path: Any = ".") -> Any:
        if os.fsdecode(path) == str(folder):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    from shanty.library.scan import AudioWalk

    monkeypatch.setattr(AudioWalk.__init__, "__defaults__", ((), refuse))
    assert library.kinds(repair=True) == [Kind.UNREADABLE]
    assert library.status(ids(library)[0]) is TrackStatus.IN_LIBRARY


def test_a_track_that_a_stage_is_at_work_on_is_left_alone(library: Checked) -> None:
    track_id = ids(library)[0]
    with library.database.begin() as tx:
        library.queue.enqueue(tx, track_id, Stage.ENRICH, priority=0)
    item = claim_one(library.queue, library.worker_id)
    assert item.track_id == track_id
    path = library.path(track_id)
    content = path.read_bytes()
    path.write_bytes(b"in the middle of something")
    assert library.check(repair=True) == []
    path.unlink()
    assert library.check(repair=True) == []
    path.write_bytes(content)


def test_a_disk_that_is_blind_to_case(
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
        FoldingFolder(library.library_dir, patch)
        assert library.check(repair=True) == []
        assert library.report.sound == 1
