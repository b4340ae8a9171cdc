"""A rule as the commands of ``shanty watch`` print it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shanty.config.settings import Settings
from shanty.errors import count_of
from shanty.models import TrackStatus, WatchRule
from shanty.watching.terms import read_terms


def rule_document(rule: WatchRule, settings: Settings) -> dict[str, Any]:
    """A rule for scripts."""
    terms = read_terms(rule, settings.catalogue)
    return {
        "id": rule.id,
        "kind": rule.kind,
        "mbid": rule.mbid,
        "name": rule.name,
        "told_apart_by": rule.told_apart_by or None,
        "created_at": rule.created_at,
        "monitored": rule.is_monitored,
        "types": list(terms.types) or None,
        "also": list(terms.also) if terms.types else None,
        "from_date": terms.from_date or None,
        "albums": rule.groups,
        "pending_albums": rule.pending_groups,
        **{status.value: rule.counts.get(status, 0) for status in TrackStatus},
    }


def describe_rule(rule: WatchRule) -> str:
    """What has become of a rule's tracks, in a line."""
    coming = f"{count_of(rule.pending_groups, 'album')} still to come"
    parts = [describe_counts(rule.counts), coming if rule.pending_groups else ""]
    return ", ".join(part for part in parts if part) or "nothing is wanted"


def describe_counts(counts: Mapping[str, int]) -> str:
    """How many tracks there are of each status, in a line; empty if nobody wants any."""
    return ", ".join(
        f"{number} {status.value.replace('_', ' ')}"
        for status in TrackStatus
        if status is not TrackStatus.WITHDRAWN and (number := counts.get(status, 0))
    )
