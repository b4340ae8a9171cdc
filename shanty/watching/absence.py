"""What an artist has instead, if nothing of theirs is what a wish asks for.

Owns which options let how many of their releases in. Refuses to know who is told.
"""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import replace

from shanty.catalog.releases import is_meant
from shanty.errors import count_of
from shanty.models import GroupFilter, WatchRule
from shanty.music.entities import ReleaseGroup
from shanty.watching.expansion import Expansion
from shanty.watching.terms import ANY, name_types, terms_of

_NOUNS = {"Album": "album", "Single": "single", "EP": "EP", "Broadcast": "broadcast"}


def describe_absence(rule: WatchRule, expansion: Expansion) -> str:
    """Say that an artist has nothing of what a wish asks for, and which options let others in.

    For example ``no albums; 1 EP: `--type ep```. Empty if the wish means something, or if a person
    has left out what it means. Costs no request.
    """
    catalog = expansion.catalog
    if rule.group_filter is None or rule.groups or catalog.exclusions.of_rule(rule.id):
        return ""
    return describe_offers(rule.mbid, rule.group_filter, expansion)


def describe_offers(artist_mbid: str, group_filter: GroupFilter, expansion: Expansion) -> str:
    """The same for an artist of whom a filter lets nothing in. Costs no request."""
    terms = terms_of(group_filter, expansion.settings, is_monitored=True)
    since = f" since {terms.from_date}" if terms.from_date else ""
    with expansion.database.read() as connection:
        listed = expansion.catalog.discographies.groups_of_artist(connection, artist_mbid)
    offers: Counter[tuple[str, str]] = Counter()
    for known in listed:
        if known.group.primary_type:  # no option names a release without a type
            offers[_name(known.group), _options_for(known.group, group_filter)] += 1
    told = [
        f"{count_of(number, noun)}: `{options}`"
        for (noun, options), number in sorted(offers.items(), key=lambda one: -one[1])
    ]
    return "; ".join([f"no {name_types(terms.types)}{since}", *told])


def _name(group: ReleaseGroup) -> str:
    """What a release group is: ``EP``, ``live album``, ``other release``."""
    noun = _NOUNS.get(group.primary_type, "other release")
    return " ".join([*(name.lower() for name in group.secondary_types), noun])


def _options_for(group: ReleaseGroup, group_filter: GroupFilter) -> str:
    """The options of ``watch edit`` that let a release group in, which is not meant now."""
    words: list[str] = []
    if group.primary_type not in group_filter.primary_types:
        words += ["--type", group.primary_type.lower()]
    for name in group.secondary_types:
        if name not in group_filter.secondary_types:
            words += ["--also", name.lower()]
    types = (group.primary_type,)
    let_in = replace(group_filter, primary_types=types, secondary_types=group.secondary_types)
    if not is_meant(group, let_in):
        words += ["--from-date", ANY]
    return shlex.join(words)
