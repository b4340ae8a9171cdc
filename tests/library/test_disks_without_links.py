"""A library on a disk without hard links and exclusive renames, such as sshfs and rclone."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from pathlib import Path, PurePosixPath

import pytest

from shanty.db import Database
from shanty.errors import TransientError
from shanty.files import atomic
from shanty.files.placement import place
from tests.world.disks import refuse_links
from tests.world.filed_library import FiledLibrary
from tests.world.killed_acts import crash_through


@pytest.fixture
def database_url(sqlite_copy_url: str) -> str:
    """Use SQLite only: these tests do not depend on the database."""
    return sqlite_copy_url


WHERE = PurePosixPath("Queen/Hot Space (1982)/11 Under Pressure.opus")
MUSIC = b"music " * 5000


@pytest.fixture(autouse=True, params=[errno.EPERM, errno.ENOTSUP, errno.ENOSYS])
def disk_without_links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_links(monkeypatch, request.param)


def put(name: str, content: bytes, folder: Path) -> Path:
    source = folder / name
    source.write_bytes(content)
    return place(
        source, folder / "library", WHERE, is_same=lambda path: path.read_bytes() == content
    )


def test_a_file_that_has_the_name_already_keeps_it(tmp_path: Path) -> None:
    first = put("a", b"", tmp_path)
    second = put("b", MUSIC, tmp_path)
    assert (first.name, second.name) == (WHERE.name, "11 Under Pressure (2).opus")
    assert (first.read_bytes(), second.read_bytes()) == (b"", MUSIC)
    assert not (tmp_path / "b").exists()
    third = first.with_name("11 Under Pressure (3).opus")
    third.symlink_to("nowhere")
    assert put("c", b"other", tmp_path).name == "11 Under Pressure (4).opus"
    assert third.is_symlink()


def test_many_moves_at_once_each_get_a_name(tmp_path: Path) -> None:
    contents = [bytes([number]) * 1000 for number in range(12)]
    (tmp_path / "library").mkdir()
    barrier = threading.Barrier(len(contents))
    placed: dict[bytes, Path] = {}

    def run(content: bytes) -> None:
        barrier.wait()
        placed[content] = put(f"{content[0]}", content, tmp_path)

    threads = [threading.Thread(target=run, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {path.read_bytes(): path for path in placed.values()} == placed
    assert len(placed) == len(contents)


def test_a_folder_that_is_locked_too_long_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic, "_LOCK_TRIES", 3)
    placed = put("a", MUSIC, tmp_path)
    holder = os.open(placed.parent, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    with pytest.raises(TransientError, match="temporarily"):
        put("b", b"other", tmp_path)
    os.close(holder)
    assert (tmp_path / "b").read_bytes() == b"other"
    assert put("b", b"other", tmp_path).read_bytes() == b"other"


@pytest.mark.parametrize("disk_without_links", [errno.EPERM], indirect=True)
def test_killed_now_and_then_every_file_is_whole(
    database: Database, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    library = FiledLibrary(tmp_path, database)
    crash_through(library, made_audio, tmp_path, kills=1, at_least=5)
