"""The waits before a source is asked.

Owns the quiet hours, and the pauses between two requests to one site. Refuses to know what a
request is for.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.errors import SourcePausedError
from shanty.sources.budgets import Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.passage import Passage
from shanty.work_limit import get_on

_TOLD_SECONDS = 2.0
"""A wait that is shorter is not worth a write to the database."""


@dataclass(frozen=True)
class Turns:
    """The turns of all sites. A site has two budgets, for downloads and for other requests."""

    settings: Settings
    budgets: Budgets
    circuits: Circuits

    def enter(self, passage: Passage) -> None:
        """Go on if neither the hour nor a circuit forbids it.

        Raises:
            SourcePausedError: these are quiet hours, or a circuit is open.
        """
        self.respect_quiet_hours()
        passage.enter()

    def respect_quiet_hours(self) -> None:
        """Go on if sources may be asked at this hour.

        Raises:
            SourcePausedError: these are quiet hours.
        """
        quiet_hours = self.settings.download.quiet_hours
        until = quiet_hours and quiet_hours.until(datetime.now(UTC))
        if until:
            raise SourcePausedError(f"these are quiet hours ({quiet_hours})", retry_at=until)

    def wait_to_download(
        self,
        site: str,
        passage: Passage,
        should_stop: Callable[[], bool],
        on_slot: Callable[[datetime], None] = lambda at: None,
    ) -> None:
        """Wait for the turn of a download. ``on_slot`` is told when that is, if it takes a while.

        Raises:
            SourcePausedError: as for :meth:`enter`, before or after the wait.
        """
        self.enter(passage)

        def tell(seconds: float) -> None:
            if seconds >= _TOLD_SECONDS:
                on_slot(utc_now() + timedelta(seconds=seconds))

        interval = self.settings.download.interval
        self._wait(f"download:{site}", interval, passage, should_stop, tell)
        self.enter(passage)  # a circuit may have opened during the wait

    def wait_to_request(self, site: str, passage: Passage, should_stop: Callable[[], bool]) -> None:
        """Wait for the turn of any other request.

        Raises:
            SourcePausedError: a circuit was opened meanwhile.
        """
        interval = self.settings.download.request_interval
        if self._wait(f"request:{site}", interval, passage, should_stop):
            passage.enter()

    def _wait(
        self,
        budget: str,
        interval: timedelta,
        passage: Passage,
        should_stop: Callable[[], bool],
        on_slot: Callable[[float], None] = lambda seconds: None,
    ) -> bool:
        """Wait for a turn of a budget; returns whether there was one to wait for."""
        if not interval:
            return False
        # Up to twice the interval, at random: sites know a machine by its steady rhythm.
        slowness = self.circuits.slowness(passage.names[0])
        seconds = interval.total_seconds() * random.uniform(1, 2) * slowness

        def is_to_stop() -> bool:
            get_on()  # waiting for a turn counts as progress
            return should_stop()

        self.budgets.wait_for_turn(budget, seconds, should_stop=is_to_stop, on_slot=on_slot)
        return True
