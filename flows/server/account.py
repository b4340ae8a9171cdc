"""What the artifacts say beside their tables, as Markdown: why work waits, what needs a person.

Owns how a text of others is kept from being Markdown. Refuses to know how things stand: it is
given an overview. Says moments by the clock, because a page that is open does not count down.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from datetime import datetime

from flows.server.jobs import JobView
from shanty.clock import utc_now
from shanty.diagnosis.overview import Underway, WorkOverview
from shanty.errors import count_of
from shanty.sources.states import describe_at
from shanty.tracks.waits import Wait, WaitKind

_LONGEST_LABEL = 80
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&!#])")
_COMMAND = re.compile(r"(`[^`]+`)")


def describe_work(overview: WorkOverview) -> str:
    """What is left, why it waits and what needs a person; then each download that waits.

    Empty if nothing is left, held up or to be decided.
    """
    estimate = [] if overview.estimate is None else [overview.estimate.describe()]
    said = _make_list([*estimate, *overview.hindrances, *overview.needs])
    turns = [(one.item.label, turn) for one in overview.underway if (turn := _describe_turn(one))]
    held = [(one.item.label, _describe_wait(one.wait)) for one in overview.held]
    waits = [f"{_shorten(label)}: {why}" for label, why in [*turns, *held]]
    if overview.held_more:
        waits.append(f"and {count_of(overview.held_more, 'more track')}")
    return "\n\n".join([said, "Waiting:", _make_list(waits)] if waits else [said])


def describe_results(jobs: Iterable[JobView]) -> str:
    """How the last run of each job went, in whole: the cells of the table would cut it."""
    runs = [(job.name, job.last_run) for job in jobs if job.last_run is not None]
    return _make_list(
        f"{name}: {run.state}{': ' if run.message else ''}{run.message}" for name, run in runs
    )


def escape(text: str) -> str:
    """A text as Markdown that shows it as it is. Commands between backticks stay commands."""
    parts = _COMMAND.split(" ".join(text.split()))
    parts[::2] = [_SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def describe_moment(at: datetime | None) -> str:
    """A moment by this machine's clock, short enough for a column."""
    return "–" if at is None else f"{at.astimezone():%d %b %H:%M:%S}"


def _make_list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {escape(line)}" for line in lines)


def _shorten(label: str) -> str:
    return textwrap.shorten(label, _LONGEST_LABEL, placeholder=" …")


def _describe_wait(wait: Wait) -> str:
    if wait.kind is WaitKind.LATER and wait.until is not None:
        return f"due at {describe_at(wait.until)}"
    return wait.describe()


def _describe_turn(one: Underway) -> str:
    slot_at = None if one.progress is None else one.progress.slot_at
    if slot_at is None or slot_at <= utc_now():
        return ""
    return f"its turn to download at {slot_at.astimezone():%H:%M:%S}"
