"""How things stand, as one value: what ``run``, ``status``, its live view and the pages show alike.

Owns which numbers and sentences belong to it: why nothing happens, what needs a person, what is
under way, and how long the rest will take. Refuses to know how it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shanty.catalog import Catalog
from shanty.clock import describe_moment, describe_span, utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import count_of
from shanty.models import Progress, Stage, Status, TrackStatus, WorkItem
from shanty.sources.cookie_check import check_cookies
from shanty.sources.states import SourceState, describe_quiet_hours
from shanty.tracks.pace import seconds_per_track
from shanty.tracks.waits import HELD_UP, Wait, Waits
from shanty.workqueue import WorkQueue, leave_out_unused

SHOWN = 12
"""How many items under way, and how many that wait, an overview names."""


@dataclass(frozen=True, slots=True)
class Underway:
    """An item in somebody's hands, and how far it is, as far as that is known."""

    item: WorkItem
    progress: Progress | None = None

    @property
    def turn(self) -> str:
        """``its turn in 12 s`` if it waits for its turn to ask the site, else empty."""
        slot_at = None if self.progress is None else self.progress.slot_at
        if slot_at is None or slot_at <= utc_now():
            return ""
        return f"its turn {describe_moment(slot_at)}"


@dataclass(frozen=True, slots=True)
class Held:
    """A download that cannot begin yet, and why."""

    item: WorkItem
    wait: Wait


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long what is wanted will take, at the pace of late or else of the settings.

    ``is_held``: nothing of it can begin now, so the time counts from when it can.
    """

    tracks: int
    seconds: float
    is_held: bool

    def describe(self) -> str:
        """``12 tracks to go, about 3 min``."""
        text = f"{count_of(self.tracks, 'track')} to go, about {describe_span(self.seconds)}"
        return f"{text} from when it can go on" if self.is_held else text


@dataclass(frozen=True, slots=True)
class WorkOverview:
    """How things stand at one moment.

    ``died`` counts the items whose process has died and that no run has taken back yet.
    ``is_running``: a run is at work. ``sources`` are those that refuse, ``paused`` the stages that
    a person has paused. ``quiet_hours`` and ``cookie_trouble`` are clauses, or empty.
    """

    counts: Mapping[Stage, Mapping[str, int]]
    tracks: Mapping[TrackStatus, int]
    underway: tuple[Underway, ...]
    held: tuple[Held, ...]
    held_more: int
    died: int
    estimate: Estimate | None
    is_running: bool
    sources: tuple[SourceState, ...]
    paused: tuple[Stage, ...]
    quiet_hours: str
    cookie_trouble: str

    @property
    def death(self) -> str:
        """What has lost its process, in a clause; empty if nothing has."""
        if not self.died:
            return ""
        whose = "was under way when its" if self.died == 1 else "were under way when their"
        them = "it" if self.died == 1 else "them"
        who = "the run at work" if self.is_running else "the next run"
        return f"{self.died} {whose} process died; {who} takes {them} up"

    @property
    def hindrances(self) -> tuple[str, ...]:
        """Why work does not go on, each a sentence."""
        paused = ""
        if self.paused:
            pending = sum(self.counts[stage]["pending"] for stage in self.paused)
            held = f"; {pending:,} pending" if pending else ""
            paused = f"paused: {', '.join(self.paused)}{held} (`shanty queue resume` goes on)"
        sources = [source.describe() for source in self.sources]
        return tuple(filter(None, (paused, *sources, self.quiet_hours, self.death)))

    @property
    def needs(self) -> tuple[str, ...]:
        """What waits for a person, each a sentence."""
        found = []
        if number := self.tracks[TrackStatus.NEEDS_REVIEW]:
            verb = "waits" if number == 1 else "wait"
            found.append(
                f"{count_of(number, 'track')} {verb} for your decision: `shanty review ls`"
            )
        if number := self.tracks[TrackStatus.FAILED]:
            verb = "has" if number == 1 else "have"
            listed = "`shanty tracks ls --status failed`"
            found.append(f"{count_of(number, 'track')} {verb} failed: {listed}")
        if self.cookie_trouble:
            found.append(f"cookies: {self.cookie_trouble} (`shanty cookies check`)")
        return tuple(found)


def read_overview(
    settings: Settings, database: Database, queue: WorkQueue, now: datetime | None = None
) -> WorkOverview:
    """How things stand now. Reads the database and the stored cookies; asks nobody."""
    catalog, waits = Catalog(database), Waits(settings, database, queue, now)
    active = queue.overview.list_items(status=Status.ACTIVE, limit=1000)
    in_hand = _in_hand(active, waits)
    progress = queue.progress.of_items([item.id for item in in_hand[:SHOWN]])
    waiting = queue.overview.list_items(Stage.DOWNLOAD, "waiting", limit=SHOWN)
    if Stage.DOWNLOAD in waits.paused or waits.quiet_until is not None:
        waiting += queue.overview.list_items(
            Stage.DOWNLOAD, Status.PENDING, limit=SHOWN - len(waiting)
        )
    counts = count_work(settings, database, queue, active, waits)
    held = [(item, waits.of(item)) for item in waiting]
    named = tuple(Held(item, wait) for item, wait in held if wait and wait.kind in HELD_UP)
    tracks = catalog.tracks.count()
    died = sum(item.lease_owner not in waits.alive for item in active)
    return WorkOverview(
        counts,
        tracks,
        tuple(Underway(item, progress.get(item.id)) for item in in_hand[:SHOWN]),
        named,
        max(0, _held_up(counts, waits) - len(named)),
        died,
        _estimate(settings, catalog, waits, tracks[TrackStatus.WANTED], bool(in_hand), counts),
        waits.is_running,
        tuple(waits.sources),
        tuple(stage for stage in settings.stages if stage in waits.paused),
        describe_quiet_hours(settings, waits.now),
        check_cookies(settings).trouble,
    )


def count_work(
    settings: Settings,
    database: Database,
    queue: WorkQueue,
    active: list[WorkItem] | None = None,
    waits: Waits | None = None,
) -> dict[Stage, dict[str, int]]:
    """Items by stage and state, of the stages in use. *Active* is what is really worked on.

    What a worker holds beyond the size of its pool, and what a dead one has left, is *pending*.
    """
    if active is None:
        active = queue.overview.list_items(status=Status.ACTIVE, limit=1000)
    if active and waits is None:
        waits = Waits(settings, database, queue)
    counts = leave_out_unused(queue.overview.counts(), settings.stages)
    worked_on = {item.id for item in _in_hand(active, waits)} if waits else set()
    for item in active:
        numbers = counts.get(item.stage)
        if item.id not in worked_on and numbers is not None and numbers["active"]:
            numbers["active"] -= 1
            numbers["pending"] += 1
    return counts


def _in_hand(active: Iterable[WorkItem], waits: Waits) -> list[WorkItem]:
    """What is worked on at this moment, the longest first."""
    living = [item for item in active if item.lease_owner in waits.alive]
    beyond = waits.beyond_pools(living)
    in_hand = [item for item in living if item.id not in beyond]
    return sorted(in_hand, key=lambda item: (item.started_at or waits.now, item.id))


def _held_up(counts: Mapping[Stage, Mapping[str, int]], waits: Waits) -> int:
    numbers = counts[Stage.DOWNLOAD]
    is_closed = Stage.DOWNLOAD in waits.paused or waits.quiet_until is not None
    return numbers["waiting"] + (numbers["pending"] if is_closed else 0)


def _estimate(
    settings: Settings,
    catalog: Catalog,
    waits: Waits,
    wanted: int,
    is_at_work: bool,
    counts: Mapping[Stage, Mapping[str, int]],
) -> Estimate | None:
    if not wanted:
        return None
    closed = {*waits.paused, *([Stage.DOWNLOAD] if waits.quiet_until is not None else [])}
    due = sum(numbers["pending"] for stage, numbers in counts.items() if stage not in closed)
    left = sum(numbers["pending"] + numbers["waiting"] for numbers in counts.values())
    is_held = not is_at_work and not due and bool(left)
    each = seconds_per_track(settings, catalog, waits.sources, waits.now)
    return Estimate(wanted, wanted * each, is_held)
