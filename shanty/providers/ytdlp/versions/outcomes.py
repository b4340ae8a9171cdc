"""How each version of yt-dlp does, and the way back from one that does worse than the one before.

Owns the file of outcomes in the folder ``tools``: a short line for each search and download that
either worked, or failed for a reason that may be yt-dlp's own (``StageError.is_of_tool``). Nothing
else says anything about a version: neither a network that is away nor an upload that is gone.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from shanty.errors import ShantyError, StageError
from shanty.files.atomic import temporary_in
from shanty.files.lock import hold_lock
from shanty.files.private_files import make_private_folder, open_private, open_private_log
from shanty.providers.ytdlp.versions.choice import (
    PACKAGE,
    go_back,
    patience,
    read_record,
    tools_dir,
)

logger = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
"""From this size on, the older half of the outcomes is forgotten: about 500 of them stay."""
_FAILURES = 4
_THINGS = 2
"""So many failures, among so many different things, are not the fault of one upload."""


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """How one search or download ended. ``subject`` tells what was asked for from other things."""

    version: str
    site: str
    asks: str
    end: str  # "worked" or "failed"
    subject: str


@contextmanager
def noting_outcome(home: Path, site: str, asks: str, subject: str) -> Iterator[None]:
    """Note how the block ends, and go back to the version before if this one does worse.

    ``asks`` is the kind of request, in a word for people. Never raises anything of its own.
    """
    try:
        yield
    except StageError as error:
        if error.is_of_tool:
            _note(home, site, asks, subject, "failed")
        raise
    _note(home, site, asks, subject, "worked")


def _note(home: Path, site: str, asks: str, subject: str, end: str) -> None:
    key = hashlib.sha256(subject.encode("utf-8", "replace")).hexdigest()[:12]
    used = _version_of_this_process()
    try:
        _append(home, ToolOutcome(used, site, asks, end, key))
        if end == "failed":
            _judge(home, used)
    except (OSError, ShantyError) as error:
        logger.info("it was not noted how %s did: %s", PACKAGE, error)


@cache
def _version_of_this_process() -> str:
    return version(PACKAGE)


def _append(home: Path, outcome: ToolOutcome) -> None:
    folder = tools_dir(home)
    make_private_folder(folder)
    path = folder / "outcomes"
    line = "\t".join(astuple(outcome)) + "\n"
    with open_private_log(path) as file:
        file.write(line.encode())  # one write, which no other process's line can break up
        is_long = os.fstat(file.fileno()).st_size + len(line) > MOST_BYTES
    if is_long:
        with hold_lock(folder / "outcomes.lock", should_stop=patience()):
            _forget_older(path)


def _forget_older(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if sum(map(len, lines)) <= MOST_BYTES:
        return
    with temporary_in(path.parent) as new:
        with open_private(new, "w") as file:
            file.writelines(lines[len(lines) // 2 :])
        new.replace(path)


def read_outcomes(home: Path) -> list[ToolOutcome]:
    """What was noted, oldest first. Lines that make no sense are left out."""
    try:
        text = (tools_dir(home) / "outcomes").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    parts = (line.split("\t") for line in text.splitlines())
    return [ToolOutcome(*one) for one in parts if len(one) == 5]


def _judge(home: Path, used: str) -> None:
    last = read_record(home).last
    if last is None or last.is_back or last.version != used:
        return
    why = find_decline(read_outcomes(home), used, last.before)
    if why and (switch := go_back(home, used, why)):
        logger.warning("%s", switch.describe())


def find_decline(outcomes: Sequence[ToolOutcome], version: str, before: str) -> str:
    """In which way a version does worse than the one before, in a clause; empty if it does not.

    It does if at some site most of what was asked for failed, several times, while with the one
    before most of it worked.
    """
    for site, asks in sorted({(one.site, one.asks) for one in outcomes}):
        of_kind = [one for one in outcomes if (one.site, one.asks) == (site, asks)]
        now = [one for one in of_kind if one.version == version]
        then = [one for one in of_kind if one.version == before]
        failures = sum(one.end == "failed" for one in now)
        worked, failed = _count_things(now)
        worked_then, failed_then = _count_things(then)
        if failures >= _FAILURES and failed >= max(_THINGS, worked) and worked_then > failed_then:
            return f"{failures} {asks} at {site} failed, where {before} had worked"
    return ""


def _count_things(outcomes: Sequence[ToolOutcome]) -> tuple[int, int]:
    """How many different things worked, and how many failed and never worked."""
    worked = {one.subject for one in outcomes if one.end == "worked"}
    failed = {one.subject for one in outcomes if one.end == "failed"} - worked
    return len(worked), len(failed)
