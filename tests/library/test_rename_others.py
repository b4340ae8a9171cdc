"""A rename leaves what is somebody else's, or is not what it looks like, where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shanty.files.atomic import temporary_in
from shanty.library.rename import apply_renames, plan_renames
from shanty.library.undo import find_acts
from shanty.models import Priority, Stage
from shanty.stages import load_stages
from shanty.stages.execution import execute
from tests.world.filed_library import FiledLibrary, by_hand, make_placements
from tests.world.renames import FLAT, names, rename, undo_run


@pytest.fixture
def database_url(sqlite_copy_url: str) -> str:
    """Use SQLite only: these tests do not depend on the database."""
    return sqlite_copy_url


def test_a_file_that_another_process_is_writing_stays_where_it_is(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    """A copy from another filesystem would be lost if it moved: its maker would look for it."""
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    album = library.path(track_id).parent
    library.with_template(FLAT)
    with temporary_in(album) as copy:
        copy.write_bytes(b"half of it")
        rename(library)
        assert copy.read_bytes() == b"half of it"
        assert names(library) == [
            f"Anna/First (2001)/{copy.name}",
            "Anna/One.opus",
            "Anna/cover.jpg",
        ]
    moved = {entry.source_path for entry in library.catalog.journal.of_run("rename-1")}
    assert copy not in moved


@pytest.mark.parametrize("title", ["Two.tmp", "Two.part", "One.temp", "one.Partial"])
def test_a_song_that_is_called_like_an_unfinished_file_is_music(
    title: str, library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    library.with_template("{album_artist}/{album}/{title}.{ext}")
    one, two = library.file(make_placements("One", title), made_audio["opus"])
    before = library.tree()
    with library.database.begin() as tx:
        library.queue.items.enqueue(tx, two, Stage.ENRICH, priority=Priority.FORCED)
    (item,) = library.queue.items.claim(library.worker_id, 1)
    library.with_template(FLAT)
    report = rename(library)
    assert ([path for path, _ in report.left], report.moved) == ([library.path(two)], 1)
    assert names(library) == sorted(
        ["Anna/One.opus", f"Anna/First/{title}.opus", "Anna/First/cover.jpg"]
    )
    execute(item, library.services("enrich"), load_stages())
    rename(library, "rename-2")
    assert names(library) == sorted(["Anna/One.opus", f"Anna/{title}.opus", "Anna/cover.jpg"])
    undo_run(library, "rename-2")
    undo_run(library, "rename-1")
    assert library.tree() == before
    assert [entry.track_id for entry in find_acts("One", library.catalog)] == [one] * 2
    assert library.library_dir.joinpath("Anna/First/cover.jpg").exists()


def test_a_filed_file_is_not_moved_as_a_companion(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    """This holds for any extension, such as one that an earlier release used."""
    one, two = library.file(make_placements("One", "Two"), made_audio["opus"])
    path = library.path(two)
    by_hand(library, "odd").rename(two, path, path.with_name("01 One.xyz"))
    library.with_template(FLAT)
    plan = plan_renames(library.settings, library.catalog)
    plan.moves[:] = [move for move in plan.moves if move.track_id == one]
    assert apply_renames(plan, by_hand(library)).moved == 1
    library.check_catalogue()


def test_companions_of_a_persons_own_file_of_the_same_name_stay(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["opus"])
    album = library.path(one).parent
    acts = by_hand(library, "lyrics")
    for track_id in (one, two):
        acts.add_file(track_id, library.path(track_id).with_suffix(".lrc"), b"la")
    library.with_template("{album_artist}/{album}/{title}.{ext}")
    rename(library, "rename-0")  # what we have added is ours under its later names, too
    album = library.path(one).parent
    for name in ("One.flac", "One.cue", "One.jpg", "Two.flac"):
        (album / name).write_bytes(b"mine")
    Path(os.fsdecode(os.fsencode(album) + b"/One.\xe9.txt")).write_bytes(b"mine")
    (album / "Two.lrc").unlink()
    (album / "Two.lrc").write_text("mine, in place of what was there")
    before = library.tree()
    library.with_template(FLAT)
    report = rename(library)
    assert (report.moved, report.left) == (2, [])
    assert names(library) == sorted(
        [
            *("Anna/One.lrc", "Anna/One.opus", "Anna/Two.opus", "Anna/cover.jpg"),
            *(f"Anna/First/{name}" for name in ("One.flac", "One.cue", "One.jpg", "Two.flac")),
            *("Anna/First/One.\udce9.txt", "Anna/First/Two.lrc"),
        ]
    )
    undo_run(library, "rename-1")
    assert library.tree() == before
