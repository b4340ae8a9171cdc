"""How commands print: tables for people, one JSON document for scripts."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len, set_cell_size

from cli.terminal import has_unicode
from shanty.clock import describe_moment, describe_span
from shanty.files.sizes import format_bytes
from shanty.models import Progress

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]


def print_json(document: Any) -> None:
    """Print one JSON document on stdout. Times are ISO 8601, UTC."""
    is_ascii = not has_unicode(sys.stdout)  # JSON has escapes of its own
    typer.echo(json.dumps(document, ensure_ascii=is_ascii, indent=2, default=_jsonable))


def print_json_list(items: Iterable[Any]) -> None:
    """Print one JSON list on stdout, as :func:`print_json` does, an item at a time."""
    is_ascii, before = not has_unicode(sys.stdout), "[\n"
    for item in items:
        text = json.dumps(item, ensure_ascii=is_ascii, indent=2, default=_jsonable)
        typer.echo(before + textwrap.indent(text, "  "), nl=False)
        before = ",\n"
    typer.echo("[]" if before == "[\n" else "\n]")


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    empty: str,
    *,
    whole: Collection[str] = (),
) -> None:
    """Print rows under headings, or the sentence ``empty`` when there are none.

    Ids, and what stands under the headings ``whole``, are to be copied: they are never broken.
    """
    table = make_table(columns, rows, whole=whole)
    if table.row_count == 0:
        typer.echo(empty)
        return
    new_console().print(table)


def new_console() -> Console:
    """Where tables are printed: as wide as the terminal, or wide enough for a pipe."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=max(console.width, 160), highlight=False)
    return console


def make_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, whole: Collection[str] = ()
) -> Table:
    """Rows under headings; ids, and what stands under ``whole``, are never broken."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("id", *whole))
    for row in rows:
        # Text, not str: a title with square brackets is no markup.
        table.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in row))
    return table


def format_age(at: datetime | None) -> str:
    """A moment as people say it: ``in 5 min``, ``3 h ago``; empty if there is none."""
    return "" if at is None else describe_moment(at)


def format_progress(progress: Progress | None) -> str:
    """``1.4 MB of 3.2 MB, 200 kB/s, 9 s left``, as far as it is known."""
    if progress is None:
        return ""
    done = format_bytes(progress.downloaded_bytes)
    if progress.total_bytes is not None:
        done += f" of {format_bytes(progress.total_bytes)}"
    parts = [done]
    if progress.bytes_per_second is not None:
        parts.append(f"{format_bytes(progress.bytes_per_second)}/s")
    if (seconds := progress.eta_seconds) is not None:
        parts.append(f"{describe_span(seconds)} left")
    return ", ".join(parts)


def progress_document(progress: Progress) -> dict[str, Any]:
    """Progress for scripts."""
    return {**asdict(progress), "eta_seconds": progress.eta_seconds}


def printable(text: str) -> str:
    """A text without characters that would move a terminal's cursor or colour it."""
    return "".join(char if char.isprintable() else "·" for char in text)


def cut(text: str, width: int) -> str:
    """A text as one line of a terminal: what is beyond its width is left out, and said so."""
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"


def show_path(path: Path) -> str:
    """A path as text, also where its name is none: ``caf\\xe9.mp3``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _jsonable(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
