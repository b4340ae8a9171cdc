"""How things stand, as one value: for the first page, and for ``/api/v1/status``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deployments.signs import find_trouble
from shanty.clock import describe_span, utc_now
from shanty.diagnosis.overview import count_work
from shanty.errors import count_of
from shanty.models import Progress, Stage, Status, TrackStatus, WorkItem
from shanty.sources.cookie_check import check_cookies
from shanty.sources.states import SourceState, describe_quiet_hours, list_source_states
from web.parts import Parts

SHOWN_ACTIVE = 12
_QUEUE, _FAILED, _REVIEW = "/queue", "/queue?status=failed", "/review"
_STAGE_NAMES = {
    Stage.DOWNLOAD: "downloading",
    Stage.INDEX: "being checked",
    Stage.TAG: "being tagged",
    Stage.ORGANIZE: "being filed",
}


@dataclass(frozen=True, slots=True)
class ActiveTrack:
    """A track that is worked on, the album that its cover is of, and how far its download is."""

    item: WorkItem
    release_key: str
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Need:
    """What a person should look at: a sentence, how bad it is, and the page that helps."""

    text: str
    level: str = "warn"
    path: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """What is pending, running, done and stuck."""

    counts: dict[Stage, dict[str, int]]
    tracks: dict[TrackStatus, int]
    active: list[ActiveTrack]
    sources: list[SourceState]
    quiet_hours: str
    cookie_trouble: str
    service_trouble: list[str]
    paused_stages: list[Stage]
    next_look_at: datetime | None

    def total(self, state: str) -> int:
        """How many items of all stages are in a state."""
        return sum(numbers[state] for numbers in self.counts.values())

    @property
    def sentence(self) -> str:
        """The whole in one sentence, in plain words."""
        blocked = [one for one in self.sources if one.is_blocked]
        doing = [
            f"{self.counts[stage]['active']} {name}"
            for stage, name in _STAGE_NAMES.items()
            if stage in self.counts and self.counts[stage]["active"]
        ]
        finishing = sum(n["active"] for s, n in self.counts.items() if s not in _STAGE_NAMES)
        doing += [f"{finishing} being finished"] if finishing else []
        if doing:
            waits = self.total("pending") + self.total("waiting")
            return ", ".join([*doing, *([f"{waits:,} queued"] if waits else [])])
        if blocked:
            return blocked[0].describe()
        if self.quiet_hours:
            return self.quiet_hours[0].upper() + self.quiet_hours[1:]
        if pending := self.total("pending"):
            return f"{count_of(pending, 'step')} queued; the next run takes them up"
        if waiting := self.total("waiting"):
            return f"{count_of(waiting, 'step')} waiting until they are due"
        here = self.tracks[TrackStatus.IN_LIBRARY]
        if not any(self.tracks.values()):
            return "Nothing is wanted yet: add an artist, an album or a song"
        return f"All quiet; {count_of(here, 'track')} in the library"

    @property
    def needs(self) -> list[Need]:
        """What needs a person, worst first."""
        found = [Need(one, "bad") for one in self.service_trouble]
        if failed := self.tracks[TrackStatus.FAILED]:
            found.append(Need(f"{count_of(failed, 'track')} failed", "bad", _FAILED, "Look"))
        found += [Need(one.describe(), "warn", _QUEUE, "Sources") for one in self.sources]
        if self.cookie_trouble:
            found.append(Need(self.cookie_trouble, "warn", _QUEUE, "Cookies"))
        if asked := self.tracks[TrackStatus.NEEDS_REVIEW]:
            waiting = count_of(asked, "track waits", "tracks wait")
            found.append(Need(f"{waiting} for your decision", "warn", _REVIEW, "Review"))
        for stage in self.paused_stages:
            found.append(Need(f"The stage {stage} is paused", "warn", _QUEUE, "Resume"))
        return found

    @property
    def left_seconds(self) -> float | None:
        """How long the downloads that are under way take at this speed; None if not known."""
        left = [one.progress.eta_seconds for one in self.active if one.progress is not None]
        known = [seconds for seconds in left if seconds is not None]
        return max(known, default=None)

    @property
    def left(self) -> str:
        """The same for people."""
        return "" if self.left_seconds is None else describe_span(self.left_seconds)


def read_overview(parts: Parts) -> Overview:
    """How things stand now."""
    settings, queue, catalog = parts.settings, parts.queue, parts.catalog
    items = queue.overview.list_items(status=Status.ACTIVE, limit=SHOWN_ACTIVE)
    known = queue.progress.of_items([item.id for item in items])
    keys = catalog.albums.keys_of([item.track_id for item in items])
    paused = queue.by_hand.paused()
    return Overview(
        counts=count_work(settings, parts.database, queue),
        tracks=catalog.tracks.count(),
        active=[
            ActiveTrack(item, keys.get(item.track_id, ""), known.get(item.id)) for item in items
        ],
        sources=list_source_states(parts.database, queue),
        quiet_hours=describe_quiet_hours(settings, utc_now()),
        cookie_trouble=check_cookies(settings).trouble or "",
        service_trouble=find_trouble(settings),
        paused_stages=[stage for stage in settings.stages if stage in paused],
        next_look_at=catalog.looks.next_unsettled(),
    )
