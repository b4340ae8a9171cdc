"""What a check of the library finds and repairs, on files filed by the real stages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from shanty.catalog.owned import OwnedFiles
from shanty.clock import utc_now
from shanty.demo.pressing import make_mbid
from shanty.files.checksum import checksum
from shanty.library.check import Kind
from shanty.models import CandidateStatus, Stage, TrackStatus
from shanty.tags.audio import read_properties
from shanty.tags.tagging import read_tags, write_tags
from shanty.tags.tagset import TagSet
from tests.world.audio_files import make_audio
from tests.world.checked_library import Checked, age
from tests.world.filed_library import make_placements
from tests.world.holed_audio import ENCODINGS, leave_out, render_sweep

# test_filed tests the queries on both databases.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_nothing_is_wrong(library: Checked) -> None:
    assert library.check() == []
    assert (library.report.filed, library.report.sound) == (3, 3)
    assert library.check() == []
    assert library.report.read == 0, "what has not changed is not read again"
    assert library.check(is_deep=True) == []
    assert library.report.read == 3


def test_a_touched_file_is_read_and_known_again(library: Checked) -> None:
    library.check()
    os.utime(library.path(library.ids[0]), (1, 1))
    assert library.check() == []
    assert library.report.read == 1
    assert library.check() == []
    assert library.report.read == 0


def test_a_missing_file_is_wanted_again_if_somebody_asks(library: Checked) -> None:
    first, second, _ = library.ids
    library.want_by_rule(first)
    for track_id in (first, second):
        library.path(track_id).unlink()
    found = library.check()
    assert [one.kind for one in found] == [Kind.MISSING, Kind.MISSING]
    assert not any(one.repair for one in found)
    assert library.status(first) is TrackStatus.IN_LIBRARY, "without --repair nothing changes"
    found = library.check(repair=True)
    assert sorted(one.repair for one in found) == [
        "its track is no longer asked for",
        "its track is wanted again",
    ]
    assert library.status(first) is TrackStatus.WANTED
    assert library.status(second) is TrackStatus.WITHDRAWN
    assert library.catalog.files.of_track(first) is None
    assert library.check() == []


@pytest.mark.parametrize("how", ["moved", "moved and tagged"])
def test_a_file_that_was_moved_is_followed(library: Checked, how: str) -> None:
    track_id = library.ids[0]
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


def test_a_song_with_the_name_of_an_unfinished_file_is_followed(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    library.with_template("{album}/{title}.{ext}")
    (track_id,) = library.file(make_placements("Demo.part"), made_audio["flac"])
    assert library.check() == []
    assert library.report.sound == 4
    old = library.path(track_id)
    new = old.rename(library.library_dir / old.name)
    assert library.kinds(repair=True) == [Kind.MOVED]
    assert library.path(track_id) == new
    assert library.check() == []


def test_a_file_that_was_moved_and_scanned_is_followed(library: Checked) -> None:
    track_id = library.ids[0]
    library.check()
    new = library.library_dir / "song.flac"
    library.path(track_id).rename(new)
    library.scan()
    assert library.kinds(repair=True) == [Kind.MOVED]
    assert library.path(track_id) == new
    assert library.check() == []


def test_a_copy_of_a_persons_own_stays_theirs(library: Checked) -> None:
    track_id = library.ids[0]
    own = library.library_dir / "My rips" / "best take.flac"
    own.parent.mkdir()
    shutil.copy(library.path(track_id), own)
    tags = read_tags(own)
    write_tags(own, TagSet.from_texts(tags.texts() | {"title": ("My own title",)}))
    library.scan()
    library.path(track_id).unlink()
    assert library.kinds(repair=True) == [Kind.MISSING]
    assert bytes(own) in OwnedFiles(library.database, utc_now).known()
    assert library.catalog.files.of_track(track_id) is None


@pytest.mark.parametrize("difference", ["format", "length", "release"])
def test_a_persons_own_file_in_place_of_one_that_is_gone_is_never_written_to(
    library: Checked, made_audio: dict[str, Path], difference: str
) -> None:
    track_id = library.ids[0]
    library.want_by_rule(track_id)
    gone = library.path(track_id)
    suffix = "mp3" if difference == "format" else "flac"
    own = gone.with_name(f"my own rip.{suffix}")
    if difference == "length":
        make_audio(own, seconds=1.1)
    else:
        shutil.copy(made_audio[suffix], own)
    tags = read_tags(gone).texts()
    changes = (
        {"release_mbid": (make_mbid("release", "another"),)} if difference == "release" else {}
    )
    write_tags(own, TagSet.from_texts(tags | changes))
    before = checksum(own)
    with library.database.begin() as tx:
        library.queue.items.enqueue(tx, track_id, Stage.ENRICH, priority=0)
    gone.unlink()
    (finding,) = library.check()
    assert (finding.kind, finding.path) == (Kind.MISSING, gone)
    assert str(own) in finding.detail
    (finding,) = library.check(repair=True)
    assert "yours" in finding.repair
    assert not library.queue.items.claim(library.worker_id, 1), "there is nothing left to do for it"
    assert library.catalog.files.of_track(track_id) is None
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert library.check() == []
    library.scan()
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert checksum(own) == before


def test_our_file_is_followed_among_several_of_a_recording(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    track_id = library.ids[0]
    old = library.path(track_id)
    ours, own = old.with_name("zzz.flac"), old.with_name("aaa.mp3")
    tags = TagSet.from_texts(read_tags(old).texts() | {"title": ("Another title",)})
    old.rename(ours)
    write_tags(ours, tags)
    shutil.copy(made_audio["mp3"], own)
    write_tags(own, tags)
    found = library.check(repair=True)
    assert [(one.kind, one.path) for one in found] == [(Kind.MOVED, old), (Kind.FOREIGN, own)]
    file = library.catalog.files.of_track(track_id)
    assert file is not None
    assert file.path == ours
    assert file.properties == read_properties(ours), "as it is now"


def test_a_file_with_a_name_in_latin_1_is_left_and_reported(library: Checked) -> None:
    moved, broken_off = (
        Path(os.fsdecode(bytes(library.library_dir) + name))
        for name in (b"/caf\xe9.flac", b"/caf\xe9.mp3.part")
    )
    library.path(library.ids[0]).rename(moved)
    broken_off.write_bytes(b"half")
    os.utime(broken_off, (1, 1))
    found = library.check(repair=True)
    assert {one.kind for one in found} == {Kind.MOVED, Kind.UNFINISHED}
    assert {one.repair for one in found} == {"left: its name is not written in UTF-8"}
    assert moved.exists()
    assert broken_off.exists()


def test_a_file_that_its_owner_has_tagged_is_accepted(library: Checked) -> None:
    path = library.path(library.ids[0])
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
    first, second, _ = library.ids
    shutil.copy(library.path(second), library.path(first))
    for repair in (False, True, True):
        (finding,) = library.check(repair=repair)
        assert finding.kind is Kind.CHANGED
        assert "another recording" in finding.detail
        assert not finding.repair


@pytest.mark.parametrize("damage", ["emptied", "overwritten"])
def test_a_file_that_cannot_be_played_goes_to_the_trash(library: Checked, damage: str) -> None:
    track_id = library.ids[0]
    path = library.path(track_id)
    path.write_bytes(b"" if damage == "emptied" else b"no music at all " * 100)
    assert library.kinds() == [Kind.CORRUPT]
    assert path.exists()
    (finding,) = library.check(repair=True)
    assert finding.repair == "in the trash; its track is wanted again"
    assert not path.exists()
    assert library.status(track_id) is TrackStatus.WANTED
    (trashed,) = library.catalog.trash.list_trash()
    assert trashed.original_path == path
    candidates = library.catalog.candidates.of_track(track_id)
    assert not [one for one in candidates if one.status is CandidateStatus.REJECTED]
    assert library.check() == []


def test_half_a_file_is_found_by_a_deep_check(library: Checked) -> None:
    """Its headers look right, and size and time are unchanged."""
    track_id = library.ids[0]
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
    track_id = library.ids[0]
    path = library.path(track_id)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    digest = checksum(path)
    file = library.catalog.filed.find(track_id)
    assert file is not None
    with library.database.begin() as tx:  # as if it had been filed so
        library.catalog.filed.follow_move(tx, file, path, digest)
    assert library.check() == []
    assert library.kinds(repair=True, is_deep=True) == [Kind.CORRUPT]
    rejected = [
        one
        for one in library.catalog.candidates.of_track(track_id)
        if one.status is CandidateStatus.REJECTED
    ]
    assert len(rejected) == 1


def test_a_song_that_was_filed_with_a_hole_is_found_by_a_deep_check(
    library: Checked, tmp_path: Path
) -> None:
    """Its length, headers and bytes are right, but some fragments were never delivered."""
    track_id = library.ids[0]
    path = library.path(track_id)
    whole = render_sweep(tmp_path / "whole.opus", *ENCODINGS["pages.opus"])
    leave_out(whole, path, count=2)
    file = library.catalog.filed.find(track_id)
    assert file is not None
    with library.database.begin() as tx:  # as if it had been filed so
        library.catalog.filed.follow_move(tx, file, path, checksum(path))
    assert library.check() == []
    (finding,) = library.check(is_deep=True)
    assert (finding.kind, finding.path) == (Kind.CORRUPT, path)
    assert "s of it are missing, at" in finding.detail
    assert library.kinds(repair=True, is_deep=True) == [Kind.CORRUPT]
    assert library.status(track_id) is TrackStatus.WANTED


def test_audio_of_somebody_else_is_reported_until_it_is_scanned(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    foreign = library.library_dir / "somebody" / "song.mp3"
    foreign.parent.mkdir()
    shutil.copy(made_audio["mp3"], foreign)
    for repair in (False, True):
        (finding,) = library.check(repair=repair)
        assert (finding.kind, finding.path, finding.repair) == (Kind.FOREIGN, foreign, "")
    library.scan()
    assert library.check() == []
    assert library.report.owned == 1


def test_unfinished_files_are_cleared_away(library: Checked) -> None:
    folder = library.path(library.ids[0]).parent
    temporary = folder / ".shanty-00000000-1-00000000-00000000.tmp"
    old, new = folder / "song.opus.part", folder / "new.opus.part"
    for path in (temporary, old, new):
        path.write_bytes(b"half a song")
    age(temporary)
    age(old)
    assert library.kinds() == [Kind.UNFINISHED, Kind.UNFINISHED]
    found = library.check(repair=True)
    assert {one.path: one.repair for one in found} == {temporary: "removed", old: "in the trash"}
    assert [trashed.original_path for trashed in library.catalog.trash.list_trash()] == [old]
    assert new.exists()
    assert library.check() == []


def test_empty_folders_are_removed_unless_they_are_new(library: Checked) -> None:
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
