"""What happens after the clock was set, and in which order: a short form of the survival tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from deployments import wall_clock
from deployments.wall_clock import ClockKeeper
from shanty.errors import ServerError


@dataclass
class Parts:
    """Worker, server, queue and pulse as the keeper sees them; they note each call."""

    done: list[str] = field(default_factory=list)
    is_worker_wanted: bool = True

    def __getattr__(self, name: str) -> Parts:
        return Named(self, name)

    @property
    def pid(self) -> int:
        return 1


class Named(Parts):
    """One of these parts."""

    def __init__(self, parts: Parts, name: str):
        self.parts, self.name = parts, name

    def __getattr__(self, name: str) -> Named:
        return Named(self.parts, f"{self.name} {name}")

    def __call__(self, *arguments: object) -> None:
        self.parts.done.append(self.name)


@dataclass
class Clock:
    """A wall clock that a test sets."""

    jumps: list[float] = field(default_factory=list)

    def jumped_seconds(self) -> float:
        return self.jumps.pop() if self.jumps else 0.0


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    made = Parts()
    failing = [False, True]

    def drop(api: object) -> int:
        made.done.append("drop")
        if "server restart" not in made.done and failing.pop():
            raise ServerError("busy with being late")
        return 7

    monkeypatch.setattr(wall_clock, "drop_missed_runs", drop)
    monkeypatch.setattr("deployments.registration.renew_schedules", lambda jobs: drop_in(made))
    return made


def drop_in(parts: Parts) -> None:
    parts.done.append("renew")


def keep(parts: Parts, told: list[str], jump: timedelta) -> ClockKeeper:
    keeper = ClockKeeper(told.append, [], cast(Any, None), cast(Any, parts))
    keeper._clock = cast(Any, Clock([jump.total_seconds()]))
    return keeper


def test_after_a_jump_missed_runs_are_dropped_before_work_begins(parts: Parts) -> None:
    told: list[str] = []
    keeper = keep(parts, told, timedelta(days=1))
    with pytest.raises(ServerError):
        keeper.look()
    assert parts.done == ["worker stop", "drop"]
    assert not parts.is_worker_wanted
    keeper.look()
    assert parts.done == ["worker stop", "drop", "drop", "worker start"]
    assert parts.is_worker_wanted
    assert told == ["86400 s passed unseen; 7 missed runs are dropped"]
    keeper.look()
    assert len(parts.done) == 4


def test_after_a_jump_back_the_server_plans_anew(parts: Parts) -> None:
    told: list[str] = []
    keep(parts, told, timedelta(hours=-1)).look()
    assert parts.done == [
        "worker stop",
        "queue upkeep follow_clock_back",
        "server restart",
        "pulse begin_anew",
        "drop",
        "renew",
        "worker start",
    ]
    assert told == ["the clock was set back by 3600 s; schedules begin anew"]


def test_a_little_drift_is_no_jump(parts: Parts) -> None:
    keep(parts, [], timedelta(seconds=59)).look()
    assert parts.done == []
