"""``shanty version``: which Shanty and which yt-dlp are in use, and what is newer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cli.printing import JsonOption, print_json, printable
from shanty import __version__
from shanty.config.settings import load_settings


def version(
    check: Annotated[bool, typer.Option("--check", help="Ask the package index too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the versions in use; with --check, also what is newer."""
    from shanty.diagnosis.newer import find_newer
    from shanty.diagnosis.tools import describe_in_use, read_in_use

    settings = load_settings()
    if not as_json:
        typer.echo(f"shanty {__version__}\n{printable(describe_in_use(settings))}")
    newer, trouble = find_newer(settings, __version__) if check else ([], "")
    if as_json:
        known = {"shanty": __version__, "yt-dlp": read_in_use(settings)}
        asked = {"newer": [asdict(one) for one in newer], "trouble": trouble} if check else {}
        print_json({**known, **asked})
    elif trouble:
        typer.echo(f"what is newer is not known: {printable(trouble)}")
    elif check:
        for one in newer:
            typer.echo(f"newer: {one.name} {one.version}: {printable(one.remedy)}")
        if not newer:
            typer.echo("nothing is newer")
