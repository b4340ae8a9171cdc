"""Shows a pipeline run while it works: a live table on a terminal, plain lines in a pipe."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from cli.opening import State
from cli.printing import printable
from cli.status import LIVE_INTERVAL_SECONDS, draw_own_run


@contextmanager
def showing_progress(state: State, *, is_quiet: bool = False) -> Iterator[None]:
    """Print each track as it is filed, and on a terminal the counts of every stage, live.

    Reads the database only, so it tells the truth about whatever process does the work.
    """
    if is_quiet:
        yield
        return
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(state, stop), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join(5)


def _watch(state: State, stop: threading.Event) -> None:
    from rich.console import Console, Group
    from rich.live import Live

    console = Console()
    last_id = state.catalog.files.last_journal_id()
    began = time.monotonic()
    if not sys.stdout.isatty():
        while not stop.wait(LIVE_INTERVAL_SECONDS):
            last_id = _print_filed(state, last_id, began)
        _print_filed(state, last_id, began)
        return
    with Live(console=console, auto_refresh=False) as view:
        while not stop.wait(LIVE_INTERVAL_SECONDS):
            last_id = _print_filed(state, last_id, began, console)
            view.update(Group(*draw_own_run(state)), refresh=True)
        _print_filed(state, last_id, began, console)
        view.update(Group(*draw_own_run(state)), refresh=True)


def _print_filed(state: State, last_id: int, began: float, console: object = None) -> int:
    for journal_id, label, path in state.catalog.files.filed_since(last_id):
        last_id = journal_id
        line = f"{time.monotonic() - began:7.1f} s  {printable(label)}"
        if console is None:
            typer.echo(f"{line}  →  {printable(_below(state, path))}")
        else:
            console.print(line, markup=False, highlight=False)  # type: ignore[attr-defined]
    return last_id


def _below(state: State, path: str) -> str:
    return os.path.relpath(path, state.settings.library.path)
