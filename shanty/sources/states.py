"""The state of the sources, for people: which one is paused, until when, why, and what waits.

Owns the sentences that the command line and the dashboard both show.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import DISK, LIBRARY, count_of
from shanty.sources.circuit_names import circuit_name, label_of
from shanty.sources.circuit_rows import CLOSED, HALF_OPEN, OPEN, PROBING
from shanty.sources.circuits import Circuits
from shanty.sources.pauses import ASKED, AWAY, slowness
from shanty.workqueue import WorkQueue


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source that is not at its full pace. ``waiting`` counts the tracks that wait for it.

    ``slowness`` is the factor by which the interval between two requests is longer than usual.
    """

    name: str
    state: str
    reason: str
    until: datetime | None
    opened_at: datetime
    times: int
    slowness: float
    waiting: int
    label: str
    kind: str = ASKED

    @property
    def is_blocked(self) -> bool:
        """Whether work that needs this source waits, and is not even claimed."""
        return self.state in (OPEN, PROBING)

    def describe(self, zone: tzinfo | None = None) -> str:
        """``youtube: paused until 14:05, wants proof that we are not a bot; 37 tracks wait``."""
        if self.kind == AWAY and self.state != CLOSED:
            text = f"cannot be reached since {describe_at(self.opened_at, zone)}"
        elif self.state == OPEN:
            assert self.until is not None, "an open one has an end"
            text = f"paused until {describe_at(self.until, zone)}, {self.reason}"
        elif self.state == HALF_OPEN:
            text = f"asked again with the next request; it was paused: {self.reason}"
        elif self.state == CLOSED:
            text = f"answers again; recovering: {1 / self.slowness:.0%} of the usual pace"
        else:
            text = f"one request is under way to see if it answers; it was paused: {self.reason}"
        if not self.waiting:
            return f"{self.label}: {text}"
        waits = count_of(self.waiting, "track waits", "tracks wait")
        return f"{self.label}: {text}; {waits}"

    def as_document(self) -> dict[str, Any]:
        """The same for scripts."""
        return {
            "name": self.name,
            "label": self.label,
            "state": self.state,
            "kind": self.kind,
            "reason": self.reason,
            "until": self.until,
            "since": self.opened_at,
            "times": self.times,
            "slowness": round(self.slowness, 2),
            "waiting": self.waiting,
        }


def list_source_states(database: Database, queue: WorkQueue) -> list[SourceState]:
    """Every source that is not at its full pace, by name."""
    circuits = Circuits(database).list_all()
    labels = Counter(label_of(one.name) for one in circuits)
    waiting = queue.overview.count_held() if circuits else {}
    return [
        SourceState(
            one.name,
            one.state,
            one.reason,
            one.until,
            one.opened_at,
            one.times,
            slowness(one.successes_missing),
            waiting.get(one.name, 0),
            # Only their whole names tell two containers of one name apart.
            label if labels[label := label_of(one.name)] == 1 else one.name,
            one.kind,
        )
        for one in circuits
    ]


def describe_lost_disks(states: list[SourceState]) -> str:
    """What this machine's own disks refuse: ``library: paused until 14:05, …``; else empty."""
    ours = {circuit_name(DISK), circuit_name(LIBRARY)}
    return "; ".join(one.describe() for one in states if one.name in ours and one.state != CLOSED)


def describe_quiet_hours(settings: Settings, now: datetime, zone: tzinfo | None = None) -> str:
    """A sentence if nothing is downloaded at this hour, else an empty text."""
    hours = settings.download.quiet_hours
    until = hours and hours.until(now, zone)
    if not until:
        return ""
    return f"quiet hours ({hours}): nothing is downloaded until {describe_at(until, zone)}"


def describe_at(at: datetime, zone: tzinfo | None = None) -> str:
    """A moment by the clock on the wall: ``14:05``, with the day if it is not today."""
    local = at.astimezone(zone)
    is_today = local.date() == datetime.now(local.tzinfo).date()
    return f"{local:%H:%M}" if is_today else f"{local:%a %H:%M}"
