"""What the pipeline does while a source is to be left alone, through real parts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.demo.world import World
from shanty.errors import DISK, TOOLS, SourcePausedError, WaitError
from shanty.models import Candidate, Stage, Status, TrackStatus
from shanty.providers.ytdlp import client
from shanty.providers.ytdlp.search import site_of, site_of_prefix
from shanty.sources.budgets import MUSICBRAINZ, Budgets
from shanty.sources.circuit_names import circuit_name
from shanty.sources.circuit_rows import CLOSED, OPEN
from shanty.sources.circuits import Circuits
from shanty.sources.opening import open_musicbrainz
from shanty.sources.states import list_source_states
from shanty.sources.supply import first_site
from shanty.sources.ytdlp_source import YtDlpSource
from shanty.stages.execution import Fate, Outcome
from shanty.stages.services import open_services
from shanty.watching.watch import watch_track
from tests.world.stage_bench import Bench

pytestmark = pytest.mark.usefixtures("no_faults")

SITE = "shantydemo"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(8, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture
def bench(world: World, database: Database, settings: Settings) -> Bench:
    """Six tracks that are wanted and queued as the pipeline queues them."""
    made = Bench(world, database, settings)
    musicbrainz = open_musicbrainz(settings, database)
    for mbid in world.recordings[:6]:
        watch_track(mbid, database=database, musicbrainz=musicbrainz)
    with database.begin() as tx:
        assert made.queue.items.enqueue_wanted(tx, source=first_site(settings)) == 6
    return made


def asked(world: World) -> int:
    return sum(world.requests.total(kind) for kind in ("search", "watch", "media"))


def refuse(bench: Bench, kind: str = "bot_check", **more: Any) -> Outcome:
    bench.world.faults.set(kind, target="watch", **more)
    outcome = bench.run(bench.claim())
    assert outcome.fate is Fate.WAITING, outcome
    return outcome


def test_names_of_sites(world: World) -> None:
    assert site_of_prefix("demosearch8") == site_of("ShantyDemo") == SITE
    assert site_of_prefix("ytsearch8") == site_of("Youtube") == site_of("YoutubeTab") == "youtube"
    assert site_of_prefix("scsearch3") == site_of("Soundcloud") == "soundcloud"
    assert site_of_prefix("nosuchsearch3") == "nosuchsearch"
    assert site_of("Search") == "search"


def test_nothing_is_claimed_for_it_and_later_stages_go_on(bench: Bench) -> None:
    through = bench.run_until(Stage.TAG)
    refused_item = bench.queue.overview.list_items(status=Status.PENDING)[0]
    refuse(bench)
    before = asked(bench.world)
    assert bench.queue.items.claim(bench.worker_id, 100) == []
    waiting = bench.queue.overview.list_items(status="waiting")
    assert len(waiting) == 5
    assert {item.attempt for item in waiting} == {0}
    assert [item.id for item in waiting if item.error] == [refused_item.id]
    counts = bench.queue.overview.counts()[Stage.DOWNLOAD]
    assert (counts["pending"], counts["waiting"]) == (0, 5)
    while through.stage is not Stage.ENRICH:
        outcome = bench.run(through)
        assert outcome.next_item is not None, outcome
        through = outcome.next_item
    assert bench.run(through).fate is Fate.FINISHED
    assert asked(bench.world) == before
    (one,) = bench.services.circuits.list_all()
    assert (one.name, one.state) == (SITE, OPEN)
    assert bench.queue.overview.next_due_at() == one.until
    (state,) = list_source_states(bench.database, bench.queue)
    assert one.until is not None
    sentence = f"{SITE}: paused until {one.until:%H:%M}, wants proof that we are not a bot"
    assert f"{sentence}; 5 tracks wait" in (state.describe(UTC), state.describe(UTC).replace(
        f"{one.until:%a} ", ""
    ))  # fmt: skip


def test_one_probe_and_then_all_go_on(bench: Bench) -> None:
    refuse(bench)
    before = asked(bench.world)
    assert bench.services.circuits.resume(SITE)
    items = bench.queue.items.claim(bench.worker_id, 3)
    assert len(items) == 3
    # The first probes; the others, claimed in the same moment, are told to wait by it.
    assert bench.run(items[0]).fate is Fate.WAITING
    for item in items[1:]:
        assert bench.run(item).fate is Fate.WAITING
    assert asked(bench.world) - before == 1, "more than one probe"
    assert {item.attempt for item in bench.queue.overview.list_items(stage=Stage.DOWNLOAD)} == {0}
    assert bench.queue.items.claim(bench.worker_id, 3) == []

    bench.world.faults.clear()
    assert bench.services.circuits.resume(SITE)
    for _ in range(2):
        assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert [one.state for one in bench.services.circuits.list_all()] in ([], [CLOSED])


def test_claimed_items_ask_nothing_more(bench: Bench) -> None:
    """These items were waiting for their turn when another one was refused."""
    items = bench.queue.items.claim(bench.worker_id, 4)
    bench.world.faults.set("rate_limited", target="search", value=600)
    assert bench.run(items[0]).fate is Fate.WAITING
    before = asked(bench.world)
    for item in items[1:]:
        outcome = bench.run(item)
        assert outcome.fate is Fate.WAITING
        assert "asked for fewer requests" in outcome.message
    assert asked(bench.world) == before
    (one,) = bench.services.circuits.list_all()
    assert one.until is not None
    assert 550 < (one.until - datetime.now(UTC)).total_seconds() < 601


def test_another_source_goes_on(bench: Bench) -> None:
    """An item whose candidate is known to be elsewhere is not held up."""
    circuits = bench.services.circuits
    track = bench.catalog.tracks.list_tracks()[0]
    bench.queue.by_hand.cancel(stage=Stage.DOWNLOAD)
    candidate = Candidate("ShantyDemo", "x", "http://127.0.0.1:9/watch?v=x", "Title", score=0.9)
    with bench.database.begin() as tx:
        bench.catalog.candidates.record(tx, track.id, [candidate])
        assert bench.queue.items.enqueue_wanted(tx, source="youtube") == 6
    circuits.open("youtube", "slow down")
    assert [item.track_id for item in bench.queue.items.claim(bench.worker_id, 100)] == [track.id]
    circuits.open("soundcloud", "slow down")
    circuits.resume("youtube")
    assert len(bench.queue.items.claim(bench.worker_id, 100)) == 5


def test_a_paused_cover_service_holds_nothing_else_up(bench: Bench) -> None:
    bench.world.faults.set("unavailable", target="coverart", value=300)
    item = bench.run_until(Stage.ENRICH)
    assert bench.run(item).fate is Fate.WAITING
    after = bench.queue.overview.get(item.id)
    assert (after.attempt, after.error_class) == (0, "wait")
    (one,) = bench.services.circuits.list_all()
    assert one.name == "coverart"
    requests = bench.world.requests.total("coverart")
    assert bench.queue.items.claim(bench.worker_id, 100, stages=[Stage.ENRICH]) == []
    another = bench.run_until(Stage.ENRICH)
    assert bench.run(another).fate is Fate.WAITING
    assert bench.world.requests.total("coverart") == requests


def test_musicbrainz_is_not_asked_again_until_it_may(
    world: World, database: Database, settings: Settings
) -> None:
    musicbrainz = open_musicbrainz(settings, database)
    world.faults.set("unavailable", target="catalogue", value=200)
    with pytest.raises(WaitError):
        musicbrainz.get_recording(world.recordings[0])
    asked_before = world.requests.total("catalogue")
    for _ in range(3):
        with pytest.raises(SourcePausedError, match="musicbrainz is paused"):
            open_musicbrainz(settings, database).get_recording(world.recordings[0])
    assert world.requests.total("catalogue") == asked_before
    world.faults.clear()
    circuits = Circuits(database)
    assert circuits.resume(MUSICBRAINZ)
    musicbrainz.get_recording(world.recordings[0])
    assert circuits.slowness(MUSICBRAINZ) > 1


def test_a_missing_ffmpeg_is_this_machines_affair(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "find_ffmpeg", lambda: None)
    item = bench.claim()
    outcome = bench.run(item)
    assert outcome.fate is Fate.WAITING
    assert "ffmpeg is missing" in outcome.message
    assert bench.queue.overview.get(item.id).attempt == 0
    assert [one.name for one in bench.services.circuits.list_all()] == [circuit_name(TOOLS)]
    before = asked(bench.world)
    assert bench.run(bench.claim()).fate is Fate.WAITING
    assert asked(bench.world) == before, "a search is of no use without ffmpeg"
    assert {c.status for c in bench.catalog.candidates.of_track(item.track_id)} == {"found"}
    monkeypatch.undo()
    bench.services.circuits.resume(circuit_name(TOOLS))
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    assert bench.services.circuits.list_all() == []


def test_a_full_disk_costs_no_requests_for_each_track(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(client, "_continue_or_begin_anew", full)
        assert bench.run(bench.claim()).fate is Fate.WAITING
    assert [one.name for one in bench.services.circuits.list_all()] == [circuit_name(DISK)]
    before = asked(bench.world)
    for _ in range(5):
        assert bench.run(bench.claim()).fate is Fate.WAITING
    assert asked(bench.world) == before
    assert bench.queue.items.claim(bench.worker_id, 100) == []
    assert all(track.status is TrackStatus.WANTED for track in bench.catalog.tracks.list_tracks())


class CountingBudgets(Budgets):
    """Budgets that do not wait, and record for what they were asked to wait."""

    def __init__(self, database: Database):
        super().__init__(database)
        self.turns: list[tuple[str, float]] = []

    def wait_for_turn(self, name: str, interval_seconds: float, **_: object) -> None:
        self.turns.append((name, interval_seconds))


def test_everything_that_costs_a_request_takes_a_turn(
    world: World, database: Database, tmp_path: Path
) -> None:
    settings = load_settings(
        home=tmp_path / "home", download={"interval": "10s", "request_interval": "2s"}
    )
    budgets, circuits = CountingBudgets(database), Circuits(database)
    source = YtDlpSource(settings, budgets, circuits)
    world.requests.reset()
    recording = world.expected(world.recordings[0]).recording
    candidate = source.search(recording, "", "demosearch8", recording.title)[0]
    source.fetch(candidate, tmp_path / "new", should_stop=lambda: False)
    names = [name for name, _ in budgets.turns]
    assert names == [f"request:{SITE}", f"download:{SITE}", f"request:{SITE}"]
    assert names.count(f"request:{SITE}") == sum(map(world.requests.total, ("search", "watch")))
    assert all(2 <= seconds <= 4 for name, seconds in budgets.turns if "request" in name)
    assert all(10 <= seconds <= 20 for name, seconds in budgets.turns if "download" in name)
    # After a pause it goes slowly.
    circuits.open(SITE, "slow down")
    circuits.resume(SITE)
    source.search(recording, "", "demosearch8", recording.title)
    budgets.turns.clear()
    source.search(recording, "", "demosearch8", recording.title)
    [(_, seconds)] = budgets.turns
    assert seconds >= 2 * circuits.slowness(SITE) > 10


def test_requests_in_the_queue_for_a_turn_stop_too(
    world: World, database: Database, tmp_path: Path
) -> None:
    """The circuit opens while this one waits for its turn."""
    circuits = Circuits(database)

    class Opening(CountingBudgets):
        def wait_for_turn(self, name: str, interval_seconds: float, **_: object) -> None:
            circuits.open(SITE, "another download was refused")

    settings = load_settings(home=tmp_path / "home", download={"interval": "10s"})
    source = YtDlpSource(settings, Opening(database), circuits)
    world.requests.reset()
    url = f"{world.base_url}/watch?v={world.truth[world.recordings[0]]}"
    candidate = Candidate("ShantyDemo", world.truth[world.recordings[0]], url, "")
    with pytest.raises(SourcePausedError):
        source.fetch(candidate, tmp_path / "new", should_stop=lambda: False)
    assert asked(world) == 0


def test_the_bandwidth_is_shared_out(
    world: World, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(
        home=tmp_path / "home", download={"bandwidth": "2M"}, workers={"download": 4}
    )
    limits: list[int] = []
    real = client._continue_or_begin_anew

    def spy(ydl: Any, *more: Any) -> Any:
        limits.append(ydl.params["ratelimit"])
        return real(ydl, *more)

    monkeypatch.setattr(client, "_continue_or_begin_anew", spy)
    source = YtDlpSource(settings, Budgets(database), Circuits(database))
    recording = world.expected(world.recordings[0]).recording
    candidate = source.search(recording, "", "demosearch8", recording.title)[0]
    source.fetch(candidate, tmp_path / "new", should_stop=lambda: False)
    assert limits == [512 * 1024]


def test_in_quiet_hours_nothing_is_begun(world: World, database: Database, tmp_path: Path) -> None:
    now = datetime.now().astimezone()
    hours = f"{now - timedelta(minutes=5):%H:%M}-{now + timedelta(minutes=30):%H:%M}"
    settings = load_settings(
        home=tmp_path / "home",
        library={"path": tmp_path / "library"},
        download={"quiet_hours": hours},
    )
    bench = Bench(world, database, settings)
    bench.want()
    world.requests.reset()
    item = bench.claim()
    assert bench.run(item).fate is Fate.WAITING
    assert asked(world) == 0
    after = bench.queue.overview.get(item.id)
    assert after.attempt == 0
    assert after.run_after > datetime.now(UTC) + timedelta(minutes=25)
    assert bench.services.circuits.list_all() == []
    open_services(settings, database, run_id="another")
