"""What doctor sees of the network: services, sites, the clock, and a server that is named."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from shanty.demo.world import World
from shanty.diagnosis import network
from shanty.diagnosis.findings import Finding, Level
from shanty.diagnosis.network import judge_clock
from tests.world.findings import found


@pytest.mark.parametrize(
    ("status", "level"), [(200, "green"), (404, "green"), (429, "yellow"), (503, "yellow")]
)
def test_services(answering: Callable[[int], str], home: Path, status: int, level: str) -> None:
    url = answering(status)
    asked = {"url": url, "contact": "me@example.org"}
    assert found("MusicBrainz", musicbrainz=asked).level == level
    assert found("cover art", coverart={"url": url}).level == level
    assert found("lyrics", lyrics={"enabled": True, "url": url}).level == level
    assert found("lyrics", lyrics={"enabled": False, "url": url}).level == "green"


def test_youtube_music_is_asked_for_something(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def said(url: str, *search: str) -> Finding:
        return found("YouTube Music", ytmusic={"url": url}, download={"search": search})

    both = ("ytmusic", "ytsearch8")
    with World(2, tmp_path) as world:
        url = world.base_url
        # The real site finds something for this wherever it is offered; this one is none.
        assert "not offered" in said(world.base_url, *both).message
        assert world.requests.total("music") == 1
        assert "not searched" in said(world.base_url, "ytsearch8").message
        assert world.requests.total("music") == 1
        artist = world.expected(world.recordings[0]).recording.artist_credit.name
        with monkeypatch.context() as patch:
            patch.setattr(network, "_ALWAYS_FOUND", artist)
            assert said(world.base_url, *both).level is Level.GREEN
        for fault in ("incomplete", "html", "rate_limited", "forbidden", "server_error"):
            world.faults.clear()
            world.faults.set(fault, "music")
            finding = said(world.base_url, *both)
            assert finding.level is Level.YELLOW
            assert "until then ytsearch8 serves" in finding.remedy
        assert "until then nothing is found" in said(world.base_url, "ytmusic").remedy
        world.faults.clear()
        monkeypatch.setitem(sys.modules, "ytmusicapi", None)
        assert "pip install" in said(world.base_url, *both).remedy
    monkeypatch.undo()
    assert said(url, *both).level is Level.YELLOW, "nobody listens there"


def test_who_says_no_name_is_told(answering: Callable[[int], str], home: Path) -> None:
    for contact in ("", "me"):
        said = found("MusicBrainz", musicbrainz={"url": answering(200), "contact": contact})
        assert (said.level, "musicbrainz.contact" in said.remedy) == (Level.YELLOW, True)


def test_a_network_that_wants_a_login_is_told(home: Path) -> None:
    def send_away(request: Request) -> Answer:
        if request.headers["host"].startswith("localhost"):
            return Answer(200, b"please log in")
        port = request.headers["host"].rpartition(":")[2]
        return Answer(302, headers={"Location": f"http://localhost:{port}/login"})

    with Listener(send_away) as listener:
        said = found("MusicBrainz", musicbrainz={"url": listener.base_url})
    assert "does this network want a login?" in said.message


@pytest.mark.parametrize(
    ("off", "level"),
    [(0, "green"), (90, "green"), (-90, "green"), (600, "yellow"), (-600, "yellow"), (9999, "red")],
)
def test_the_clock(off: float, level: str) -> None:
    now = datetime.now(UTC)
    told = format_datetime(now - timedelta(seconds=off), usegmt=True)
    said = judge_clock(now, told)
    assert said.level == level
    assert level == "green" or ("behind" if off < 0 else "ahead of") in said.message


@pytest.mark.parametrize("told", [None, "", "yesterday", "Thu, 99 Foo"])
def test_a_clock_that_nobody_compares_is_at_least_plausible(told: str | None) -> None:
    assert judge_clock(datetime.now(UTC), told).level is Level.GREEN
    assert judge_clock(datetime(2001, 1, 1, tzinfo=UTC), told).level is Level.RED


@contextmanager
def prefect_url(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> Iterator[None]:
    with Listener(lambda request: answer) as listener:
        monkeypatch.setenv("PREFECT_API_URL", f"{listener.base_url}/api")
        yield


def test_the_server_that_is_named(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    with prefect_url(monkeypatch, Answer(200, b"true", "application/json")):
        assert found("Prefect server").level is Level.GREEN
    with prefect_url(monkeypatch, Answer(200, b"<p>hello", "text/html")):
        assert "is no Prefect server" in found("Prefect server").message
    for url in ("http://127.0.0.1:9/api", "nonsense", "http://[::1/api"):
        monkeypatch.setenv("PREFECT_API_URL", url)
        assert found("Prefect server").level is Level.RED
