"""``shanty undo``: takes back what a run did to files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acting import acting_by_hand
from cli.arguments import read_track
from cli.library.history import describe_entry, entry_document
from cli.library.rename import showing
from cli.printing import JsonOption, print_json, printable
from shanty.errors import ShantyError

if TYPE_CHECKING:
    from shanty.library.undo import UndoReport

_LINES = 20


def undo(
    what: Annotated[
        str,
        typer.Argument(
            parser=read_track,
            metavar="RUN|TRACK",
            help="A run that `library history` shows, or its beginning; or a track: then what the "
            "last run did to its file.",
        ),
    ],
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be undone; change nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take back what was done to files: names and tags as they were, byte for byte.

    Nothing is overwritten, and what somebody else has changed since is left. A file that came
    into the library goes to the trash, and its track is not fetched again until you say so.
    """
    from shanty.library.undo import find_acts, undo

    with acting_by_hand("undo") as acts:
        entries = find_acts(what, acts.catalog)
        with showing(is_quiet=as_json, start="undoing…") as show:

            def tell(report: UndoReport) -> None:
                number = len(report.undone) + len(report.refused)
                show(number, f"{number} of {len(entries)} looked at")

            report = undo(entries, acts, is_dry=is_dry, on_progress=tell)
    if as_json:
        print_json(_document(report, is_dry=is_dry))
    else:
        _print(report, is_dry=is_dry)
    if report.refused and not is_dry:
        raise ShantyError(
            f"{len(report.refused)} of {len(report.undone) + len(report.refused)} could not be "
            "undone"
        )


def _document(report: UndoReport, *, is_dry: bool) -> dict[str, Any]:
    return {
        "run": None if is_dry else report.run_id,
        "dry_run": is_dry,
        "undone": [entry_document(entry) for entry in report.undone],
        "refused": [
            entry_document(refusal.entry) | {"reason": refusal.reason} for refusal in report.refused
        ],
    }


def _print(report: UndoReport, *, is_dry: bool) -> None:
    shown = report.undone if is_dry else report.undone[:_LINES]
    for entry in shown:
        typer.echo(printable(f"{'would undo' if is_dry else 'undone'}: {describe_entry(entry)}"))
    if len(shown) < len(report.undone):
        typer.echo(f"… and {len(report.undone) - len(shown)} more")
    for refusal in report.refused:
        typer.echo(printable(f"not undone: {describe_entry(refusal.entry)}: {refusal.reason}"))
    if not is_dry and report.undone:
        typer.echo(f"`shanty undo {report.run_id}` does it all again")
