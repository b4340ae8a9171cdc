"""Scanning again: what it costs, and what has changed or gone since."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shanty.errors import NotFoundError, ShantyError
from shanty.files.walk import AudioWalk
from shanty.library import scan
from shanty.models import TrackFile, TrackStatus
from shanty.tags.tagging import TagSet, write_tags
from tests.world.owned_music import PLACEMENTS, Collection, CountedEntry

# What it costs


@contextmanager
def counting_opens(below: Path) -> Iterator[list[str]]:
    """Yield a list that grows by each file below a folder that this process opens."""
    opened: list[str] = []
    is_watching = True

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if is_watching and event == "open" and isinstance(arguments[0], str | bytes):
            name = os.fsdecode(arguments[0])
            if name.startswith(f"{below}/"):
                opened.append(name)

    sys.addaudithook(look)
    try:
        yield opened
    finally:
        is_watching = False  # a hook cannot be removed


@contextmanager
def counting_stats(monkeypatch: pytest.MonkeyPatch, below: Path) -> Iterator[list[bytes]]:
    """Yield a list that grows by each path below a folder whose status is asked for."""
    asked: list[bytes] = []

    @contextmanager
    def scandir(folder: bytes) -> Iterator[Iterator[Any]]:
        with os.scandir(folder) as entries:
            yield (CountedEntry(entry, asked) for entry in entries)

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def ask(path: Any, *rest: Any, **options: Any) -> Any:
            if not isinstance(path, int) and os.fsencode(path).startswith(
                os.fsencode(below) + b"/"
            ):
                asked.append(os.fsencode(path))
            return function(path, *rest, **options)

        return ask

    with monkeypatch.context() as patch:
        patch.setattr(scan, "AudioWalk", functools.partial(AudioWalk, scandir=scandir))
        for name in ("stat", "lstat", "access"):
            patch.setattr(os, name, counted(getattr(os, name)))
        yield asked


def test_a_rescan_opens_nothing_and_asks_for_one_stat_a_file(
    music: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [music.add(f"{n // 10}/{n}.flac", TagSet(title=f"{n}")) for n in range(40)]
    (music.folder / "0" / "cover.jpg").write_bytes(b"no audio")
    (music.folder / "0" / "broken.mp3").write_bytes(b"no audio either")
    with counting_opens(music.folder) as opened:
        assert music.scan().read == 41
    assert set(opened) >= {str(path) for path in files}
    with (
        counting_opens(music.folder) as opened,
        counting_stats(monkeypatch, music.folder) as asked,
    ):
        report = music.scan()
    assert (report.seen, report.read, len(report.unreadable)) == (41, 0, 1)
    assert opened == []
    assert sorted(asked) == sorted(
        os.fsencode(path) for path in [*files, music.folder / "0" / "broken.mp3"]
    )


def test_what_has_changed_is_read_again(music: Collection) -> None:
    one, two = PLACEMENTS[:2]
    first, second = music.want(one, two)
    path = music.add("x.flac", TagSet(recording_mbid=one.recording.mbid))
    music.scan()
    write_tags(path, TagSet(recording_mbid=two.recording.mbid))
    report = music.scan()
    assert (report.read, report.marked, report.wanted_again) == (1, 1, 1)
    assert music.status(first) is TrackStatus.WANTED
    assert music.status(second) is TrackStatus.IN_LIBRARY
    assert music.rows() == 1
    path.write_bytes(b"not audio any more")
    report = music.scan()
    assert [(one.path, one.reason) for one in report.unreadable] == [(path, "it is not audio")]
    assert music.status(second) is TrackStatus.WANTED
    # It is listed each time, though it is not opened again.
    again = music.scan()
    assert (again.read, again.unreadable) == (0, report.unreadable)


# What is gone


def test_a_track_whose_last_file_is_gone_is_wanted_again(music: Collection) -> None:
    kept, lost, dropped = PLACEMENTS[:3]
    for number, placement in enumerate((kept, kept, lost)):
        music.add(f"{number}.flac", TagSet(recording_mbid=placement.recording.mbid))
    music.add("dropped.flac", TagSet(recording_mbid=dropped.recording.mbid))
    music.add("other.flac")
    ids = music.want(kept, lost)
    (unasked,) = music.want(dropped, with_rule=False)
    assert music.scan().marked == 3
    for name in ("0.flac", "2.flac", "dropped.flac"):
        (music.folder / name).unlink()
    report = music.scan()
    assert [path.name for path in report.vanished] == ["0.flac", "2.flac", "dropped.flac"]
    assert report.wanted_again == 1
    assert music.status(ids[0]) is TrackStatus.IN_LIBRARY
    assert music.status(ids[1]) is TrackStatus.WANTED
    assert music.status(unasked) is TrackStatus.WITHDRAWN  # no rule asks for it
    assert music.paths() == {kept.recording.mbid: music.folder / "1.flac"}
    assert music.scan().vanished == []


def test_a_file_that_was_moved_keeps_its_track(music: Collection) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    path = music.add("a/x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    music.scan()
    (music.folder / "b").mkdir()
    path.rename(music.folder / "b" / "y.flac")
    report = music.scan()
    assert (report.read, len(report.vanished), report.wanted_again) == (1, 1, 0)
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    assert music.paths() == {PLACEMENTS[0].recording.mbid: music.folder / "b" / "y.flac"}


def test_an_emptied_folder_is_taken_for_a_disk_that_is_not_mounted(music: Collection) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    path = music.add("x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    music.scan()
    path.unlink()
    with pytest.raises(ShantyError, match="1 file was known: is its disk mounted"):
        music.scan()
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    assert music.scan(is_emptied=True).wanted_again == 1
    assert music.status(track_id) is TrackStatus.WANTED
    path.parent.rmdir()
    with pytest.raises(NotFoundError, match="there is no folder"):
        music.scan(is_emptied=True)


def test_an_emptied_subfolder_is_taken_for_a_disk_that_is_not_mounted(music: Collection) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    mounted = music.add("disk/album/x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    music.add("other/1.flac")
    music.add("other/2.flac")
    music.scan()
    shutil.rmtree(mounted.parent)  # what is left is the folder that it was mounted on
    (music.folder / "other" / "1.flac").unlink()
    report = music.scan()
    assert [(one.path, one.reason) for one in report.unreadable] == [
        (
            music.folder / "disk",
            "the folder is empty, although 1 file was known: is it not mounted?",
        )
    ]
    assert [path.name for path in report.vanished] == ["1.flac"]
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    report = music.scan(is_emptied=True)
    assert (report.vanished, report.wanted_again) == ([mounted], 1)
    assert music.scan().unreadable == []


def test_what_was_known_in_a_folder_that_is_gone_can_be_forgotten(music: Collection) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    music.add("album/x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    music.add("other/1.flac")
    music.scan()
    shutil.rmtree(music.folder)
    with pytest.raises(NotFoundError, match="although 2 files were known there"):
        music.scan()
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    report = music.scan(is_emptied=True, folder=music.folder / "album")
    assert (len(report.vanished), report.wanted_again) == (1, 1)
    assert music.status(track_id) is TrackStatus.WANTED
    assert music.rows() == 1


def test_only_what_lies_below_the_scanned_folder_can_be_gone(music: Collection) -> None:
    music.add("a/1.flac")
    music.add("ab/2.flac")
    music.scan()
    shutil.rmtree(music.folder / "ab")
    assert music.scan(folder=music.folder / "a").vanished == []
    assert len(music.scan().vanished) == 1


def test_what_lies_in_a_folder_that_cannot_be_read_is_not_gone(
    music: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    music.add("locked/x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    music.add("open/y.flac")
    music.scan()

    def refuse(folder: bytes) -> Any:
        if folder.endswith(b"/locked"):
            raise PermissionError(13, "Permission denied")
        return os.scandir(folder)

    monkeypatch.setattr(scan, "AudioWalk", functools.partial(AudioWalk, scandir=refuse))
    report = music.scan()
    assert [(one.path.name, one.reason) for one in report.unreadable] == [
        ("locked", "the folder cannot be read: Permission denied")
    ]
    assert report.vanished == []
    assert music.status(track_id) is TrackStatus.IN_LIBRARY


def test_a_file_that_cannot_be_looked_at_is_not_gone(
    music: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    music.add("x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    music.scan()

    class BadEntry(CountedEntry):
        def stat(self) -> os.stat_result:
            raise OSError(5, "Input/output error")

    @contextmanager
    def scandir(folder: bytes) -> Iterator[Iterator[Any]]:
        with os.scandir(folder) as entries:
            yield (BadEntry(entry, []) for entry in entries)

    monkeypatch.setattr(scan, "AudioWalk", functools.partial(AudioWalk, scandir=scandir))
    report = music.scan()
    assert [one.reason for one in report.unreadable] == [
        "it cannot be looked at: Input/output error"
    ]
    assert report.vanished == []
    assert music.status(track_id) is TrackStatus.IN_LIBRARY


def test_a_track_that_shanty_has_filed_does_not_need_the_other_file(music: Collection) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    copy = music.add("x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    music.add("y.flac")
    filed = music.settings.library.path / "filed.flac"
    with music.database.begin() as tx:
        music.catalog.files.record(tx, TrackFile(track_id, filed, True, None))
        music.catalog.tracks.set_status(tx, track_id, TrackStatus.IN_LIBRARY)
    report = music.scan()
    assert (report.recognised, report.marked) == (1, 0)
    assert music.paths() == {PLACEMENTS[0].recording.mbid: filed}
    copy.unlink()
    report = music.scan()
    assert (len(report.vanished), report.wanted_again) == (1, 0)
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
