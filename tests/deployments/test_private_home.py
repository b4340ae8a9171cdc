"""Only its owner can use a home, and nothing in it is written through a link."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deployments.processes import bound_log, start_owned, stop_owned
from deployments.server import Server
from deployments.service import only_service
from shanty.config.home import keep_home_private, prepare_home
from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.diagnosis.event_log import stop_writing, write_events_to_file
from shanty.errors import ConfigError, DatabaseError
from shanty.files.lock import hold_lock
from shanty.files.private_files import open_private, write_new_private
from tests.world.crash_world import ROOT
from tests.world.shell import Shell


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def home(new_home: Path) -> Path:
    """A home that is not there yet: it matters who makes it."""
    return new_home


def seen_by_others(folder: Path) -> list[str]:
    """The paths that other users could read, change or look into."""
    found = [folder, *folder.rglob("*")]
    return [str(path) for path in found if stat.S_IMODE(path.lstat().st_mode) & 0o077]


@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
def test_home_is_private_whatever_the_umask(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, mask: int
) -> None:
    shanty = Shell(capsys, monkeypatch)
    cookies = home / "export.txt"
    cookies.write_text(
        "# Netscape HTTP Cookie File\n.youtube.com\tTRUE\t/\tTRUE\t4000000000\tSID\tx\n"
    )
    with umask(mask):
        assert shanty("status") == 0
        assert shanty("cookies", "import", str(cookies)) == 0, shanty.err
        settings = load_settings()
        with only_service(settings.home):
            stop_writing(write_events_to_file(settings))
            stop_owned(start_owned("this", log_path=settings.home / "prefect" / "server.log"), 5)
        assert (os.umask(mask), os.umask(mask)) == (mask, mask), "the caller's is changed"
    names = {path.name for path in settings.home.rglob("*")}
    assert names >= {"shanty.db", "shanty.log", "up.lock", "cookies.txt", "server.log"}
    assert seen_by_others(settings.home) == []


def test_a_home_that_was_made_with_wider_rights_becomes_private(home: Path) -> None:
    settings = load_settings()
    folder = settings.home
    with umask(0):
        (folder / "prefect").mkdir(parents=True)
        for name in ("shanty.db", "cookies.txt", "prefect/prefect.db", "prefect/prefect.db-wal"):
            (folder / name).touch()
        (folder / "covers").mkdir()
    outside = home / "outside"
    outside.touch(0o644)
    (folder / "cookies.lock").symlink_to(outside)
    prepare_home(settings)
    assert seen_by_others(folder) == [str(folder / "cookies.lock")]
    assert outside.stat().st_mode & 0o777 == 0o644


def test_other_files_in_home_keep_their_mode(home: Path) -> None:
    folder = home / "home"
    with umask(0o022):
        (folder / "public_html").mkdir(parents=True)
        for name in ("shanty.db", "notes.txt"):
            (folder / name).touch()
    prepare_home(load_settings())
    assert set(seen_by_others(folder)) == {
        str(path) for path in (folder, folder / "public_html", folder / "notes.txt")
    }


def test_a_library_in_home_stays_open_to_those_who_play_it(home: Path) -> None:
    with umask(0o022):
        (home / "home" / "music" / "library").mkdir(parents=True)
        (home / "home" / "shanty.db").touch()
    settings = load_settings(library={"path": home / "home" / "music" / "library"})
    keep_home_private(settings)
    assert seen_by_others(home / "home") == [
        str(home / "home"),
        str(home / "home" / "music"),
        str(home / "home" / "music" / "library"),
    ]


def test_a_link_in_place_of_our_file_is_not_followed(home: Path) -> None:
    settings = load_settings()
    folder = settings.home
    (folder / "prefect").mkdir(parents=True)
    precious = home / "precious"
    precious.write_text("do not touch")
    places = ("up.lock", "shanty.log", ".__shanty.lock", "cookies.lock", "playlists.lock")
    for name in (*places, "prefect/server.lock", "prefect/server.log", "prefect/server.json"):
        (folder / name).symlink_to(precious)

    def take(name: str) -> None:
        with hold_lock(folder / name, should_stop=lambda: True):
            pytest.fail("taken")

    def log() -> None:
        write_events_to_file(settings)

    def serve() -> None:
        with only_service(folder):
            pytest.fail("taken")

    for attempt in (
        serve,
        log,
        lambda: take("cookies.lock"),
        lambda: take("playlists.lock"),
        lambda: Server(settings, "127.0.0.1", 1).start(),
        lambda: start_owned("this", log_path=folder / "prefect" / "server.log").wait(),
        lambda: open_private(folder / "prefect" / "server.json", "w").close(),
    ):
        with pytest.raises((OSError, ConfigError), match="link"):
            attempt()
    (folder / "shanty.log").unlink()
    with pytest.raises(ConfigError, match="link"):
        log()
    assert precious.read_text() == "do not touch"


def test_a_rotated_log_and_a_database_make_nothing_through_a_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("do not touch")
    log = tmp_path / "worker.log"
    log.write_text("x" * 100)
    (tmp_path / "worker.log.1").symlink_to(precious)
    bound_log(log, max_bytes=10)
    assert precious.read_text() == "do not touch"
    assert (tmp_path / "worker.log.1").read_text() == "x" * 100
    (tmp_path / "shanty.db").symlink_to(tmp_path / "made")
    with pytest.raises(DatabaseError, match="cannot be opened"):
        open_database(f"sqlite:///{tmp_path}/shanty.db")
    assert not (tmp_path / "made").exists()


def test_a_database_that_its_owner_has_moved_is_found_by_its_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.db").touch(0o600)
    (tmp_path / "shanty.db").symlink_to(tmp_path / "elsewhere.db")
    open_database(f"sqlite:///{tmp_path}/shanty.db").dispose()
    assert (tmp_path / "elsewhere.db").stat().st_size > 0


def test_lock_files_of_shared_staging_are_open_to_whoever_may_write_there(tmp_path: Path) -> None:
    with umask(0o077):
        for mode, expected in ((0o700, 0o600), (0o2775, 0o664), (0o777, 0o666)):
            folder = tmp_path / f"{mode:o}"
            folder.mkdir()
            folder.chmod(mode)
            with hold_lock(folder / "album-1.lock", should_stop=lambda: True):
                found = (folder / "album-1.lock").stat().st_mode
            assert found & 0o777 == expected


@pytest.mark.parametrize("is_old_disk", [False, True], ids=["nameless files", "none"])
def test_a_settings_file_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_old_disk: bool
) -> None:
    if is_old_disk:
        monkeypatch.delattr(os, "O_TMPFILE")
        (tmp_path / ".shanty.toml.new").write_text("of one that was killed")
    path = tmp_path / "shanty.toml"
    with umask(0):
        write_new_private(path, "key = 'ü'\n")
    assert [one.name for one in tmp_path.iterdir()] == ["shanty.toml"]
    assert path.read_text(encoding="utf-8") == "key = 'ü'\n"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_new_private(path, "other")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        write_new_private(tmp_path / "link", "other")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link", "shanty.toml"]


def test_config_init_that_is_killed_leaves_nothing_behind(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home / "conf" / "shanty.toml"
    path.parent.mkdir()
    monkeypatch.setenv("SHANTY_CONFIG", str(path))
    # Kill it in the middle of writing: after the bytes, before the name.
    code = (
        "import os, signal, sys\n"
        "from cli.main import main\n"
        "os.fsync = lambda number: os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.argv = ['shanty', 'config', 'init']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(path.parent.iterdir()) == []
    shanty = Shell(capsys, monkeypatch)
    assert shanty("config", "init") == 0, shanty.err
    assert "exists already" in shanty.fails("config", "init")
    assert shanty("config", "show") == 0
