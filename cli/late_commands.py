"""The commands of ``shanty``, by name: where each is, and its line of help.

A command is imported when it runs, or when its own help is asked for: what one command needs costs
no other one any time.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer.main
from typer.core import TyperCommand, TyperGroup

from cli.wrong_usage import say_in_our_words


@dataclass(frozen=True)
class LateCommand:
    """A command, or a group of commands, that is not imported yet."""

    place: str  # "module:name" of a function, or of a Typer with commands
    help: str  # the first paragraph of its own help, which a test compares

    def load(self, name: str) -> Any:
        """Import the command, and make of it what Typer can run."""
        found = pkgutil.resolve_name(self.place)
        alone = typer.Typer()
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=name)
        else:
            alone.command(name)(found)
        command = typer.main.get_group(alone).commands[name]
        _hide_types_of_flags(command)
        return command


def _hide_types_of_flags(command: Any) -> None:
    """Let no help call a flag a ``<bool>``: a flag takes no value. Typer does, even ``--help``."""
    for param in command.get_params(typer.Context(command)):
        if getattr(param, "is_flag", False):
            param.metavar = ""
    for below in getattr(command, "commands", {}).values():
        _hide_types_of_flags(below)


LATE_COMMANDS = {
    "demo": LateCommand(
        "cli.demo:demo",
        "Watch made-up albums arrive in a library, offline; exit code 0 only if every track did.",
    ),
    "up": LateCommand(
        "cli.up:up",
        "Run everything on its schedule until Ctrl-C: pages, server, recurring jobs, worker.",
    ),
    "web": LateCommand(
        "cli.up:web",
        "Serve the pages and the API alone, until Ctrl-C: where another machine does the rest.",
    ),
    "worker": LateCommand(
        "cli.up:worker",
        "Work for the Prefect server of PREFECT_API_URL until Ctrl-C: one of several machines.",
    ),
    "open": LateCommand(
        "cli.up:open_pages",
        "Print the address of the pages, which logs you in: once, within five minutes.",
    ),
    "run": LateCommand(
        "cli.run:run",
        "Find, download, tag and file what is wanted, now; resumes what was interrupted.",
    ),
    "search": LateCommand(
        "cli.search:search",
        "Look for an artist, an album or a track on MusicBrainz, best match first.",
    ),
    "status": LateCommand(
        "cli.status:status",
        "Show the queue by stage, why work waits, what needs you, and the recurring jobs.",
    ),
    "explain": LateCommand(
        "cli.explain:explain",
        "Show what was taken for a track, from where and why, or why nothing was.",
    ),
    "undo": LateCommand(
        "cli.undo:undo",
        "Take back what was done to files: names and tags as they were, byte for byte.",
    ),
    "doctor": LateCommand(
        "cli.doctor:doctor",
        "Check tools, disks, database, cookies and services; exit code 1 when one is red.",
    ),
    "version": LateCommand(
        "cli.version:version",
        "Print the versions in use; with --check, also what is newer.",
    ),
    "backup": LateCommand(
        "cli.backup:backup",
        "Copy database and settings into one file that only you can read, while everything runs.",
    ),
    "restore": LateCommand(
        "cli.backup:restore",
        "Put a backup in the place of what this home holds, which is kept as another backup.",
    ),
    "watch": LateCommand("cli.watch.app:app", "Say what you want, see it, take it back."),
    "import": LateCommand("cli.moving:app", "Move in from another program: watch what it watched."),
    "tracks": LateCommand("cli.tracks:app", "See what has become of each track; remove some."),
    "queue": LateCommand("cli.work_queue:app", "See and steer the work."),
    "sources": LateCommand(
        "cli.sources:app", "See who asked us to wait, and go on before the time."
    ),
    "service": LateCommand("cli.service:app", "Run `shanty up` as a service of systemd."),
    "jobs": LateCommand("cli.jobs:app", "See and steer the recurring jobs."),
    "review": LateCommand("cli.review:app", "Decide where Shanty was not sure."),
    "library": LateCommand(
        "cli.library.app:app", "Look at the library, and at music you have already."
    ),
    "trash": LateCommand("cli.trash:app", "See what was removed, and take it back."),
    "cookies": LateCommand("cli.cookies:app", "The cookies that downloads are made with."),
    "notify": LateCommand("cli.notify:app", "Tell people what needs them."),
    "config": LateCommand("cli.config:app", "Show or begin the configuration."),
}


class _Commands(Mapping[str, Any]):
    """The commands themselves, imported when one is taken."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = LATE_COMMANDS[name].load(name)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(LATE_COMMANDS)

    def __len__(self) -> int:
        return len(LATE_COMMANDS)


class LateGroup(TyperGroup):
    """The group of all commands: it lists them by the table, and imports the one that is meant."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = _Commands()

    def get_params(self, ctx: Any) -> Any:
        """The options of ``shanty`` itself."""
        params = super().get_params(ctx)
        for param in params:
            param.metavar = ""  # all are flags
        return params

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(LATE_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """What stands for a command in a list: its name and its line of help."""
        late = LATE_COMMANDS.get(cmd_name)
        return late and TyperCommand(cmd_name, callback=None, help=late.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments begin with, imported."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and self.commands[listed.name], rest

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what is wrong with its arguments is said in our words."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            say_in_our_words(error)
            raise
