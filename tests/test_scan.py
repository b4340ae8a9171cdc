"""Scanning music that a person has already: what is recognised, what it costs, what it survives."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import mutagen
import pytest
from sqlalchemy import func, select

from shanty import owning
from shanty.catalog import Catalog
from shanty.config import load_settings
from shanty.db import Database
from shanty.db.tables import owned_files, owned_isrcs, tracks, work_queue
from shanty.demo.discography import build_discography, build_scene
from shanty.demo.world import World
from shanty.entities import Placement
from shanty.errors import NotFoundError, ShantyError
from shanty.library.identity import read_identity
from shanty.library.scan import AudioWalk, Obstacle, SeenFile, is_audio_name
from shanty.library.tags import TagSet, write_tags
from shanty.models import LibraryFile, Status, TrackStatus
from shanty.owning import ScanReport, scan_library
from shanty.workqueue import WorkQueue
from tests.audio_files import collected_audio, make_audio
from tests.databases import claim_one
from tests.test_cli import Shell, home, shanty

__all__ = ["home", "shanty"]

PLACEMENTS = build_discography().placements
OTHER_MBID = "99999999-aaaa-4bbb-8ccc-dddddddddddd"


class Collection:
    """A folder of music, the catalogue and the queue."""

    def __init__(self, folder: Path, database: Database, audio: dict[str, Path]):
        self.folder = folder
        self.database = database
        self.catalog = Catalog(database)
        self.queue = WorkQueue(database)
        self.settings = load_settings(
            home=folder.parent / "home", library={"path": folder.parent / "library"}
        )
        self._audio = audio
        folder.mkdir()

    def add(self, name: str | bytes, tags: TagSet | None = None) -> Path:
        """A second of sound with these tags; the extension says in which format."""
        path = self.folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._audio[path.suffix[1:]], path)
        if tags is not None:
            write_tags(path, tags)
        return path

    def want(self, *placements: Placement, with_rule: bool = True) -> list[int]:
        with self.database.begin() as tx:
            ids = [self.catalog.want(tx, placement) for placement in placements]
            if with_rule:
                for track_id, placement in zip(ids, placements, strict=True):
                    mbid = placement.recording.mbid
                    rule_id = self.catalog.add_rule(tx, "track", mbid, "somebody's")
                    self.catalog.tie_tracks(tx, rule_id, [track_id])
            self.queue.enqueue_wanted(tx)
        return ids

    def scan(self, **options: Any) -> ScanReport:
        folder = options.pop("folder", self.folder)
        return scan_library(
            folder, settings=self.settings, database=self.database, queue=self.queue, **options
        )

    def status(self, track_id: int) -> TrackStatus:
        return self.catalog.get_track(track_id).status

    def paths(self) -> dict[str, Path]:
        return {track.recording_mbid: file.path for track, file in self.catalog.list_library()}

    def live_items(self) -> int:
        query = select(func.count()).where(work_queue.c.completed_at.is_(None))
        with self.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def rows(self) -> int:
        with self.database.read() as connection:
            return int(connection.execute(select(func.count(owned_files.c.path))).scalar_one())


@pytest.fixture
def music(tmp_path: Path, database: Database, made_audio: dict[str, Path]) -> Collection:
    return Collection(tmp_path / "music", database, made_audio)


def named(placement: Placement, **other: Any) -> TagSet:
    """Tags that name the song and no identifier, as most old files have them."""
    recording = placement.recording
    return TagSet(**{"title": recording.title, "artist": recording.artist_credit.name, **other})


def snapshot(folder: Path) -> dict[Path, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


# What is recognised


def test_files_are_recognised_by_recording_isrc_and_name_and_never_touched(
    music: Collection,
) -> None:
    one, two, three, four = PLACEMENTS[:4]
    ids = music.want(one, two, three, four)
    by_recording = music.add("a/1.flac", TagSet(recording_mbid=one.recording.mbid.upper()))
    isrc = two.recording.isrcs[0]
    by_isrc = music.add("a/2.mp3", TagSet(isrcs=(f"{isrc[:2]}-{isrc[2:5]}-{isrc[5:]}".lower(),)))
    by_name = music.add("b/3.m4a", named(three))
    music.add("b/4.opus", TagSet(title="Something else", artist="Nobody"))
    before = snapshot(music.folder)
    report = music.scan()
    assert (report.seen, report.read, report.recognised, report.marked) == (4, 4, 3, 3)
    assert (report.unreadable, report.vanished) == ([], [])
    assert [music.status(track_id) for track_id in ids] == [
        *[TrackStatus.IN_LIBRARY] * 3,
        TrackStatus.WANTED,
    ]
    assert music.paths() == {
        one.recording.mbid: by_recording,
        two.recording.mbid: by_isrc,
        three.recording.mbid: by_name,
    }
    assert snapshot(music.folder) == before
    assert music.live_items() == 1


def test_a_file_that_names_another_recording_is_believed(music: Collection) -> None:
    one, two = PLACEMENTS[:2]
    ids = music.want(one, two)
    music.add("1.flac", named(one, recording_mbid=OTHER_MBID))
    music.add("2.flac", named(one, recording_mbid=two.recording.mbid))
    music.add("3.flac", named(one, recording_mbid="no MBID at all"))
    assert music.scan().recognised == 2
    assert music.paths()[two.recording.mbid].name == "2.flac"
    assert music.paths()[one.recording.mbid].name == "3.flac"
    assert {music.status(track_id) for track_id in ids} == {TrackStatus.IN_LIBRARY}


@pytest.mark.parametrize("is_wanted_first", [True, False])
def test_unless_it_is_on_the_same_album_for_then_it_was_merged_since(
    is_wanted_first: bool, music: Collection
) -> None:
    placement = PLACEMENTS[0]
    music.add("1.flac", named(placement, recording_mbid=OTHER_MBID, album="LOW WATER"))
    if not is_wanted_first:
        music.scan()
    (track_id,) = music.want(placement)
    music.scan()
    assert music.status(track_id) is TrackStatus.IN_LIBRARY


def test_names_are_folded_and_lengths_may_differ_by_three_seconds(music: Collection) -> None:
    original = PLACEMENTS[3]  # Sjøsyk, by Maren Østby; the files are a second long
    fits, too_long, unknown = (
        replace(
            original,
            track=replace(
                original.track,
                length_ms=None,
                recording=replace(original.recording, mbid=mbid, length_ms=length_ms, isrcs=()),
            ),
        )
        for mbid, length_ms in (
            (original.recording.mbid, 3990),
            (OTHER_MBID, 4200),
            (OTHER_MBID.replace("9", "8"), None),
        )
    )
    music.add("x.mp3", TagSet(title="SJØSYK!", artist="maren  Østby"))
    other, third = music.want(too_long, unknown)
    assert music.scan().marked == 0
    # The file is known now; what is wanted later is held against the same measure.
    again, track_id = music.want(too_long, fits)
    assert again == other
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    assert music.status(other) is music.status(third) is TrackStatus.WANTED
    music.add("y.mp3", TagSet(title="sjøsyk", artist="Maren Østby"))
    assert music.scan().recognised == 2
    assert music.status(other) is TrackStatus.WANTED


def test_of_two_recordings_of_one_name_the_one_of_the_files_album_is_meant(
    music: Collection,
) -> None:
    from datetime import date

    placements = [
        replace(
            found, track=replace(found.track, recording=replace(found.recording, length_ms=1500))
        )
        for found in build_scene(date(2026, 1, 1)).placements
        if found.recording.title == "Switchboard"
    ]
    studio, live = music.want(*placements)
    music.add("x.ogg", named(placements[1], album="live at the valve works"))
    music.scan()
    assert music.status(studio) is TrackStatus.WANTED
    assert music.status(live) is TrackStatus.IN_LIBRARY


@pytest.mark.parametrize("extension", ["wav", "aiff", "wma", "wv"])
def test_formats_that_we_never_write_are_read(extension: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / f"x.{extension}")
    audio = mutagen.File(path)
    mbid = PLACEMENTS[0].recording.mbid
    if extension == "wma":
        audio["Title"], audio["Author"] = "Song", "Somebody"
        audio["WM/ISRC"], audio["MusicBrainz/Track Id"] = "NOSHD1900001", mbid
    elif extension == "wv":
        audio["Title"], audio["Artist"] = "Song", "Somebody"
        audio["ISRC"], audio["MUSICBRAINZ_TRACKID"] = "NOSHD1900001", mbid
    else:
        from mutagen.id3 import TIT2, TPE1, TSRC, UFID

        if audio.tags is None:
            audio.add_tags()
        audio.tags.add(TIT2(text="Song"))
        audio.tags.add(TPE1(text="Somebody"))
        audio.tags.add(TSRC(text="NOSHD1900001"))
        audio.tags.add(UFID(owner="http://musicbrainz.org", data=mbid.encode()))
    audio.save()
    found = read_identity(path)
    assert (found.title, found.artist) == ("Song", "Somebody")
    assert (found.recording_mbid, found.isrcs) == (mbid, ("NOSHD1900001",))
    assert found.length_ms == pytest.approx(1000, abs=100)


# What it costs


@contextmanager
def counting_opens(below: Path) -> Iterator[list[str]]:
    """The files below a folder that this process opens."""
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


class CountedEntry:
    """A directory entry whose every question to the filesystem is counted."""

    def __init__(self, entry: os.DirEntry[bytes], asked: list[bytes]):
        self._entry, self._asked = entry, asked
        self.name, self.path = entry.name, entry.path
        self.is_dir, self.is_file, self.is_symlink = entry.is_dir, entry.is_file, entry.is_symlink

    def stat(self) -> os.stat_result:
        self._asked.append(self.path)
        return self._entry.stat()


@contextmanager
def counting_stats(monkeypatch: pytest.MonkeyPatch, below: Path) -> Iterator[list[bytes]]:
    """The paths below a folder of which the status is asked, by whatever function."""
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
        patch.setattr(owning, "AudioWalk", functools.partial(AudioWalk, scandir=scandir))
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
    with pytest.raises(ShantyError, match="1 files were known: is its disk mounted"):
        music.scan()
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    assert music.scan(is_emptied=True).wanted_again == 1
    assert music.status(track_id) is TrackStatus.WANTED
    path.parent.rmdir()
    with pytest.raises(NotFoundError, match="there is no folder"):
        music.scan()


def test_so_is_an_empty_folder_below(music: Collection) -> None:
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
            "the folder is empty, where 1 files were known: is it not mounted?",
        )
    ]
    assert [path.name for path in report.vanished] == ["1.flac"]
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    report = music.scan(is_emptied=True)
    assert (report.vanished, report.wanted_again) == ([mounted], 1)
    assert music.scan().unreadable == []


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

    monkeypatch.setattr(owning, "AudioWalk", functools.partial(AudioWalk, scandir=refuse))
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

    monkeypatch.setattr(owning, "AudioWalk", functools.partial(AudioWalk, scandir=scandir))
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
        music.catalog.record_file(tx, LibraryFile(track_id, filed, True, None))
        music.catalog.set_track_status(tx, track_id, TrackStatus.IN_LIBRARY)
    report = music.scan()
    assert (report.recognised, report.marked) == (1, 0)
    assert music.paths() == {PLACEMENTS[0].recording.mbid: filed}
    copy.unlink()
    report = music.scan()
    assert (len(report.vanished), report.wanted_again) == (1, 0)
    assert music.status(track_id) is TrackStatus.IN_LIBRARY


# What is wanted when


def test_what_was_staged_for_a_track_that_is_found_is_forgotten(music: Collection) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    staged = music.settings.incoming_dir / str(track_id) / "x.flac"
    with music.database.begin() as tx:
        music.catalog.record_file(tx, LibraryFile(track_id, staged, False, None))
    music.add("x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    assert music.scan().marked == 1
    assert music.catalog.file_of(track_id) is None


def test_queued_work_is_cancelled_and_work_under_way_is_left_alone(music: Collection) -> None:
    queued, active = music.want(*PLACEMENTS[:2])
    worker = music.queue.register_worker()
    first, second = (claim_one(music.queue, worker) for _ in range(2))
    music.queue.give_back(worker)
    item = claim_one(music.queue, worker)
    assert {first.track_id, second.track_id} == {queued, active}
    active, queued = item.track_id, ({queued, active} - {item.track_id}).pop()
    for number, placement in enumerate(PLACEMENTS[:2]):
        music.add(f"{number}.flac", TagSet(recording_mbid=placement.recording.mbid))
    assert music.scan().marked == 1
    assert music.status(queued) is TrackStatus.IN_LIBRARY
    assert music.status(active) is TrackStatus.WANTED
    with music.database.read() as connection:
        rows = connection.execute(select(work_queue.c.track_id, work_queue.c.status)).all()
    assert dict(map(tuple, rows)) == {active: Status.ACTIVE, queued: Status.CANCELLED}
    # Once nobody works on it any more, the next scan settles it.
    music.queue.give_back(worker)
    assert music.scan().marked == 1
    assert music.status(active) is TrackStatus.IN_LIBRARY
    assert music.live_items() == 0


@pytest.mark.parametrize("status", [TrackStatus.NEEDS_REVIEW, TrackStatus.FAILED])
def test_a_track_that_could_not_be_got_is_in_the_library_after_all(
    status: TrackStatus, music: Collection
) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    with music.database.begin() as tx:
        music.queue.cancel_tracks(tx, [track_id], "")
        music.catalog.set_track_status(tx, track_id, status, "no luck")
    music.add("x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    music.scan()
    track = music.catalog.get_track(track_id)
    assert (track.status, track.reason) == (TrackStatus.IN_LIBRARY, "")


@pytest.mark.parametrize("known_by", ["recording", "isrc", "name", "nothing"])
def test_what_is_wanted_later_is_known_already(known_by: str, music: Collection) -> None:
    placement = PLACEMENTS[2]
    recording = placement.recording
    tags = {
        "recording": named(placement, recording_mbid=recording.mbid),
        "isrc": TagSet(isrcs=recording.isrcs),
        "name": named(placement),
        "nothing": named(placement, recording_mbid=OTHER_MBID),
    }
    path = music.add("x.mp3", tags[known_by])
    assert music.scan().recognised == 0
    (track_id,) = music.want(placement)
    if known_by == "nothing":
        assert music.status(track_id) is TrackStatus.WANTED
        assert music.live_items() == 1
        return
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    assert music.live_items() == 0
    assert music.paths() == {recording.mbid: path}
    # And when its rule is taken back and made anew.
    with music.database.begin() as tx:
        music.catalog.set_track_status(tx, track_id, TrackStatus.WITHDRAWN)
    music.want(placement)
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    assert music.scan().recognised == 1


def test_one_file_is_one_track_and_that_which_it_names(music: Collection) -> None:
    """Two recordings of one ISRC: the file goes to the one it names, whichever came first."""
    one, two = PLACEMENTS[:2]
    recording = replace(two.recording, isrcs=one.recording.isrcs)
    two = replace(two, track=replace(two.track, recording=recording))
    tags = TagSet(recording_mbid=recording.mbid, isrcs=recording.isrcs)
    path = music.add("x.flac", tags)
    (first,) = music.want(one)
    music.scan()
    assert music.status(first) is TrackStatus.IN_LIBRARY
    (second,) = music.want(two)
    assert music.status(second) is TrackStatus.IN_LIBRARY
    assert music.status(first) is TrackStatus.WANTED
    assert music.paths() == {recording.mbid: path}
    # The other one does not get it back.
    music.want(one)
    write_tags(path, replace(tags, title="Touched"))
    music.scan()
    assert music.paths() == {recording.mbid: path}
    assert music.status(first) is TrackStatus.WANTED


def test_what_is_wanted_while_the_scan_runs_is_not_missed(music: Collection) -> None:
    for number, placement in enumerate(PLACEMENTS[:3]):
        music.add(f"{number}.flac", named(placement))
    wanted: list[int] = []

    def want_once(report: ScanReport) -> None:
        if report.read == 1:
            wanted.extend(music.want(PLACEMENTS[0], PLACEMENTS[2]))

    assert music.scan(on_progress=want_once).marked == 2
    assert {music.status(track_id) for track_id in wanted} == {TrackStatus.IN_LIBRARY}


# What it survives


def test_links_hidden_files_and_what_is_no_file(music: Collection, tmp_path: Path) -> None:
    music.add("a/1.flac")
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    shutil.copy(music.folder / "a" / "1.flac", outside / "deep" / "2.flac")
    for link, target in (
        ("a/loop", music.folder),
        ("a/self", music.folder / "a"),
        ("elsewhere", outside),
        ("zz up", tmp_path),
        ("twice", outside / "deep"),
        ("same.flac", music.folder / "a" / "1.flac"),
        ("gone.flac", tmp_path / "nowhere.flac"),
        ("round.flac", music.folder / "round.flac"),
    ):
        (music.folder / link).symlink_to(target)
    (outside / "back").symlink_to(music.folder)
    for name in (".hidden.flac", ".trash/3.flac", "song.part.flac", "song.temp.mp3"):
        music.add(name)
    (music.folder / "song.flac.part").write_bytes(b"")
    os.mkfifo(music.folder / "pipe.mp3")
    (music.folder / "folder.mp3").mkdir()
    report = music.scan()
    assert (report.seen, report.read) == (2, 2)
    assert [one.path.name for one in report.unreadable] == ["gone.flac"]
    again = music.scan()
    assert (again.seen, again.read, again.vanished) == (2, 0, [])


def test_staging_is_passed_over_and_what_shanty_filed_is_known(music: Collection) -> None:
    """Also where the library's folder is a link to another disk."""
    music.settings.home.mkdir()
    (music.folder / "disk").mkdir()
    music.settings.library.path.symlink_to(music.folder / "disk")
    music.settings.incoming_dir.symlink_to(music.folder / "incoming")
    track_id, staged = music.want(*PLACEMENTS[:2])
    tags = [TagSet(recording_mbid=placement.recording.mbid) for placement in PLACEMENTS[:2]]
    music.add("disk/1.flac", tags[0])
    music.add(f"incoming/{staged}/2.flac", tags[1])
    filed = music.settings.library.path / "1.flac"
    with music.database.begin() as tx:
        music.catalog.record_file(tx, LibraryFile(track_id, filed, True, None))
        music.catalog.set_track_status(tx, track_id, TrackStatus.IN_LIBRARY)
    for folder in (music.folder, music.folder / "disk", music.settings.library.path):
        report = music.scan(folder=folder)
        assert (report.seen, report.filed, report.read) == (1, 1, 0)
    assert music.scan(folder=music.settings.incoming_dir).seen == 0
    assert music.status(staged) is TrackStatus.WANTED
    assert music.paths() == {PLACEMENTS[0].recording.mbid: filed}


def test_names_that_are_no_text_are_remembered(music: Collection) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    names = [b"caf\xe9/\xff\xfe \x01\n.flac", "☃.flac".encode(), b"a" * 240 + b".flac"]
    tags = TagSet(recording_mbid=PLACEMENTS[0].recording.mbid)
    music.add(names[0], tags)
    for name in names[1:]:
        music.add(name)
    (music.folder / os.fsdecode(b"broken\xe9.flac")).write_bytes(b"no audio")
    report = music.scan()
    assert (report.seen, report.marked, len(report.unreadable)) == (4, 1, 1)
    assert report.unreadable[0].reason == "it is not audio"
    assert music.paths() == {
        PLACEMENTS[0].recording.mbid: music.folder / os.fsdecode(names[0]),
    }
    again = music.scan()
    assert (again.read, again.recognised, again.unreadable) == (0, 1, report.unreadable)
    os.unlink(os.fsencode(music.folder) + b"/" + names[0])  # noqa: PTH108 (bytes)
    assert music.scan(is_emptied=True).wanted_again == 1
    assert music.status(track_id) is TrackStatus.WANTED


def test_every_collected_file_is_read_or_reported(music: Collection) -> None:
    found = collected_audio()
    for number, path in enumerate(found):
        shutil.copy(path, music.folder / f"{number}-{path.name}")
    for name, content in (
        ("zeros.mp3", bytes(8192)),
        ("nothing.flac", b""),
        ("page.ogg", b"<html>Sorry</html>" * 50),
        ("claims.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f"),
    ):
        (music.folder / name).write_bytes(content)
    # Titles longer than an index takes, with whatever a database may choke on.
    music.add("long.mp3", TagSet(title="\\' \u0130" * 5000, artist="%_" * 3000, album="\u202e"))
    os.utime(music.add("future.flac"), ns=(0, 2**63 + 5))
    report = music.scan()
    audible = [path for path in found if is_audio_name(os.fsencode(path.name))]
    assert report.seen == report.read == len(audible) + 6
    reported = {one.path.name for one in report.unreadable}
    assert reported >= {"zeros.mp3", "nothing.flac", "page.ogg", "claims.mp3"}
    assert not reported & {"long.mp3", "future.flac"}
    assert all(one.reason.startswith("it ") for one in report.unreadable)
    again = music.scan()
    assert (again.read, again.unreadable) == (0, report.unreadable)


_KILLED = """
import os, signal, sys
from pathlib import Path
from shanty import owning
from shanty.config import load_settings
from shanty.db import open_database
from shanty.workqueue import WorkQueue
url, folder, at = sys.argv[1:]
owning.BATCH_FILES = 4
def look(report):
    if report.seen == int(at):
        os.kill(os.getpid(), signal.SIGKILL)
database = open_database(url)
queue = WorkQueue(database)
owning.scan_library(
    Path(folder), settings=load_settings(), database=database, queue=queue, on_progress=look
)
"""


def test_killed_in_the_middle_it_goes_on_where_it_was(music: Collection, database_url: str) -> None:
    placements = PLACEMENTS[:12]
    ids = music.want(*placements)
    for number, placement in enumerate(placements):
        tags = TagSet(recording_mbid=placement.recording.mbid, isrcs=placement.recording.isrcs)
        music.add(f"{number:02}.flac", tags)
    for at, written in ((6, 4), (11, 8)):
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, database_url, str(music.folder), str(at)], check=False
        )
        assert done.returncode == -signal.SIGKILL
        assert music.rows() == written
        in_library = [t for t in ids if music.status(t) is TrackStatus.IN_LIBRARY]
        assert len(in_library) == written
        assert music.live_items() == 12 - written  # marked and cancelled together, or neither
    report = music.scan()
    assert (report.seen, report.read, report.recognised, report.marked) == (12, 4, 12, 4)
    assert music.rows() == 12
    with music.database.read() as connection:
        assert len(connection.execute(select(owned_isrcs)).all()) == 12
        assert len(connection.execute(select(tracks)).all()) == 12
    assert music.live_items() == 0


def test_a_walk_says_what_stands_in_its_way(tmp_path: Path) -> None:
    (tmp_path / "x.flac").touch()
    walk = AudioWalk(tmp_path / "nowhere")
    (obstacle,) = walk
    assert isinstance(obstacle, Obstacle)
    assert walk.blocked == walk.roots
    (seen,) = AudioWalk(tmp_path)
    assert isinstance(seen, SeenFile)


def test_folders_may_be_deeper_than_python_recurses(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(sys.getrecursionlimit() + 200):
        deep = deep / "d"
        deep.mkdir()
    (deep / "x.flac").touch()
    try:
        (seen,) = AudioWalk(tmp_path)
        assert isinstance(seen, SeenFile)
    finally:  # whoever clears the temporary folders may not get so deep
        (deep / "x.flac").unlink()
        while deep != tmp_path:
            deep.rmdir()
            deep = deep.parent


# Through the command line, and with the pipeline beside it


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(6, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


def test_scan_as_a_person_meets_it(
    shanty: Shell, home: Path, world: World, made_audio: dict[str, Path]
) -> None:
    from tests.test_cli import file_everything

    shanty("watch", "add", "track", *world.recordings[:2])
    folder = home / "old music"
    folder.mkdir()
    for number in range(3):
        shutil.copy(made_audio["flac"], folder / f"{number}.flac")
    owned = folder / os.fsdecode(b"caf\xe9.flac")
    shutil.copy(made_audio["flac"], owned)
    write_tags(owned, TagSet(recording_mbid=world.recordings[0]))
    (folder / "broken.mp3").write_bytes(b"<html>")
    assert shanty("library", "scan", str(folder)) == 0
    lines = shanty.out.splitlines()
    assert lines[0] == f"cannot read {folder}/broken.mp3: it is not audio"
    assert lines[1].startswith("5 files seen, 5 read anew, 1 recognised")
    assert "1 wanted tracks are in the library now" in lines
    document = shanty.json("library", "scan", str(folder))
    assert document == {
        "folder": str(folder),
        "files": 5,
        "filed_by_shanty": 0,
        "read": 0,
        "recognised": 1,
        "marked": 0,
        "wanted_again": 0,
        "unreadable": [{"path": f"{folder}/broken.mp3", "reason": "it is not audio"}],
        "vanished": [],
    }
    file_everything()
    assert world.requests.total("media_complete") == 1  # only what nobody had
    # Watching it again, or anything that is there already, brings nothing either.
    added = shanty.json("watch", "add", "track", world.recordings[0])
    assert isinstance(added, list)
    assert added[0]["status"] == "in_library"
    library = shanty.json("library", "ls")
    assert isinstance(library, list)
    paths = {entry["recording_mbid"]: entry["path"] for entry in library}
    assert set(paths) == set(world.recordings[:2])
    assert paths[world.recordings[0]] == f"{folder}/caf\\xe9.flac"
    assert Path(paths[world.recordings[1]]).is_file()
    shanty("library", "ls")
    assert "caf\\xe9.flac" in shanty.out
    # The library's own folder can be scanned too: what Shanty has filed is known.
    report = shanty.json("library", "scan", str(home / "library"))
    assert isinstance(report, dict)
    assert (report["files"], report["filed_by_shanty"], report["read"]) == (1, 1, 0)


def test_progress_in_a_pipe_is_plain_lines(
    shanty: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, made_audio: dict[str, Path]
) -> None:
    monkeypatch.setattr("cli.library._FILES_PER_LINE", 2)
    for number in range(5):
        shutil.copy(made_audio["mp3"], home / f"{number}.mp3")
    assert shanty("library", "scan", str(home)) == 0
    counts = [line.split()[0] for line in shanty.out.splitlines() if "files seen" in line]
    assert counts == ["2", "4", "5"]
    json.loads(json.dumps(shanty.json("library", "scan", str(home))))


def test_a_bad_folder_is_one_sentence(shanty: Shell, home: Path) -> None:
    assert "there is no folder" in shanty.fails("library", "scan", str(home / "nowhere"))
    (home / "file").touch()
    assert "there is no folder" in shanty.fails("library", "scan", str(home / "file"))
