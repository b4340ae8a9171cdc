"""``shanty queue``: the work items, one per track and stage."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import ItemArgument, ItemsArgument
from cli.opening import LARGEST_NUMBER, open_state
from cli.printing import (
    JsonOption,
    format_age,
    format_progress,
    print_json,
    print_table,
    progress_document,
)
from cli.sources import source_lines
from shanty.errors import count_of
from shanty.models import Stage, Status, WorkItem
from shanty.tracks.waits import HELD_UP, Wait, Waits
from shanty.workqueue.item_numbers import name_item

if TYPE_CHECKING:
    from datetime import datetime

app = typer.Typer(no_args_is_help=True, help="See and steer the work.")

_SHOWN, _SHOWN_AS_JSON = 50, 1000


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


@app.command("ls")
def list_items(
    stage: StageOption = None,
    status: Annotated[ItemState | None, _ONLY_STATUS] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=LARGEST_NUMBER,
            help=f"At most this many. [default: {_SHOWN}; {_SHOWN_AS_JSON} with --json]",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List work items: under way, then next in line, then what has ended, newest first."""
    state = open_state()
    overview = state.queue.overview
    limit = limit or (_SHOWN_AS_JSON if as_json else _SHOWN)
    items = overview.list_items(stage=stage, status=status, limit=limit)
    looks = state.catalog.looks.next_of_each()
    if as_json:
        mbids = {track.id: track.recording_mbid for track in state.catalog.tracks.list_tracks()}
        print_json([_document(item, mbids[item.track_id], looks) for item in items])
        return
    waits = Waits(state.settings, state.database, state.queue)
    print_table(
        ("id", "stage", "status", "track", "song", "try", "runs", "error"),
        [
            (
                name_item(item.id),
                item.stage,
                item.status,
                item.track_id,
                item.label,
                f"{item.attempt}/{item.max_attempts}",
                _runs(item, waits, looks),
                item.error,
            )
            for item in items
        ],
        empty="no work items",
    )
    if len(items) == limit and (number := overview.count_items(stage, status)) > limit:
        typer.echo(f"{limit:,} of {number:,}; `--limit` shows more")


@app.command("show")
def show_item(item_id: ItemArgument, as_json: JsonOption = False) -> None:
    """Show everything about one work item."""
    state = open_state()
    item = state.queue.overview.get(item_id)
    track = state.catalog.tracks.get(item.track_id)
    progress = state.queue.progress.of_items([item_id]).get(item_id)
    waits = Waits(state.settings, state.database, state.queue)
    source, wait = waits.blocking(item_id), waits.of(item)
    document = {
        **_document(item, track.recording_mbid, state.catalog.looks.next_of_each([track.id])),
        "max_attempts": item.max_attempts,
        "priority": item.priority,
        "created_at": item.created_at,
        "started_at": item.started_at,
        "completed_at": item.completed_at,
        "lease_owner": item.lease_owner,
        "progress": None if progress is None else progress_document(progress),
        "waits_for": source.describe() if source else _reason(wait),
    }
    if as_json:
        print_json(document)
        return
    document |= {"id": name_item(item.id), "progress": format_progress(progress)}
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
    typer.echo(f"{count_of(count, 'item')} will be tried again")
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
    typer.echo(f"{count_of(count, 'item')} cancelled")


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


def _reason(wait: Wait | None) -> str | None:
    """What an item waits for, if that is more than its turn."""
    return wait.describe() if wait is not None and wait.kind in HELD_UP else None


def _runs(item: WorkItem, waits: Waits, looks: dict[int, datetime]) -> str:
    """When a pending item runs, or a failed one is looked at again, as far as that is known."""
    if item.status is Status.FAILED and item.track_id in looks:
        return f"again {format_age(looks[item.track_id])}"
    wait = waits.of(item)
    return "" if wait is None else wait.describe()


def _require_choice(items: list[int] | None, stage: Stage | None, status: object) -> None:
    if items and (stage or status):
        raise typer.BadParameter("name items by id, or choose them by stage or status: not both")
    if not items and stage is None and status is None:
        raise typer.BadParameter("name items by id, or choose them with --stage or --status")


def _document(item: WorkItem, recording_mbid: str, looks: dict[int, datetime]) -> dict[str, Any]:
    return {
        "id": item.id,
        "track_id": item.track_id,
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
