"""``shanty library rename``: the names that the template asks for today."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acting import acting_by_hand
from cli.opening import State, open_state
from cli.printing import JsonOption, print_json, printable, show_path
from shanty.errors import ShantyError, count_of

if TYPE_CHECKING:
    from pathlib import Path

    from shanty.library.rename import RenamePlan, RenameReport

_FILES_PER_LINE = 1000


def rename(
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be moved; the default.")
    ] = False,
    is_applied: Annotated[bool, typer.Option("--apply", help="Move the files.")] = False,
    template: Annotated[
        str | None,
        typer.Option(help="Show what another template would do, before you set it."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give every file that Shanty filed the name that library.template asks for today.

    Lyrics and pictures move with the music, no folder is left empty, nothing is overwritten, and
    `shanty undo` takes all of it back. Files that a scan has found are yours and stay.
    """
    if is_dry and is_applied:
        raise typer.BadParameter("say --dry-run or --apply: not both")
    if template is not None and is_applied:
        raise typer.BadParameter("--template is for looking; set library.template to apply it")
    state = open_state()
    if is_applied:
        _apply(state, as_json=as_json)
        return
    plan = _plan(state, template=template, is_quiet=as_json)
    if as_json:
        print_json(_plan_document(plan))
    else:
        _print_plan(plan, state.settings.library.path)


def _plan(state: State, *, template: str | None, is_quiet: bool) -> RenamePlan:
    from shanty.library.rename import plan_renames

    with showing(is_quiet=is_quiet, start="looking at the library…") as show:
        return plan_renames(
            state.settings,
            state.catalog,
            template=template,
            on_progress=lambda number: show(number, f"{count_of(number, 'file')} looked at"),
        )


def _apply(state: State, *, as_json: bool) -> None:
    from shanty.library.rename import JOB, apply_renames, run_to_go_on_with

    run_id = run_to_go_on_with(state.catalog)
    with acting_by_hand(JOB, state, run_id) as acts:
        plan = _plan(state, template=None, is_quiet=as_json)
        total = len(plan.moves)
        with showing(is_quiet=as_json, start="moving…") as show:
            report = apply_renames(
                plan,
                acts,
                on_progress=lambda done: show(done.moved, f"{done.moved} of {total} moved"),
            )
    if as_json:
        print_json(_report_document(plan, report, acts.run_id))
    else:
        for path, why in report.left:
            typer.echo(printable(f"left: {show_path(path)}: {why}"))
        _print_passed_over(plan)
        typer.echo(
            f"{count_of(report.moved, 'file')} moved, and {report.companions} that belong to them"
        )
        if report.moved or report.companions:
            typer.echo(f"`shanty undo {acts.run_id}` takes it back")
    if report.left:
        raise ShantyError(f"{count_of(len(report.left), 'file was', 'files were')} left in place")


def _print_plan(plan: RenamePlan, library_dir: Path) -> None:
    from shanty.library.rename import count_reasons

    for move in plan.moves:
        source, target = (
            show_path(path.relative_to(library_dir) if library_dir in path.parents else path)
            for path in (move.current, move.target)
        )
        typer.echo(printable(f"{source} → {target}"))
    _print_passed_over(plan)
    counts = count_reasons(plan.moves)
    reasons = ", ".join(f"{number} for {why}" for why, number in sorted(counts.items()))
    typer.echo(
        f"{len(plan.moves)} of {count_of(plan.files, 'file')} would move"
        + (f": {reasons}" if reasons else "")
    )
    if plan.moves:
        typer.echo("`shanty library rename --apply` moves them")


def _print_passed_over(plan: RenamePlan) -> None:
    for path in plan.missing:
        typer.echo(printable(f"not there: {show_path(path)}"))
    for path in plan.links:
        typer.echo(printable(f"a link, left where it is: {show_path(path)}"))


def _plan_document(plan: RenamePlan) -> dict[str, Any]:
    return {
        "files": plan.files,
        "moves": [
            {
                "track_id": move.track_id,
                "from": show_path(move.current),
                "to": show_path(move.target),
                "why": move.why,
            }
            for move in plan.moves
        ],
        "missing": [show_path(path) for path in plan.missing],
        "links": [show_path(path) for path in plan.links],
    }


def _report_document(plan: RenamePlan, report: RenameReport, run_id: str) -> dict[str, Any]:
    return {
        "run": run_id,
        "files": plan.files,
        "moved": report.moved,
        "companions": report.companions,
        "left": [{"path": show_path(path), "reason": why} for path, why in report.left],
        "missing": [show_path(path) for path in plan.missing],
        "links": [show_path(path) for path in plan.links],
    }


@contextmanager
def showing(*, is_quiet: bool, start: str) -> Iterator[Callable[[int, str], None]]:
    """What shows progress: one line that changes on a terminal, a line now and then in a pipe."""
    if is_quiet:
        yield lambda number, line: None
        return
    if not sys.stderr.isatty():

        def print_line(number: int, line: str) -> None:
            if number % _FILES_PER_LINE == 0:
                typer.echo(line, err=True)

        yield print_line
        return
    from rich.console import Console

    with Console(stderr=True).status(start) as status:
        yield lambda number, line: status.update(line)
