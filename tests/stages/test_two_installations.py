"""Two installations on one library keep to their own files; machines of one share everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from shanty.config.sections import LIBRARY_MARK
from shanty.config.settings import load_settings
from shanty.db import Database, open_database
from shanty.demo.world import World
from shanty.library.m3u import find_marked, render
from shanty.library.playlists import PlaylistReport
from shanty.models import Stage, TrackStatus
from shanty.stages.execution import Fate, Outcome
from shanty.tags.tagging import read_recording_mbid
from shanty.tracks.maintenance import tidy
from shanty.watching.watch import unwatch
from tests.world.checked_library import Checked, age
from tests.world.filed_library import FiledLibrary, make_placements
from tests.world.stage_bench import Bench
from tests.world.watched_library import Watched

pytestmark = pytest.mark.usefixtures("no_faults")


@pytest.fixture
def databases(sqlite_database: Database, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    yield sqlite_database, other
    other.dispose()


@pytest.fixture
def library_dir(tmp_path: Path) -> Path:
    """A library on another disk than the homes, so that staging lies in it."""
    folder = tmp_path / "library"
    (folder / ".shanty").mkdir(parents=True)
    (folder / LIBRARY_MARK).write_text(f"{7:032x}\n")
    return folder


L = TypeVar("L", bound=FiledLibrary)


def in_one_library(
    make: Callable[[Path, Database], L], databases: tuple[Database, Database], library_dir: Path
) -> tuple[L, L]:
    """Two installations, each with a home and a database of its own."""
    one, other = (
        make(library_dir.parent / home, database)
        for home, database in zip(("one", "other"), databases, strict=True)
    )
    for each in (one, other):
        library = each.settings.library.model_copy(update={"path": library_dir})
        each.settings = each.settings.model_copy(update={"library": library})
    return one, other


def clear_staging(one: Bench | FiledLibrary) -> int:
    settings = one.services.settings if isinstance(one, Bench) else one.settings
    return tidy(one.queue, one.catalog, one.database, settings)["staging folders removed"]


def test_each_installation_files_its_own_downloads(
    world: World, databases: tuple[Database, Database], library_dir: Path, tmp_path: Path
) -> None:
    one, other = (
        Bench(world, database, load_settings(home=tmp_path / home, library={"path": library_dir}))
        for home, database in zip(("one", "other"), databases, strict=True)
    )
    track_id = one.want(0)
    assert other.want(1) == track_id
    item = one.run_until(Stage.INDEX)
    downloads = world.requests.total("media")
    assert other.run_to_the_end().fate is Fate.FINISHED
    clear_staging(other)
    outcome = Outcome(Fate.ADVANCED, "downloaded", item)
    while outcome.next_item is not None:
        outcome = one.run(outcome.next_item)
    assert outcome.fate is Fate.FINISHED
    assert world.requests.total("media") == downloads + 1, "what was lost is downloaded again"
    for bench, number in ((one, 0), (other, 1)):
        mbid = world.recordings[number]
        (chosen,) = [c for c in bench.catalog.candidates.of_track(track_id) if c.status == "chosen"]
        assert (chosen.id, chosen.source_id) == (1, world.truth[mbid])
        file = bench.catalog.files.of_track(track_id)
        assert file is not None
        assert read_recording_mbid(file.path) == mbid
    assert list((library_dir / ".shanty" / "incoming").iterdir()) == []


def test_machines_of_one_database_go_on_with_each_others_downloads(
    world: World, sqlite_database: Database, library_dir: Path, tmp_path: Path
) -> None:
    """Each machine has a home and a connection of its own, but they are one installation."""
    database = open_database(f"sqlite:///{tmp_path / 'shanty.db'}")
    here, there = (
        Bench(world, opened, load_settings(home=tmp_path / home, library={"path": library_dir}))
        for home, opened in (("here", sqlite_database), ("there", database))
    )
    track_id = here.want(2)
    assert here.run(here.claim()).fate is Fate.ADVANCED
    here.queue.items.give_back(here.worker_id)
    downloads = world.requests.total("media")
    assert clear_staging(there) == 0
    outcome = there.run(there.claim(Stage.INDEX))
    while outcome.next_item is not None:
        outcome = there.run(outcome.next_item)
    assert outcome.fate is Fate.FINISHED
    assert there.status(track_id) is TrackStatus.IN_LIBRARY
    assert world.requests.total("media") == downloads
    assert list((library_dir / ".shanty" / "incoming").iterdir()) == []
    database.dispose()


def test_tidying_one_installation_leaves_the_others_downloads(
    databases: tuple[Database, Database],
    library_dir: Path,
    tmp_path: Path,
    made_audio: dict[str, Path],
) -> None:
    one, other = in_one_library(FiledLibrary, databases, library_dir)
    track_id = one.download(make_placements("One")[0], made_audio["flac"])
    assert other.file(make_placements("Two", album="Second"), made_audio["mp3"]) == [track_id]
    assert clear_staging(other) == 0
    one.work()
    assert one.path(track_id).name == "01 One.flac"
    assert one.status(track_id) is other.status(track_id) is TrackStatus.IN_LIBRARY
    for each in (one, other):
        each.check_catalogue()


def test_each_has_its_playlists(
    databases: tuple[Database, Database],
    library_dir: Path,
    tmp_path: Path,
    made_audio: dict[str, Path],
) -> None:
    def make(folder: Path, database: Database) -> Watched:
        return Watched(folder, database, made_audio["mp3"])

    one, other = in_one_library(make, databases, library_dir)
    one.watch("artist", "Anna", *make_placements("One"))
    gone = other.watch("artist", "Anna", *make_placements("Two", album="Second"))
    other.watch("artist", "Berta", *make_placements("Three", artist="Berta"))
    assert (one.update().written, other.update().written) == (1, 2)
    for each in (one, other, one):
        assert each.update() == PlaylistReport()
    assert one.names == ["Anna (artist).m3u8", "Anna.m3u8", "Berta.m3u8"]
    assert one.paths_in("Anna.m3u8") == ["../Anna/First (2001)/01 One.mp3"]
    assert one.paths_in("Anna (artist).m3u8") == ["../Anna/Second (2001)/01 Two.mp3"]
    unwatch(gone, database=other.database, queue=other.queue)
    assert other.update() == PlaylistReport(removed=1)
    assert one.update() == PlaylistReport()
    assert one.names == ["Anna.m3u8", "Berta.m3u8"]


def test_playlists_of_earlier_releases_are_taken_over(
    sqlite_database: Database, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    library = Watched(tmp_path, sqlite_database, made_audio["mp3"])
    library.watch("artist", "Anna", *make_placements("One"))
    library.update()
    folder = library.settings.playlists_dir
    (written,) = find_marked(folder)
    for name, owner in (("Anna.m3u8", written.owner.split("@")[0]), ("Zoe.m3u8", "artist:zoe")):
        (folder / name).write_text(render(owner, [], folder / name))
    assert library.update() == PlaylistReport(written=1, removed=1)
    assert library.names == ["Anna.m3u8"]
    assert find_marked(folder) == [written]


def test_a_check_leaves_staging_and_trash_alone(
    sqlite_database: Database, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    """This holds for every installation's files: if a repair moved them, their owner lost them."""
    library = Checked(tmp_path, sqlite_database)
    library.file(make_placements("One"), made_audio["flac"])
    section = library.settings.library.model_copy(update={"trash": library.library_dir / "Trash"})
    download = library.settings.download.model_copy(update={"staging": library.library_dir})
    library.settings = library.settings.model_copy(
        update={"library": section, "download": download}
    )
    staged = library.settings.incoming_dir / "0123abcd-1" / "2"
    hidden = library.library_dir / ".shanty" / "incoming" / "0123abcd-1" / "2"
    for folder in (staged, hidden, section.trash_dir / "2026-01-02"):
        path = folder / "song.part"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"half of it")
        age(path)
    empty = staged.with_name("3")
    empty.mkdir()
    age(empty)
    before = library.tree()
    assert library.check(repair=True) == []
    assert library.tree() == before
