"""``shanty backup`` and ``shanty restore``: a copy of what Shanty knows, and the way back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.opening import open_state
from cli.printing import JsonOption, format_age, print_json, print_table, printable
from shanty.config.settings import load_settings
from shanty.files.sizes import format_bytes

if TYPE_CHECKING:
    from shanty.backup.restoring import Preview


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="A new file; default: one with the date in its name, where backup.folder says.",
            show_default=False,
        ),
    ] = None,
    cookies: Annotated[
        bool | None, typer.Option(help="Put the cookies in; default: as backup.cookies says.")
    ] = None,
    history: Annotated[
        bool | None,
        typer.Option(help="Put Prefect's history in; default: as backup.history says."),
    ] = None,
    with_secrets: Annotated[
        bool | None,
        typer.Option(
            "--secrets/--no-secrets",
            help="Put passwords, keys and the home's secret in; default: as backup.secrets says.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Copy database and settings into one file that only you can read, while everything runs.

    The music is not in it. The file is opened again and checked before it counts.
    """
    from shanty.backup.making import Contents, back_up

    state = open_state()
    usual = Contents.of(state.settings)
    contents = Contents(
        cookies=usual.cookies if cookies is None else cookies,
        history=usual.history if history is None else history,
        secrets=usual.secrets if with_secrets is None else with_secrets,
    )
    made = back_up(state.settings, state.database, contents, file and file.absolute())
    if as_json:
        print_json(asdict(made))
        return
    typer.echo(printable(f"wrote {made.path}: {format_bytes(made.size)}"))
    typer.echo(f"in it: {', '.join(made.members)}")


def restore(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A file that `shanty backup` has written."),
    ],
    is_agreed: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    is_dry: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be replaced.")
    ] = False,
    keep_settings: Annotated[
        bool, typer.Option("--keep-settings", help="Leave the settings file here as it is.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup in the place of what this home holds, which is kept as another backup.

    Nothing may be running. Home and database stay where the settings here say. Afterwards,
    `shanty library check` compares what was restored with the disk.
    """
    from deployments.service_lock import only_service
    from shanty.backup.restoring import open_restore

    settings = load_settings()
    with only_service(settings.home), open_restore(settings, file.absolute()) as prepared:
        preview = prepared.preview()
        if not as_json:
            _show(preview, keep_settings=keep_settings)
        if is_dry:
            if as_json:
                print_json(_document(preview))
            return
        if not is_agreed:
            typer.confirm("Put it in the place of what is here?", abort=True)
        done = prepared.carry_out(keep_settings=keep_settings)
    if as_json:
        print_json(_document(preview) | {"kept": done.kept})
        return
    if done.kept is not None:
        typer.echo(printable(f"what was here is kept: {done.kept}"))
    typer.echo("restored; now `shanty library check` compares it with the disk")


def _show(preview: Preview, *, keep_settings: bool) -> None:
    manifest, now = preview.manifest, preview.now
    typer.echo(
        f"a backup of Shanty {printable(manifest.shanty)}, {format_age(manifest.made_at)} "
        f"({manifest.made_at.astimezone():%Y-%m-%d %H:%M})"
    )
    print_table(
        ("", "here", "in the backup"),
        [
            (what, "none" if now is None else f"{now[table]:,}", f"{manifest.rows.get(table, 0):,}")
            for table, what in _WORDS.items()
        ],
        empty="",
    )
    others = [name for name in manifest.members if name != manifest.database_member]
    if keep_settings:
        others = [name for name in others if name != preview.settings_path.name]
    if others:
        typer.echo(f"replaced too: {', '.join(others)}")
    for name, value in preview.environment.items():
        typer.echo(printable(f"set where it was made, and not here: {name}={value}"))


_WORDS = {
    "tracks": "tracks",
    "files": "files known",
    "watch_rules": "things watched",
    "work_queue": "work items",
    "journal": "changes of files",
}


def _document(preview: Preview) -> dict[str, Any]:
    manifest = preview.manifest
    return {
        "made_at": manifest.made_at,
        "shanty": manifest.shanty,
        "schema": manifest.schema_version,
        "members": sorted(manifest.members),
        "now": preview.now,
        "restored": {table: manifest.rows.get(table, 0) for table in _WORDS},
        "environment": preview.environment,
    }
