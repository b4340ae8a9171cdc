"""Downloads that stall, trickle, hang or change: cut for real, and continued without a splice."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from shanty.demo.offers import Offer
from shanty.demo.world import World
from shanty.errors import TransientError
from shanty.models import Candidate, Progress
from shanty.providers.ffmpeg import verify_audio
from shanty.providers.ytdlp.client import fetch
from shanty.providers.ytdlp.resume import Identity
from shanty.providers.ytdlp.search import search
from shanty.providers.ytdlp.stall import (
    GuardedBody,
    HungError,
    StalledError,
    StallGuard,
    StoppedError,
)

STALL_SECONDS = 0.3


@pytest.fixture
def offer(world: World) -> Offer:
    """The biggest file, an uncompressed one: it comes in several pieces."""
    offers = [world.offers(mbid)[0] for mbid in world.recordings]
    return next(offer for offer in offers if offer.container == "flac")


@pytest.fixture
def candidate(world: World, offer: Offer) -> Candidate:
    return Candidate("ShantyDemo", offer.id, f"{world.base_url}/watch?v={offer.id}", offer.title)


class Ticking:
    """A clock that every reading of a slow body moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class SlowBody:
    """Gives so many bytes at a time and takes so many seconds for it."""

    def __init__(self, clock: Ticking, pieces: list[tuple[int, float]]):
        self._clock = clock
        self._pieces = pieces
        self.closed = False

    def read1(self, most: int) -> bytes:
        if not self._pieces:
            return b""
        size, seconds = self._pieces.pop(0)
        assert size <= most
        self._clock.now += seconds
        return b"x" * size


# The bounds by themselves


@pytest.mark.parametrize(
    ("pieces", "is_stall"),
    [
        ([(100_000, 1.0)] * 50, False),
        ([(1, 1.0)] * 50, True),  # a byte a second: no time-out of a socket ever sees it
        ([(1, 1.0)] * 29, False),  # not long enough to tell
        ([(40_000, 30.0), (1, 29.0), (40_000, 1.0)], False),
        ([(40_000, 30.0), (1, 30.0)], True),  # what came before does not count for it
        ([], False),
    ],
)
def test_a_body_is_judged_by_what_comes_in_each_span(
    pieces: list[tuple[int, float]], is_stall: bool
) -> None:
    clock = Ticking()
    body = GuardedBody(SlowBody(clock, list(pieces)), StallGuard(stall_seconds=30, clock=clock))
    read = 0
    try:
        while data := body.read(500_000):
            read += len(data)
    except StalledError as error:
        assert is_stall
        assert "bytes came in 30 s" in str(error)
    else:
        assert not is_stall
        assert read == sum(size for size, _ in pieces)


def test_no_speed_is_asked_for_with_0() -> None:
    clock = Ticking()
    guard = StallGuard(stall_seconds=30, min_bytes_per_second=0, clock=clock)
    body = GuardedBody(SlowBody(clock, [(1, 10.0)] * 20), guard)
    assert sum(len(body.read(1)) for _ in range(21)) == 20


def test_time_that_we_take_ourselves_is_no_stall() -> None:
    """A cap on the bandwidth sleeps between two reads."""
    clock = Ticking()
    body = GuardedBody(SlowBody(clock, [(10, 0.0)] * 20), StallGuard(stall_seconds=30, clock=clock))
    for _ in range(20):
        assert body.read(10)
        clock.now += 60


def test_what_came_before_an_error_is_not_lost() -> None:
    class Breaking:
        def __init__(self) -> None:
            self.pieces: list[Any] = [b"one", b"two", OSError("cut")]

        def read1(self, most: int) -> bytes:
            piece = self.pieces.pop(0)
            if isinstance(piece, Exception):
                raise piece
            assert isinstance(piece, bytes)
            return piece

    body = GuardedBody(Breaking(), StallGuard())
    assert body.read(100) == b"onetwo"
    with pytest.raises(OSError, match="cut"):
        body.read(100)


def test_what_is_left_behind_does_nothing_more() -> None:
    guard = StallGuard(hung_seconds=0.05)
    wake_up, has_ended = threading.Event(), threading.Event()
    done: list[str] = []

    def work() -> None:
        wake_up.wait(30)
        try:
            guard.hear()
            done.append("went on")
        except StoppedError:
            done.append("gave up")
        has_ended.set()

    with pytest.raises(HungError, match="no sign of life"):
        guard.run(work)
    wake_up.set()
    assert has_ended.wait(30)
    assert done == ["gave up"]


def test_what_ends_well_or_badly_in_the_thread_does_so_outside() -> None:
    assert StallGuard().run(lambda: 7) == 7
    with pytest.raises(KeyError):
        StallGuard().run(lambda: {}["x"])


# Through yt-dlp, from the world


@pytest.mark.parametrize("fault", ["stall", "trickle", "hang"])
def test_a_download_that_stalls_is_cut_and_continued(
    world: World, candidate: Candidate, offer: Offer, tmp_path: Path, fault: str
) -> None:
    world.faults.set(fault, "media", times=1, value=50)
    with pytest.raises(TransientError):
        fetch(candidate, tmp_path, guard=StallGuard(stall_seconds=STALL_SECONDS))
    begun = sum(part.stat().st_size for part in tmp_path.glob("*.part"))
    assert begun == 0 if fault == "hang" else begun > 0
    asked = record_ranges(world)
    path = fetch(candidate, tmp_path)
    verify_audio(path, offer.duration_seconds)
    assert asked == ([None] if fault == "hang" else [f"bytes={begun}-"])
    assert path.read_bytes() == fetch(candidate, tmp_path / "fresh").read_bytes()
    assert [one for one in tmp_path.iterdir() if one.suffix in (".part", ".of")] == []


def test_what_is_given_up_is_hung_up(world: World, candidate: Candidate, tmp_path: Path) -> None:
    """At once, and not when memory is tidied: the site would go on sending until then."""
    port = int(world.base_url.rpartition(":")[2])
    world.faults.set("slow", "media", times=1, value=4000)
    stop = threading.Event()
    gc.disable()
    try:
        with pytest.raises(StoppedError):
            fetch(
                candidate,
                tmp_path,
                on_progress=lambda _: stop.set(),
                guard=StallGuard(should_stop=stop.is_set),
            )
        connections = psutil.Process().net_connections("tcp")
        is_open = [one for one in connections if one.raddr and one.raddr.port == port]
        assert [one for one in is_open if one.status == psutil.CONN_ESTABLISHED] == []
    finally:
        gc.enable()


@pytest.mark.parametrize("service", ["search", "watch"])
def test_a_page_that_never_comes_is_not_waited_for(
    world: World, candidate: Candidate, tmp_path: Path, service: str
) -> None:
    world.faults.set("hang", service, times=1)
    guard = StallGuard(stall_seconds=STALL_SECONDS)
    with pytest.raises(TransientError):
        if service == "search":
            search("demosearch8", "anything", guard=guard)
        else:
            fetch(candidate, tmp_path, guard=guard)
    assert world.requests.total(service) == 1


def test_an_extractor_that_hangs_is_left_behind(
    world: World, candidate: Candidate, offer: Offer, tmp_path: Path, monkeypatch: Any
) -> None:
    from yt_dlp_plugins.extractor.shanty_demo import ShantyDemoIE  # type: ignore[import-not-found]

    folder = tmp_path / "one"
    world.faults.set("cut", "media", times=1)
    with pytest.raises(TransientError):
        fetch(candidate, folder)
    wake_up = threading.Event()
    extract = ShantyDemoIE._real_extract

    def hang(self: Any, url: str) -> Any:
        wake_up.wait(30)
        return extract(self, url)

    world.requests.reset()
    with monkeypatch.context() as patch:
        patch.setattr(ShantyDemoIE, "_real_extract", hang)
        with pytest.raises(HungError):
            fetch(candidate, folder, guard=StallGuard(hung_seconds=0.1))
    before = {thread for thread in threading.enumerate() if thread.name == "yt-dlp"}
    wake_up.set()
    for thread in before:
        thread.join(30)
    # It woke up, and asked the site for nothing.
    assert world.requests.total("watch") == world.requests.total("media") == 0
    assert not folder.exists()
    verify_audio(fetch(candidate, folder), offer.duration_seconds)


def test_progress_says_how_fast_it_goes(world: World, candidate: Candidate, tmp_path: Path) -> None:
    world.faults.set("slow", "media", times=1, value=500_000)
    seen: list[Progress] = []
    fetch(candidate, tmp_path, on_progress=seen.append)
    last = seen[-1]
    assert last.downloaded_bytes == last.total_bytes
    assert last.bytes_per_second is not None
    assert last.bytes_per_second > 0
    assert last.eta_seconds == 0
    assert Progress(10, 110, 50.0).eta_seconds == 2
    assert Progress(10, None, 50.0).eta_seconds is Progress(10, 110).eta_seconds is None


# Continuing


def record_ranges(world: World) -> list[str | None]:
    """The Range headers of the requests for files from now on."""
    asked: list[str | None] = []
    answer = world._origin.answer_media

    class Recording:
        def __getattr__(self, name: str) -> Any:
            return getattr(origin, name)

        def answer_media(self, request: Any, fault: Any) -> Any:
            asked.append(request.headers.get("range"))
            return answer(request, fault)

    origin = world._origin
    world._origin = Recording()  # type: ignore[assignment]
    return asked


@pytest.fixture(autouse=True)
def same_origin(running_world: World) -> Iterator[None]:
    origin = running_world._origin
    yield
    running_world._origin = origin


def begin(world: World, candidate: Candidate, folder: Path) -> Path:
    """Half a download; returns the part."""
    world.faults.set("cut", "media", times=1)
    with pytest.raises(TransientError):
        fetch(candidate, folder)
    world.requests.reset()
    return next(folder.glob("*.part"))


@pytest.mark.parametrize(
    ("fault", "value", "requests_made"),
    [
        ("no_range", None, 1),
        ("changed", None, 1),
        ("changed", 1, 2),  # by a site that sends ranges of whatever it has now
    ],
)
def test_what_cannot_be_continued_is_begun_anew(
    world: World,
    candidate: Candidate,
    offer: Offer,
    tmp_path: Path,
    fault: str,
    value: float | None,
    requests_made: int,
) -> None:
    """A file that changed has ranges too: appended, they would be half of one, half of another."""
    world.faults.set(fault, "media", value=value)
    whole = requests.get(f"{world.base_url}/media/{offer.file_name}").content
    world.faults.clear()
    part = begin(world, candidate, tmp_path)
    half = part.stat().st_size
    world.faults.set(fault, "media", value=value)
    asked = record_ranges(world)
    path = fetch(candidate, tmp_path)
    assert path.read_bytes() == whole
    assert asked == [f"bytes={half}-", None][:requests_made]


@pytest.mark.parametrize("note", [None, "[]", "{}"])
def test_a_part_of_which_nothing_is_known_is_begun_anew(
    world: World, candidate: Candidate, tmp_path: Path, note: str | None
) -> None:
    part = begin(world, candidate, tmp_path)
    part.write_bytes(b"another file's bytes" * 100)
    note_path = part.with_name(f"{part.name}.of")
    assert set(json.loads(note_path.read_text())) == {"etag", "last_modified", "total_bytes"}
    if note is None:
        note_path.unlink()
    else:
        note_path.write_text(note)
    path = fetch(candidate, tmp_path)
    assert path.read_bytes() == fetch(candidate, tmp_path / "fresh").read_bytes()


def test_a_part_that_is_longer_than_the_file_is_begun_anew(
    world: World, candidate: Candidate, offer: Offer, tmp_path: Path
) -> None:
    """yt-dlp takes one that is up to 100 bytes too long for finished."""
    whole = requests.get(f"{world.base_url}/media/{offer.file_name}").content
    part = begin(world, candidate, tmp_path)
    part.write_bytes(whole + b"x" * 50)
    path = fetch(candidate, tmp_path)
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (Identity("a", "", 5), Identity("a", "", 5), True),
        (Identity("a", "", 5), Identity("b", "", 5), False),
        (Identity("a", "", 5), Identity("a", "", 6), False),
        (Identity("a"), Identity("", "", 5), False),  # nothing in common: it may be any file
        (Identity(), Identity(), False),
        (Identity("", "Mon", 5), Identity("a", "", 5), True),
        (Identity("", "Mon", 5), Identity("", "Tue", 5), False),
        (Identity('W/"a"', "Mon"), Identity('W/"a"', "Mon"), True),
    ],
)
def test_what_is_the_same_file(one: Identity, other: Identity, is_same: bool) -> None:
    assert one.is_same(other) == other.is_same(one) == is_same


def test_a_weak_tag_says_nothing_about_bytes() -> None:
    assert Identity('"a"', "Mon").validator == '"a"'
    assert Identity('W/"a"', "Mon").validator == Identity("", "Mon").validator == "Mon"
    assert Identity('W/"a"').validator == Identity().validator == ""
