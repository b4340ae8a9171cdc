"""New names after a change of the template: which files move, in which order, with which others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanty.library.rename import (
    RenameReport,
    apply_renames,
    companions_of,
    plan_renames,
    run_to_go_on_with,
    settle_parked,
)
from shanty.library.rename_plan import PARKED, Move, Whereabouts, order_renames, plan_moves
from shanty.models import Priority, Stage
from tests.world.disks import FoldingFolder
from tests.world.filed_library import FiledLibrary, by_hand, make_placements
from tests.world.renames import FLAT, names, rename, undo_run


@pytest.fixture
def database_url(sqlite_copy_url: str) -> str:
    """Use SQLite only: the tests of undo run the same queries on both databases."""
    return sqlite_copy_url


def test_all_that_was_filed_moves_and_comes_back(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One", "Two"), made_audio["opus"])
    album = library.library_dir / "Anna" / "First (2001)"
    (album / "01 One.lrc").write_text("la")
    (album / "01 One.en.lrc").write_text("la")
    (album / "Scans").mkdir()
    (album / "Scans" / "back.png").write_bytes(b"png")
    (album.parent / "artist.jpg").write_bytes(b"jpg")
    before = library.tree()
    assert plan_renames(library.settings, library.catalog).moves == []
    library.with_template("{album}/{title}.{ext}")
    report = rename(library)
    assert (report.moved, report.left) == (2, [])
    assert names(library) == [
        "Anna/artist.jpg",  # where there is no level for artists any more, it stays
        "First/One.en.lrc",
        "First/One.lrc",
        "First/One.opus",
        "First/Scans/back.png",
        "First/Two.opus",
        "First/cover.jpg",
    ]
    assert not album.exists()
    assert plan_renames(library.settings, library.catalog).moves == []
    undo_run(library, "rename-1")
    assert library.tree() == before


def test_files_above_the_music_follow_on_their_level(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One"), made_audio["opus"])
    (library.library_dir / "Anna" / "artist.jpg").write_bytes(b"jpg")
    before = library.tree()
    library.with_template("by {album_artist}/{album}/{title}.{ext}")
    rename(library)
    assert names(library) == [
        "by Anna/First/One.opus",
        "by Anna/First/cover.jpg",
        "by Anna/artist.jpg",
    ]
    assert not (library.library_dir / "Anna").exists()
    undo_run(library, "rename-1")
    assert library.tree() == before


def test_a_circle_of_names(library: FiledLibrary, made_audio: dict[str, Path]) -> None:
    ids = library.file(make_placements("One", "Two", "Three"), made_audio["ogg"])
    paths = [library.path(track_id) for track_id in ids]
    for path in paths:
        path.with_suffix(".lrc").write_text(path.stem)
    contents = [path.read_bytes() for path in paths]
    before = library.tree()
    targets = paths[1:] + paths[:1]
    moves = [
        Move(track_id, path, target, "")
        for track_id, path, target in zip(ids, paths, targets, strict=True)
    ]
    plan = plan_renames(library.settings, library.catalog)
    plan.moves.extend(moves)
    report = apply_renames(plan, by_hand(library, "circle"))
    assert (report.moved, report.left) == (3, [])
    assert [library.path(track_id) for track_id in ids] == targets
    assert [path.read_bytes() for path in targets] == contents
    assert [path.with_suffix(".lrc").read_text() for path in targets] == [p.stem for p in paths]
    library.check_catalogue()
    undo_run(library, "circle")
    assert library.tree() == before


def test_what_is_not_ours_is_never_overwritten(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["mp3"])
    mine = library.library_dir / "Anna" / "One.mp3"
    mine.write_bytes(b"mine")
    library.with_template(FLAT)
    rename(library)
    assert mine.read_bytes() == b"mine"
    assert library.path(track_id).name == "One (2).mp3"
    assert plan_renames(library.settings, library.catalog).moves == [], "the name is stable"


def test_equal_names_get_numbers_and_keep_them(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    songs = [
        *make_placements("Song", album="First"),
        *make_placements("Song ", album="Second"),
    ]
    library.file(songs, made_audio["mp3"])
    before = library.tree()
    library.with_template(FLAT)
    rename(library)
    assert names(library)[:2] == ["Anna/Song (2).mp3", "Anna/Song.mp3"]
    assert plan_renames(library.settings, library.catalog).moves == []
    undo_run(library, "rename-1")
    assert library.tree() == before


def test_a_track_that_is_worked_on_is_left_and_reported(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["flac"])
    with library.database.begin() as tx:
        library.queue.items.enqueue(tx, one, Stage.ENRICH, priority=Priority.FORCED)
    assert library.queue.items.claim(library.worker_id, 1)
    library.with_template(FLAT)
    report = rename(library)
    assert report.moved == 1
    ((path, why),) = report.left
    assert path == library.path(one)
    assert "worked on" in why
    assert library.path(two).name == "Two.flac"


def test_other_music_keeps_its_folder_and_its_pictures(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One"), made_audio["m4a"])
    album = library.library_dir / "Anna" / "First (2001)"
    (album / "mine.mp3").write_bytes(b"mine")
    library.with_template("{title}.{ext}")
    rename(library)
    assert sorted(path.name for path in album.iterdir()) == ["cover.jpg", "mine.mp3"]


def test_the_next_run_moves_what_an_interrupted_run_left_behind(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    path = library.path(track_id)
    path.with_suffix(".lrc").write_text("la")
    library.with_template(FLAT)
    (move,) = plan_renames(library.settings, library.catalog).moves
    by_hand(library, "killed").rename(track_id, move.current, move.target)  # and no more
    report = rename(library)
    assert report.left == []
    assert names(library) == ["Anna/One.lrc", "Anna/One.opus", "Anna/cover.jpg"]
    assert not path.parent.exists()


def test_the_same_cover_twice_is_one_cover(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One", album="First"), made_audio["opus"])
    library.file(make_placements("Two", album="Second"), made_audio["opus"])
    before = library.tree()
    library.with_template(FLAT)
    rename(library)
    assert names(library) == ["Anna/One.opus", "Anna/Two.opus", "Anna/cover.jpg"]
    undo_run(library, "rename-1")
    assert library.tree() == before


@pytest.mark.parametrize("has_inodes", [False, True], ids=["one inode", "an inode each"])
def test_a_name_that_differs_only_by_case_is_not_a_second_file(
    has_inodes: bool,
    library: FiledLibrary,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library.with_template("{album_artist}/ALBUM/song {title}.{ext}")
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    library.path(track_id).with_suffix(".lrc").write_text("la")
    before = library.tree()
    with monkeypatch.context() as patch:
        FoldingFolder(library.library_dir, patch, has_inodes=has_inodes)
        library.with_template("{album_artist}/Album/Song {title}.{ext}")
        assert rename(library).left == []
        assert library.path(track_id).with_suffix(".lrc").read_text() == "la"
    folder = "Anna/Album"
    assert names(library) == [
        f"{folder}/{name}" for name in ("Song One.lrc", "Song One.opus", "cover.jpg")
    ]
    assert library.catalog.trash.list_trash() == []
    with monkeypatch.context() as patch:
        FoldingFolder(library.library_dir, patch, has_inodes=has_inodes)
        undo_run(library, "rename-1")
    assert library.tree() == before


def test_companions_have_the_longest_name(tmp_path: Path) -> None:
    for name in ("Mr.mp3", "Mr. X.mp3", "Mr. X.lrc", "Mr.lrc", "Mr.de.lrc", "Mrs.lrc", "cover.jpg"):
        (tmp_path / name).touch()
    assert [path.name for path in companions_of(tmp_path / "Mr.mp3")] == ["Mr.de.lrc", "Mr.lrc"]
    (tmp_path / "Mr. X.mp3").unlink()
    assert [path.name for path in companions_of(tmp_path / "Mr. X.mp3")] == ["Mr. X.lrc"]


PATHS = st.sampled_from([Path("/l") / name for name in ["a", "A", "b", "c", "d"]]) | st.builds(
    lambda name, number: Path("/l") / f"{name} ({number})",
    st.sampled_from("abc"),
    st.integers(2, 4),
)


@given(st.lists(st.tuples(PATHS, PATHS), unique_by=lambda pair: pair[0]), st.sets(PATHS))
def test_any_plan_can_be_made_step_by_step(
    pairs: list[tuple[Path, Path]], foreign: set[Path]
) -> None:
    filed = [Whereabouts(number, *pair) for number, pair in enumerate(pairs)]
    disk = {one.current: one.track_id for one in filed}
    others = foreign - set(disk)
    moves = plan_moves(filed, lambda path, ours: path in others)
    steps = 0
    for step in order_renames(moves):
        assert step.target not in disk, "it would be overwritten"
        assert step.target not in others
        disk[step.target] = disk.pop(step.source)
        assert disk[step.target] == step.move.track_id
        steps += 1
    assert steps <= 2 * len(moves)
    by_track = {track_id: path for path, track_id in disk.items()}
    again = [Whereabouts(one.track_id, by_track[one.track_id], one.wanted) for one in filed]
    assert plan_moves(again, lambda path, ours: path in others) == [], (
        "and then all is where it belongs"
    )


def test_nothing_is_planned_while_the_library_is_not_mounted(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    from shanty.errors import WaitError

    library.file(make_placements("One"), made_audio["opus"])
    library.library_dir.rename(library.library_dir.with_name("elsewhere"))
    library.library_dir.mkdir()
    with pytest.raises(WaitError):
        plan_renames(library.settings, library.catalog)
    (library.library_dir / ".shanty").mkdir()  # what is hidden makes it no library
    with pytest.raises(WaitError):
        plan_renames(library.settings, library.catalog)
    moved = library.settings.library.model_copy(
        update={"path": library.library_dir.with_name("not mounted yet")}
    )
    with pytest.raises(WaitError):
        plan_renames(library.settings.model_copy(update={"library": moved}), library.catalog)


def test_an_interrupted_run_and_the_one_that_finishes_it_are_one(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One", "Two"), made_audio["opus"])
    before = library.tree()
    library.with_template(FLAT)
    plan = plan_renames(library.settings, library.catalog)
    assert run_to_go_on_with(library.catalog) is None

    def die(report: RenameReport) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_renames(plan, by_hand(library, "rename-1"), on_progress=die)
    run_id = run_to_go_on_with(library.catalog)
    assert run_id == "rename-1"
    rename(library, run_id)
    assert run_to_go_on_with(library.catalog) is None
    undo_run(library, run_id)
    assert library.tree() == before
    assert run_to_go_on_with(library.catalog) is None


def test_maintenance_gives_a_parked_file_its_name(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    path = library.path(track_id)
    path.with_suffix(".lrc").write_text("la")
    before = library.tree()
    acts = by_hand(library)
    for one in (path, path.with_suffix(".lrc")):
        acts.rename(track_id, one, path.with_name(f"{PARKED}{track_id}{one.suffix}"))
    renaming = library.queue.workers.register(job="rename")
    assert settle_parked(acts) == 0, "somebody is at it"
    library.queue.workers.unregister(renaming)
    assert settle_parked(acts) == 1
    assert library.tree() == before
    library.check_catalogue()
