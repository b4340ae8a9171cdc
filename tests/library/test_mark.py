"""A library is known by its mark: nothing is done in a folder that only lies at its path."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shanty.clock import utc_now
from shanty.config.sections import LIBRARY_MARK
from shanty.db import Database
from shanty.db.tables import work_queue
from shanty.errors import LIBRARY, ShantyError, WaitError
from shanty.files import placement
from shanty.library.adopt import adopt, look_at
from shanty.library.check import Kind
from shanty.library.playlists import update_playlists
from shanty.library.presence import open_library
from shanty.library.rename import plan_renames
from shanty.library.scan import scan_library
from shanty.library.trash import empty_trash
from shanty.models import Stage, Status, TrackStatus
from shanty.stages import load_stages
from shanty.stages.execution import Fate, Outcome, execute
from shanty.stages.staging import make_staging
from shanty.tags.tagging import build_tags
from shanty.tracks.maintenance import tidy
from tests.world.checked_library import Checked
from tests.world.disks import PluggedDisk
from tests.world.filed_library import FiledLibrary, make_placements

SONGS = tuple(f"Song {number}" for number in range(6))


def try_all(library: FiledLibrary) -> list[Outcome]:
    """Run every due item through its stages as far as it gets, whatever its outcome."""
    outcomes = []
    stages = [stage for stage in Stage if stage is not Stage.DOWNLOAD]
    while items := library.queue.items.claim(library.worker_id, 1, stages=stages):
        item: Any = items[0]
        while item is not None:
            outcome = execute(item, library.services("run"), load_stages())
            outcomes.append(outcome)
            item = outcome.next_item
    return outcomes


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def library(tmp_path: Path, sqlite_database: Database, plugged_disk: PluggedDisk) -> Checked:
    return Checked(tmp_path, sqlite_database, path=plugged_disk.folder)


@pytest.fixture
def filed(library: Checked, made_audio: dict[str, Path]) -> Checked:
    library.ids = library.file(make_placements("Zero", album="Before"), made_audio["opus"])
    return library


def bare(disk: PluggedDisk) -> set[str]:
    """Return what lies on the bare mount point, apart from what was put there on purpose."""
    return files_in(disk.folder) - {"notes.txt"}


# A disk that is away


@pytest.fixture(params=["empty", "an older mark", "a link", "a folder", "half a mark"])
def unplugged(request: pytest.FixtureRequest, filed: Checked, plugged_disk: PluggedDisk) -> Checked:
    """Yield a library whose disk is absent, with files on the bare mount point."""
    plugged_disk.unplug()
    mark = plugged_disk.folder / LIBRARY_MARK
    (plugged_disk.folder / "notes.txt").write_text("of a media server")
    if request.param == "empty":
        (plugged_disk.folder / "notes.txt").unlink()
    elif request.param == "an older mark":
        mark.write_text(f"{5:032x}\n")
    elif request.param == "a link":
        mark.symlink_to("notes.txt")
    elif request.param == "a folder":
        mark.mkdir()
    elif request.param == "half a mark":
        mark.write_text(filed.catalog.known_library.library_id()[:20])
    return filed


def test_nothing_is_done_on_a_bare_mount_point(
    unplugged: Checked, plugged_disk: PluggedDisk, made_audio: dict[str, Path]
) -> None:
    library = unplugged
    before = files_in(plugged_disk.folder)
    ids = [library.download(one, made_audio["opus"]) for one in make_placements("One", "Two")]
    outcomes = try_all(library)
    assert [one.fate for one in outcomes if one.next_item is None] == [Fate.WAITING] * 2
    assert all(library.status(one) is TrackStatus.WANTED for one in ids)
    for item in library.queue.overview.list_items(stage=Stage.ORGANIZE, status=Status.PENDING):
        assert item.attempt == 0, "it costs no attempt"
    (circuit,) = library.services("x").circuits.list_all()
    assert circuit.name.startswith(LIBRARY)
    acts, (track_id,) = library.acts(), library.ids
    path = library.path(track_id)
    (other,) = make_placements("Other")
    refused: list[Callable[[], object]] = [
        lambda: acts.write_tags(track_id, path, build_tags(other)),
        lambda: acts.add_file(track_id, path.with_name("cover.png"), b"cover"),
        lambda: acts.add_file(track_id, plugged_disk.folder / "artist.jpg", b"artist"),
        lambda: acts.rename(track_id, path, path.with_name("Renamed.opus")),
        lambda: acts.trash(path, "test", track_id=track_id),
        lambda: acts.change_back(library.catalog.journal.of_track(track_id)[0]),
        lambda: library.check(),
        lambda: library.check(repair=True),
        lambda: library.check(repair=True, is_emptied=True),
        lambda: plan_renames(library.settings, library.catalog),
        lambda: make_staging(library.settings.library.own_dir / "incoming", library.services("x")),
        lambda: pytest.fail("opened") if open_it(library) else None,
    ]
    for act in refused:
        with pytest.raises(ShantyError):
            act()
    on = library.settings.playlists.model_copy(update={"enabled": True})
    settings = library.settings.model_copy(update={"playlists": on})
    update_playlists(settings, library.catalog)
    tidy(library.queue, library.catalog, library.database, settings)
    acts.remove_empty(path.parent)
    assert library.settings.incoming_dir.is_relative_to(library.settings.home)
    assert files_in(plugged_disk.folder) == before
    assert library.status(track_id) is TrackStatus.IN_LIBRARY, "nothing was forgotten"
    assert library.catalog.journal.open_entries() == []


def open_it(library: Checked) -> bool:
    with open_library(library.library_dir, library.catalog.known_library):
        return True


def test_everything_goes_on_when_the_disk_is_back(
    filed: Checked, plugged_disk: PluggedDisk, made_audio: dict[str, Path]
) -> None:
    plugged_disk.unplug()
    (plugged_disk.folder / "notes.txt").touch()
    track_id = filed.download(make_placements("One")[0], made_audio["opus"])
    assert try_all(filed)[-1].fate is Fate.WAITING
    plugged_disk.plug()
    filed.services("x").circuits.resume(filed.services("x").circuits.list_all()[0].name)
    assert try_all(filed)[-1].fate is Fate.FINISHED
    assert filed.status(track_id) is TrackStatus.IN_LIBRARY
    assert filed.check() == []
    plugged_disk.unplug()
    assert bare(plugged_disk) == set()


def test_a_disk_that_goes_between_check_and_move_is_noticed(
    filed: Checked,
    plugged_disk: PluggedDisk,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk goes at the last moment: the folders are made, and the file is about to move."""
    move = placement.move_exclusively

    def unplug_and_move(source: Path, target: Path) -> None:
        if target.suffix == ".opus":
            monkeypatch.undo()
            plugged_disk.unplug(is_forced=True)
        move(source, target)

    monkeypatch.setattr(placement, "move_exclusively", unplug_and_move)
    track_id = filed.download(make_placements("One")[0], made_audio["opus"])
    try_all(filed)
    assert files_in(plugged_disk.folder) == set()
    plugged_disk.plug()
    for circuit in filed.services("x").circuits.list_all():
        filed.services("x").circuits.resume(circuit.name)
    try_all(filed)
    filed.acts().settle_all()
    assert filed.status(track_id) is TrackStatus.IN_LIBRARY
    filed.check_catalogue()


def test_a_disk_that_comes_in_the_middle_hides_nothing(
    library: Checked, tmp_path: Path, made_audio: dict[str, Path], plugged_disk: PluggedDisk
) -> None:
    """Work goes on in the folder that was checked, whatever is mounted over it meanwhile."""
    with open_library(library.library_dir, library.catalog.known_library) as opened:
        plugged_disk.cover()
        opened.reach(opened.path / "song").write_text("music")
        assert not (library.library_dir / "song").exists()
        assert str(opened.reach(opened.path / "song")) not in opened.name_in(
            f"cannot read {opened.reach(opened.path / 'song')}"
        )
    plugged_disk.uncover()
    assert (library.library_dir / "song").read_text() == "music"


def test_a_scan_forgets_nothing_of_a_library_whose_disk_is_away(
    library: Checked, plugged_disk: PluggedDisk, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One"), made_audio["opus"])
    own = library.library_dir / "mine.mp3"
    shutil.copy(made_audio["mp3"], own)
    library.scan()
    plugged_disk.unplug()
    (plugged_disk.folder / "other.mp3").touch()
    for is_emptied in (False, True):
        with pytest.raises(WaitError, match="mounted"):
            scan_library(
                library.library_dir,
                settings=library.settings,
                database=library.database,
                queue=library.queue,
                is_emptied=is_emptied,
            )
    plugged_disk.plug()
    report = scan_library(
        library.library_dir,
        settings=library.settings,
        database=library.database,
        queue=library.queue,
    )
    assert (report.read, report.vanished) == (0, [])


def test_the_trash_forgets_nothing_while_another_disk_is_there(
    filed: Checked, plugged_disk: PluggedDisk
) -> None:
    (track_id,) = filed.ids
    trashed = filed.acts().trash(
        filed.path(track_id), "test", track_id=track_id, track_status=TrackStatus.REMOVED
    )
    plugged_disk.unplug()
    trashed.parent.mkdir(parents=True)
    with pytest.raises(WaitError):
        empty_trash(filed.acts(), utc_now())
    assert len(filed.catalog.trash.list_trash()) == 1


# Adopting


def test_another_disk_has_to_be_confirmed(
    filed: Checked, plugged_disk: PluggedDisk, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    known = filed.catalog.known_library.library_id()
    plugged_disk.unplug()
    stranger = Checked(tmp_path / "stranger", filed.database, path=plugged_disk.folder)
    (plugged_disk.folder / LIBRARY_MARK).write_text(f"{7:032x}\n")
    with pytest.raises(WaitError, match=r"another library.*library adopt"):
        filed.check()
    seen = look_at(filed.settings, filed.catalog)
    assert (seen.found, seen.known, seen.filed, seen.there) == (f"{7:032x}", known, 1, 0)
    assert adopt(seen, stranger.settings, stranger.catalog) == f"{7:032x}"
    assert open_it(filed)
    plugged_disk.plug()
    with pytest.raises(WaitError, match="another library"):
        filed.check()


@pytest.mark.parametrize("is_it", [True, False])
def test_a_library_that_has_lost_its_mark_gets_it_back_and_a_new_disk_one_of_its_own(
    is_it: bool, filed: Checked
) -> None:
    known = filed.catalog.known_library.library_id()
    (filed.library_dir / LIBRARY_MARK).unlink()
    if not is_it:
        filed.path(filed.ids[0]).unlink()
    with pytest.raises(WaitError):
        open_it(filed)
    seen = look_at(filed.settings, filed.catalog)
    assert (adopt(seen, filed.settings, filed.catalog) == known) is is_it
    assert open_it(filed)
    assert look_at(filed.settings, filed.catalog).is_known
    with pytest.raises(ShantyError, match="not as it was"):
        adopt(seen, filed.settings, filed.catalog)


def test_a_mark_cannot_be_put_on_a_disk_that_is_read_only(
    library: Checked, plugged_disk: PluggedDisk
) -> None:
    plugged_disk.set_read_only(True)
    with pytest.raises(WaitError, match="read-only"):
        open_it(library)
    assert library.check() == [], "looking is allowed"
    plugged_disk.set_read_only(False)
    assert open_it(library)


# A disk that comes and goes


def flap(disk: PluggedDisk, is_over: threading.Event) -> None:
    """Unplug and plug the disk again and again, in the ordinary way and by force."""
    is_forced = False
    while not is_over.wait(0.08):
        is_forced = not is_forced
        if disk.unplug(is_forced=is_forced):
            time.sleep(0.04)
            disk.plug()


def file_while_the_disk_comes_and_goes(
    library: Checked, disk: PluggedDisk, audio: Path, songs: int
) -> None:
    names = [f"Song {number:03}" for number in range(songs)]
    ids = [library.download(one, audio) for one in make_placements(*names)]
    disk.unplug()
    (disk.folder / "notes.txt").write_text("of a media server")
    disk.plug()
    is_over = threading.Event()
    flapping = threading.Thread(target=flap, args=(disk, is_over))
    flapping.start()
    deadline = time.monotonic() + 300
    try:
        while any(library.status(one) is TrackStatus.WANTED for one in ids):
            assert time.monotonic() < deadline
            for circuit in library.services("x").circuits.list_all():
                library.services("x").circuits.resume(circuit.name)
            with library.database.begin() as tx:  # time passes
                tx.execute(work_queue.update().values(run_after=utc_now(), attempt=0))
            try_all(library)
    finally:
        is_over.set()
        flapping.join()
    library.acts().settle_all()
    library.check_catalogue()
    assert [one for one in library.check() if one.kind is not Kind.EMPTY_FOLDER] == []
    disk.unplug()
    assert bare(disk) == set()


def test_a_disk_that_comes_and_goes_gets_everything_and_its_mount_point_nothing(
    filed: Checked, plugged_disk: PluggedDisk, made_audio: dict[str, Path]
) -> None:
    file_while_the_disk_comes_and_goes(filed, plugged_disk, made_audio["opus"], 5)


@pytest.mark.proof
def test_a_hundred_songs_on_a_disk_that_comes_and_goes(
    filed: Checked, plugged_disk: PluggedDisk, made_audio: dict[str, Path]
) -> None:
    file_while_the_disk_comes_and_goes(filed, plugged_disk, made_audio["opus"], 130)
