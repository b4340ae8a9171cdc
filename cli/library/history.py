"""``shanty library history``: the runs that did something to files, and what each did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.opening import open_state
from cli.printing import JsonOption, print_json, print_table, show_path
from shanty.errors import NotFoundError, count_of

if TYPE_CHECKING:
    from shanty.catalog import JournalEntry

_WORDS = {
    "place": "filed",
    "tag": "tagged",
    "cover": "covers",
    "add": "added",
    "write": "rewritten",
    "rename": "renamed",
    "trash": "to the trash",
    "restore": "restored",
}


def show_history(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="What this one did, file by file.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many runs.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the runs that did something to files; `shanty undo RUN` takes one back."""
    if run is not None:
        _show_run(run, as_json=as_json)
        return
    runs = open_state().catalog.journal.list_runs(limit)
    if as_json:
        print_json(
            [
                {
                    "run": one.run_id,
                    "began_at": one.began_at,
                    "ended_at": one.ended_at,
                    "acts": one.counts,
                    "undone": one.undone,
                }
                for one in runs
            ]
        )
        return
    print_table(
        ("run", "when", "what it did", "undone"),
        [
            (
                one.run_id,
                f"{one.ended_at.astimezone():%Y-%m-%d %H:%M}",
                ", ".join(_count(action, number) for action, number in one.counts.items()),
                _say_undone(one.undone, sum(one.counts.values())),
            )
            for one in runs
        ],
        empty="nothing has been done to files yet",
        whole=("run", "when"),
    )


def _count(action: str, number: int) -> str:
    return count_of(number, "cover") if action == "cover" else f"{number} {_WORDS[action]}"


def _say_undone(undone: int, of: int) -> str:
    return "" if not undone else "all" if undone == of else f"{undone} of {of}"


def _show_run(text: str, *, as_json: bool) -> None:
    from shanty.library.undo import find_run

    catalog = open_state().catalog
    run_id = find_run(text, catalog)
    if run_id is None:
        raise NotFoundError(f"no run is {text!r}; `shanty library history` shows them")
    entries = catalog.journal.of_run(run_id)
    if as_json:
        print_json([entry_document(entry) for entry in entries])
        return
    print_table(
        ("what", "track", "file", "status"),
        [
            (_WORDS[entry.action], entry.track_id, _say_paths(entry), entry.status.value)
            for entry in entries
        ],
        empty="it did nothing",
    )


def entry_document(entry: JournalEntry) -> dict[str, Any]:
    """One act, for scripts."""
    return {
        "id": entry.id,
        "at": entry.at,
        "run": entry.run_id,
        "action": entry.action.value,
        "track_id": entry.track_id,
        "from": None if entry.action in ("cover", "add") else show_path(entry.source_path),
        "to": show_path(entry.target_path),
        "status": entry.status.value,
        "undoes": entry.undoes_id,
    }


def describe_entry(entry: JournalEntry) -> str:
    """One act, for people."""
    return f"{_WORDS[entry.action]}: {_say_paths(entry)}"


def _say_paths(entry: JournalEntry) -> str:
    target = show_path(entry.target_path)
    if entry.action in ("place", "cover", "add") or entry.source_path == entry.target_path:
        return target
    return f"{show_path(entry.source_path)} → {target}"
