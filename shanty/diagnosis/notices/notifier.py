"""Tells people what there is to tell: when, how much at once, and in which words.

One notice is about one kind of event, and says everything that its channel has not been told of
that kind. So there is at most one per kind and hour, however much happens.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from shanty.clock import describe_moment, utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.diagnosis.notices.channels import Channel, Message
from shanty.diagnosis.notices.events import ABOUT_JOBS, NATURES, Event, find_events
from shanty.diagnosis.notices.record import Noted, Record, Untold
from shanty.errors import ConfigError, ShantyError, count_of
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

QUIET = timedelta(minutes=2)
"""A notice waits until nothing of its kind has happened for so long …"""
LATEST = timedelta(minutes=15)
"""… but no longer than this after the first thing that it is about."""
MOST_LINES = 20


class Notifier:
    """Notices what there is to tell, and tells each channel of the settings."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        queue: WorkQueue,
        clock: Callable[[], datetime] = utc_now,
    ):
        self._settings = settings
        self._database = database
        self._queue = queue
        self._clock = clock
        self._record = Record(database, clock)
        self._channels = list(_open_channels(settings))

    @property
    def is_in_use(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._channels)

    def look(self, of_jobs: Sequence[Event] | None = None, *, is_last: bool = False) -> None:
        """Notice and tell. ``of_jobs`` is what there is to tell of jobs; None if that is not known.

        ``is_last``: nobody may look again soon, so nothing waits for what else may happen.
        """
        if not self._channels:
            return
        kinds = self._settings.notify.events
        looked_at = [kind for kind in kinds if of_jobs is not None or kind not in ABOUT_JOBS]
        found = [
            *find_events(self._settings, self._database, self._queue, self._clock()),
            *(event for event in of_jobs or () if event.kind in kinds),
        ]
        self._record.note(found, looked_at)
        for channel in self._channels:
            for untold in self._record.untold(channel.key, kinds):
                if self._is_due(untold, is_last) and self._record.claim(untold):
                    self._tell(channel, untold)

    def _is_due(self, untold: Untold, is_last: bool) -> bool:
        now, settings = self._clock(), self._settings.notify
        if settings.quiet_hours is not None and settings.quiet_hours.until(now) is not None:
            return False
        # A last notice that lies ahead was sent before the clock was set back.
        if untold.told_at is not None and timedelta(0) <= now - untold.told_at < settings.every:
            return False
        times = [one.noticed_at for one in untold.noted]
        is_calm = now - max(times) >= QUIET or now - min(times) >= LATEST
        return is_last or is_calm

    def _tell(self, channel: Channel, untold: Untold) -> None:
        if trouble := channel.send(compose(untold.noted, page_address(self._settings))):
            logger.warning("a notice could not be sent, and is sent later: %s", trouble)
        else:
            self._record.told(untold)
            logger.info("told %s: %s", channel.label, untold.kind)


def tell_people(settings: Settings, database: Database, queue: WorkQueue, *, is_last: bool) -> None:
    """Tell what there is to tell at the end of a run. Never raises what may be expected.

    ``is_last`` is as in :meth:`Notifier.look`.
    """
    if not settings.notify.urls:
        return
    try:
        Notifier(settings, database, queue).look(is_last=is_last)
    except ShantyError as error:
        logger.warning("nobody could be told how things stand: %s", error)


def send_test(settings: Settings) -> list[tuple[str, str]]:
    """Send a test notice to each channel; returns its label and what went wrong, or nothing.

    Raises:
        ConfigError: there is no channel, or Apprise does not understand an address.
    """
    if not settings.notify.urls:
        raise ConfigError(
            "setting 'notify.urls' is empty: set SHANTY_NOTIFY__URLS, or urls in the table [notify]"
        )
    body = "\n".join(filter(None, ("Notices of Shanty arrive here.", page_address(settings))))
    channels = [Channel(url.get_secret_value()) for url in settings.notify.urls]
    return [(one.label, one.send(Message("Shanty: a test", body))) for one in channels]


def page_address(settings: Settings) -> str:
    """Where the pages are; empty if nothing serves them."""
    if settings.notify.address is not None:
        return settings.notify.address.rstrip("/")
    if not settings.web.port:
        return ""
    return f"http://127.0.0.1:{settings.web.port}{settings.web.root_path}"


def compose(noted: Sequence[Noted], address: str) -> Message:
    """One notice about events of one kind."""
    [kind] = {one.event.kind for one in noted}
    nature = NATURES[kind]
    title = nature.one if len(noted) == 1 else nature.many.format(len(noted))
    lines = list(_lines(noted))
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"… and {len(lines) - MOST_LINES} more"]
    if address:
        lines += ["", f"{address}/{_page(noted)}"]
    return Message(f"Shanty: {title}", "\n".join(lines), is_trouble=not nature.happens)


def _page(noted: Sequence[Noted]) -> str:
    event = noted[0].event
    page = NATURES[event.kind].page
    has_own = len(noted) == 1 and page in ("library", "review")
    return f"{page}/{event.subject}" if has_own else page


def _lines(noted: Sequence[Noted]) -> Iterable[str]:
    """A line for each event; those of one album share one."""
    numbers = Counter(one.event.album for one in noted if one.event.album)
    shared = {album for album, number in numbers.items() if number > 1}
    for one in noted:
        album = one.event.album
        if album in shared and numbers[album]:
            yield f"{album}: {count_of(numbers[album], 'song')}"
            numbers[album] = 0
        elif album not in shared:
            over = f" (over {describe_moment(one.ended_at)})" if one.ended_at else ""
            yield f"{one.event.line}{over}"


def _open_channels(settings: Settings) -> Iterable[Channel]:
    for url in settings.notify.urls:
        try:
            yield Channel(url.get_secret_value())
        except ConfigError as error:
            logger.warning("%s", error)
