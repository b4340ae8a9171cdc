"""How things stand, as one value: for the first page, and for ``/api/v1/status``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deployments.beginning import describe_stopped
from deployments.signs import find_trouble
from shanty.clock import describe_span
from shanty.diagnosis import overview
from shanty.diagnosis.findings import Level
from shanty.diagnosis.overview import WorkOverview
from shanty.errors import count_of
from shanty.models import Progress, Stage, TrackStatus, WorkItem
from web.parts import Parts

_QUEUE, _FAILED, _STAGES = "/queue", "/queue?status=failed", "/queue#stages"
_REVIEW, _SETTINGS, _JOBS = "/review", "/settings", "/#jobs"
_COOKIES = "/queue#cookies-title"
_STAGE_NAMES = {
    Stage.DOWNLOAD: "downloading",
    Stage.INDEX: "being checked",
    Stage.TAG: "being tagged",
    Stage.ORGANIZE: "being filed",
}


@dataclass(frozen=True, slots=True)
class ActiveTrack:
    """A track that is worked on, the album that its cover is of, and how far it is.

    ``turn`` says when its turn to ask the site comes, if it waits for that.
    """

    item: WorkItem
    release_key: str
    progress: Progress | None
    turn: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a person should look at: a sentence, how bad it is, and the page that helps."""

    text: str
    level: str = "warn"
    path: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """What is pending, running, done and stuck: the command line's account, with covers."""

    work: WorkOverview
    active: list[ActiveTrack]
    service_trouble: list[str]
    next_look_at: datetime | None
    faults: int = 0
    """How many faults the last check of everything has found."""
    stopped: str = ""
    """Why the service begins no run, if a person has seen to that."""

    def total(self, state: str) -> int:
        """How many items of all stages are in a state."""
        return sum(numbers[state] for numbers in self.work.counts.values())

    @property
    def sentence(self) -> str:
        """The whole in one sentence, in plain words."""
        blocked = [one for one in self.work.sources if one.is_blocked]
        doing = [
            f"{self.work.counts[stage]['active']} {name}"
            for stage, name in _STAGE_NAMES.items()
            if stage in self.work.counts and self.work.counts[stage]["active"]
        ]
        finishing = sum(n["active"] for s, n in self.work.counts.items() if s not in _STAGE_NAMES)
        doing += [f"{finishing} being finished"] if finishing else []
        if doing:
            waits = self.total("pending") + self.total("waiting")
            doing += [f"{waits:,} queued"] if waits else []
            if self.work.estimate is not None:
                doing.append(f"about {describe_span(self.work.estimate.seconds)} left")
            return ", ".join(doing)
        if blocked:
            return blocked[0].describe()
        if self.work.quiet_hours:
            return self.work.quiet_hours[0].upper() + self.work.quiet_hours[1:]
        if paused := sum(self.work.counts[stage]["pending"] for stage in self.work.paused):
            told = count_of(paused, "track waits", "tracks wait")
            return f"Paused: {', '.join(self.work.paused)}; {told}"
        if pending := self.total("pending"):
            return f"{count_of(pending, 'track')} queued for the next run"
        if waiting := self.total("waiting"):
            return f"{count_of(waiting, 'track')} waiting until they are due"
        if wanted := self.work.tracks[TrackStatus.WANTED]:
            return f"{count_of(wanted, 'track')} wanted; the next run takes them up"
        here = self.work.tracks[TrackStatus.IN_LIBRARY]
        if not any(self.work.tracks.values()):
            return "Nothing is wanted yet: add an artist, an album or a song"
        return f"All quiet; {count_of(here, 'track')} in the library"

    @property
    def needs(self) -> list[Need]:
        """What needs a person, worst first."""
        found = [Need(one, "bad") for one in self.service_trouble]
        if failed := self.work.tracks[TrackStatus.FAILED]:
            found.append(Need(f"{count_of(failed, 'track')} failed", "bad", _FAILED, "Look"))
        if self.faults:
            told = f"The last check has found {count_of(self.faults, 'fault')}"
            found.append(Need(told, "bad", _SETTINGS, "Look"))
        found += [Need(one.describe(), "warn", _QUEUE, "Sources") for one in self.work.sources]
        if self.work.cookie_trouble:
            found.append(Need(self.work.cookie_trouble, "warn", _COOKIES, "Cookies"))
        if asked := self.work.tracks[TrackStatus.NEEDS_REVIEW]:
            waiting = count_of(asked, "track waits", "tracks wait")
            found.append(Need(f"{waiting} for your decision", "warn", _REVIEW, "Review"))
        for stage in self.work.paused:
            found.append(Need(f"The stage {stage} is paused", "warn", _STAGES, "Go on"))
        if self.stopped and self.work.tracks[TrackStatus.WANTED] and not self.work.is_running:
            found.append(Need(f"Nothing begins by itself: {self.stopped}", "warn", _JOBS, "Jobs"))
        if self.work.death:
            found.append(Need(self.work.death, "warn"))
        return found


def read_overview(parts: Parts) -> Overview:
    """How things stand now."""
    work = overview.read_overview(parts.settings, parts.database, parts.queue)
    keys = parts.catalog.albums.keys_of([one.item.track_id for one in work.underway])
    return Overview(
        work,
        [
            ActiveTrack(one.item, keys.get(one.item.track_id, ""), one.progress, one.turn)
            for one in work.underway
        ],
        find_trouble(parts.settings),
        parts.catalog.looks.next_unsettled(),
        parts.checkup.read().count(Level.RED),
        describe_stopped(parts.jobs.read(wait_seconds=0).jobs),
    )
