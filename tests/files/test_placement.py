"""Files move to their place in the library: whole, and never over another file."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from shanty.errors import PermanentError, ShantyError, TransientError, WaitError
from shanty.files import atomic, placement
from shanty.files.placement import place, remove_leftovers, replace_file

WHERE = PurePosixPath("Queen/Hot Space (1982)/11 Under Pressure.opus")
MUSIC = b"music " * 5000


def holds(data: bytes) -> Callable[[Path], bool]:
    return lambda path: path.read_bytes() == data


def files_under(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture(params=["same filesystem", "other filesystem"])
def staging(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A staging folder on the library's filesystem, or on another one."""
    if request.param == "same filesystem":
        folder = tmp_path / "incoming"
        folder.mkdir()
        yield folder
        return
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second filesystem here")
    folder = shm / f"shanty-test-{os.getpid()}-{tmp_path.name}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def source(staging: Path) -> Path:
    path = staging / "download.opus"
    path.write_bytes(MUSIC)
    return path


def test_a_file_moves_to_its_place(source: Path, library: Path) -> None:
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == library / WHERE
    assert (library / WHERE).read_bytes() == MUSIC
    assert not source.exists()
    assert files_under(library) == [str(WHERE)]


def test_doing_it_again_without_the_source_gives_the_same_answer(
    source: Path, library: Path
) -> None:
    first = place(source, library, WHERE, is_same=holds(MUSIC))
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == first
    assert files_under(library) == [str(WHERE)]


def test_a_different_file_is_never_overwritten(source: Path, library: Path) -> None:
    taken = library / WHERE
    taken.parent.mkdir(parents=True)
    taken.write_bytes(b"somebody's own")
    taken.with_name("11 Under Pressure (2).opus").mkdir()
    third = taken.with_name("11 Under Pressure (3).opus")
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == third
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == third, "again, source gone"
    assert taken.read_bytes() == b"somebody's own"
    assert third.read_bytes() == MUSIC


def test_a_dangling_link_keeps_its_name(source: Path, library: Path) -> None:
    taken = library / WHERE
    taken.parent.mkdir(parents=True)
    taken.symlink_to("nowhere")
    assert place(source, library, WHERE, is_same=holds(MUSIC)).name.endswith(" (2).opus")
    assert taken.is_symlink()


def test_the_same_recording_in_the_library_is_kept(source: Path, library: Path) -> None:
    (library / WHERE).parent.mkdir(parents=True)
    (library / WHERE).write_bytes(MUSIC)
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == library / WHERE
    assert not source.exists()
    assert files_under(library) == [str(WHERE)]


@pytest.mark.parametrize("by_way_of", ["its own name", "a link to the library"])
def test_a_file_that_is_in_its_place_already_stays_there(
    by_way_of: str, tmp_path: Path, library: Path
) -> None:
    placed = library / WHERE
    placed.parent.mkdir(parents=True)
    placed.write_bytes(MUSIC)
    source = placed
    if by_way_of == "a link to the library":
        (tmp_path / "music").symlink_to(library)
        source = tmp_path / "music" / WHERE
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == placed
    os.link(placed, tmp_path / "a second name")  # somebody's own; it must make no difference
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == placed
    assert placed.read_bytes() == MUSIC


def test_a_file_at_neither_source_nor_target_is_an_error(library: Path) -> None:
    library.mkdir()
    with pytest.raises(TransientError, match="gone"):
        place(library.parent / "never.opus", library, WHERE, is_same=holds(MUSIC))
    assert list(library.iterdir()) == []


def test_two_at_once_get_two_names(tmp_path: Path, library: Path) -> None:
    library.mkdir()
    sources = [tmp_path / f"{number}.opus" for number in range(8)]
    for number, path in enumerate(sources):
        path.write_bytes(bytes([number]) * 1000)
    placed: dict[int, Path] = {}
    barrier = threading.Barrier(len(sources))

    def run(number: int) -> None:
        barrier.wait()
        mine = bytes([number]) * 1000
        placed[number] = place(sources[number], library, WHERE, is_same=holds(mine))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(sources))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(placed.values())) == len(sources)
    for number, path in placed.items():
        assert path.read_bytes() == bytes([number]) * 1000
    assert len(files_under(library)) == len(sources)


def test_a_name_taken_at_the_last_moment_is_checked_again(
    source: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filesystem that ignores case does this too: the name looked free, but is not."""
    monkeypatch.setattr(placement, "_find_ours", lambda target, is_same: None)
    (library / WHERE).parent.mkdir(parents=True)
    (library / WHERE).write_bytes(b"other")
    second = place(source, library, WHERE, is_same=holds(MUSIC))
    assert second.name == "11 Under Pressure (2).opus"
    source.write_bytes(MUSIC)
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == second
    assert (library / WHERE).read_bytes() == b"other"
    assert not source.exists()
    assert len(files_under(library)) == 2


@pytest.mark.parametrize("refusal", [errno.EPERM, errno.ENOTSUP])
def test_a_filesystem_without_hard_links(
    refusal: int, source: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(refusal, os.strerror(refusal))

    real_link = os.link

    def cross(a: Path, b: Path, **_: object) -> None:
        if Path(a).stat().st_dev != Path(b).parent.stat().st_dev:
            real_link(a, b)
        refuse()

    monkeypatch.setattr(atomic.os, "link", cross)
    (library / WHERE).parent.mkdir(parents=True)
    (library / WHERE).write_bytes(b"other")
    placed = place(source, library, WHERE, is_same=holds(MUSIC))
    assert placed.name == "11 Under Pressure (2).opus"
    assert placed.read_bytes() == MUSIC
    assert (library / WHERE).read_bytes() == b"other"
    assert not source.exists()


def test_a_copy_that_arrives_damaged_is_not_kept(
    source: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate_other_filesystem(monkeypatch, source)
    monkeypatch.setattr(
        placement.shutil, "copyfile", lambda a, b: Path(b).write_bytes(MUSIC[:-1] + b"x")
    )
    with pytest.raises(TransientError, match="differs"):
        place(source, library, WHERE, is_same=holds(MUSIC))
    assert source.read_bytes() == MUSIC
    assert files_under(library) == []


def simulate_other_filesystem(monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    link = os.link

    def refuse_source(a: Path, b: Path, **_: object) -> None:
        if Path(a) == source:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        link(a, b)

    monkeypatch.setattr(atomic.os, "link", refuse_source)


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOSPC, WaitError, "full"),
        (errno.EDQUOT, WaitError, "quota"),
        (errno.EROFS, WaitError, "read-only"),
        (errno.EACCES, WaitError, "permission"),
        (errno.ESTALE, WaitError, "network"),
        (errno.ENOENT, TransientError, "No such file"),
    ],
)
@pytest.mark.parametrize("step", ["mkdir", "copy", "fsync_file", "link", "fsync_folder"])
def test_a_refusing_disk_leaves_the_source_and_no_half_file(
    number: int,
    kind: type[ShantyError],
    words: str,
    step: str,
    source: Path,
    library: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    def half_copy(_: Path, copy: Path) -> None:
        Path(copy).write_bytes(MUSIC[:100])
        refuse()

    library.mkdir()
    with monkeypatch.context() as patch:
        if step == "mkdir":
            patch.setattr(Path, "mkdir", refuse)
        elif step == "copy":
            simulate_other_filesystem(patch, source)
            patch.setattr(placement.shutil, "copyfile", half_copy)
        elif step == "link":
            patch.setattr(atomic.os, "link", refuse)
        else:
            patch.setattr(placement if step == "fsync_file" else atomic, step, refuse)
        with pytest.raises(kind, match=words) as caught:
            place(source, library, WHERE, is_same=holds(MUSIC))
    assert str(library / WHERE) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert source.read_bytes() == MUSIC
    if step != "fsync_folder":  # there the whole file has its final name already
        assert files_under(library) == []
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == library / WHERE
    assert files_under(library) == [str(WHERE)]


def test_a_library_that_is_not_mounted_is_waited_for(source: Path, tmp_path: Path) -> None:
    library = tmp_path / "mnt" / "nas" / "music"
    with pytest.raises(WaitError, match=r"nas/music.*mounted"):
        place(source, library, WHERE, is_same=holds(MUSIC))
    assert not (tmp_path / "mnt").exists()
    assert source.exists()


@pytest.mark.parametrize("where", ["", "Queen", "Queen/Hot Space (1982)"])
def test_a_file_where_a_folder_belongs_is_permanent(
    where: str, source: Path, library: Path
) -> None:
    blocker = library / where
    blocker.parent.mkdir(parents=True, exist_ok=True)
    blocker.write_text("a file")
    with pytest.raises(PermanentError, match="in the way"):
        place(source, library, WHERE, is_same=holds(MUSIC))
    assert source.exists()
    assert blocker.read_text() == "a file"


KILLED_PLACE = """
import os, sys
from pathlib import Path, PurePosixPath
from shanty.files import atomic, placement

step, source, library, where = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]

def die(*args, **kwargs):
    if step == "half copy":
        Path(args[1]).write_bytes(Path(args[0]).read_bytes()[:100])
    os._exit(9)

def link_and_die(a, b):
    link(a, b)
    os._exit(9)

link = os.link
if step == "half copy":
    placement.shutil.copyfile = die
elif step == "copied":
    placement.checksum = die
elif step == "before link":
    os.link = die
elif step == "after link":
    os.link = link_and_die
elif step == "before unlink":
    Path.unlink = die
placement.place(source, library, PurePosixPath(where), is_same=lambda p: False)
os._exit(0)
"""


@pytest.mark.parametrize(
    "step", ["half copy", "copied", "before link", "after link", "before unlink"]
)
def test_a_kill_in_the_middle_is_repaired_by_the_next_run(
    step: str, source: Path, library: Path
) -> None:
    is_copied = source.stat().st_dev != library.parent.stat().st_dev
    if step in {"half copy", "copied"} and not is_copied:
        pytest.skip("nothing is copied on one filesystem")
    command = [sys.executable, "-c", KILLED_PLACE, step, str(source), str(library), str(WHERE)]
    assert subprocess.run(command, timeout=60).returncode == 9
    under_final_name = library / WHERE
    assert not under_final_name.exists() or under_final_name.read_bytes() == MUSIC
    assert source.exists() or under_final_name.exists()
    assert place(source, library, WHERE, is_same=holds(MUSIC)) == under_final_name
    assert not source.exists()
    assert under_final_name.read_bytes() == MUSIC
    remove_leftovers(under_final_name.parent)
    assert files_under(library) == [str(WHERE)]


def test_replace_file(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "old.opus"
    target.write_bytes(b"old")
    replace_file(target, source)
    assert target.read_bytes() == MUSIC
    assert not source.exists()
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["old.opus"]


def test_replace_file_on_a_refusing_disk(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "old.opus"
    target.write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(placement, "fsync_file", refuse)
    with pytest.raises(WaitError, match=r"old\.opus"):
        replace_file(target, source)
    assert target.read_bytes() == b"old"
    assert source.exists()
