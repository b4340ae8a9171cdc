"""Checks of the surroundings: the time zone, the output's encoding, and what is ignored."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from shanty.config.local_zone import find_local_zone, is_known_zone
from shanty.config.settings import Settings
from shanty.config.surroundings import found_foreign_files, ignored_prefect_settings
from shanty.diagnosis.findings import Finding, green, yellow
from shanty.errors import one_line


def check_time_zone(settings: Settings) -> Iterator[Finding]:
    """Whether cron expressions mean the hours that the clock of this machine shows."""
    variable = os.environ.get("TZ", "")
    zone = find_local_zone()
    remedy = "set TZ to a name such as Europe/Berlin"
    if not is_known_zone(variable):
        said = f"TZ={one_line(variable)!r} is no time zone: the clock shows UTC, and so does cron"
        yield yellow("time zone", said, remedy)
    elif zone is None:
        said = (
            f"the hours of TZ={one_line(variable)!r} are those of no zone: no cron expression works"
        )
        yield yellow("time zone", said, remedy)
    else:
        yield green("time zone", f"{zone}, where it is {datetime.now().astimezone():%H:%M}")


def check_letters(settings: Settings) -> Iterator[Finding]:
    """Whether the terminal can show every title. Names of files are always UTF-8."""
    encoding = str(getattr(sys.stdout, "encoding", "")).replace("_", "-").upper()
    if encoding.startswith("UTF"):
        yield green("letters", "UTF-8")
    else:
        said = f"the output is {encoding}: letters that it lacks are shown like \\u266b"
        yield yellow("letters", said, "set LANG to a locale with UTF-8, such as C.UTF-8")


def check_surroundings(settings: Settings) -> Iterator[Finding]:
    """What is ignored of the environment and the current folder, so that nobody wonders."""
    ignored = ignored_prefect_settings(os.environ)
    with suppress(OSError):  # the current folder may have been removed
        ignored += [f"{name} in {Path.cwd()}" for name in found_foreign_files(Path.cwd())]
    if ignored:
        yield green("surroundings", f"ignored: {', '.join(map(one_line, ignored))}")
    else:
        yield green("surroundings", "nothing of other projects")
