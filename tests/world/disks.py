"""Disks for tests: small real ones, removable ones, and imitations of odd filesystems."""

from __future__ import annotations

import builtins
import errno
import io
import os
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shanty.files import atomic

DISK_BYTES = 8 * 2**20


class SmallDisk:
    """An ext4 filesystem of 8 MiB that can be filled, made read-only, and taken away."""

    def __init__(self, folder: Path, *features: str):
        self._image = folder / "disk.img"
        self.folder = folder / "mnt"
        self.folder.mkdir()
        with self._image.open("wb") as image:
            image.truncate(DISK_BYTES)
        mkfs = shutil.which("mkfs.ext4") or "/usr/sbin/mkfs.ext4"
        _run(mkfs, "-q", "-m", "0", *features, str(self._image))
        self.mount()

    def mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.folder))

    def unmount(self) -> None:
        _run("umount", str(self.folder))

    def set_read_only(self, read_only: bool) -> None:
        _run("mount", "-o", f"remount,{'ro' if read_only else 'rw'}", str(self.folder))

    def fill(self) -> Path:
        """Fill the disk; returns the file that takes all the room."""
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        return filler


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr}")


def make_disk(folder: Path, *features: str) -> Iterator[SmallDisk]:
    """A disk for one test. Skips the test without root and loop devices, which this needs."""
    try:
        disk = SmallDisk(folder, *features)
    except OSError as error:
        pytest.skip(f"no disk can be made here: {error}")
    yield disk
    subprocess.run(["umount", str(disk.folder)], capture_output=True, timeout=60)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    yield from make_disk(tmp_path)


@pytest.fixture
def folding_disk(tmp_path: Path) -> Iterator[Path]:
    """A real folder that ignores differences of case and composition in names."""
    features = ("-O", "casefold", "-E", "encoding=utf8")
    for disk in make_disk(tmp_path, *features):
        folder = disk.folder / "folding"
        folder.mkdir()
        try:
            _run("chattr", "+F", str(folder))
        except OSError as error:
            disk.unmount()
            pytest.skip(f"no such folder can be made here: {error}")
        yield folder


@pytest.fixture
def trash_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the trash on another filesystem than the library."""
    real_link = os.link

    def link(source: Path, target: Path) -> None:
        if not Path(source).name.endswith(".tmp"):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        real_link(source, target)

    monkeypatch.setattr(os, "link", link)


def refuse_links(patch: pytest.MonkeyPatch, number: int) -> None:
    """Let every disk behave as some FUSE mounts do: no hard links, and a rename always replaces."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    def cannot_rename(source: Path, target: Path) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(target))

    patch.setattr(os, "link", refuse)
    patch.setattr(atomic, "_rename_exclusively", cannot_rename)


def fold(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class FoldingFolder:
    """Lets the whole process see a folder as a disk shows it that ignores case and composition.

    In every call that takes a path, names are replaced by existing ones that differ only by case
    or composition, as the kernel would do it. With ``has_inodes``, each spelling has an inode of
    its own, as on some FUSE mounts (exFAT), so that two spellings do not look like one file.
    """

    _CALLS = ("stat", "lstat", "mkdir", "open", "unlink", "scandir", "listdir", "chmod", "access")
    _CALLS_OF_TWO = ("link", "rename", "replace")

    def __init__(self, root: Path, patch: pytest.MonkeyPatch, *, has_inodes: bool = False):
        self._root = os.fspath(root)
        self._listdir, self._lexists = os.listdir, os.path.lexists
        for name in self._CALLS:
            patch.setattr(os, name, self._wrap(getattr(os, name), 1))
        for name in self._CALLS_OF_TWO:
            patch.setattr(os, name, self._wrap(getattr(os, name), 2))
        patch.setattr(io, "open", self._wrap(io.open, 1))
        patch.setattr(builtins, "open", self._wrap(builtins.open, 1))
        if has_inodes:
            patch.setattr(Path, "samefile", lambda one, other: str(one) == str(other))

    def resolve(self, path: Any) -> Any:
        if not isinstance(path, str | bytes | os.PathLike):
            return path  # an open file, by its number
        text = os.fsdecode(path)
        if not text.startswith(self._root + "/"):
            return path
        found = self._root
        for name in text.removeprefix(self._root + "/").split("/"):
            try:
                names = self._real_names(found)
            except OSError:
                names = []
            same = (
                name if name in names else next((n for n in names if fold(n) == fold(name)), name)
            )
            found = f"{found}/{same}"
        return os.fsencode(found) if isinstance(path, bytes) else found

    def _real_names(self, folder: str) -> list[str]:
        return self._listdir(folder)

    def _wrap(self, call: Callable[..., Any], paths: int) -> Callable[..., Any]:
        def folded(*args: Any, **kwargs: Any) -> Any:
            resolved = [self.resolve(arg) for arg in args[:paths]]
            if call.__name__ == "rename" and resolved[0] == resolved[1]:  # to be spelled otherwise
                target = Path(os.fsdecode(args[1]))
                resolved[1] = Path(self.resolve(target.parent), target.name)
            return call(*resolved, *args[paths:], **kwargs)

        return folded


class PluggedDisk:
    """A disk in memory, mounted on a folder. It keeps its content while it is away."""

    def __init__(self, folder: Path):
        self._kept = folder / "kept"
        self.folder = folder / "mnt"
        self._kept.mkdir()
        self.folder.mkdir()
        _run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(self._kept))
        self.plug()

    def plug(self) -> None:
        _run("mount", "--bind", str(self._kept), str(self.folder))

    def unplug(self, *, is_forced: bool = False) -> bool:
        """Take the disk away, with ``is_forced`` even while in use; returns if that worked."""
        try:
            _run("umount", *(["--lazy"] if is_forced else []), str(self.folder))
        except OSError:
            return False
        return True

    def cover(self) -> None:
        """Mount another, empty disk over this one."""
        _run("mount", "-t", "tmpfs", "tmpfs", str(self.folder))

    def uncover(self) -> None:
        _run("umount", str(self.folder))

    def set_read_only(self, read_only: bool) -> None:
        _run("mount", "-o", f"remount,bind,{'ro' if read_only else 'rw'}", str(self.folder))

    def put_away(self) -> None:
        for mounted in (self.folder, self.folder, self._kept):
            subprocess.run(["umount", "--lazy", str(mounted)], capture_output=True, timeout=60)


@pytest.fixture
def plugged_disk(tmp_path: Path) -> Iterator[PluggedDisk]:
    """A disk for one test. Skips the test if no disk can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        disk = PluggedDisk(folder)
    except OSError as error:
        pytest.skip(f"no disk can be mounted here: {error}")
    yield disk
    disk.put_away()


class ShortNames:
    """Lets every disk refuse names above a number of bytes, and paths that are too long.

    If ``is_silent``, it refuses only to make such names, not to look them up.
    """

    _LOOKS = ("stat", "lstat", "access", "scandir", "listdir", "unlink")
    _MAKES = ("mkdir", "link", "rename", "replace")

    def __init__(
        self,
        patch: pytest.MonkeyPatch,
        longest: int,
        *,
        longest_path: int = 4096,
        is_silent: bool = False,
    ):
        self._longest = longest
        self._longest_path = longest_path
        for name in self._MAKES if is_silent else (*self._MAKES, *self._LOOKS):
            patch.setattr(os, name, self._wrap(getattr(os, name)))
        patch.setattr(os, "open", self._wrap(os.open, is_silent=is_silent))
        patch.setattr(io, "open", self._wrap(io.open))

    def _wrap(self, call: Callable[..., Any], *, is_silent: bool = False) -> Callable[..., Any]:
        def refusing(*args: Any, **kwargs: Any) -> Any:
            is_made = not is_silent or (len(args) > 1 and args[1] & os.O_CREAT)
            for path in args[: 2 if call.__name__ in self._MAKES else 1]:
                if is_made and isinstance(path, str | bytes | os.PathLike):
                    self._check(path)
            return call(*args, **kwargs)

        refusing.__name__ = call.__name__
        return refusing

    def _check(self, path: str | bytes | os.PathLike[Any]) -> None:
        text = os.fsencode(path)
        is_long = any(len(name) > self._longest for name in text.split(b"/"))
        if is_long or len(text) > self._longest_path:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
