"""``shanty library adopt``: from now on, this folder is the library."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.opening import open_state
from cli.printing import printable, show_path
from shanty.errors import count_of


def adopt(
    is_agreed: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
) -> None:
    """Take what lies at library.path for the library, after a new disk or a lost mark.

    A library is known by the file .shanty-library in it. While that is missing, or is another
    one's, nothing is filed or changed there: its disk may not be mounted.
    """
    from shanty.errors import LIBRARY
    from shanty.library.adopt import adopt as take
    from shanty.library.adopt import look_at
    from shanty.sources.circuit_names import circuit_name
    from shanty.sources.circuits import Circuits

    state = open_state()
    seen = look_at(state.settings, state.catalog)
    folder = printable(show_path(seen.folder))
    if seen.is_known:
        typer.echo(f"{folder} is the library already")
        return
    mark = "the mark of another library" if seen.found else "no mark of a library"
    if not seen.known:
        mark = "a mark, and no library is known yet" if seen.found else "no mark yet"
    typer.echo(
        f"{folder} has {mark}; of {count_of(seen.filed, 'file')} filed there, {seen.there} found"
    )
    if seen.filed and not seen.is_most_there:
        typer.echo("most of them are missing: is the right disk mounted?")
    if not is_agreed:
        typer.confirm("Take it for the library from now on?", abort=True)
    take(seen, state.settings, state.catalog)
    Circuits(state.database).resume(circuit_name(LIBRARY))
    typer.echo(
        f"{folder} is the library now; `shanty library check` compares it with what is known"
    )
