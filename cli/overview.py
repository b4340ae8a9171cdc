"""How an overview is drawn: the same for ``run``, ``status`` and ``status --live``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.printing import format_age, format_progress, make_table, printable
from shanty.diagnosis.overview import Underway, WorkOverview
from shanty.errors import count_of
from shanty.models import TrackStatus
from shanty.workqueue import COUNTED

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

COUNTED_TRACKS = tuple(
    status for status in TrackStatus if status not in (TrackStatus.WITHDRAWN, TrackStatus.REMOVED)
)
_SAID = {TrackStatus.NEEDS_REVIEW: "to review"}  # the same words as in a run's result


def draw(overview: WorkOverview, *, beginning: str) -> list[RenderableType]:
    """The counts, what is under way, what waits and why, and what needs a person.

    ``beginning`` says what begins a run; it is shown if tracks are wanted and none is at work.
    """
    from rich.text import Text

    parts: list[RenderableType] = [_stage_table(overview), "", Text(_describe_tracks(overview))]
    if overview.estimate is not None:
        parts.append(Text(overview.estimate.describe()))
    if overview.underway:
        parts += ["", _underway_table(overview)]
    if overview.held:
        parts += ["", _held_table(overview)]
    lines = [*overview.hindrances, *overview.needs]
    if beginning and overview.tracks[TrackStatus.WANTED] and not overview.is_running:
        lines.append(beginning)
    if lines:
        parts += ["", Text("\n".join(map(printable, lines)))]
    return parts


def overview_document(overview: WorkOverview) -> dict[str, Any]:
    """The part of ``status --json`` that an overview is."""
    estimate = overview.estimate
    return {
        "queue": {stage.value: dict(numbers) for stage, numbers in overview.counts.items()},
        "tracks": {status.value: overview.tracks[status] for status in COUNTED_TRACKS},
        "is_running": overview.is_running,
        "died": overview.died,
        "hindrances": list(overview.hindrances),
        "needs": list(overview.needs),
        "estimate_seconds": None if estimate is None else round(estimate.seconds),
        "waiting": [
            {
                "id": one.item.id,
                "track_id": one.item.track_id,
                "track": one.item.label,
                "why": one.wait.describe(),
                "until": one.wait.until,
            }
            for one in overview.held
        ],
    }


def _describe_tracks(overview: WorkOverview) -> str:
    counts = overview.tracks
    return "tracks: " + ", ".join(
        f"{counts[status]:,} {_SAID.get(status, status.replace('_', ' '))}"
        for status in COUNTED_TRACKS
    )


def _stage_table(overview: WorkOverview) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("stage", min_width=10)
    for name in COUNTED:
        table.add_column(name, justify="right", min_width=9)
    for stage, numbers in overview.counts.items():
        table.add_row(stage.value, *(str(numbers[name] or "·") for name in COUNTED))
    return table


def _underway_table(overview: WorkOverview) -> Table:
    rows = [
        (one.item.stage, one.item.label, format_age(one.item.started_at), _describe(one))
        for one in overview.underway
    ]
    return make_table(("now", "track", "since", "progress"), rows)


def _describe(one: Underway) -> str:
    return one.turn or format_progress(one.progress)


def _held_table(overview: WorkOverview) -> Table:
    rows: list[tuple[object, ...]] = [
        (one.item.track_id, one.item.label, one.wait.describe()) for one in overview.held
    ]
    if overview.held_more:
        rows.append(("", f"… and {count_of(overview.held_more, 'more track')}", ""))
    return make_table(("waits", "track", "why"), rows)
