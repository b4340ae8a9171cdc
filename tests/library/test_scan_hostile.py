"""Scanning what no library should contain: links in circles, names that are not UTF-8, a kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from shanty.db.tables import owned_isrcs, tracks
from shanty.files.walk import AudioWalk, Obstacle, SeenFile, is_audio_name
from shanty.models import TrackFile, TrackStatus
from shanty.tags.tagging import TagSet
from tests.world.audio_files import collected_audio
from tests.world.owned_music import PLACEMENTS, Collection


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
    """This also holds if the library's folder is a link to another disk."""
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
        music.catalog.files.record(tx, TrackFile(track_id, filed, True, None))
        music.catalog.tracks.set_status(tx, track_id, TrackStatus.IN_LIBRARY)
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
from shanty.library import scan as owning
from shanty.config.settings import load_settings
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


def test_a_killed_scan_goes_on_where_it_was(music: Collection, database_url: str) -> None:
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


def test_a_walk_reports_obstacles(tmp_path: Path) -> None:
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
