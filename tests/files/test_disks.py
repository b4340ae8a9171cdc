"""A library on disks as people have them: full, read-only, taken away, ignoring case."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from shanty.config.settings import Settings, load_settings
from shanty.errors import WaitError
from shanty.files.placement import find_same, place
from shanty.files.spelling import spell_as_disk
from shanty.library.presence import SAMPLE_SIZE, require_library
from tests.world.disks import FoldingFolder, SmallDisk

WHERE = PurePosixPath("Queen/Hot Space (1982)/11 Under Pressure.opus")
MUSIC = b"music " * 5000


def is_music(path: Path) -> bool:
    return path.read_bytes() == MUSIC


def files_under(folder: Path) -> list[str]:
    found = (p for p in folder.rglob("*") if p.is_file() and p.name != "filler")
    return sorted(str(path.relative_to(folder)) for path in found)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "incoming" / "download.opus"
    path.parent.mkdir()
    path.write_bytes(MUSIC)
    return path


def put(source: Path, library: Path) -> Path:
    return place(source, library, WHERE, is_same=is_music)


# Real disks


def test_a_disk_that_is_full(small_disk: SmallDisk, source: Path) -> None:
    filler = small_disk.fill()
    with pytest.raises(WaitError, match="the disk is full") as caught:
        put(source, small_disk.folder)
    assert caught.value.source == "library"
    assert source.read_bytes() == MUSIC
    assert files_under(small_disk.folder) == []
    filler.unlink()
    assert put(source, small_disk.folder).read_bytes() == MUSIC
    assert not source.exists()


def test_a_disk_that_is_read_only(small_disk: SmallDisk, source: Path) -> None:
    small_disk.set_read_only(True)
    with pytest.raises(WaitError, match="the disk is read-only") as caught:
        put(source, small_disk.folder)
    assert caught.value.source == "library"
    assert source.read_bytes() == MUSIC
    small_disk.set_read_only(False)
    assert put(source, small_disk.folder).read_bytes() == MUSIC


def test_a_disk_that_was_taken_away(small_disk: SmallDisk, source: Path) -> None:
    filed = put(source, small_disk.folder)
    require_library(small_disk.folder, lambda limit: [filed])
    small_disk.unmount()
    with pytest.raises(
        WaitError, match=r"is empty, although files were filed there.*mounted"
    ) as caught:
        require_library(small_disk.folder, lambda limit: [filed])
    assert caught.value.source == "library"
    assert list(small_disk.folder.iterdir()) == []
    small_disk.mount()
    require_library(small_disk.folder, lambda limit: [filed])


def test_a_real_disk_that_is_blind_to_case(folding_disk: Path, source: Path) -> None:
    check_blind_to_case(folding_disk, source)


def test_staging_follows_the_library_once_something_is_filed(
    small_disk: SmallDisk, tmp_path: Path
) -> None:
    settings = load_settings(home=tmp_path / "home", library={"path": small_disk.folder})
    assert settings.incoming_dir == tmp_path / "home" / "incoming"
    settings.library.own_dir.mkdir()
    settings.library.mark_path.touch()
    assert settings.incoming_dir == small_disk.folder / ".shanty" / "incoming"
    small_disk.unmount()
    assert settings.incoming_dir == tmp_path / "home" / "incoming"
    assert set(settings.incoming_dirs) == {
        tmp_path / "home" / "incoming",
        small_disk.folder / ".shanty" / "incoming",
    }


# What a library that is not there looks like


def filed(number: int, folder: Path) -> Callable[[int], list[Path]]:
    return lambda limit: [folder / f"{n}.opus" for n in range(min(limit, number))]


def test_a_new_library_may_be_empty_or_missing(tmp_path: Path) -> None:
    require_library(tmp_path / "missing", filed(0, tmp_path))
    assert not (tmp_path / "missing").exists()
    require_library(tmp_path, filed(0, tmp_path))


def test_a_library_with_files_may_not_be_empty_or_missing(tmp_path: Path) -> None:
    with pytest.raises(WaitError, match="is gone, although files were filed there"):
        require_library(tmp_path / "missing", filed(1, tmp_path))
    (tmp_path / "lost+found").mkdir()
    (tmp_path / ".Trashes").mkdir()
    with pytest.raises(WaitError, match="is empty"):
        require_library(tmp_path, filed(1, tmp_path))


def test_a_library_with_something_else_in_it(tmp_path: Path) -> None:
    """It may be another disk, or what a media server wrote onto the bare mount point."""
    (tmp_path / "metadata").mkdir()
    with pytest.raises(WaitError, match="none of the files"):
        require_library(tmp_path, filed(SAMPLE_SIZE, tmp_path))
    # So few may have been removed by their owner.
    require_library(tmp_path, filed(SAMPLE_SIZE - 1, tmp_path))
    (tmp_path / "3.opus").touch()
    require_library(tmp_path, filed(SAMPLE_SIZE, tmp_path))


# Disks that are blind to case and composition


def check_blind_to_case(library: Path, source: Path) -> None:
    artist, nfd = "QUEEN", unicodedata.normalize("NFD", "Hôt Space")
    (library / artist / nfd).mkdir(parents=True)
    where = PurePosixPath("Queen/Hôt Space/11 Under Pressure.opus")
    placed = place(source, library, where, is_same=is_music)
    assert placed == library / artist / nfd / "11 Under Pressure.opus"
    assert files_under(library) == [f"{artist}/{nfd}/11 Under Pressure.opus"]
    source.write_bytes(MUSIC)
    assert place(source, library, where, is_same=is_music) == placed, "the same recording again"
    assert not source.exists()
    source.write_bytes(b"another recording")
    other = place(
        source,
        library,
        PurePosixPath("queen/hôt space/11 under pressure.opus"),
        is_same=lambda path: path.read_bytes() == b"another recording",
    )
    assert other == placed.with_name("11 under pressure (2).opus")
    assert placed.read_bytes() == MUSIC
    assert find_same(library / "queen" / "HÔT SPACE" / "11 UNDER PRESSURE.flac", is_music)
    names = [*(library / artist / nfd).iterdir()]
    assert {spell_as_disk(library, library / where), other} == set(names)


def test_a_disk_that_is_blind_to_case(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    with monkeypatch.context() as patch:
        FoldingFolder(library, patch)
        (library / "Abc").mkdir()
        assert (library / "aBC").is_dir(), "the simulation works"
        (library / "Abc").rmdir()
        check_blind_to_case(library, source)


def test_an_ordinary_disk_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "Queen" / "Ängste.opus"
    path.parent.mkdir()
    path.touch()
    (tmp_path / "Queen" / "äNGSTE.opus").touch()
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", lambda folder: pytest.fail("the folder was listed"))
        assert spell_as_disk(tmp_path, path) == path


# The same recording under another extension


def test_the_same_recording_in_another_format_is_found(tmp_path: Path) -> None:
    target = tmp_path / "01 Song.opus"
    assert find_same(tmp_path / "missing" / "01 Song.opus", is_music) is None
    for name in ("01 Song.txt", "01 Songs.mp3", "01 Song (live).mp3", "02 Song.mp3"):
        (tmp_path / name).write_bytes(MUSIC)
    (tmp_path / "01 Song.mp3").write_bytes(b"another one")
    assert find_same(target, is_music) is None
    (tmp_path / "01 Song (2).flac").write_bytes(MUSIC)
    assert find_same(target, is_music) == tmp_path / "01 Song (2).flac"


def test_settings_are_as_before_on_one_filesystem(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    settings: Settings = load_settings(home=tmp_path, library={"path": tmp_path / "music"})
    assert settings.incoming_dir == tmp_path / "incoming"
