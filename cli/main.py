"""``shanty``: runs the command that is named, and catches expected errors, here and only here."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.late_commands import LateGroup
from cli.terminal import escape_what_cannot_be_shown, start_over_in_utf8
from shanty import __version__
from shanty.config.surroundings import absolute_folders
from shanty.errors import ShantyError, one_line
from shanty.files.disks import describe_refusal
from shanty.files.private_files import for_us_alone

app = typer.Typer(
    name="shanty",
    cls=LateGroup,
    help="Keep a music library complete: say what you want; it is found, tagged and filed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_INTERRUPTED = 130
_HELP = {"--help", "--version"}


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"shanty {__version__}")
        raise typer.Exit


@app.callback()
def shanty(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Keep a music library complete: say what you want; it is found, tagged and filed."""


def main() -> None:
    """Run the command line: exit code 0 done, 1 expected failure, 2 wrong usage."""
    start_over_in_utf8()
    escape_what_cannot_be_shown()
    os.environ["PATH"] = absolute_folders(os.environ.get("PATH", os.defpath))
    try:
        with for_us_alone():
            _run()
    finally:
        # The interpreter's end would look for garbage once more, in all there is.
        if not gc.get_freeze_count():
            gc.freeze()


def _run() -> None:
    try:
        if not _HELP.intersection(sys.argv[1:]):  # which has to work with a broken file, too
            from shanty.config.settings import unknown_keys

            for key in unknown_keys():
                typer.echo(f"shanty: warning: unknown setting {one_line(key)} is ignored", err=True)
        app()
    except ShantyError as error:
        typer.echo(f"shanty: {one_line(str(error))}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, SystemExit) as ended:
        # Typer makes an exit of a command's Ctrl-C, and says nothing.
        code = ended.code if isinstance(ended, SystemExit) else _INTERRUPTED
        if code == _INTERRUPTED:
            typer.echo("shanty: interrupted; what is done is kept, the next run goes on", err=True)
        sys.exit(code)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: not an error of ours.
        sys.stderr.close()
        sys.exit(1)
    except (OSError, UnicodeEncodeError, OverflowError) as error:
        typer.echo(f"shanty: {_describe(error)}", err=True)
        try:
            sys.stdout.flush()
        except OSError:  # a full disk: Python would complain of it once more, at the very end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _describe(error: OSError | UnicodeEncodeError | OverflowError) -> str:
    """What the system, or the database, refuses of what a person has typed or has on the disk."""
    if isinstance(error, UnicodeEncodeError):
        return "a name is not written in UTF-8"
    if isinstance(error, OverflowError):
        return "a number is too large"
    if not isinstance(error.filename, str | bytes):  # none, or the number of an open file
        return one_line(error.strerror or str(error))
    path = Path(os.fsdecode(error.filename))
    return f"{one_line(str(path))[:200]}: {one_line(describe_refusal(error, path))}"


if __name__ == "__main__":
    main()
