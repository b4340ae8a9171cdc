"""``shanty library check``: whether the library is as it was filed, and what can be repaired."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acting import acting_by_hand
from cli.opening import State, open_state
from cli.printing import JsonOption, print_json, printable, show_path
from shanty.errors import count_of

if TYPE_CHECKING:
    from rich.status import Status

    from shanty.library.acts import FileActs
    from shanty.library.check import CheckReport, Discrepancy

_FILES_PER_LINE = 1000


def check(
    is_repairing: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Repair: what is missing is wanted again, or followed to where it lies now; what "
            "cannot be played goes to the trash and is wanted again; a file that you have changed "
            "is known as it is now; leftovers and empty folders are removed.",
        ),
    ] = False,
    is_deep: Annotated[
        bool,
        typer.Option(
            "--deep", help="Read and decode every file; otherwise size and time are believed."
        ),
    ] = False,
    is_emptied: Annotated[
        bool,
        typer.Option(
            "--emptied",
            help="Forget missing files even if the library or one of its folders is empty; "
            "without this, an empty folder is taken for a disk that is not mounted.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find what is missing, changed, corrupt or foreign in the library, and leftovers.

    Without --repair nothing is changed. No audio is ever deleted.
    """
    state = open_state()
    if not is_repairing:
        _check(state, None, is_deep, is_emptied, as_json)
        return
    from shanty.diagnosis.event_log import stop_writing, write_events_to_file

    handler = write_events_to_file(state.settings)
    try:
        with acting_by_hand("check", state) as acts:
            _check(state, acts, is_deep, is_emptied, as_json)
    finally:
        stop_writing(handler)


def _check(
    state: State, acts: FileActs | None, is_deep: bool, is_emptied: bool, as_json: bool
) -> None:
    from shanty.library.check import Kind, check_library

    documents: list[dict[str, Any]] = []
    with _showing(is_quiet=as_json) as (show, progress):
        report = check_library(
            settings=state.settings,
            database=state.database,
            queue=state.queue,
            acts=acts,
            is_deep=is_deep,
            is_emptied=is_emptied,
            on_discrepancy=(lambda one: documents.append(_document(one))) if as_json else show,
            on_progress=progress,
        )
    if as_json:
        print_json(
            {
                "folder": show_path(report.folder),
                "absence": report.absence or None,
                "filed": report.filed,
                "sound": report.sound,
                "read": report.read,
                "found_by_scan": report.owned,
                "repaired": report.repaired,
                "counts": {kind.value.replace(" ", "_"): report.counts[kind] for kind in Kind},
                "run": acts.run_id if acts is not None else None,
                "findings": documents,
            }
        )
    else:
        _print_end(report, acts)
    if report.absence:
        raise typer.Exit(1)


def _document(discrepancy: Discrepancy) -> dict[str, Any]:
    return {
        "kind": discrepancy.kind.value.replace(" ", "_"),
        "path": show_path(discrepancy.path),
        "track": discrepancy.track or None,
        "detail": discrepancy.detail,
        "repair": discrepancy.repair or None,
    }


def _print_end(report: CheckReport, acts: FileActs | None) -> None:
    if report.absence:
        where = printable(show_path(report.folder))
        typer.echo(f"there is no library at {where}: {report.absence}")
        return
    typer.echo(_progress_line(report))
    if not report.counts:
        typer.echo("nothing is wrong")
        return
    typer.echo(", ".join(f"{number} {kind}" for kind, number in sorted(report.counts.items())))
    if acts is None:
        typer.echo("nothing was changed; --repair repairs what can be repaired safely")
        return
    typer.echo(f"{report.repaired} repaired; what went to the trash: `shanty undo {acts.run_id}`")


def _line(discrepancy: Discrepancy) -> str:
    """A discrepancy as one line, whatever names files have."""
    label = f" ({discrepancy.track})" if discrepancy.track else ""
    repair = f" → {discrepancy.repair}" if discrepancy.repair else ""
    text = f"{discrepancy.kind}: {show_path(discrepancy.path)}{label}: {discrepancy.detail}{repair}"
    return printable(text)


def _progress_line(report: CheckReport) -> str:
    return (
        f"{report.looked_at} of {count_of(report.filed, 'filed file')} looked at, "
        f"{report.read} of them read; {report.sound} are as they were filed"
    )


@contextmanager
def _showing(
    *, is_quiet: bool
) -> Iterator[tuple[Callable[[Discrepancy], None], Callable[[CheckReport], None]]]:
    """What shows findings and progress: one line that changes on a terminal, in a pipe a line now
    and then.
    """
    if is_quiet:
        yield lambda discrepancy: None, lambda report: None
        return
    if not sys.stdout.isatty():
        said_at = 0

        def print_progress(report: CheckReport) -> None:
            nonlocal said_at
            # Also called for what is no audio: then nothing has been met since.
            if report.met - said_at >= _FILES_PER_LINE:
                said_at = report.met
                typer.echo(_progress_line(report))

        yield lambda discrepancy: typer.echo(_line(discrepancy)), print_progress
        return
    from rich.console import Console

    console = Console()
    with console.status("looking at the library…") as status:
        yield (
            lambda discrepancy: console.print(_line(discrepancy), markup=False, highlight=False),
            lambda report: _update(status, report),
        )


def _update(status: Status, report: CheckReport) -> None:
    status.update(_progress_line(report))
