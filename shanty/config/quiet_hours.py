"""Hours of the day in which nothing is downloaded, by the local clock.

Owns what ``18:00-23:00`` means, also over midnight and on days when the clock is changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` until just before ``end``, each day. They may cross midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours | None:
        """Read ``HH:MM-HH:MM``; an empty text gives None.

        Raises:
            ValueError: the text has another form, or start and end are the same.
        """
        if not text.strip():
            return None
        found = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)\s*", text)
        if found is None:
            raise ValueError(f"{text!r} is not a span of hours such as 18:00-23:00")
        start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
        if (end_hour, end_minute) == (24, 0):
            end_hour = 0
        try:
            hours = cls(time(start_hour, start_minute), time(end_hour, end_minute))
        except ValueError:
            raise ValueError(f"{text!r} names an hour that no day has") from None
        if hours.start == hours.end:
            raise ValueError(f"{text!r} begins when it ends; `shanty queue pause` stops everything")
        return hours

    def until(self, now: datetime, zone: tzinfo | None = None) -> datetime | None:
        """When the quiet hours that cover ``now`` end, in UTC; None if it is not quiet.

        ``zone`` is the machine's own unless given. If the clock is set back and shows the end
        twice, the next of the two counts. If the clock is set forward over the end, quiet hours end
        at the moment it would have been.
        """
        local = now.astimezone(zone)
        wall = local.time().replace(tzinfo=None)
        is_over_midnight = self.end < self.start
        is_quiet = (
            (wall >= self.start or wall < self.end)
            if is_over_midnight
            else self.start <= wall < self.end
        )
        if not is_quiet:
            return None
        day = local.date() + timedelta(days=1 if is_over_midnight and wall >= self.start else 0)
        for fold in (0, 1):
            end = datetime.combine(day, self.end).replace(fold=fold)
            # Without a zone, Python takes a naive time for the machine's local time.
            ends_at = end.replace(tzinfo=zone).astimezone(UTC)
            if ends_at > now:
                return ends_at
        return None  # the clock was set back into hours that had ended already

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"
