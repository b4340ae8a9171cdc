"""What there is to tell at one moment: complete albums, tracks that need a person, trouble.

Owns what each event of the settings means. Refuses to know who has been told already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shanty.catalog import Catalog
from shanty.clock import describe_span
from shanty.config.service_sections import EventName
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.diagnosis.findings import Level
from shanty.diagnosis.storage import check_space
from shanty.errors import PermanentError, WaitError
from shanty.library.presence import look_for_library
from shanty.models import TrackStatus
from shanty.providers.ytdlp.versions.choice import read_record
from shanty.sources.circuit_names import is_local, label_of
from shanty.sources.cookie_check import check_cookies
from shanty.sources.cookie_keep import count_signed_out
from shanty.sources.states import SourceState, describe_lost_disks, list_source_states
from shanty.workqueue import WorkQueue

LONG_AWAY = timedelta(hours=6)
"""A source that does not answer for so long is told of. Most outages are shorter."""


_NEWS = timedelta(days=14)
"""A switch of yt-dlp is told of for so long: less than what was told is remembered."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to tell. ``subject`` tells it from others of its kind, for ever.

    Events with the same ``album`` are one line of a notice, if there are several.
    """

    kind: EventName
    subject: str
    line: str
    album: str = ""


@dataclass(frozen=True, slots=True)
class Nature:
    """How events of a kind are told. ``many`` is the title for several of them.

    What ``happens`` is over at once, and is told even so. What does not happen lasts: it is told
    only while it lasts, unless it ``matters`` afterwards too.
    """

    one: str
    many: str
    page: str
    happens: bool = False
    matters: bool = False


NATURES: dict[EventName, Nature] = {
    "new release": Nature("A new release", "{} new releases", "library", happens=True),
    "album complete": Nature("Complete", "{} albums are complete", "library", happens=True),
    "needs review": Nature("Needs your decision", "{} tracks need your decision", "review"),
    "failed": Nature("A track has failed", "{} tracks have failed", "queue?status=failed"),
    "login wanted": Nature("A source wants a login", "{} sources want a login", ""),
    "source away": Nature("A source is away", "{} sources are away", "", matters=True),
    "disk": Nature("Trouble with a disk", "Trouble with {} disks", "", matters=True),
    "job failed": Nature("A job has failed", "{} jobs have failed", "", matters=True),
    "job late": Nature("A job has not run", "{} jobs have not run", "", matters=True),
    "tools updated": Nature("yt-dlp is newer", "yt-dlp was updated {} times", "settings", True),
    "tools taken back": Nature(
        "An older yt-dlp is in use again", "yt-dlp was taken back {} times", "settings", True
    ),
}

ABOUT_JOBS = ("job failed", "job late")
"""What only the Prefect server knows."""


def find_events(
    settings: Settings, database: Database, queue: WorkQueue, now: datetime
) -> Iterator[Event]:
    """What there is to tell now, as far as database and disks know it."""
    wanted = set(settings.notify.events)
    catalog, sources = Catalog(database), list_source_states(database, queue)
    if "new release" in wanted:
        for album in catalog.album_news.new_releases():
            yield Event("new release", album.release_key, album.label)
    if "album complete" in wanted:
        for album in catalog.album_news.complete():
            yield Event("album complete", album.release_key, album.label)
    if "needs review" in wanted:
        yield from _tracks(catalog, "needs review", TrackStatus.NEEDS_REVIEW)
    if "failed" in wanted:
        yield from _tracks(catalog, "failed", TrackStatus.FAILED)
    if "login wanted" in wanted:
        yield from _logins(settings, database)
    if "source away" in wanted:
        signed_out = count_signed_out(database)
        for source in sources:
            away = now - source.opened_at
            is_told_of_otherwise = is_local(source.name) or source.name in signed_out
            if source.is_blocked and away >= LONG_AWAY and not is_told_of_otherwise:
                line = f"{source.label} has not answered for {describe_span(away.total_seconds())}"
                yield Event("source away", source.name, line)
    if "disk" in wanted:
        yield from _disks(settings, catalog, sources)
    for switch in read_record(settings.home).switches:
        kind: EventName = "tools taken back" if switch.is_back else "tools updated"
        if kind in wanted and now - switch.at < _NEWS:
            yield Event(kind, f"{switch.version} {switch.at:%Y%m%d%H%M%S}", switch.describe())


def _tracks(catalog: Catalog, kind: EventName, status: TrackStatus) -> Iterator[Event]:
    for track in catalog.tracks.list_tracks(status=status):
        why = f": {track.reason}" if kind == "failed" and track.reason else ""
        album = f"{track.artist} – {track.album}"
        yield Event(kind, str(track.id), f"{track.artist} – {track.title}{why}", album)


def _logins(settings: Settings, database: Database) -> Iterator[Event]:
    for name in count_signed_out(database):
        line = f"{label_of(name)} asks for a login: `shanty cookies import`"
        yield Event("login wanted", name, line)
    if trouble := check_cookies(settings).trouble:
        yield Event("login wanted", "cookies", f"cookies: {trouble}")


def _disks(settings: Settings, catalog: Catalog, sources: Sequence[SourceState]) -> Iterator[Event]:
    try:
        look_for_library(settings.library.path, catalog.known_library)
    except (WaitError, PermanentError) as error:
        yield Event("disk", "library", str(error))
    else:
        # What a disk has refused when a file was to be written: it is full, or read-only.
        if refused := describe_lost_disks([one for one in sources if one.is_blocked]):
            yield Event("disk", "refused", refused)
    for finding in check_space(settings):
        if finding.level is not Level.GREEN:
            yield Event("disk", finding.name, f"{finding.message}: {finding.remedy}")
