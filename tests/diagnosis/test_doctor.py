"""What doctor sees: each check with what is right and what is wrong, and all of them in bounds."""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shanty.config.settings import Settings, load_settings
from shanty.db import Database, open_database
from shanty.db.health import examine
from shanty.demo.world import World
from shanty.diagnosis import network, running, sites, storage, tools
from shanty.diagnosis.findings import Finding, Level
from shanty.diagnosis.running import CHECKS, diagnose
from shanty.diagnosis.surroundings import check_surroundings
from shanty.errors import count_of
from shanty.providers.cookie_file import CookieFile
from shanty.providers.http_bounds import Bounds
from shanty.providers.ytdlp import runtime
from shanty.providers.ytdlp.versions.choice import KnownVersion
from tests.world.crash_world import ROOT
from tests.world.filed_library import FiledLibrary, make_placements
from tests.world.findings import found
from tests.world.login_cookies import a_login
from tests.world.music_site import MusicSite, page, shelf, song
from tests.world.shell import Shell


@pytest.fixture
def shanty(
    home: Path,
    tmp_path: Path,
    answering: Callable[[int], str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shell]:
    url = answering(200)
    monkeypatch.setenv("SHANTY_MUSICBRAINZ__URL", url)
    monkeypatch.setenv("SHANTY_MUSICBRAINZ__CONTACT", "me@example.org")
    monkeypatch.setenv("SHANTY_COVERART__URL", url)
    with MusicSite().opened() as music, World(2, tmp_path / "audio") as world, world.activated():
        artist = world.expected(world.recordings[0]).recording.artist_credit.name
        monkeypatch.setattr(sites, "_ALWAYS_FOUND", artist)
        monkeypatch.setenv("SHANTY_DOWNLOAD__SEARCH", "ytmusic, demosearch8")
        music.say(page(shelf(song("a", "Für Elise", "Beethoven", "3:07"))))
        monkeypatch.setenv("SHANTY_YTMUSIC__URL", music.url)
        yield Shell(capsys, monkeypatch)


def levels(shanty: Shell) -> dict[str, str]:
    shanty("doctor", "--json")
    return {one["name"]: one["level"] for one in json.loads(shanty.out)}


def test_where_all_is_well_nothing_is_red(shanty: Shell) -> None:
    assert shanty("doctor") == 0, shanty.out
    assert "\x1b" not in shanty.out, "colours in a pipe"
    seen = levels(shanty)
    assert set(seen) == {*CHECKS, "clock", "service", "schedules"}
    # What the machine that tests may lack, and what goes stale with the lock.
    of_the_machine = {"yt-dlp", "JavaScript", "disk space"}
    assert {name for name, level in seen.items() if level != "green"} <= of_the_machine, shanty.out
    shanty("doctor", "--json")
    assert all(one["remedy"] for one in json.loads(shanty.out) if one["level"] != "green")


def test_the_bounds_of_versions_are_those_of_the_project() -> None:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for package, (lowest, beyond) in tools.KNOWN_GOOD.items():
        assert f"{package}>={lowest},<{beyond}" in content["project"]["dependencies"]


@pytest.mark.parametrize(
    ("package", "installed", "level"),
    [
        ("fastapi", "0.151.0", "red"),
        ("fastapi", "0.150.9", "green"),
        ("sqlalchemy", "2.1.0b1", "red"),
        ("sqlalchemy", "2.0.39", "red"),
        ("prefect", "3.9.0", "red"),
        ("prefect", "3.8.8", "green"),
    ],
)
def test_versions_out_of_bounds_are_red(
    monkeypatch: pytest.MonkeyPatch, package: str, installed: str, level: str
) -> None:
    real = importlib.metadata.version
    monkeypatch.setattr(tools, "version", lambda name: installed if name == package else real(name))
    said = found("versions")
    assert said.level == level
    assert level == "green" or f"{package} {installed}" in said.message


@pytest.mark.parametrize(("days", "level"), [(0, "green"), (45, "green"), (46, "yellow")])
def test_yt_dlp_goes_stale(monkeypatch: pytest.MonkeyPatch, days: int, level: str) -> None:
    released = datetime.now(UTC) - timedelta(days=days)
    used = KnownVersion(f"{released:%Y.%m.%d}", "as installed")
    monkeypatch.setattr(tools, "find_in_use", lambda home: used)
    said = found("yt-dlp")
    assert said.level == level
    assert f"{count_of(days, 'day')} old" in said.message
    assert level == "green" or f"{sys.executable} -m pip install" in said.remedy


def test_scripts_for_another_yt_dlp_are_yellow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "requires", lambda name: ["yt-dlp-ejs==99.1; extra == 'x'"])
    assert "wants 99.1" in found("yt-dlp-ejs").message


def test_a_javascript_runtime_has_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert found("JavaScript").level is Level.GREEN
    broken = tmp_path / "deno"
    broken.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "deno 2.9.8 (stable)"\n')
    broken.chmod(0o755)
    monkeypatch.setattr(runtime, "find_deno", lambda: broken)
    assert "cannot even calculate" in found("JavaScript").message
    broken.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "deno 1.0.0 (stable)"\n')
    assert "too old" in found("JavaScript").message


def test_an_ffmpeg_has_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert found("ffmpeg").level is Level.GREEN
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    said = found("ffmpeg")
    assert (said.level, "does not run" in said.message) == (Level.RED, True)


def test_disks(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    assert found("disk space").level is Level.GREEN
    assert "library and staging and home" in found("disk space").message
    monkeypatch.setattr(storage, "LOW_SPACE_BYTES", 2**60)
    assert found("disk space").level is Level.YELLOW
    monkeypatch.setattr(storage, "NO_SPACE_BYTES", 2**60)
    assert found("disk space").level is Level.RED


def test_folders(new_home: Path) -> None:
    assert found("library").level is Level.GREEN
    assert found("library", library={"path": "/nowhere/at/all"}).level is Level.RED
    assert found("home").level is Level.GREEN
    (new_home / "home").mkdir(exist_ok=True)
    (new_home / "home").chmod(0o777)
    assert "chmod 700" in found("home").remedy
    (new_home / "file").touch()
    assert found("home", home=new_home / "file" / "below").level is Level.RED


def test_a_database_is_looked_through(database: Database) -> None:
    health = examine(database)
    assert health.problems == ()
    assert health.server.startswith(("SQLite 3", "PostgreSQL 1"))
    assert (health.postgresql_version is None) == (database.dialect_name == "sqlite")


def test_a_damaged_database_is_red(home: Path) -> None:
    settings = load_settings()
    open_database(settings.resolved_database_url).dispose()
    path = settings.home / "shanty.db"
    assert "sound" in found("database").message
    with sqlite3.connect(path) as connection:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = 'ix_work_queue_ended'"
        (page,) = connection.execute(sql).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    said = found("database")
    assert said.level is Level.RED
    assert "damaged" in said.message
    path.write_bytes(b"no database" * 1000)
    assert found("database").level is Level.RED


@pytest.mark.parametrize("state", ["gone", "emptied"])
def test_a_library_that_is_not_mounted_is_red(
    home: Path, made_audio: dict[str, Path], state: str
) -> None:
    database = open_database(f"sqlite:///{home}/home/shanty.db")
    library = FiledLibrary(home, database)
    settings: dict[str, Any] = {"home": home / "home", "library": {"path": library.library_dir}}
    try:
        library.file(make_placements("One"), made_audio["flac"])
        assert found("library", **settings).level == "green"
        shutil.rmtree(library.library_dir)
        if state == "emptied":
            library.library_dir.mkdir()
        said = found("library", **settings)
    finally:
        database.dispose()
    assert said.level == "red"
    assert "is its disk mounted" in said.message
    assert "mount" in said.remedy


def test_cookies_and_what_waits_for_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANTY_DOWNLOAD__SEARCH", '["ytsearch8"]')
    assert found("cookies").level is Level.GREEN, "none is fine, until a site wants some"
    file = CookieFile(load_settings().cookies_path)
    file.replace(a_login("hush", 1), origin="test")
    assert found("cookies").level is Level.YELLOW
    file.replace(a_login("hush"), origin="test")
    assert found("cookies").level is Level.GREEN
    file.note(file.read(), refused=["youtube.com"])
    said = found("cookies")
    assert (said.level, "did not accept" in said.message) == (Level.YELLOW, True)
    assert "hush" not in repr(said)
    lines = list(CHECKS["cookies"](load_settings(cookies={"browser": "firefox:nowhere"})))
    assert [(one.name, one.level) for one in lines[1:]] == [("browser", Level.YELLOW)]


def test_a_clock_that_cron_cannot_follow_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        for zone, level in (
            ("CET-1CEST,M3.5.0,M10.5.0/3", "green"),
            ("Europe/Nowhere", "yellow"),
            ("XYZ-1:23", "yellow"),
        ):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            said = found("time zone")
            assert (said.level, bool(said.remedy)) == (level, level == "yellow")
            assert level == "green" or repr(zone) in said.message
    finally:
        monkeypatch.undo()
        time.tzset()


def test_letters_that_the_output_lacks_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("letters").level is Level.GREEN
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    said = found("letters")
    assert (said.level, "LATIN-1" in said.message) == (Level.YELLOW, True)


def test_what_is_ignored_of_other_projects_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_API_KEY", "hush")
    monkeypatch.chdir(tmp_path)
    for name in (".env", "prefect.toml", "json.py", "music.py"):
        (tmp_path / name).touch()
    said = found("surroundings")
    assert said.level is Level.GREEN
    for name in ("PREFECT_API_KEY", ".env", "prefect.toml", "json.py", str(tmp_path)):
        assert name in said.message
    assert "hush" not in said.message
    assert "music.py" not in said.message


def test_a_check_that_hangs_or_breaks_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    never = threading.Event()

    def hang(settings: Settings) -> list[Finding]:
        never.wait()
        return []

    def breaks(settings: Settings) -> list[Finding]:
        raise RuntimeError("odd")

    checks = {"hangs": hang, "breaks": breaks, "surroundings": check_surroundings}
    monkeypatch.setattr(running, "CHECKS", checks)
    seen = {one.name: one for one in diagnose(load_settings(), bound_seconds=0.5)}
    never.set()
    assert seen["hangs"].level is seen["breaks"].level is Level.RED
    assert "did not end" in seen["hangs"].message
    assert "odd" in seen["breaks"].message
    assert seen["surroundings"].level is Level.GREEN


def test_a_network_without_answers_is_no_long_wait(
    monkeypatch: pytest.MonkeyPatch, shanty: Shell
) -> None:
    """What takes every connection and says nothing: the slowest that a network can be."""
    monkeypatch.setattr(network, "_BOUNDS", Bounds(0.5, 0.5))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("SHANTY_MUSICBRAINZ__URL", url)
        monkeypatch.setenv("SHANTY_COVERART__URL", url)
        seen = levels(shanty)
    assert (seen["MusicBrainz"], seen["cover art"], seen["clock"]) == ("red", "yellow", "green")


def test_doctor_does_not_import_prefect(shanty: Shell) -> None:
    code = (
        "import sys; from cli.main import main\n"
        "sys.argv = ['shanty', 'doctor', '--json']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('prefect' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip().splitlines()[-1] == "False"
