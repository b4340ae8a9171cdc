"""Circuits: a source that asks us to wait opens one; one probe, and a slow way back, follow."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest

from shanty.db import Database
from shanty.errors import (
    BadCandidateError,
    NotFoundError,
    SourcePausedError,
    TransientError,
    WaitError,
)
from shanty.sources import circuits as module
from shanty.sources.circuit_names import circuit_name
from shanty.sources.circuit_rows import CLOSED, HALF_OPEN, OPEN, PROBING, is_blocked
from shanty.sources.circuits import PROBE_SECONDS, Circuits
from shanty.sources.pauses import SLOWEST, SUCCESSES_TO_FULL_PACE
from tests.world.circuit_site import SITE, ask, only, refuse
from tests.world.crash_world import ROOT
from tests.world.databases import Clock

pytestmark = pytest.mark.postgresql_too


def test_a_working_source_leaves_no_trace(circuits: Circuits) -> None:
    ask(circuits)
    for error in (TransientError("cut"), BadCandidateError("gone"), NotFoundError("no such")):
        with pytest.raises(type(error)):
            ask(circuits, error)
    assert circuits.list_all() == []
    assert not circuits.blocks(SITE)
    assert circuits.slowness(SITE) == 1


def test_a_source_that_asks_us_to_wait_is_not_asked(circuits: Circuits, clock: Clock) -> None:
    refuse(circuits)
    one = only(circuits)
    assert (one.name, one.state, one.reason) == (SITE, OPEN, "prove that you are no bot")
    assert one.until == clock.now + timedelta(seconds=60)
    assert circuits.blocks(SITE)
    with pytest.raises(SourcePausedError, match="prove that you are no bot") as caught:
        ask(circuits)
    assert caught.value.source == SITE
    assert caught.value.retry_at == one.until
    with circuits.guard("another") as passage:
        passage.enter()
    assert only(circuits).times == 1


def test_a_source_that_names_no_time_is_left_alone_for_as_long_as_is_known(
    circuits: Circuits, clock: Clock
) -> None:
    error = WaitError("rate-limited for up to an hour")
    error.rest_seconds = 1800.0
    with pytest.raises(WaitError):
        ask(circuits, error)
    assert only(circuits).until == clock.now + timedelta(minutes=30)


def test_the_error_names_the_circuit(circuits: Circuits) -> None:
    """A search's own name is not the site's name; items wait for the site's circuit."""
    with pytest.raises(WaitError) as caught:
        ask(circuits, WaitError("slow down", source="sitesearch"))
    assert caught.value.source == SITE


def test_retry_after_is_honoured(circuits: Circuits, clock: Clock) -> None:
    refuse(circuits, retry_at=clock.now + timedelta(seconds=5))
    assert only(circuits).until == clock.now + timedelta(seconds=5)
    clock.advance(5)
    refuse(circuits, retry_at=clock.now + timedelta(hours=3))
    assert only(circuits).until == clock.now + timedelta(hours=3)


def test_each_time_it_is_left_alone_for_longer(circuits: Circuits, clock: Clock) -> None:
    spans = []
    for _ in range(9):
        refuse(circuits)
        until = only(circuits).until
        assert until is not None
        spans.append((until - clock.now).total_seconds())
        clock.now = until
    assert spans == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_second_short_retry_after_is_not_believed(circuits: Circuits, clock: Clock) -> None:
    for expected in (1, 120, 240):
        refuse(circuits, retry_at=clock.now + timedelta(seconds=1))
        until = only(circuits).until
        assert until == clock.now + timedelta(seconds=expected)
        clock.now = until


def test_refusals_of_requests_under_way_count_once(circuits: Circuits, clock: Clock) -> None:
    """If four downloads at once are refused at once, that counts as one refusal."""
    guards = [circuits.guard(SITE) for _ in range(4)]
    passages = [guard.__enter__() for guard in guards]
    for passage in passages:
        passage.enter()
    later = clock.now + timedelta(minutes=7)
    for guard, retry_at in zip(guards, (None, None, later, None), strict=True):
        error = WaitError("slow down", retry_at=retry_at)
        with pytest.raises(WaitError, match="slow down"):
            guard.__exit__(WaitError, error, None)
    assert (only(circuits).times, only(circuits).until) == (1, later)


def test_one_probe_and_then_a_slow_start(circuits: Circuits, clock: Clock) -> None:
    refuse(circuits)
    clock.advance(60)
    assert only(circuits).state == HALF_OPEN
    assert not circuits.blocks(SITE)
    with circuits.guard(SITE) as probe:
        probe.enter()
        assert only(circuits).state == PROBING, is_blocked
        assert circuits.blocks(SITE)
        with pytest.raises(SourcePausedError):
            ask(circuits)
        probe.enter()  # it may make several requests
    assert only(circuits).state == CLOSED
    paces = [circuits.slowness(SITE)]
    for _ in range(SUCCESSES_TO_FULL_PACE - 1):
        assert circuits.list_all(), "at full pace too soon"
        ask(circuits)
        paces.append(circuits.slowness(SITE))
    assert circuits.list_all() == []
    assert SLOWEST > paces[0] > 1
    assert paces == sorted(paces, reverse=True)
    assert paces[-1] == 1


def test_a_probe_may_succeed_before_it_ends(circuits: Circuits, clock: Clock) -> None:
    refuse(circuits)
    clock.advance(60)
    with circuits.guard(SITE) as probe:
        probe.enter()
        probe.succeed()
        ask(circuits)
        missing = only(circuits).successes_missing
    assert only(circuits).successes_missing == missing, "one success was counted twice"


@pytest.mark.parametrize(
    ("error", "state", "seconds"),
    [
        (BadCandidateError("gone"), CLOSED, 0),
        (TransientError("cut"), OPEN, 60),
        (KeyboardInterrupt(), HALF_OPEN, 0),
        (RuntimeError("a bug"), HALF_OPEN, 0),
        (WaitError("again"), OPEN, 120),
    ],
)
def test_the_outcome_of_a_probe(
    circuits: Circuits, clock: Clock, error: BaseException, state: str, seconds: float
) -> None:
    refuse(circuits)
    clock.advance(60)
    with pytest.raises(type(error)):
        ask(circuits, error)
    one = only(circuits)
    assert one.state == state
    if one.until is not None:
        assert one.until == clock.now + timedelta(seconds=seconds)


def test_a_refusal_on_the_way_back_is_the_next_one(circuits: Circuits, clock: Clock) -> None:
    refuse(circuits)
    clock.advance(60)
    ask(circuits)
    refuse(circuits)
    assert (only(circuits).times, only(circuits).until) == (2, clock.now + timedelta(seconds=120))


def test_a_process_that_dies_in_a_probe_blocks_nobody_for_long(
    circuits: Circuits, clock: Clock
) -> None:
    refuse(circuits)
    clock.advance(60)
    circuits.admit([SITE], "the probe of a process that is killed")
    with pytest.raises(SourcePausedError):
        ask(circuits)
    clock.advance(PROBE_SECONDS)
    ask(circuits)
    assert only(circuits).state == CLOSED
    # If the process was only slow, its outcome no longer counts.
    circuits.end_probe([SITE], "the probe of a process that is killed", pause=True)
    assert only(circuits).state == CLOSED


def test_a_request_that_began_before_does_not_close_the_circuit(circuits: Circuits) -> None:
    with circuits.guard(SITE) as slow:
        slow.enter()
        refuse(circuits)
    assert only(circuits).state == OPEN


@pytest.mark.parametrize("seconds", [-3600, -365 * 24 * 3600])
def test_a_clock_set_back_does_not_leave_it_open(
    circuits: Circuits, clock: Clock, seconds: float
) -> None:
    refuse(circuits, retry_at=clock.now + timedelta(hours=1))
    clock.set_by(seconds)
    assert not circuits.blocks(SITE)
    ask(circuits)
    assert only(circuits).state == CLOSED
    refuse(circuits)
    assert circuits.blocks(SITE), "not opened by the new time"


def test_a_clock_that_is_a_little_behind_is_no_way_around_it(
    circuits: Circuits, clock: Clock
) -> None:
    refuse(circuits)
    clock.set_by(-20)
    with pytest.raises(SourcePausedError):
        ask(circuits)


@pytest.mark.parametrize("site", ["a site", "site"])  # of the rows, either may come first
def test_a_probe_that_another_circuit_forbids_is_given_back(
    circuits: Circuits, clock: Clock, site: str
) -> None:
    circuits.open(site, "slow down")
    clock.advance(60)
    circuits.open(circuit_name("disk"), "the disk is full")
    with (
        pytest.raises(SourcePausedError, match="disk is full"),
        circuits.guard(site, "disk") as passage,
    ):
        passage.enter()
    assert {one.name: one.state for one in circuits.list_all()}[site] == HALF_OPEN


def test_by_hand_the_next_request_is_the_probe(circuits: Circuits, clock: Clock) -> None:
    assert not circuits.resume(SITE)
    refuse(circuits, retry_at=clock.now + timedelta(hours=5))
    assert circuits.resume(SITE)
    assert only(circuits).state == HALF_OPEN
    ask(circuits)
    assert only(circuits).state == CLOSED
    assert not circuits.resume(SITE)


def test_only_one_of_two_at_once_is_let_through(
    circuits: Circuits, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(circuits)
    clock.advance(60)
    real = is_blocked
    others: list[str] = []

    def look(*about: Any) -> bool:
        monkeypatch.setattr(module, "is_blocked", real)
        circuits.admit([SITE], "the other, in between")
        others.append("in")
        return real(*about)

    monkeypatch.setattr(module, "is_blocked", look)
    with pytest.raises(SourcePausedError):
        circuits.admit([SITE], "this one")
    assert others == ["in"]


PROCESS = """
import sys
from shanty.sources.circuits import Circuits
from shanty.db import open_database
from shanty.errors import SourcePausedError
circuits = Circuits(open_database(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    try:
        circuits.admit(["site"], f"{sys.argv[2]}-{number}")
        print("in", flush=True)
    except SourcePausedError:
        pass
"""


def test_only_one_of_all_processes_may_probe(database: Database, database_url: str) -> None:
    now = Circuits(database)
    now.open("site", "slow down")
    assert now.resume("site")
    command = [sys.executable, "-c", PROCESS, database_url]
    processes = [
        subprocess.Popen(
            [*command, str(number)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    admitted: list[str] = []

    def probe(name: str) -> None:
        for number in range(20):
            try:
                Circuits(database).admit(["site"], f"{name}-{number}")
                admitted.append("in")
            except SourcePausedError:
                pass

    threads = [threading.Thread(target=probe, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for process in processes:
        output, _ = process.communicate("go\n", timeout=60)
        admitted += output.split()
    for thread in threads:
        thread.join()
    assert admitted == ["in"]
