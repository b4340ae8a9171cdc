"""``shanty queue``: the work items, one per track and stage."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.opening import LARGEST_NUMBER, State, open_state
from cli.printing import (
    JsonOption,
    format_age,
    format_progress,
    print_json,
    print_table,
    progress_document,
)
from cli.sources import source_lines
from shanty.models import Stage, Status, WorkItem

if TYPE_CHECKING:
    from datetime import datetime

    from shanty.sources.states import SourceState

app = typer.Typer(no_args_is_help=True, help="See and steer the work.")


class ItemState(StrEnum):
    """What an item can be filtered by: its status, and *waiting* for pending with a later date."""

    PENDING = "pending"
    WAITING = "waiting"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Retriable(StrEnum):
    """What can be tried again at once."""

    FAILED = ItemState.FAILED
    WAITING = ItemState.WAITING
    PENDING = ItemState.PENDING
    CANCELLED = ItemState.CANCELLED


class Cancellable(StrEnum):
    """What has not ended yet."""

    PENDING = ItemState.PENDING
    WAITING = ItemState.WAITING
    ACTIVE = ItemState.ACTIVE


_ONLY_STATUS = typer.Option("--status", help="Only this status.")
StageOption = Annotated[Stage | None, typer.Option("--stage", help="Only this stage.")]
ItemArgument = Annotated[
    int, typer.Argument(max=LARGEST_NUMBER, metavar="ID", help="The id that `queue ls` shows.")
]
ItemsArgument = Annotated[
    list[int] | None,
    typer.Argument(max=LARGEST_NUMBER, metavar="[ID]...", help="The ids that `queue ls` shows."),
]


@app.command("ls")
def list_items(
    stage: StageOption = None,
    status: Annotated[ItemState | None, _ONLY_STATUS] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=LARGEST_NUMBER, help="At most this many.")
    ] = 1000,
    as_json: JsonOption = False,
) -> None:
    """List work items, newest change last."""
    state = open_state()
    items = state.queue.overview.list_items(stage=stage, status=status, limit=limit)
    if as_json:
        mbids = {track.id: track.recording_mbid for track in state.catalog.tracks.list_tracks()}
        looks = state.catalog.looks.next_of_each()
        print_json([_document(item, mbids[item.track_id], looks) for item in items])
        return
    blocking, paused = _blocking(state), state.queue.by_hand.paused()
    looks = state.catalog.looks.next_of_each()
    print_table(
        ("id", "stage", "status", "track", "try", "runs", "error"),
        [
            (
                item.id,
                item.stage,
                item.status,
                item.label,
                f"{item.attempt}/{item.max_attempts}",
                _runs(item, blocking, paused, looks),
                item.error,
            )
            for item in items
        ],
        empty="no work items",
    )


@app.command("show")
def show_item(item_id: ItemArgument, as_json: JsonOption = False) -> None:
    """Show everything about one work item."""
    state = open_state()
    item = state.queue.overview.get(item_id)
    track = state.catalog.tracks.get(item.track_id)
    progress = state.queue.progress.of_items([item_id]).get(item_id)
    source = _blocking(state).get(item_id)
    document = {
        **_document(item, track.recording_mbid, state.catalog.looks.next_of_each([track.id])),
        "max_attempts": item.max_attempts,
        "priority": item.priority,
        "created_at": item.created_at,
        "started_at": item.started_at,
        "completed_at": item.completed_at,
        "lease_owner": item.lease_owner,
        "progress": None if progress is None else progress_document(progress),
        "waits_for": None if source is None else source.describe(),
    }
    if as_json:
        print_json(document)
        return
    document["progress"] = format_progress(progress)
    print_table(("", ""), document.items(), empty="")


@app.command("retry")
def retry_items(
    items: ItemsArgument = None,
    stage: StageOption = None,
    status: Annotated[Retriable | None, _ONLY_STATUS] = None,
    now: Annotated[bool, typer.Option("--now", help="Before everything else.")] = False,
) -> None:
    """Try failed or waiting work again; always runs, also when its attempts are used up."""
    from shanty.tracks import by_hand

    _require_choice(items, stage, status)
    state = open_state()
    count = by_hand.retry_items(
        state.queue, state.catalog, state.database, items, stage=stage, status=status, now=now
    )
    typer.echo(f"{count} items will be tried again")
    # A source that asked us to wait is not made to answer by a person's wish.
    for line in source_lines(state) if count else ():
        typer.echo(line)


@app.command("cancel")
def cancel_items(
    items: ItemsArgument = None,
    stage: StageOption = None,
    status: Annotated[Cancellable | None, _ONLY_STATUS] = None,
) -> None:
    """Cancel pending or active work: its tracks are withdrawn until `queue retry`."""
    from shanty.tracks import by_hand

    _require_choice(items, stage, status)
    state = open_state()
    count = by_hand.cancel_items(
        state.queue, state.catalog, state.database, items, stage=stage, status=status
    )
    typer.echo(f"{count} items cancelled")


@app.command("pause")
def pause_stage(stage: StageOption = None) -> None:
    """Start nothing new, in one stage or in all; what runs is finished."""
    open_state().queue.by_hand.pause(stage)
    typer.echo(f"{stage or 'all stages'} paused; `shanty queue resume` goes on")


@app.command("resume")
def resume_stage(stage: StageOption = None) -> None:
    """Go on after a pause."""
    open_state().queue.by_hand.resume(stage)
    typer.echo(f"{stage or 'all stages'} resumed")


def _blocking(state: State) -> dict[int, SourceState]:
    """By item, the paused source that it waits for."""
    from shanty.sources.states import list_source_states

    states = list_source_states(state.database, state.queue)
    by_name = {one.name: one for one in states if one.is_blocked}
    waiting = state.queue.overview.blocked_by() if by_name else {}
    return {item_id: by_name[name] for item_id, name in waiting.items() if name in by_name}


def _runs(
    item: WorkItem,
    blocking: dict[int, SourceState],
    paused: set[Stage],
    looks: dict[int, datetime],
) -> str:
    """When a pending item runs, or a failed one is looked at again, as far as that is known."""
    if item.status is Status.FAILED and item.track_id in looks:
        return f"again {format_age(looks[item.track_id])}"
    if item.status is not Status.PENDING:
        return ""
    if item.stage in paused:
        return "stage is paused"
    source = blocking.get(item.id)
    # What has a date of its own beyond the pause waits for that.
    if source is not None and (source.until is None or source.until >= item.run_after):
        return source.describe_wait()
    return format_age(item.run_after)


def _require_choice(items: list[int] | None, stage: Stage | None, status: object) -> None:
    if items and (stage or status):
        raise typer.BadParameter("name items by id, or choose them by stage or status: not both")
    if not items and stage is None and status is None:
        raise typer.BadParameter("name items by id, or choose them with --stage or --status")


def _document(item: WorkItem, recording_mbid: str, looks: dict[int, datetime]) -> dict[str, Any]:
    return {
        "id": item.id,
        "task_type": item.stage.value,
        "status": item.status.value,
        "track": item.label,
        "recording_mbid": recording_mbid,
        "attempt": item.attempt,
        "run_after": item.run_after,
        "next_look_at": looks.get(item.track_id) if item.status is Status.FAILED else None,
        "error_class": item.error_class,
        "error": item.error,
    }
