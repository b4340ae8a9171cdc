"""``shanty trash``: what was removed from the library, until it is too old."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Annotated

import typer

from cli.acting import acting_by_hand
from cli.opening import LARGEST_NUMBER, open_state
from cli.printing import (
    JsonOption,
    format_age,
    print_json,
    print_table,
    printable,
    show_path,
)
from shanty.clock import utc_now
from shanty.config.values import parse_duration
from shanty.errors import ShantyError, count_of
from shanty.files.sizes import format_bytes

app = typer.Typer(no_args_is_help=True, help="See what was removed, and take it back.")


def _duration(text: str) -> timedelta:
    try:
        parsed = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    assert isinstance(parsed, timedelta), "of a text comes a duration"
    return parsed


@app.command("ls")
def list_trash(as_json: JsonOption = False) -> None:
    """List what lies in the trash, newest first."""
    state = open_state()
    found = state.catalog.trash.list_trash()
    keep = state.settings.library.trash_retention
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "track_id": one.track_id,
                    "path": show_path(one.path),
                    "original_path": show_path(one.original_path),
                    "size": one.size,
                    "reason": one.reason,
                    "run": one.run_id,
                    "trashed_at": one.trashed_at,
                    "deleted_from": one.trashed_at + keep,
                }
                for one in found
            ]
        )
        return
    print_table(
        ("id", "was", "since", "deleted", "why"),
        [
            (
                one.id,
                show_path(one.original_path),
                format_age(one.trashed_at),
                format_age(one.trashed_at + keep),
                one.reason,
            )
            for one in found
        ],
        empty="the trash is empty",
    )


@app.command("restore")
def restore(
    number: Annotated[
        int, typer.Argument(metavar="N", min=1, max=LARGEST_NUMBER, help="As `trash ls` shows.")
    ],
) -> None:
    """Put a file back where it was; nothing that is there now is overwritten."""
    from shanty.library.trash import find_trashed

    with acting_by_hand("restore") as acts:
        path = acts.restore(find_trashed(acts.catalog, number))
    typer.echo(printable(f"{show_path(path)} is there again"))


@app.command("empty")
def empty(
    older_than: Annotated[
        timedelta | None,
        typer.Option(parser=_duration, metavar="30d", help="Only what lies there for longer."),
    ] = None,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be deleted; delete nothing.")
    ] = False,
    is_emptied: Annotated[
        bool, typer.Option("--emptied", help="Forget entries whose file no longer exists.")
    ] = False,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask, also on a terminal.")] = False,
) -> None:
    """Delete what lies in the trash, for good. It cannot be undone, so a terminal is asked."""
    from shanty.library.trash import describe_missing, empty_trash, old_in_trash

    with acting_by_hand("empty-trash") as acts:
        # As of now: the question below may stand for long, and more may come in meanwhile.
        until = utc_now() - (older_than or timedelta())
        found = old_in_trash(acts, until)
        if is_dry:
            for one in found:
                typer.echo(printable(show_path(one.original_path)))
            return
        if found and not is_sure and sys.stdin.isatty():
            files = f"{count_of(len(found), 'file')} ({format_bytes(sum(f.size for f in found))})"
            if not typer.confirm(f"Delete {files} for good? It cannot be undone"):
                raise ShantyError("nothing was deleted")
        deleted = empty_trash(acts, until, is_emptied=is_emptied)
        typer.echo(f"{count_of(deleted, 'file')} deleted")
        if left := len(old_in_trash(acts, until)):
            typer.echo(describe_missing(left))
