"""Which yt-dlp was chosen, as the folder ``tools`` in home says, and how a process comes to use it.

Owns that folder: a folder for each version that lies beside the installed one, and the record of
what was chosen, which is replaced as a whole. A process looks once, before it imports yt-dlp, and
holds a shared lock on the folder that it uses. Refuses to know where a version comes from
(``renewal``) and how well it does (``outcomes``).
"""

from __future__ import annotations

import fcntl
import importlib
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shanty import __version__
from shanty.files.atomic import fsync_file, fsync_folder, temporary_in
from shanty.files.lock import hold_lock
from shanty.files.private_files import make_private_folder, open_private

logger = logging.getLogger(__name__)

PACKAGE = "yt-dlp"
_RECORD = "chosen.json"
_KEPT_SWITCHES = 10
_AGAIN = "in use again"
_OTHERS_MAY_WRITE = 0o022
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Switch:
    """One change of the version in use. ``is_back``: to an earlier one, because of trouble.

    ``before`` is the version that was in use until then, and ``why`` a clause for people.
    """

    version: str
    before: str
    at: datetime
    why: str
    is_back: bool = False

    def describe(self) -> str:
        """A sentence for people."""
        again = " again" if self.is_back else ""
        return f"{PACKAGE} {self.version} is in use{again}: {self.why}"


@dataclass(frozen=True, slots=True)
class ChoiceRecord:
    """What was chosen, oldest first, and which versions are not to be used, and why."""

    switches: tuple[Switch, ...] = ()
    rejected: Mapping[str, str] = field(default_factory=dict)

    @property
    def last(self) -> Switch | None:
        """The last change; None if there was none."""
        return self.switches[-1] if self.switches else None

    def with_switch(self, switch: Switch) -> ChoiceRecord:
        """The record with one more change."""
        return replace(self, switches=(*self.switches, switch)[-_KEPT_SWITCHES:])

    def without(self, version: str, why: str) -> ChoiceRecord:
        """The record with one more version that is not to be used."""
        return replace(self, rejected={**self.rejected, version: why})


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version, and a clause on why it is in use or why it is not.

    ``folder`` is where it lies; None for the installed one.
    """

    version: str
    why: str
    folder: Path | None = None


def tools_dir(home: Path) -> Path:
    """The folder that this module owns."""
    return home / "tools"


def version_dir(home: Path, version: str) -> Path:
    """Where a version lies that is not the installed one."""
    return tools_dir(home) / f"{PACKAGE}-{version}"


def order(version: str) -> tuple[int, ...]:
    """A value by which versions are compared: yt-dlp's are dates."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def read_record(home: Path) -> ChoiceRecord:
    """What was chosen. A record that cannot be read counts as none.

    What another version of Shanty has rejected is given another chance.
    """
    path = tools_dir(home) / _RECORD
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        rejected = document["rejected"] if document["shanty"] == __version__ else {}
        switches = tuple(map(_read_switch, document["switches"]))
        return ChoiceRecord(switches, {str(one): str(why) for one, why in rejected.items()})
    except FileNotFoundError:
        return ChoiceRecord()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        logger.warning("%s cannot be read, so the installed yt-dlp is used: %s", path, error)
        return ChoiceRecord()


def _read_switch(document: Mapping[str, Any]) -> Switch:
    at = datetime.fromisoformat(document["at"])
    version = str(document["version"])
    if not order(version) or "/" in version or at.tzinfo is None:
        raise ValueError(f"{version} at {at} is no choice")
    why, before = str(document["why"]), str(document["before"])
    return Switch(version, before, at, why, document["is_back"] is True)


def patience() -> Callable[[], bool]:
    """Whether a lock that others hold for a moment only has been waited for long enough."""
    until = time.monotonic() + _PATIENCE_SECONDS
    return lambda: time.monotonic() > until


def change_record(home: Path, change: Callable[[ChoiceRecord], ChoiceRecord]) -> ChoiceRecord:
    """Change the record while nobody else does; returns what it is then.

    Raises:
        OSError: the disk refuses; the record is as it was.
        TransientError: another process holds the record and does nothing.
    """
    folder = tools_dir(home)
    make_private_folder(folder)
    with hold_lock(folder / "chosen.lock", should_stop=patience()):
        before = read_record(home)
        record = change(before)
        if record == before:
            return before
        document = {
            "shanty": __version__,
            "switches": [asdict(one) for one in record.switches],
            "rejected": dict(record.rejected),
        }
        with temporary_in(folder) as new:
            with open_private(new, "w") as file:
                json.dump(document, file, default=str, indent=1)
            fsync_file(new)
            new.replace(folder / _RECORD)
            fsync_folder(folder)
        return record


def switch_to(home: Path, version: str) -> Switch:
    """Let the next processes use a version, which lies in its folder.

    Raises:
        OSError: the disk refuses.
    """
    before = find_in_use(home).version
    switch = Switch(version, before, datetime.now(UTC), f"newer than {before}, and proved")
    change_record(home, lambda record: record.with_switch(switch))
    return switch


def go_back(home: Path, version: str, why: str) -> Switch | None:
    """Let the next processes use what was in use before ``version``, which is not used again.

    Returns None if that version is no longer the chosen one: another process was faster.

    Raises:
        OSError: the disk refuses.
    """
    made: list[Switch] = []

    def change(record: ChoiceRecord) -> ChoiceRecord:
        last = record.last
        if last is None or last.version != version:
            return record
        target = last.before if _is_choice(home, last.before, record) else installed_version()
        made.append(
            Switch(target, version, datetime.now(UTC), f"with {version}, {why}", is_back=True)
        )
        return record.without(version, why).with_switch(made[0])

    change_record(home, change)
    return made[0] if made else None


def _is_choice(home: Path, version: str, record: ChoiceRecord) -> bool:
    """Whether a version is there, beside an older installed one, and not rejected."""
    is_newer = order(version) > order(installed_version())
    return is_newer and version not in record.rejected and _is_usable(version_dir(home, version))


def find_in_use(home: Path) -> KnownVersion:
    """Which version the next process uses, and why."""
    installed = installed_version()
    last = read_record(home).last
    if last is None:
        return KnownVersion(installed, "as installed")
    if last.version == installed and last.is_back:
        return KnownVersion(installed, _AGAIN)
    if order(last.version) <= order(installed):
        return KnownVersion(installed, "as installed")
    folder = version_dir(home, last.version)
    if not _is_usable(folder):
        return KnownVersion(installed, f"as installed, because {folder} is not there or not ours")
    return KnownVersion(last.version, _AGAIN if last.is_back else last.why, folder)


def find_refused(home: Path) -> KnownVersion | None:
    """The newest version that would be in use if it had not been rejected; None if there is none.

    It was rejected by its proof, or did worse than the one before.
    """
    used, rejected = find_in_use(home), read_record(home).rejected
    newer = [one for one in rejected if order(one) > order(used.version)]
    newest = max(newer, key=order, default="")
    return KnownVersion(newest, rejected[newest]) if newest else None


def _is_usable(folder: Path) -> bool:
    """Whether a folder holds yt-dlp, and nobody but our user can have put it there."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    is_ours = found.st_uid == os.geteuid() and not found.st_mode & _OTHERS_MAY_WRITE
    return is_ours and (folder / "yt_dlp" / "__init__.py").is_file()


def installed_version() -> str:
    """The version in the environment, whichever one this process uses; empty if there is none."""
    from importlib.metadata import distributions

    ours = [entry for entry in sys.path if Path(entry) not in _used]
    found = next(iter(distributions(name=PACKAGE, path=ours)), None)
    return "" if found is None else found.version


_used: dict[Path, int] = {}
"""The folder that this process uses, with its open descriptor, which holds the lock."""


def use_chosen(home: Path) -> None:
    """Let this process use the chosen yt-dlp. Has no effect once yt-dlp is imported."""
    if "yt_dlp" in sys.modules or _used or not (tools_dir(home) / _RECORD).exists():
        return
    folder = find_in_use(home).folder
    if folder is None:
        return
    descriptor = lock_version(folder, fcntl.LOCK_SH)
    if descriptor is None:
        return
    _used[folder] = descriptor
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()


def lock_version(folder: Path, kind: int) -> int | None:
    """An open descriptor that holds a lock on a version's folder; None if it cannot be had."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with suppress(OSError):
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        if os.path.samestat(folder.stat(), os.fstat(descriptor)):
            return descriptor
    os.close(descriptor)
    return None
