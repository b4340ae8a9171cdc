"""The faults of the offline world: their timetable, their looks, and the counters beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from shanty.demo.counters import RequestCounters
from shanty.demo.faults import FaultBoard, FaultKind, Service
from shanty.demo.playability import PLAYABILITY
from shanty.demo.world import World
from shanty.errors import StageError
from shanty.models import Candidate
from shanty.providers.ytdlp.client import fetch


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> FaultBoard:
    return FaultBoard(clock)


def hits(board: FaultBoard, service: Service = Service.WATCH, cookies: str = "") -> str | None:
    fault = board.take(service, {str(service), "x"}, cookies)
    return None if fault is None else str(fault.kind)


def test_a_storm_begins_and_ends_in_its_time(board: FaultBoard, clock: Clock) -> None:
    board.set("rate_limited", "watch", begins=10, ends=70)
    clock.now += 500  # nothing counts before the first request
    expected = {0: None, 9: None, 10: "rate_limited", 69: "rate_limited", 70: None}
    first = clock.now
    for seconds, kind in expected.items():
        clock.now = first + seconds
        assert hits(board) == kind, seconds


def test_faults_follow_each_other(board: FaultBoard, clock: Clock) -> None:
    board.set("gone", "x", ends=5)
    board.set("geo", "x", begins=3, times=2)
    board.set("private", "x", begins=8)
    first, seen = clock.now, []
    for seconds in range(10):
        clock.now = first + seconds
        seen.append(hits(board))
    assert seen == ["gone"] * 5 + ["geo"] * 2 + [None] + ["private"] * 2


def test_a_storm_lasts_from_its_first_hit(board: FaultBoard, clock: Clock) -> None:
    """Whenever that is: a slow client meets it too."""
    board.set("rate_limited", "watch", after=2, lasts=60)
    assert [hits(board), hits(board)] == [None, None]
    clock.now += 500
    seen = []
    for seconds in (0, 30, 29.9, 0.1):
        clock.now += seconds
        seen.append(hits(board))
    assert seen == ["rate_limited"] * 3 + [None]
    assert board.hits("rate_limited", "watch") == 3


def test_two_of_a_kind_follow_each_other(board: FaultBoard, clock: Clock) -> None:
    board.add("gone", "x", times=1)
    board.add("gone", "x", after=1, times=1)
    assert [hits(board) for _ in range(4)] == ["gone", None, "gone", None]
    assert board.as_list() == []


def test_a_bot_check_lasts_until_new_cookies_come(board: FaultBoard) -> None:
    board.set("bot_check", "watch", spares="SID=new")
    assert hits(board) == hits(board, cookies="SID=old; A=b") == "bot_check"
    assert hits(board, cookies="A=b; SID=new") is None
    assert hits(board) == "bot_check"  # the others still have to prove themselves


@pytest.mark.parametrize("wrong", [{"kind": "flood"}, {"times": "x"}, {"when": 1}, [1], "x"])
def test_nonsense_is_refused_in_a_sentence(world: World, wrong: Any) -> None:
    body = {"kind": "gone"} | wrong if isinstance(wrong, dict) else wrong
    answer = requests.post(f"{world.base_url}/faults", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert requests.get(f"{world.base_url}/faults").json() == []


def test_cleared_it_begins_anew(board: FaultBoard, clock: Clock) -> None:
    board.set("gone", ends=5)
    assert hits(board) == "gone"
    clock.now += 50
    board.clear()
    board.set("gone", ends=5)
    assert hits(board) == "gone"


@pytest.mark.parametrize("kind", list(FaultKind), ids=str)
def test_every_kind_can_hit_something(kind: FaultKind) -> None:
    board = FaultBoard()
    board.set(kind)
    assert [service for service in Service if board.take(service, {str(service)})]


@pytest.mark.parametrize("kind", [*PLAYABILITY, FaultKind.NO_FORMAT], ids=str)
def test_what_the_page_says_is_what_yt_dlp_says(
    world: World, tmp_path: Path, kind: FaultKind
) -> None:
    """An error whose sentence is the site's, with no advice meant for yt-dlp's command line."""
    offer = world.offers(world.recordings[0])[0]
    world.faults.set(kind, offer.id)
    url = f"{world.base_url}/watch?v={offer.id}"
    with pytest.raises(StageError) as caught:
        fetch(Candidate("ShantyDemo", offer.id, url, ""), tmp_path)
    said = str(caught.value)
    expected = {FaultKind.NO_FORMAT: "No video formats found", FaultKind.DRM: "DRM protected"}
    words = expected.get(kind) or PLAYABILITY[kind].reason
    assert words.rstrip(".").lower() in said.lower() or kind is FaultKind.GEO, said
    assert "--cookies" not in said
    assert caught.value.error_class in ("wait", "bad_candidate"), said
    assert world.requests.total("media") == 0


def test_with_the_cookie_the_site_plays(world: World, tmp_path: Path) -> None:
    offer = world.offers(world.recordings[0])[0]
    world.faults.set("bot_check", "watch", spares="SID=new")
    candidate = Candidate("ShantyDemo", offer.id, f"{world.base_url}/watch?v={offer.id}", "")
    with pytest.raises(StageError):
        fetch(candidate, tmp_path)
    cookies = tmp_path / "cookies.txt"
    line = "\t".join(("127.0.0.1", "FALSE", "/", "FALSE", "2000000000", "SID", "new"))
    cookies.write_text(f"# Netscape HTTP Cookie File\n{line}\n")
    assert fetch(candidate, tmp_path, cookies_path=cookies).exists()


def test_files_are_told_apart_by_their_etag(world: World) -> None:
    offer = world.offers(world.recordings[0])[0]
    url = f"{world.base_url}/media/{offer.file_name}"
    before = requests.get(url)
    rest = requests.get(url, headers={"Range": "bytes=10-"})
    assert rest.headers["ETag"] == before.headers["ETag"]
    world.faults.set("changed", offer.id)
    after = requests.get(url)
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.content != before.content
    world.faults.clear()
    world.faults.set("no_range", offer.id)
    whole = requests.get(url, headers={"Range": "bytes=10-"})
    assert (whole.status_code, whole.content) == (200, before.content)


def test_a_stalled_body_stops_half_way_and_a_hanging_answer_never_begins(world: World) -> None:
    offer = world.offers(world.recordings[0])[0]
    url = f"{world.base_url}/media/{offer.file_name}"
    size = len(requests.get(url).content)
    world.faults.set("stall", offer.id)
    came = b""
    with (
        pytest.raises(requests.ConnectionError, match="timed out"),
        requests.get(url, timeout=0.2, stream=True) as answer,
    ):
        for piece in answer.iter_content(1):
            came += piece
    assert len(came) == size // 2
    world.faults.clear()
    world.faults.set("hang", offer.id)
    with pytest.raises(requests.Timeout):
        requests.get(url, timeout=0.2)


def test_counters_say_how_many_came_within_any_span() -> None:
    clock = Clock()
    counters = RequestCounters(clock)
    for seconds in (0, 1, 2, 9, 10, 10.5, 30):
        clock.now = 1000 + seconds
        counters.add("watch", "x")
    clock.now = 1009.5
    counters.add("media", "x")
    assert counters.most_within(2, ["watch"]) == 3
    assert counters.most_within(1, ["watch"]) == 2
    assert counters.most_within(2, ["watch", "media"]) == 4
    assert counters.most_within(100, ["search"]) == 0
    assert counters.times("media") == [1009.5]
    counters.reset()
    assert counters.times("watch") == []
