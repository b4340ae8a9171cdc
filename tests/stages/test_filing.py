"""Filing through the real stages: libraries that come and go, and files that are there already."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shanty.config.sections import LIBRARY_MARK
from shanty.db import Database
from shanty.errors import LIBRARY, ShantyError
from shanty.files.checksum import checksum
from shanty.library.scan import scan_library
from shanty.models import Stage, Status, TrackStatus
from shanty.sources.circuit_names import circuit_name
from shanty.stages import load_stages, staging
from shanty.stages.execution import Fate, Outcome, execute
from shanty.tags.audio import read_properties
from shanty.tags.gain_tags import read_gain
from shanty.tracks.maintenance import tidy
from shanty.tracks.review import reject_filed
from tests.world.disks import SmallDisk
from tests.world.filed_library import FiledLibrary, by_hand, make_placements, put_there
from tests.world.staged_library import StagedLibrary

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Tried(FiledLibrary):
    """A library in which some work may fail."""

    def try_all(self) -> list[Outcome]:
        """Work on everything that is due, whether it succeeds or not."""
        outcomes = []
        while items := self.queue.items.claim(self.worker_id, 1):
            item: Any = items[0]
            while item is not None:
                outcomes.append(execute(item, self.services("run"), load_stages()))
                item = outcomes[-1].next_item
        return outcomes

    def let_time_pass(self) -> None:
        """End the time for which the library is left alone."""
        assert self.services("run").circuits.resume(circuit_name(LIBRARY))


# A library that comes and goes


@pytest.mark.parametrize("trouble", ["gone", "full", "read-only"])
def test_filing_pauses_while_the_library_cannot_be_used(
    trouble: str,
    tmp_path: Path,
    database: Database,
    small_disk: SmallDisk,
    made_audio: dict[str, Path],
) -> None:
    library = Tried(tmp_path, database, path=small_disk.folder)
    library.coverart.data = None
    (filed,) = library.file(make_placements("Zero", album="Before"), made_audio["flac"])
    shutil.rmtree(library.settings.library.own_dir)  # what comes now lies in home
    filler: Path | None = None
    if trouble == "gone":
        small_disk.unmount()
    elif trouble == "full":
        filler = small_disk.fill()
    else:
        small_disk.set_read_only(True)
    ids = [library.download(one, made_audio["flac"]) for one in make_placements("One", "Two")]
    outcomes = [one for one in library.try_all() if one.fate is not Fate.ADVANCED]
    assert [one.fate for one in outcomes] == [Fate.WAITING, Fate.WAITING]
    words = {"gone": "is its disk mounted", "full": "the disk is full", "read-only": "read-only"}
    assert words[trouble] in outcomes[0].message
    (circuit,) = library.services("x").circuits.list_all()
    assert circuit.name.startswith("library@")
    assert words[trouble] in circuit.reason
    for item in library.queue.overview.list_items(stage=Stage.ORGANIZE):
        if item.status is not Status.COMPLETED:
            assert (item.status, item.attempt) == (Status.PENDING, 0)
            assert words[trouble] in (item.error or "")
    if trouble == "gone":
        assert list(small_disk.folder.iterdir()) == [], "made on the wrong disk"
        small_disk.mount()
    elif filler is not None:
        filler.unlink()
    else:
        small_disk.set_read_only(False)
    library.let_time_pass()
    library.try_all()
    for track_id in (filed, *ids):
        assert library.status(track_id) is TrackStatus.IN_LIBRARY
        assert small_disk.folder in library.path(track_id).parents
        assert library.path(track_id).exists()
    assert library.services("x").circuits.list_all() == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EROFS])
def test_one_folder_that_refuses_holds_up_nothing_else(
    number: int,
    tmp_path: Path,
    database: Database,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be another user's folder, a bad sector, or a disk mounted below; its tracks wait."""
    library = Tried(tmp_path, database)
    refused = [library.download(one, made_audio["opus"]) for one in make_placements("One", "Two")]
    others = [
        library.download(one, made_audio["opus"])
        for one in make_placements("Three", "Four", artist="Berta")
    ]
    link = os.link

    def refuse(source: Path, target: Path) -> None:
        if "Anna" in Path(target).parts:
            raise OSError(number, os.strerror(number))
        link(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refuse)
        outcomes = library.try_all()
    waiting = [one.message for one in outcomes if one.fate is Fate.WAITING]
    assert len(waiting) == 2
    assert all("Anna" in message and "again at" in message for message in waiting)
    assert library.services("x").circuits.list_all() == []
    assert [library.status(track_id) for track_id in others] == [TrackStatus.IN_LIBRARY] * 2
    for item in library.queue.overview.list_items(stage=Stage.ORGANIZE, status=Status.PENDING):
        assert item.attempt == 0, "it costs no attempt"
    assert [library.status(track_id) for track_id in refused] == [TrackStatus.WANTED] * 2


def test_an_item_that_is_turned_away_does_not_touch_the_library(
    tmp_path: Path, database: Database, made_audio: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    library = FiledLibrary(tmp_path, database)
    (track_id,) = [library.download(one, made_audio["flac"]) for one in make_placements("One")]
    services = library.services("run")
    services.circuits.open(circuit_name(LIBRARY), "the disk is full")
    monkeypatch.setattr(staging, "require_library", lambda *_: pytest.fail("it was looked at"))
    item: Any = library.queue.items.claim(library.worker_id, 1)[0]
    while item is not None:
        outcome = execute(item, services, load_stages())
        item = outcome.next_item
    assert outcome.fate is Fate.WAITING
    assert "the disk is full" in outcome.message
    assert library.status(track_id) is TrackStatus.WANTED


def test_a_cover_for_a_library_that_is_gone_waits_too(
    tmp_path: Path, database: Database, small_disk: SmallDisk, made_audio: dict[str, Path]
) -> None:
    library = Tried(tmp_path, database, path=small_disk.folder)
    library.download(make_placements("One")[0], made_audio["flac"])
    (item,) = library.queue.items.claim(library.worker_id, 1)
    while item.stage is not Stage.ENRICH:
        following = execute(item, library.services("run"), load_stages()).next_item
        assert following is not None
        item = following
    small_disk.unmount()
    outcome = execute(item, library.services("run"), load_stages())
    assert outcome.fate is Fate.WAITING
    assert "mounted" in outcome.message
    assert list(small_disk.folder.iterdir()) == []
    small_disk.mount()
    library.let_time_pass()
    assert library.try_all()[-1].fate is Fate.FINISHED


def test_a_download_that_lay_on_the_disk_that_is_gone_is_not_lost(
    tmp_path: Path, database: Database, small_disk: SmallDisk, made_audio: dict[str, Path]
) -> None:
    library = Tried(tmp_path, database, path=small_disk.folder)
    library.file(make_placements("Zero", album="Before"), made_audio["flac"])
    assert library.settings.incoming_dir == small_disk.folder / ".shanty" / "incoming"
    track_id = library.download(make_placements("One")[0], made_audio["flac"])
    small_disk.unmount()
    (outcome,) = library.try_all()
    assert (outcome.fate, "mounted" in outcome.message) == (Fate.WAITING, True)
    small_disk.mount()
    library.let_time_pass()
    library.try_all()
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert list(library.settings.incoming_dir.iterdir()) == []


def test_downloads_of_an_earlier_release_are_filed(
    tmp_path: Path, database: Database, made_audio: dict[str, Path]
) -> None:
    """In that release, a staging folder was named by the track's number alone."""
    library = Tried(tmp_path, database)
    track_id = library.download(make_placements("One")[0], made_audio["flac"])
    file = library.catalog.files.of_track(track_id)
    assert file is not None
    folder = file.path.parent.parent.rename(library.settings.incoming_dir / str(track_id))
    path = folder / file.path.parent.name / file.path.name
    with database.begin() as tx:
        library.catalog.files.record(tx, replace(file, path=path))
    library.work()
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    tidy(library.queue, library.catalog, library.database, library.settings)
    assert list(library.settings.incoming_dir.iterdir()) == []


# The same recording is there already


@pytest.mark.parametrize(
    ("duplicates", "there", "new", "stays"),
    [
        ("keep", "mp3", "flac", True),
        ("upgrade", "mp3", "flac", False),
        ("upgrade", "flac", "mp3", True),
        ("upgrade", "flac", "flac", True),
        ("keep", "flac", "flac", True),
    ],
)
def test_a_recording_that_is_there_already(
    duplicates: str,
    there: str,
    new: str,
    stays: bool,
    tmp_path: Path,
    database: Database,
    made_audio: dict[str, Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    library = Tried(tmp_path, database, duplicates=duplicates)
    library.coverart.data = None
    (placement,) = make_placements("One")
    old = put_there(library, placement, made_audio[there])
    before = checksum(old)
    track_id = library.download(placement, made_audio[new])
    with caplog.at_level("INFO", logger="shanty"):
        outcomes = library.try_all()
    assert outcomes[-1].fate is Fate.FINISHED
    (said,) = [one.message for one in outcomes if old.stem in one.message]
    assert said in caplog.text, "never silently"
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert not list(library.settings.incoming_dir.rglob("*.*"))
    files = [path for path in library.library_dir.rglob("*") if path.is_file()]
    music = [path for path in files if path.name != LIBRARY_MARK]
    trashed = library.catalog.trash.list_trash()
    if stays:
        assert "was there already and stays as it is" in said
        assert (music, checksum(old)) == ([old], before)
        # The file is a person's own: nothing was done to it, and nothing ever will be.
        assert library.catalog.files.of_track(track_id) is None
        assert library.catalog.journal.of_run("run") == []
        assert [file.path for _, file in library.catalog.files.list_library()] == [old]
        with pytest.raises(ShantyError, match="Shanty has not filed it"):
            reject_filed(library.catalog.tracks.get(track_id), by_hand(library))
        report = scan_library(
            library.library_dir,
            settings=library.settings,
            database=database,
            queue=library.queue,
        )
        assert (report.seen, report.read, report.recognised) == (1, 0, 1)
    else:
        assert library.path(track_id) == old.with_suffix(f".{new}")
        assert [(one.original_path, one.track_id) for one in trashed] == [(old, track_id)]
        assert old.name in said
        assert "in the trash" in said
        assert sorted(music) == sorted([library.path(track_id), trashed[0].path])
        file = library.catalog.files.of_track(track_id)
        assert file is not None
        assert file.properties is not None
        assert file.properties.codec == read_properties(file.path).codec


def test_an_album_with_a_song_that_a_person_has_already(
    tmp_path: Path, database: Database, made_audio: dict[str, Path]
) -> None:
    """The gain is that of our files; a person's own file is neither written to nor waited for."""
    library = StagedLibrary(tmp_path, database, Stage.REPLAYGAIN)
    ours, theirs = make_placements("One", "Two")
    old = put_there(library, theirs, made_audio["mp3"])
    before = checksum(old)
    track_ids = library.file([ours, theirs], made_audio["flac"])
    assert checksum(old) == before
    assert library.path(track_ids[0]).parent == old.parent
    assert library.catalog.files.of_track(track_ids[1]) is None
    tidy(library.queue, library.catalog, database, library.settings)
    library.work("the album's gain")
    assert "REPLAYGAIN_ALBUM_GAIN" in read_gain(library.path(track_ids[0]))
    assert checksum(old) == before


def test_a_kill_after_the_move_does_not_make_it_a_strangers(
    tmp_path: Path, database: Database, made_audio: dict[str, Path]
) -> None:
    """A file of an earlier try is recognised by its bytes, and is ours."""
    library = StagedLibrary(tmp_path, database)
    (placement,) = make_placements("One")
    track_id = library.download(placement, made_audio["flac"])
    item = library.run_until(Stage.ORGANIZE)
    staged = library.path(track_id)
    there = library.library_dir / "Anna" / "First (2001)" / "01 One.flac"
    there.parent.mkdir(parents=True)
    shutil.copy(staged, there)  # as from another filesystem: the staged file was not removed yet
    assert library.run(item).fate is Fate.ADVANCED
    assert library.path(track_id) == there
    assert not staged.exists()
    (entry,) = library.catalog.journal.of_run("test")
    assert (entry.action, entry.target_path) == ("place", there)


def test_a_damaged_file_of_the_recording_does_not_count(
    tmp_path: Path, database: Database, made_audio: dict[str, Path]
) -> None:
    library = FiledLibrary(tmp_path, database, duplicates="upgrade")
    (placement,) = make_placements("One")
    old = put_there(library, placement, made_audio["opus"])
    content = old.read_bytes()
    old.write_bytes(content[:600])  # the tags are whole, the length is not known
    (track_id,) = library.file([placement], made_audio["opus"])
    assert library.path(track_id) == old.with_name("01 One (2).opus")
    assert old.read_bytes() == content[:600]
