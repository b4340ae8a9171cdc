"""Doctor asks where downloads come from, and says what settings and permissions forbid."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments.signs import check_schedules
from shanty.clock import utc_now
from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.demo.world import World
from shanty.diagnosis import running, sites, storage
from shanty.diagnosis.findings import Finding, Level
from shanty.diagnosis.running import CHECKS, diagnose
from shanty.errors import WaitError
from shanty.sources.circuits import Circuits


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(2, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture(autouse=True)
def something_to_find(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.faults.clear()
    artist = world.expected(world.recordings[0]).recording.artist_credit.name
    monkeypatch.setattr(sites, "_ALWAYS_FOUND", artist)


def look(*search: str, **values: Any) -> list[Finding]:
    return list(CHECKS["download site"](load_settings(download={"search": search}, **values)))


def test_a_site_that_finds_something_is_well(home: Path) -> None:
    (said,) = look("demosearch8")
    assert (said.level, said.message) == (Level.GREEN, "shantydemo answers as it should")


@pytest.mark.parametrize(
    ("fault", "part"),
    [
        ("unreachable", "cannot be reached"),
        ("rate_limited", ""),
        ("server_error", ""),
    ],
)
def test_trouble_of_the_only_site_is_red(home: Path, world: World, fault: str, part: str) -> None:
    """The faults that a search can meet, and nobody there at all."""
    if fault == "unreachable":
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SHANTY_DEMO_ORIGIN", "http://127.0.0.1:9")
            (said,) = look("demosearch8")
    else:
        world.faults.set(fault, "origin")
        world.faults.set(fault, "search")
        (said,) = look("demosearch8")
    assert said.level is Level.RED
    assert said.message.startswith("shantydemo")
    assert part in said.message
    assert said.remedy.endswith("until then little or nothing is downloaded")


def test_another_site_serves_meanwhile_and_a_wrong_name_is_told(home: Path) -> None:
    first, second = look("nonsensesearch3", "demosearch8")
    by_level = {one.level: one for one in (first, second)}
    assert "no search prefix 'nonsensesearch3'" in by_level[Level.YELLOW].message
    assert "until then shantydemo serves" in by_level[Level.YELLOW].remedy
    assert by_level[Level.GREEN].message.startswith("shantydemo")


def test_nothing_found_is_trouble_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "_ALWAYS_FOUND", "qqqqq")
    (said,) = look("demosearch8")
    assert "finds nothing" in said.message
    assert said.level is Level.YELLOW, "it answers"


def test_a_site_that_is_left_alone_is_not_asked(home: Path, world: World) -> None:
    database = open_database(load_settings().resolved_database_url)
    try:
        until = utc_now() + timedelta(hours=1)
        with (
            pytest.raises(WaitError),
            Circuits(database).guard("shantydemo", subject="x"),
        ):
            raise WaitError("asks us to wait", source="shantydemo", retry_at=until)
    finally:
        database.dispose()
    asked = world.requests.total("origin")
    (said,) = look("demosearch8")
    assert "paused until" in said.message
    assert world.requests.total("origin") == asked


def test_what_youtube_music_finds_is_downloaded_from_youtube(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def note(prefix: str, query: str, **_: Any) -> list[Any]:
        asked.append(prefix)
        return [query]

    monkeypatch.setattr(sites, "search", note)  # no test asks the real site
    home_url = {"ytmusic": {"url": "https://music.youtube.com"}}
    assert [one.message for one in look("ytmusic", **home_url)] == ["youtube answers as it should"]
    assert [one.level for one in look("ytmusic", "ytsearch8", "ytsearch2", **home_url)] == [
        Level.GREEN
    ]
    assert asked == ["ytsearch1", "ytsearch8"], "each site once"


@pytest.mark.parametrize(
    ("key", "template"),
    [("template", "{nonsense}/{title}"), ("single_template", "{title"), ("template", "../{title}")],
)
def test_a_broken_template_is_red(home: Path, key: str, template: str) -> None:
    (said,) = CHECKS["file names"](load_settings(library={key: template}))
    assert said.level is Level.RED
    assert f"library.{key}" in said.message
    (well,) = CHECKS["file names"](load_settings())
    assert well.level is Level.GREEN


@pytest.mark.parametrize(
    ("scheduling", "zone", "part"),
    [
        ({"pipeline": "sometimes"}, "UTC", "scheduling.pipeline"),
        ({"monitor": "61 * * * *"}, "UTC", "scheduling.monitor"),
        ({"nonsense": "1h"}, "UTC", "there is no such job"),
        ({"pipeline": "0 4 * * *"}, "XXX-1YYY,M1.1.0,M2.1.0", "TZ="),
    ],
)
def test_a_schedule_that_means_nothing_is_red(
    home: Path, monkeypatch: pytest.MonkeyPatch, scheduling: Any, zone: str, part: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        (said,) = check_schedules(load_settings(scheduling=scheduling))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert said.level is Level.RED
    assert part in said.message
    assert said.remedy


def test_schedules_that_are_off_are_named(home: Path) -> None:
    (said,) = check_schedules(load_settings(scheduling={"backup": "off"}))
    assert said.level is Level.GREEN
    assert "off: backup" in said.message


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_what_another_user_may_not_look_at_is_said_plainly(home: Path) -> None:
    """Every check, as somebody to whom the home and the library are closed."""
    for name in ("home", "library"):
        (home / name).mkdir(exist_ok=True)
        (home / name).chmod(0o700)
        (home / name / "shanty.db").touch()
    home.chmod(0o700)
    settings = load_settings()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setresuid(65534, 65534, 65534)
            names = ("home", "database", "library", "disk space", "cookies")
            running.CHECKS = {name: CHECKS[name] for name in names}
            told = [(one.name, one.level, one.message, one.remedy) for one in diagnose(settings)]
            os.write(write_end, json.dumps(told).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        told = json.loads(pipe.read())
    os.waitpid(child, 0)
    assert {name for name, *_ in told} == {"home", "database", "library", "disk space", "cookies"}
    for name, level, message, remedy in told:
        assert level == "red", (name, message)
        assert "PermissionError" not in message, message
        assert "report" not in remedy
    assert "root" in " ".join(message for _, _, message, _ in told), "whose it is"


def test_a_check_that_may_not_is_no_fault_of_ours(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(settings: Any) -> list[Finding]:
        raise PermissionError(13, "Permission denied", str(home / "gone" / "x"))

    monkeypatch.setattr(running, "CHECKS", {"x": forbidden, "library": storage.check_library})
    said, _ = diagnose(load_settings())
    assert "you are not allowed to look at" in said.message
    assert "user" in said.remedy
