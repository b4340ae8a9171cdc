"""The package installer of the running environment: pip, or uv where there is no pip.

Owns how it is asked for the newest release and for a release in a folder: only what the person's
own configuration of the index offers, only wheels, so that nothing of a package runs while it is
installed, and only the very file whose hash the index has just named. Refuses to know which package
that is, and what follows.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from shanty.errors import ShantyError, TransientError, one_line
from shanty.providers.child_process import run_watched
from shanty.work_limit import Limit, run_limited

_LIMIT = Limit(silent_seconds=120.0, total_seconds=900.0)
_NO_INSTALLER = (
    "neither pip nor uv is there: install one of them, as by `python -m ensurepip`, or update "
    "yt-dlp with whatever installed Shanty"
)
# pip's options may also stand in the environment and in files, where they are meant for other uses.
_NOT_FOR_US = {"PIP_TARGET": "", "PIP_PREFIX": "", "PIP_ROOT": "", "PIP_USER": "0"}
_USER_OF_URL = re.compile(r"//[^/@\s]+@")
_COMPLAINT = re.compile(r"error: ", re.IGNORECASE)
_AWAY = re.compile(
    r"connection broken|connection refused|error sending request|dns error|timed out",
    re.IGNORECASE,
)
_LONGEST = 200


class InstallerError(ShantyError):
    """There is no installer, or it could not do what it was asked for. It says why."""


@dataclass(frozen=True, slots=True)
class PackageRelease:
    """A release in the package index. ``hashes`` are SHA-256; the index may name none."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()

    @property
    def requirement(self) -> str:
        """The line that asks for exactly this release, in the form of a requirements file."""
        pinned = f"{self.name}=={self.version}"
        return " ".join([pinned, *(f"--hash=sha256:{one}" for one in self.hashes)])


class Installer(Protocol):
    """What can be asked of a package installer."""

    def find_newest(self, requirement: str) -> PackageRelease:
        """The newest release that fits, by the index.

        Raises:
            InstallerError: there is none, or the index cannot be asked.
        """

    def install(self, release: PackageRelease, into_dir: Path) -> None:
        """Install a release without what it depends on. ``into_dir`` is made if it is missing.

        Raises:
            InstallerError: it could not be installed.
        """


def find_installer(environment: Mapping[str, str]) -> Installer:
    """The installer of the running environment. It gets these environment variables.

    Raises:
        InstallerError: there is none.
    """
    if find_spec("pip") is not None:
        return Pip(environment)
    # A service's PATH often lacks the folder that uv's own installer puts it in.
    uv = shutil.which("uv") or shutil.which("uv", path=Path("~/.local/bin").expanduser())
    if uv is not None:
        return Uv(uv, environment)
    raise InstallerError(_NO_INSTALLER)


class Pip:
    """pip, as a module of the running Python."""

    _OPTIONS = (
        *("--no-deps", "--only-binary", ":all:", "--quiet", "--no-input", "--no-color"),
        *("--disable-pip-version-check", "--progress-bar", "off", "--retries", "1"),
        *("--timeout", "20"),
    )

    def __init__(self, environment: Mapping[str, str]):
        self._environment = {**environment, **_NOT_FOR_US}

    def find_newest(self, requirement: str) -> PackageRelease:
        """See :meth:`Installer.find_newest`."""
        said = self._run("--dry-run", "--ignore-installed", "--report", "-", requirement)
        try:
            (found,) = json.loads(said)["install"]
            archive = found["download_info"].get("archive_info", {})
            # Older pips know only the one hash.
            sha256 = archive.get("hashes", {}).get("sha256") or _plain(archive.get("hash", ""))
            data = found["metadata"]
            return PackageRelease(data["name"], data["version"], (sha256,) if sha256 else ())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InstallerError(f"pip's report is not understood: {error!r}") from None

    def install(self, release: PackageRelease, into_dir: Path) -> None:
        """See :meth:`Installer.install`."""
        listed = _list_alone(release, into_dir)
        self._run("--no-compile", "--target", str(into_dir), "--requirement", str(listed))

    def _run(self, *arguments: str) -> bytes:
        command = [sys.executable, "-P", "-m", "pip", "install", *self._OPTIONS, *arguments]
        return _run(command, self._environment)


class Uv:
    """uv, which installs into environments that have no pip of their own."""

    _OPTIONS = ("--quiet", "--no-deps", "--only-binary", ":all:", "--python", sys.executable)

    def __init__(self, path: str, environment: Mapping[str, str]):
        self._path = path
        self._environment = environment

    def find_newest(self, requirement: str) -> PackageRelease:
        """See :meth:`Installer.find_newest`."""
        said = self._run(
            *("compile", *self._OPTIONS, "--generate-hashes", "--no-header", "--no-annotate", "-"),
            given=requirement.encode(),
        ).decode(errors="replace")
        found = re.match(r"([\w.-]+)==([\w.+!-]+)", said)
        if found is None:
            raise InstallerError(f"uv's answer is not understood: {one_line(said)[:_LONGEST]}")
        return PackageRelease(
            found[1], found[2], tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", said))
        )

    def install(self, release: PackageRelease, into_dir: Path) -> None:
        """See :meth:`Installer.install`."""
        listed = _list_alone(release, into_dir)
        # A link into uv's cache would change with it.
        self._run(
            *("install", *self._OPTIONS, "--link-mode", "copy", "--target", str(into_dir)),
            *("--requirements", str(listed)),
        )

    def _run(self, *arguments: str, given: bytes | None = None) -> bytes:
        # uv would take the settings of a project in the current folder.
        command = [self._path, "--directory", str(Path.home()), "pip", *arguments]
        return _run(command, self._environment, given)


def _list_alone(release: PackageRelease, into_dir: Path) -> Path:
    """A requirements file with one release, beside the folder that it is installed into."""
    into_dir.mkdir(parents=True, exist_ok=True)
    path = into_dir.with_name(f"{release.name}.txt")
    path.write_text(f"{release.requirement}\n", encoding="utf-8")
    return path


def _plain(said: Any) -> str:
    kind, _, value = str(said).partition("=")
    return value if kind == "sha256" else ""


def _run(
    command: Sequence[str], environment: Mapping[str, str], given: bytes | None = None
) -> bytes:
    name = Path(command[0]).name if command[0] != sys.executable else "pip"
    work = partial(run_watched, command, given=given, environment=environment)
    try:
        done: subprocess.CompletedProcess[bytes] = run_limited(work, _LIMIT, name)
    except (OSError, TransientError) as error:
        raise InstallerError(f"{name}: {error}") from error
    if done.returncode:
        said = (done.stderr + done.stdout).decode(errors="replace")
        raise InstallerError(f"{name}: {_describe(said) or f'ended with {done.returncode}'}")
    return done.stdout


def _describe(said: str) -> str:
    """What an installer complains of, in a line, without the password of an index."""
    if _AWAY.search(said):
        return "the package index cannot be reached"
    lines = [line for line in map(one_line, said.splitlines()) if line]
    begin = next((n for n, line in enumerate(lines) if _COMPLAINT.match(line)), len(lines) - 1)
    complaint = "; ".join(_COMPLAINT.sub("", line) for line in lines[max(0, begin) :])
    return _USER_OF_URL.sub("//***@", complaint)[:_LONGEST]
