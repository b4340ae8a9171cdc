"""Names are as long as the disk really takes them, whatever limit it claims."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shanty.db import Database
from shanty.errors import PermanentError
from shanty.files import name_limit
from shanty.files.atomic import disk_error
from shanty.files.moving import name_in_trash
from shanty.files.name_limit import longest_name, measure_again
from shanty.files.numbering import numbered
from shanty.library.rename import apply_renames, plan_renames
from shanty.models import Status, TrackStatus
from shanty.music.entities import Placement
from shanty.stages import load_stages
from shanty.stages.execution import Fate, execute
from tests.world.disks import ShortNames
from tests.world.filed_library import FiledLibrary, by_hand, make_placements

WORDS = {"latin": "Lorem ipsum dolor ", "japanese": "春の海ひねもすのたり", "emoji": "👨‍👩‍👧‍👦🏴‍☠️"}


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_limit, "_known", {})


@pytest.fixture
def library(tmp_path: Path, sqlite_database: Database) -> FiledLibrary:
    return FiledLibrary(tmp_path, sqlite_database)


def tell(patch: pytest.MonkeyPatch, bytes_: int) -> None:
    """Let every disk claim this limit."""
    patch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_namemax=bytes_))


def long_ones(words: str, number: int = 1) -> list[Placement]:
    titles = [(words * 100)[: 300 + n] for n in range(number)]
    return make_placements(*titles, artist=(words * 100)[:300], album=(words * 100)[:299])


def longest_in(folder: Path) -> int:
    return max(len(os.fsencode(path.name)) for path in folder.rglob("*"))


Disk = Callable[[pytest.MonkeyPatch], object]
DISKS: dict[str, Disk] = {
    "that says so": lambda patch: (tell(patch, 143), ShortNames(patch, 143)),
    "that lies": lambda patch: (tell(patch, 255), ShortNames(patch, 143)),
    "that says nothing": lambda patch: (tell(patch, 0), ShortNames(patch, 143)),
    "that lies to the last": lambda patch: (
        tell(patch, 255),
        ShortNames(patch, 143, is_silent=True),
    ),
}


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("disk", ["that says so", "that lies to the last"])
def test_a_disk_with_short_names_gets_all_of_an_album(
    words: str,
    disk: str,
    library: FiledLibrary,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = [library.download(one, made_audio["opus"]) for one in long_ones(WORDS[words], 2)]
    DISKS[disk](monkeypatch)
    library.work()
    assert all(library.status(one) is TrackStatus.IN_LIBRARY for one in ids)
    assert 100 < longest_in(library.library_dir) <= 143
    library.check_catalogue()
    assert plan_renames(library.settings, library.catalog).moves == [], "they are where they belong"
    name_limit._known.clear()  # another process
    plan = plan_renames(library.settings, library.catalog)
    apply_renames(plan, by_hand(library, "rename"))
    library.check_catalogue()
    assert longest_in(library.library_dir) <= 143


@pytest.mark.parametrize("disk", DISKS)
def test_the_limit_of_a_disk_is_measured_once(
    disk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DISKS[disk](monkeypatch)
    if disk == "that lies to the last":
        assert longest_name(tmp_path / "not" / "there") == 240
        assert measure_again(tmp_path) == 128
    assert longest_name(tmp_path / "not" / "there") == 128
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "statvfs", lambda path: pytest.fail("it was asked again"))
    assert longest_name(tmp_path) == 128


def test_an_ordinary_disk_allows_names_of_the_usual_length(tmp_path: Path) -> None:
    assert longest_name(tmp_path) == 240


def test_a_path_that_is_too_long_as_a_whole_gets_shorter_names(
    library: FiledLibrary, made_audio: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share of Windows behaves like this."""
    track_id = library.download(long_ones("Lorem ipsum ")[0], made_audio["opus"])
    with monkeypatch.context() as patch:
        ShortNames(patch, 255, longest_path=330)
        library.work()
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert library.path(track_id).is_file()


def test_a_disk_that_refuses_every_name_fails_the_track_with_a_sentence(
    library: FiledLibrary, made_audio: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    track_id = library.download(long_ones("Lorem ipsum ")[0], made_audio["opus"])
    link = os.link
    from shanty.files import placement

    def refuse(*_: Any) -> None:
        raise OSError(36, os.strerror(36))

    monkeypatch.setattr(placement, "move_exclusively", refuse)
    item: Any = library.queue.items.claim(library.worker_id, 1)[0]
    while item is not None:
        outcome = execute(item, library.services("run"), load_stages())
        item = outcome.next_item
    assert outcome.fate is Fate.FAILED
    assert "too long" in outcome.message
    assert "library.template" in outcome.message
    assert library.status(track_id) is TrackStatus.FAILED
    assert library.queue.overview.list_items(status=Status.PENDING) == []
    assert link is os.link


def test_a_name_that_is_too_long_is_a_permanent_error(tmp_path: Path) -> None:
    error = disk_error(OSError(36, "File name too long"), "write", tmp_path)
    assert isinstance(error, PermanentError)


@pytest.mark.parametrize("name", ["x" * 250 + ".opus", "春" * 83 + ".opus", "x" * 255, ".x"])
def test_a_number_fits_into_any_name(name: str) -> None:
    first, second, third, *_, last = numbered(Path("folder") / name)
    assert first.name == name
    for path, end in ((second, " (2)"), (third, " (3)"), (last, " (999)")):
        assert path.name.removesuffix(".opus").endswith(end)
        assert len(path.name.encode()) <= 255
        assert path.suffix == first.suffix or not first.suffix


def test_a_trash_on_a_disk_with_short_names_takes_long_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, 143)
    trash = tmp_path / "trash"
    path = tmp_path / "library" / ("x" * 200 + ".opus")
    name = name_in_trash(path, trash, tmp_path / "library", "2026-01-02")
    assert (len(name.name), name.suffix) == (143, ".opus")
    name.parent.mkdir(parents=True)
    name.touch()
    again = name_in_trash(path, trash, tmp_path / "library", "2026-01-02")
    assert len(again.name) == 143
    assert again.stem.endswith(" (2)")
    shutil.rmtree(trash)
