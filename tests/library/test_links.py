"""Only a person moves a link: nothing lets one lead nowhere, and nothing takes one away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shanty.catalog import Action
from shanty.errors import PermanentError, ShantyError
from shanty.files.moving import Left, settle_move
from shanty.library.check import Discrepancy, check_library
from shanty.library.rename import plan_renames
from shanty.library.undo import find_acts, undo
from shanty.models import TrackStatus
from shanty.tags.tagging import build_tags, read_tags
from shanty.tracks.review import reject_filed
from tests.world.filed_library import FiledLibrary, by_hand, make_placements
from tests.world.renames import FLAT, names, rename, undo_run
from tests.world.shell import Shell


@pytest.fixture
def database_url(sqlite_copy_url: str) -> str:
    """Use SQLite only: these tests do not depend on the database."""
    return sqlite_copy_url


def make_link(path: Path, disk: Path) -> Path:
    """Move a file to another disk and leave a link in its place, as a person with a full disk does.

    Returns where the file is then.
    """
    disk.mkdir(exist_ok=True)
    moved = path.rename(disk / path.name)
    path.symlink_to(os.path.relpath(moved, path.parent))
    return moved


def looks(library: FiledLibrary) -> dict[str, str]:
    """Return what is in the library, and where its links lead."""
    links = [path for path in library.library_dir.rglob("*") if path.is_symlink()]
    return library.tree() | {f"{path}": str(path.readlink()) for path in links}


def refused(library: FiledLibrary, run_id: str, *, is_dry: bool) -> list[str]:
    report = undo(find_acts(run_id, library.catalog), by_hand(library, "back"), is_dry=is_dry)
    return [refusal.reason for refusal in report.refused]


def test_a_rename_leaves_a_link_and_what_lies_in_its_folder(
    library: FiledLibrary, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["opus"])
    link = library.path(one)
    make_link(link, tmp_path / "disk")
    before = looks(library)
    library.with_template(FLAT)
    plan = plan_renames(library.settings, library.catalog)
    assert ([move.track_id for move in plan.moves], plan.links) == ([two], [link])
    report = rename(library)
    assert (report.moved, report.left) == (1, [])
    assert library.path(one) == link
    assert names(library) == [
        "Anna/First (2001)/01 One.opus",
        "Anna/First (2001)/cover.jpg",
        "Anna/Two.opus",
    ]
    undo_run(library, "rename-1")
    assert looks(library) == before
    library.with_template("{album_artist}/First (2001)/{track:02} {title}.{ext}")
    assert plan_renames(library.settings, library.catalog).links == [], "it is where it belongs"


def test_a_cover_that_a_link_leads_to_is_not_moved(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One"), made_audio["opus"])
    album = library.library_dir / "Anna" / "First (2001)"
    (album / "Scans").mkdir()
    (album / "cover.jpg").rename(album / "Scans" / "front.jpg")
    (album / "cover.jpg").symlink_to("Scans/front.jpg")
    library.with_template(FLAT)
    assert rename(library).left == []
    assert names(library) == [
        "Anna/First (2001)/Scans/front.jpg",
        "Anna/First (2001)/cover.jpg",
        "Anna/One.opus",
    ]
    assert (album / "cover.jpg").read_bytes() == library.coverart.data


def test_a_link_to_a_file_is_not_a_second_file(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    library.file(make_placements("One"), made_audio["opus"])
    link = library.library_dir / "Anna" / "cover.jpg"
    link.symlink_to(library.library_dir / "Anna" / "First (2001)" / "cover.jpg")
    library.with_template(FLAT)
    assert rename(library).left == []
    assert link.read_bytes() == library.coverart.data
    assert library.catalog.trash.list_trash() == []


def test_the_command_says_which_links_it_leaves(
    shanty: Shell, filed: FiledLibrary, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    link = filed.path(1)
    make_link(link, tmp_path / "disk")
    monkeypatch.setenv("SHANTY_LIBRARY__TEMPLATE", "{title}.{ext}")
    said = f"a link, left where it is: {link}"
    assert shanty("library", "rename") == 0
    assert said in shanty.out.splitlines()
    assert "1 of 2 files would move" in shanty.out
    for option in ("--dry-run", "--apply"):
        assert shanty.json("library", "rename", option)["links"] == [str(link)]  # type: ignore[index]
    assert shanty("library", "rename", "--apply") == 0
    assert said in shanty.out.splitlines()
    sentence = shanty.fails("review", "reject", "One")
    assert sentence == f"shanty: {link} is a link: it is left where it is"


def test_nothing_takes_a_link_away(
    library: FiledLibrary, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["mp3"])
    path = library.path(track_id)
    real = make_link(path, tmp_path / "disk")
    acts, before = by_hand(library), looks(library)
    with pytest.raises(ShantyError, match="is a link"):
        reject_filed(library.catalog.tracks.get(track_id), acts)
    with pytest.raises(PermanentError, match="is a link"):
        acts.rename(track_id, path, path.with_name("x.mp3"))
    for is_dry in (True, False):
        reasons = refused(library, "first-run", is_dry=is_dry)
        assert reasons[-1] == f"{path} is a link: it is left where it is"
    real.write_bytes(b"no music")
    found: list[Discrepancy] = []
    check_library(
        settings=library.settings,
        database=library.database,
        queue=library.queue,
        acts=acts,
        on_discrepancy=found.append,
    )
    assert [one.repair for one in found] == [f"left: {path} is a link: it is left where it is"]
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert looks(library).keys() - before.keys() == set()
    assert path.readlink() == Path(before[str(path)])
    assert library.catalog.journal.open_entries() == []


def test_an_own_file_that_is_a_link_is_not_replaced(library: FiledLibrary) -> None:
    path, real = library.library_dir / "list.txt", library.library_dir / "mine.txt"
    real.write_bytes(b"mine")
    path.symlink_to("mine.txt")
    with pytest.raises(PermanentError, match="is a link"):
        by_hand(library).write_file(None, path, b"ours")
    assert path.is_symlink()
    assert real.read_bytes() == b"mine"


def test_tags_are_written_to_what_a_link_leads_to(
    library: FiledLibrary, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["flac"])
    path = library.path(track_id)
    real = make_link(path, tmp_path / "disk")
    before, link = real.read_bytes(), path.readlink()
    (other,) = make_placements("Other")
    assert by_hand(library, "retag").write_tags(track_id, path, build_tags(other))
    assert read_tags(real) == build_tags(other)
    library.check_catalogue()
    undo_run(library, "retag")
    assert (real.read_bytes(), path.readlink()) == (before, link)


def test_a_better_file_does_not_take_the_place_of_a_link(
    library: FiledLibrary, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    (placement,) = make_placements("One")
    (track_id,) = library.file([placement], made_audio["mp3"])
    path = library.path(track_id)
    make_link(path, tmp_path / "disk")
    with library.database.begin() as tx:
        library.catalog.files.forget(tx, track_id)
        library.catalog.tracks.set_status(tx, track_id, TrackStatus.WANTED)
    better = library.settings.library.model_copy(update={"duplicates": "upgrade"})
    library.settings = library.settings.model_copy(update={"library": better})
    library.stage(track_id, made_audio["flac"])
    library.work("second-run")
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert path.is_symlink()
    assert library.catalog.trash.list_trash() == []
    assert [one.name for one in path.parent.iterdir() if one.suffix == ".flac"] == []


@pytest.mark.parametrize("leads_to", ["a file of another name", "nothing"])
def test_a_move_is_settled_by_names_and_not_by_links(leads_to: str, tmp_path: Path) -> None:
    """A person who linked a file's old name to its new one still has the file."""
    source, target = tmp_path / "new.opus", tmp_path / "old.opus"
    source.write_bytes(b"music")
    target.symlink_to("new.opus" if leads_to == "a file of another name" else "nowhere")
    assert settle_move(source, target) is Left.NOT_MOVED
    assert source.read_bytes() == b"music"


def test_a_folder_that_is_a_link_is_gone_through(
    library: FiledLibrary, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["ogg"])
    folder, disk = library.library_dir / "Anna", tmp_path / "disk"
    folder.rename(disk)
    folder.symlink_to(os.path.relpath(disk, folder.parent))
    before = looks(library)
    acts = by_hand(library, "trash")
    acts.trash(library.path(one), "test", track_id=one, track_status=TrackStatus.REMOVED)
    undo_run(library, "trash")
    assert looks(library) == before
    library.with_template("{album_artist}/{title}.{ext}")
    rename(library)
    assert (disk / "Two.ogg").is_file()
    assert folder.is_symlink()
    library.with_template("{album}/{title}.{ext}")
    rename(library, "rename-2")
    assert library.path(two) == library.library_dir / "First" / "Two.ogg"
    assert folder.is_symlink(), "a person's link, if to an empty folder"
    for run_id in ("rename-2", "rename-1"):
        undo_run(library, run_id)
    assert looks(library) == before
    assert [one.action for one in library.catalog.journal.of_run("trash")] == [Action.TRASH]
