"""A home on a disk that takes nothing: each command says so, and which disk it is."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from shanty.db import open_database
from shanty.demo.world import World
from shanty.errors import DatabaseError
from shanty.files.disks import describe_refusal, describe_trouble, find_disk
from shanty.workqueue import WorkQueue
from tests.world.crash_world import ROOT
from tests.world.service_home import service_home, wait_until
from tests.world.shell import Shell

FULL, NO_FILES, READ_ONLY = "is full", "no room for another file", "is read-only"


class Disk:
    """A small disk in memory."""

    def __init__(self, folder: Path):
        self.folder = folder

    def make_room(self) -> None:
        (self.folder / "filler").unlink()

    def remount(self, options: str) -> None:
        command = ["mount", "-o", f"remount,{options}", str(self.folder)]
        subprocess.run(command, check=True, capture_output=True)

    def ruin(self, how: str) -> None:
        if how == READ_ONLY:
            self.remount("ro")
            return
        with suppress(OSError):
            for number in range(100_000):
                if how == FULL:
                    with (self.folder / "filler").open("ab", buffering=0) as filler:
                        filler.write(b"x" * 4096)
                else:
                    (self.folder / f"filler-{number}").touch()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    yield from mounted(tmp_path / "disk", "size=8m,nr_inodes=60")


def mounted(folder: Path, options: str) -> Iterator[Disk]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def roomy_disk(tmp_path: Path) -> Iterator[Disk]:
    yield from mounted(tmp_path / "roomy", "size=128m")


@pytest.fixture
def shanty(
    disk: Disk, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("SHANTY_HOME", str(disk.folder / "home"))
    return Shell(capsys, monkeypatch)


@pytest.fixture
def cookies(tmp_path: Path) -> Path:
    path = tmp_path / "export.txt"
    path.write_text(
        "# Netscape HTTP Cookie File\n.youtube.com\tTRUE\t/\tTRUE\t4000000000\tSID\tx\n"
    )
    return path


@pytest.mark.parametrize("how", [FULL, NO_FILES, READ_ONLY])
def test_nothing_can_begin_there(
    shanty: Shell,
    disk: Disk,
    cookies: Path,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    disk.ruin(how)
    for words in (
        *(["status"], ["watch", "ls"], ["run"], ["up"]),
        ["watch", "add", "track", world.recordings[0]],
        ["cookies", "import", str(cookies)],
    ):
        sentence = shanty.fails(*words)
        assert f"the disk at {disk.folder} " in sentence, sentence
        assert how in sentence
    monkeypatch.setenv("SHANTY_CONFIG", str(disk.folder / "shanty.toml"))
    monkeypatch.setattr(
        "shanty.config.settings.unknown_keys", list
    )  # the file that is named is not there yet
    assert how in shanty.fails("config", "init")
    assert not (disk.folder / "shanty.toml").exists()


@pytest.mark.parametrize("how", [FULL, NO_FILES])
def test_a_home_that_is_in_use_can_take_nothing_more(
    shanty: Shell, disk: Disk, cookies: Path, world: World, how: str
) -> None:
    assert shanty("watch", "add", "track", world.recordings[0]) == 0, shanty.err
    disk.ruin(how)
    # A row may still find room in the log of the database; a file finds none.
    for words in (["cookies", "import", "--all-domains", str(cookies)], ["up"]):
        sentence = shanty.fails(*words)
        assert f"the disk at {disk.folder} " in sentence, sentence
        assert how in sentence


@pytest.mark.proof
def test_a_run_whose_home_becomes_full_says_so_and_goes_on_later(roomy_disk: Disk) -> None:
    with service_home(roomy_disk.folder / "service", tracks=8) as home:
        home.want(0, 8)
        run = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "run"],
            cwd=ROOT,
            env=home.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        wait_until(lambda: home.in_library() > 0, "begun")
        roomy_disk.ruin(FULL)
        output, _ = run.communicate(timeout=120)
        assert run.returncode == 1, output
        assert "Traceback" not in output
        last = output.strip().splitlines()[-1]
        assert f"the disk at {roomy_disk.folder} {FULL}" in last, output
        roomy_disk.make_room()
        again = subprocess.run(
            [sys.executable, "-m", "cli.main", "run"],
            cwd=ROOT,
            env=home.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        wait_until(lambda: home.in_library() == 8, "all of it arrives", 5)
        assert again.returncode == 0, again.stdout + again.stderr


def test_a_write_that_finds_no_room_says_which_disk(disk: Disk) -> None:
    database = open_database(f"sqlite:///{disk.folder}/shanty.db")
    disk.ruin(FULL)
    with pytest.raises(DatabaseError, match=f"the disk at {disk.folder} {FULL}"):
        for _ in range(2000):
            WorkQueue(database).workers.register()
    (disk.folder / "filler").unlink()
    WorkQueue(database).workers.register()
    database.dispose()


def test_a_quota_is_no_full_disk(tmp_path: Path) -> None:
    said = describe_refusal(OSError(errno.EDQUOT, "x"), tmp_path / "not" / "there")
    assert said == f"your quota on the disk at {find_disk(tmp_path)} is used up: make room there"
    assert describe_refusal(OSError(errno.EACCES, "Permission denied"), tmp_path) == (
        "Permission denied"
    )
    assert describe_trouble(tmp_path) == ""


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENAMETOOLONG])
@pytest.mark.parametrize(
    "name",
    ["x" * 5000, "x/" * 2500, "a\0b", "\udcff", "\ud800", "", "circle/song", "file/song"],
)
def test_whatever_the_path_a_refusal_is_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("circle").symlink_to("circle")
    Path("file").touch()
    for path in (Path(name), tmp_path / name):
        assert find_disk(path) == find_disk(tmp_path)
        assert describe_refusal(OSError(code, "refused"), path)
        assert describe_trouble(path) == ""


def test_a_refusal_in_a_folder_that_is_gone_is_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert describe_refusal(OSError(errno.ENAMETOOLONG, "refused"), Path("x" * 5000)) == "refused"
