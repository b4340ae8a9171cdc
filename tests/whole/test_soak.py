"""The service over an hour: with bursts of load, and each part stopped once, nothing is lost.

``make soak`` runs the full length, and ``make prove`` includes it; a short form is a proof too.
Each printed line has the minute, so that a run can be read afterwards.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import psutil
import pytest

from deployments.worker_process import AT_WORK
from shanty.models import TrackStatus
from tests.world.server_load import Burst
from tests.world.service_home import Home, below, service_home, wait_until

TURN_SECONDS = 15
MISSED_TURNS = 2
ANSWER_SECONDS = 30
HEAL_SECONDS = 180
CLIENTS, BURST_SECONDS = 60, 75
PARTS = ("server", "worker", "flow run")
LEAST_SEEN = 6
"""How often a part has to be weighed before it can be seen to grow."""
GROWTH = 1.25  # of the median memory in the last third over that in the middle one


@dataclass(frozen=True)
class Length:
    """How long a soak is, and what happens in it."""

    minutes: float
    bursts: int
    tracks: int


SHORT = Length(minutes=7, bursts=1, tracks=24)
FULL = Length(minutes=60, bursts=3, tracks=120)


@dataclass
class Record:
    """What was seen, minute by minute."""

    began_at: float = field(default_factory=time.monotonic)
    memory_mib: dict[str, list[float]] = field(default_factory=dict)
    excused: list[tuple[datetime, datetime]] = field(default_factory=list)
    """The spans in which a part was stopped on purpose or a burst was on: no turn counts then."""

    def say(self, line: str) -> None:
        minute = (time.monotonic() - self.began_at) / 60
        load = os.getloadavg()[0]
        print(f"{minute:6.2f} min  load {load:5.1f}  {line}", flush=True)

    @contextmanager
    def excusing(self) -> Iterator[None]:
        began = datetime.now(UTC)
        try:
            yield
        finally:
            self.excused.append((began, datetime.now(UTC)))


@pytest.mark.parametrize(
    "length",
    [
        pytest.param(SHORT, id="short", marks=pytest.mark.proof),
        pytest.param(FULL, id="full", marks=pytest.mark.soak),
    ],
)
def test_the_service_lives_through_an_hour(length: Length, tmp_path: Path) -> None:
    environment = {"SHANTY_SCHEDULING__MAINTENANCE": f"{TURN_SECONDS}s"}
    with service_home(tmp_path / "service", tracks=length.tracks, **environment) as home:
        record = Record()
        home.want(0, 4)
        with home.up() as service:
            lines = _keep_lines(service)
            stop = threading.Event()
            threading.Thread(
                target=_weigh, args=(home, service.pid, record, stop), daemon=True
            ).start()
            try:
                _live(home, service, length, record)
            finally:
                stop.set()
                record.say(f"the service said: {[line for line in lines if 'again' in line]}")
            _check_turns(home, record)
            _check_memory(record)
            wait_until(lambda: home.finished() == length.tracks, "nothing is lost", 600)
            wait_until(home.is_sound, "nothing is left behind", 300)
            assert home.catalog.tracks.count()[TrackStatus.IN_LIBRARY] == length.tracks
            service.send_signal(signal.SIGTERM)
            assert service.wait(15) == 0


def _live(home: Home, service: subprocess.Popen[str], length: Length, record: Record) -> None:
    """Spread the events over the time: bursts, one stop of each part, and wishes in between."""
    events = [("burst", number) for number in range(length.bursts)]
    events += [(part, 0) for part in PARTS]
    gap = length.minutes * 60 / (len(events) + 1)
    wanted, step = 4, (length.tracks - 4) // len(events)
    for number, (event, _) in enumerate(events, start=1):
        _rest_until(record.began_at + number * gap)
        last = length.tracks if number == len(events) else wanted + step
        home.want(wanted, last)
        wanted = last
        with record.excusing():
            if event == "burst":
                _burst(home, record)
            else:
                _stop_and_heal(home, service, event, record)
    _rest_until(record.began_at + length.minutes * 60)


def _rest_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _burst(home: Home, record: Record) -> None:
    user, _, password = (home.auth or "").partition(":")
    pid = home.server_pid
    burst = Burst(home.api.url, (user, password), CLIENTS, BURST_SECONDS)
    time.sleep(BURST_SECONDS)
    ended = time.monotonic()
    wait_until(lambda: _does_answer(home), "the server answers after a burst", ANSWER_SECONDS)
    record.say(f"answered {time.monotonic() - ended:.1f} s after a burst")
    burst.wait()
    record.say(f"the burst was told {dict(burst.answers)}")
    assert home.server_pid == pid, "a busy server was taken for one that hangs"


def _does_answer(home: Home) -> bool:
    try:
        return bool(home.jobs())
    except Exception:
        return False


def _stop_and_heal(home: Home, service: subprocess.Popen[str], part: str, record: Record) -> None:
    wait_until(lambda: part in _parts(home, service.pid), f"there is a {part}", 300)
    pid = _parts(home, service.pid)[part]
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: _is_stopped(pid), f"the {part} is stopped", 10)
    stopped = time.monotonic()
    record.say(f"stopped the {part} (process {pid})")
    wait_until(lambda: not _is_stopped(pid), f"the {part} is noticed", HEAL_SECONDS)
    noticed = time.monotonic() - stopped
    wait_until(
        lambda: part == "flow run" or _is_well(home, service.pid, part, pid),
        f"the {part} is healed",
        HEAL_SECONDS - noticed,
    )
    record.say(
        f"{part}: noticed after {noticed:.0f} s, well after {time.monotonic() - stopped:.0f} s"
    )


def _is_well(home: Home, service_pid: int, part: str, old_pid: int) -> bool:
    new_pid = _parts(home, service_pid).get(part)
    return new_pid not in (None, old_pid) and _does_answer(home)


def _is_stopped(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def _parts(home: Home, service_pid: int) -> dict[str, int]:
    """The processes of a service, by their part in it."""
    found = {"service": service_pid}
    for pid in below(service_pid):
        try:
            words = psutil.Process(pid).cmdline()
        except psutil.Error:
            continue
        if "deployments.server_process" in words:
            found["server"] = pid
        elif "deployments.worker_process" in words:
            found["worker"] = pid
        elif "prefect.engine" in words:
            found["flow run"] = pid
    return found


def _weigh(home: Home, service_pid: int, record: Record, stop: threading.Event) -> None:
    """Note the memory of each part, every half minute."""
    while not stop.wait(30):
        for part, pid in _parts(home, service_pid).items():
            try:
                process = psutil.Process(pid)
                weight = process.memory_info().rss / 2**20
                # It is several times as large while it has runs to take up.
                state = f"{part} at work" if AT_WORK in process.cmdline() else part
            except psutil.Error:
                continue
            record.memory_mib.setdefault(state, []).append(weight)
        weights = {part: round(seen[-1]) for part, seen in record.memory_mib.items()}
        record.say(f"{weights} MiB, {home.finished()} finished")


def _check_memory(record: Record) -> None:
    for part, seen in record.memory_mib.items():
        if part == "flow run" or len(seen) < LEAST_SEEN:
            continue  # each is another process, and lives for seconds
        third = len(seen) // 3
        middle, last = median(seen[third : 2 * third]), median(seen[2 * third :])
        record.say(f"{part}: {middle:.0f} MiB in the middle, {last:.0f} MiB at the end")
        assert last <= GROWTH * middle, f"the {part} grows"


def _check_turns(home: Home, record: Record) -> None:
    """Check that no job missed more than two turns in a row, except while we had stopped a part."""
    for name in ("pipeline", "maintenance"):
        begun = sorted(
            datetime.fromisoformat(run["start_time"])
            for run in _all_runs(home, name)
            if run["start_time"]
        )
        gaps = [
            (later - before - _excused(record, before, later)).total_seconds()
            for before, later in pairwise(begun)
        ]
        record.say(f"{name}: {len(begun)} runs, the longest gap {max(gaps):.0f} s")
        assert max(gaps) <= (MISSED_TURNS + 1) * TURN_SECONDS + TURN_SECONDS, name


def _all_runs(home: Home, name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    while page := home.api.post(
        "/flow_runs/filter",
        deployments={"name": {"any_": [name]}},
        sort="START_TIME_ASC",
        limit=200,
        offset=len(found),
    ):
        found += page
    return found


def _excused(record: Record, begin: datetime, end: datetime) -> timedelta:
    """How much of a span passed while a part was stopped or recovering."""
    shares = [
        min(end, until + timedelta(seconds=60)) - max(begin, since)
        for since, until in record.excused
    ]
    return sum((share for share in shares if share > timedelta(0)), timedelta(0))


def _keep_lines(service: subprocess.Popen[str]) -> list[str]:
    """Collect the service's output from now on, so that it never waits for a reader."""
    lines: list[str] = []

    def read() -> None:
        assert service.stdout is not None
        lines.extend(service.stdout)

    threading.Thread(target=read, daemon=True).start()
    return lines
