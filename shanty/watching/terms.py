"""What a rule asks for, in words and as the options that ask for it again.

Owns how the filter of a rule is told to a person. Refuses to know which release groups it lets in.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import date

from shanty.config.sections import CatalogueSettings
from shanty.models import GroupFilter, WatchRule
from shanty.music.release_types import SECONDARY_TYPES

NONE, ANY = "none", "any"
"""What takes back ``--also`` and ``--from-date``."""
_PLURALS = {"Album": "albums", "Single": "singles", "EP": "EPs", "Broadcast": "broadcasts"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule asks for; the types are MusicBrainz', and empty for an album or a track.

    ``also`` are the secondary types that are meant although the settings leave them out.
    """

    types: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    from_date: str = ""
    is_monitored: bool = True

    @property
    def what(self) -> str:
        """``albums and EPs, also live, since 1999-01-01``; empty for an album or a track."""
        if not self.types:
            return ""
        also = f"also {', '.join(name.lower() for name in self.also)}" if self.also else ""
        since = f"since {self.from_date}" if self.from_date else ""
        return ", ".join(filter(None, (name_types(self.types), also, since)))

    def describe(self) -> str:
        """The same with what is not usual: ``albums, not monitored``."""
        return ", ".join(filter(None, (self.what, "" if self.is_monitored else "not monitored")))

    @property
    def options(self) -> str:
        """The options of ``watch edit`` that make a rule ask for this."""
        words = ["--monitor" if self.is_monitored else "--no-monitor"]
        for name in self.types:
            words += ["--type", name.lower()]
        if self.types:
            for name in self.also or (NONE,):
                words += ["--also", name.lower()]
            words += ["--from-date", self.from_date or ANY]
        return shlex.join(words)


def read_terms(rule: WatchRule, settings: CatalogueSettings) -> Terms:
    """What a stored rule asks for."""
    if rule.group_filter is None:
        return Terms(is_monitored=rule.is_monitored or rule.kind == "track")
    return terms_of(rule.group_filter, settings, is_monitored=rule.is_monitored)


def describe_wish(rule: WatchRule, settings: CatalogueSettings) -> str:
    """What a stored rule asks for: ``albums, also live``; ``one song``."""
    terms = read_terms(rule, settings)
    what = {"album": "one album", "track": "one song"}.get(rule.kind, terms.what)
    return what if terms.is_monitored else f"{what}, not monitored"


def parse_from_date(text: str) -> str:
    """A date as MusicBrainz writes it; a year or a month alone means its first day.

    Raises:
        ValueError: it is no such date.
    """
    try:
        if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text):
            raise ValueError
        return date.fromisoformat(text + "-01-01"[max(0, len(text) - 4) :]).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is no date such as 1999, 1999-12 or 1999-12-31") from None


def terms_of(
    group_filter: GroupFilter, settings: CatalogueSettings, *, is_monitored: bool
) -> Terms:
    """What the filter of an artist's rule means, beside what the settings let in anyhow."""
    also = [name for name in group_filter.secondary_types if name not in allowed_types(settings)]
    return Terms(
        group_filter.primary_types,
        tuple(dict.fromkeys(also)),
        group_filter.from_date,
        is_monitored,
    )


def allowed_types(settings: CatalogueSettings) -> tuple[str, ...]:
    """The secondary types that the settings do not leave out."""
    return tuple(name for name in SECONDARY_TYPES if name not in settings.excluded_types)


def name_types(types: tuple[str, ...]) -> str:
    """``albums``; ``albums and EPs``; ``albums, singles and EPs``."""
    names = [_PLURALS.get(name, "other releases") for name in types]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
