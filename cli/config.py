"""``shanty config``: the settings in force."""

from __future__ import annotations

import typer

from cli.printing import JsonOption, print_json, printable
from shanty.config.example import settings_as_toml, show_settings, write_example
from shanty.config.settings import config_path, load_settings

app = typer.Typer(no_args_is_help=True, help="Show or begin the configuration.")


@app.command("show")
def show(as_json: JsonOption = False) -> None:
    """Show every setting in force, as TOML, with passwords hidden."""
    from shanty.library.name_preview import require_usable_names

    settings = load_settings()
    require_usable_names(settings.library)  # said here, not at the first track
    if as_json:
        print_json(show_settings(settings))
        return
    typer.echo(f"# {printable(str(config_path()))}")
    typer.echo(settings_as_toml(settings), nl=False)


@app.command("init")
def init() -> None:
    """Write a configuration file with every setting as a comment, ready to be edited."""
    path = config_path()
    write_example(path)
    typer.echo(f"wrote {path}")
