"""When a job runs: every so often, by a cron expression, or not at all."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shanty.config.local_zone import find_local_zone
from shanty.config.values import parse_duration
from shanty.errors import ConfigError

ANCHOR = datetime(2020, 1, 1, tzinfo=UTC)
"""What intervals count from, as in ``prefect.yaml``."""
_A_MOMENT = ANCHOR  # any: only the syntax is looked at
# The last weekday of the month, the last Friday: croniter, by which Prefect plans, has only "L".
_UNKNOWN_TO_PREFECT = re.compile(r"\bLW|\bL/|\dL", re.IGNORECASE)
MINIMUM_INTERVAL = timedelta(seconds=15)
"""Starting a job's process takes seconds by itself."""


@dataclass(frozen=True, slots=True)
class Every:
    """At a fixed interval, counted from a fixed moment, so that a restart does not shift it."""

    interval: timedelta

    def next_after(self, moment: datetime) -> datetime:
        """The first time after a moment."""
        return moment + self.interval - (moment - ANCHOR) % self.interval

    def describe(self) -> str:
        """``every 10 min``."""
        seconds = int(self.interval.total_seconds())
        for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
            if seconds % size == 0:
                return f"every {seconds // size} {unit}"
        return f"every {seconds} s"


@dataclass(frozen=True, slots=True)
class Cron:
    """By a cron expression of five fields, in this machine's local time."""

    expression: str

    def next_after(self, moment: datetime) -> datetime:
        """The first time after a moment, by the clock on this machine's wall."""
        from cronsim import CronSim

        zone = find_local_zone()
        local = moment.astimezone(None if zone is None else ZoneInfo(zone))
        return next(CronSim(self.expression, local)).astimezone(UTC)

    def describe(self) -> str:
        """``at 04:00, only on sunday``."""
        from cron_descriptor import FormatError, Options, get_description

        options = Options()
        options.use_24hour_time_format = True
        try:
            text = get_description(self.expression, options)
        except FormatError:  # cron knows more than its describer
            return f"cron {self.expression}"
        return str(text[0].lower() + text[1:])


@dataclass(frozen=True, slots=True)
class Off:
    """Never by itself; ``shanty jobs run`` still runs the job."""

    def describe(self) -> str:
        """``off``."""
        return "off"


Schedule = Every | Cron | Off


def parse_schedule(text: str, key: str) -> Schedule:
    """A schedule from a setting: a duration, a cron expression, or ``off``.

    Raises:
        ConfigError: the text is none of these; the message names the key.
    """
    words = text.strip()
    if words.lower() == "off":
        return Off()
    if len(words.split()) == 5:
        _check_cron(words, key)
        return Cron(words)
    try:
        interval = parse_duration(words)
    except ValueError:
        raise ConfigError(
            f"setting '{key}': {words!r} is neither a duration such as 10m or 1h, up to 100 years, "
            "nor a cron expression of five fields, nor off"
        ) from None
    assert isinstance(interval, timedelta), "a text parses to a timedelta"
    if interval < MINIMUM_INTERVAL:
        raise ConfigError(
            f"setting '{key}': {words!r} is less than {int(MINIMUM_INTERVAL.total_seconds())}s"
        )
    return Every(interval)


def name_zone() -> str:
    """The name of this machine's time zone, in which cron expressions are meant.

    Raises:
        ConfigError: the zone has no name that Prefect could be given.
    """
    zone = find_local_zone()
    if zone is None:
        raise ConfigError(
            f"the hours of TZ={os.environ.get('TZ', '')!r} are those of no time zone in the world, "
            "and a cron expression needs one: set TZ to a name such as Europe/Berlin"
        )
    return zone


def _check_cron(expression: str, key: str) -> None:
    from cronsim import CronSim, CronSimError

    try:
        CronSim(expression, _A_MOMENT)
    except CronSimError as error:
        raise ConfigError(
            f"setting '{key}': {expression!r} is no cron expression: {error}"
        ) from None
    if unknown := _UNKNOWN_TO_PREFECT.search(expression):
        raise ConfigError(
            f"setting '{key}': {expression!r} is no cron expression that Prefect knows: "
            f"it has {unknown[0]!r}"
        )
