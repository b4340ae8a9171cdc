"""When a silent process counts as hung, and how soon it is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from deployments.caretaker import Revival
from deployments.server_pulse import ServerPulse
from deployments.silence import Effort, Patience, Silence, read_effort
from tests.world.service_home import kill_all, wait_until
from tests.world.serving import HEALTHY, serve

PATIENCE = Patience(idle_seconds=45, busy_seconds=120)


class Watched:
    """A silence, with a clock and a process that the test sets."""

    def __init__(self, share: float = 0.0, *, is_at_disk: bool = False):
        self.now = 1000.0
        self.cpu_seconds = 0.0
        self._share = share
        self._is_at_disk = is_at_disk
        self.silence = Silence(PATIENCE, clock=lambda: self.now, effort_of=lambda pid: self.effort)

    @property
    def effort(self) -> Effort | None:
        return Effort(self.cpu_seconds, self._is_at_disk)

    def look_for(self, seconds: float, every: float = 5.0) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += every
            self.cpu_seconds += every * self._share
            self.silence.go_on(1)


def test_an_excuse_does_not_count_and_does_not_begin_anew() -> None:
    watched = Watched()
    watched.look_for(40)
    watched.now += 300
    watched.silence.pause()
    assert not watched.silence.is_too_long
    assert watched.silence.seconds == 40
    watched.look_for(5)
    assert watched.silence.is_too_long


@pytest.mark.parametrize(
    ("share", "is_at_disk", "seconds", "is_hung"),
    [
        (0.0, False, 40, False),
        (0.0, False, 45, True),
        (0.01, False, 60, True),  # a stopped loop beside a thread that ticks
        (0.1, False, 115, False),  # busy, or starved by others
        (0.1, False, 120, True),  # a loop without an end
        (1.0, False, 115, False),
        (0.0, True, 115, False),  # a slow disk
        (0.0, True, 125, True),
    ],
)
def test_what_counts_as_hung(share: float, is_at_disk: bool, seconds: float, is_hung: bool) -> None:
    watched = Watched(share, is_at_disk=is_at_disk)
    watched.look_for(seconds)
    assert watched.silence.is_too_long is is_hung


def test_what_was_busy_before_it_was_stopped_is_hung_no_later() -> None:
    watched = Watched(share=1.0)
    watched.look_for(20)
    watched._share = 0.0
    watched.look_for(40)
    assert not watched.silence.is_too_long
    watched.look_for(5)
    assert watched.silence.is_too_long


def test_a_sign_ends_the_silence() -> None:
    watched = Watched()
    watched.look_for(40)
    watched.silence.end()
    watched.look_for(40)
    assert not watched.silence.is_too_long
    watched.look_for(5)
    assert watched.silence.is_too_long


def test_time_in_which_nobody_looked_is_no_silence() -> None:
    """If the machine slept, or the looking process was stopped, the next look begins anew."""
    watched = Watched()
    watched.look_for(10)
    watched.now += 8 * 3600
    watched.silence.go_on(1)
    assert watched.silence.seconds == 20
    assert not watched.silence.is_too_long


def test_a_process_on_another_machine_is_judged_by_its_silence_alone() -> None:
    silence = Silence(PATIENCE, clock=iter(range(0, 1000, 10)).__next__)
    for _ in range(5):
        silence.go_on()
    assert silence.is_too_long


def test_the_effort_of_a_process_is_what_it_did() -> None:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        before = read_effort(process.pid)
        assert before is not None

        def has_worked() -> bool:
            now = read_effort(process.pid)
            assert now is not None
            return now.cpu_seconds > before.cpu_seconds

        wait_until(has_worked, "it has worked")
        os.kill(process.pid, signal.SIGSTOP)
        stopped = psutil.Process(process.pid)
        wait_until(lambda: stopped.status() == psutil.STATUS_STOPPED, "it is stopped")
        after = read_effort(process.pid)
        time.sleep(0.2)
        assert after == read_effort(process.pid)
        assert after is not None
    finally:
        kill_all([process.pid])
        process.wait()
    assert read_effort(process.pid) is None


def test_each_revival_comes_later_and_calm_makes_it_prompt_again() -> None:
    now = 0.0
    revival = Revival(clock=lambda: now)
    pauses = []
    for _ in range(8):
        pauses.append(revival.plan())
        now += pauses[-1]
        assert revival.is_due
        revival.done()
        assert not revival.is_planned
        now += 60
    assert pauses == [0, 5, 15, 45, 120, 300, 300, 300]
    now += 601
    assert revival.plan() == 0
    assert revival.is_planned


def test_a_pulse_is_felt_and_missed() -> None:
    ready = {"/api/ready": HEALTHY["/api/health"]}
    with serve(ready) as url, ServerPulse(url) as pulse:
        time.sleep(1.3)
        assert pulse.silent_seconds == 0
        ready.clear()
        wait_until(lambda: pulse.silent_seconds > 0, "an error is no answer", 10)
        ready.update({"/api/ready": HEALTHY["/api/health"]})
        wait_until(lambda: pulse.silent_seconds == 0, "it answers again", 10)
