"""Looks for a newer yt-dlp, installs it beside the installed one, proves it, and switches to it.

Owns the order of these steps, and what is thrown away. Until the last step, the record that says
which version is in use is not touched: a kill at any moment leaves the old one in use.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

from shanty.errors import TransientError, one_line
from shanty.files.lock import hold_lock
from shanty.files.private_files import FOLDER_MODE, make_private_folder
from shanty.providers.child_process import run_watched
from shanty.providers.ytdlp.versions import choice
from shanty.providers.ytdlp.versions.choice import PACKAGE, find_in_use, read_record, tools_dir
from shanty.providers.ytdlp.versions.installer import Installer, InstallerError, find_installer
from shanty.providers.ytdlp.versions.proof import PROVED
from shanty.work_limit import Limit, run_limited

SCRIPTS = "yt-dlp-ejs"
_NEW = ".new-"
_MODULES = {"yt_dlp", "yt_dlp_ejs"}
# What wheels have beside modules: what is known of them, programs, pages of help. uv adds a lock.
_OTHER_NAMES = re.compile(r"yt_dlp(_ejs)?-[\w.]+\.dist-info|bin|share|etc|\.lock")
# Neither our secrets nor the plug-ins in a person's home are any business of the proof.
_OF_THE_PROOF = {"PATH", "TMPDIR", "PYTHONPATH", "PYTHONSAFEPATH", "PYTHONUTF8"}
_PROOF_LIMIT = Limit(silent_seconds=120.0, total_seconds=300.0)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What came of looking for a newer yt-dlp. ``is_news``: a person may want to know."""

    message: str
    is_news: bool = False
    is_switched: bool = False


class UnfitError(Exception):
    """A version is not to be used. It says why."""


def renew_ytdlp(home: Path, environment: Mapping[str, str]) -> Renewal:
    """Let the next processes use the newest yt-dlp, if it is newer and proves good.

    The installer gets these environment variables; the proof gets few of them.

    Raises:
        OSError: the disk refuses.
    """
    folder = tools_dir(home)
    make_private_folder(folder)
    try:
        with hold_lock(folder / "renewal.lock", should_stop=lambda: True):
            _remove_unused(home)
            return _renew(home, find_installer(environment), environment)
    except (InstallerError, TransientError) as error:
        # A lock is held by another process that looks already.
        return Renewal(f"{PACKAGE} {find_in_use(home).version} stays in use: {error}")


def _renew(home: Path, installer: Installer, environment: Mapping[str, str]) -> Renewal:
    release = installer.find_newest(PACKAGE)
    used = find_in_use(home).version
    if choice.order(release.version) <= choice.order(used):
        return Renewal(f"{PACKAGE} {used} is the newest")
    if why := read_record(home).rejected.get(release.version):
        return Renewal(
            f"{PACKAGE} {used} stays in use: {release.version} is not used, because {why}"
        )
    place = Path(tempfile.mkdtemp(prefix=_NEW, dir=tools_dir(home)))
    try:
        packages = place / "packages"
        installer.install(release, packages)
        if scripts := _wanted_scripts(packages):
            installer.install(installer.find_newest(scripts), packages)
        require_fit(packages, release.version, environment)
        target = choice.version_dir(home, release.version)
        shutil.rmtree(target, ignore_errors=True)  # left by a process that was killed here
        packages.chmod(FOLDER_MODE)
        packages.rename(target)
    except UnfitError as error:
        why = str(error)
        choice.change_record(home, lambda record: record.without(release.version, why))
        return Renewal(
            f"{PACKAGE} {used} stays in use: {release.version} is not used, because {why}",
            is_news=True,
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)
    switch = choice.switch_to(home, release.version)
    _remove_unused(home)
    return Renewal(switch.describe(), is_news=True, is_switched=True)


def _wanted_scripts(packages: Path) -> str:
    """The requirement of the scripts for YouTube, in the version that this yt-dlp asks for."""
    for found in distributions(name=PACKAGE, path=[str(packages)]):
        for line in found.requires or ():
            if asked := re.match(rf"{SCRIPTS}==[\w.]+", line):
                return asked[0]
    return ""


def require_fit(packages: Path, version: str, environment: Mapping[str, str]) -> None:
    """Look at what was installed into a folder, and prove it in a process of its own.

    Raises:
        UnfitError: it is not to be used.
        InstallerError: nobody can tell now; the next look tries again.
    """
    names = {path.name for path in packages.iterdir()}
    strange = {one for one in names - _MODULES if not _OTHER_NAMES.fullmatch(one)}
    if strange:
        raise UnfitError(f"it brings {', '.join(sorted(strange))[:200]}, which could hide others")
    if "yt_dlp" not in names:
        raise UnfitError("it does not hold yt-dlp")
    command = [sys.executable, "-P", "-m", "shanty.providers.ytdlp.versions.proof"]
    kept = {name: value for name, value in environment.items() if name in _OF_THE_PROOF}
    with tempfile.TemporaryDirectory() as empty_home:
        own = kept | {"HOME": empty_home}
        work = partial(run_watched, [*command, str(packages), version], environment=own)
        try:
            done = run_limited(work, _PROOF_LIMIT, "the proof")
        except TransientError as error:
            raise InstallerError(f"{version} could not be proved: {error}") from error
    lines = done.stdout.decode(errors="replace").split("\n")
    last = next((line for line in map(one_line, reversed(lines)) if line), "")
    if done.returncode < 0:
        raise InstallerError(f"{version} could not be proved: signal {-done.returncode} ended it")
    if done.returncode or last != PROVED:
        raise UnfitError(f"it failed its proof: {last[:200] or 'it ended without a word'}")


def _remove_unused(home: Path) -> None:
    """Remove what a killed process left, and all versions but the last two chosen ones.

    A version that a process uses stays until the next time.
    """
    record = read_record(home)
    kept = [one.version for one in record.switches if one.version not in record.rejected]
    last_two = list(dict.fromkeys(reversed(kept)))[:2]
    installed = choice.order(choice.installed_version())
    newer = [version for version in last_two if choice.order(version) > installed]
    wanted = {choice.version_dir(home, version) for version in newer}
    for path in tools_dir(home).iterdir():
        if path.name.startswith(_NEW):
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith(f"{PACKAGE}-") and path not in wanted:
            held = choice.lock_version(path, fcntl.LOCK_EX)
            if held is not None:
                # Under another name first: half a version must not be found under its own.
                gone = path.with_name(f"{_NEW}{path.name}")
                path.rename(gone)
                os.close(held)
                shutil.rmtree(gone, ignore_errors=True)
