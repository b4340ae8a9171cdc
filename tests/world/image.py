"""An image without an engine: the steps of a Containerfile, carried out in folders with a Debian.

Each stage gets a root of its own, a copy of the base. ``RUN`` is executed in it by ``chroot``, with
processes and mounts of its own. This proves the steps. It proves nothing about layers, caches or an
engine's own reading of the file.
"""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.world.containerfile import Instruction, Stage, read_stages

PACKAGES = "python3,python3-venv,ca-certificates,tzdata,netbase"
"""What stands for the slim image of Python: Debian's own, and what that image has beside it."""
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
}
_TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")


def why_no_image() -> str:
    """Why no image can be made on this machine; empty if one can."""
    if os.geteuid():
        return "only root can make an image's root and start it"
    missing = [
        name for name in ("debootstrap", "unshare", "nsenter", "ip") if not shutil.which(name)
    ]
    return f"{', '.join(missing)} not installed" if missing else ""


def make_base(folder: Path, image: str) -> Path:
    """Debian with Python 3, in the release that an image's tag names (``python:3.13-slim-trixie``).

    It comes from the mirror that this machine's own packages come from.
    """
    suite = image.rpartition("-")[2]
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, folder, _mirror()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr
    # The slim images have these neither: debuerreotype's list of what is slimmed away.
    for name in ("doc", "info", "locale", "man"):
        shutil.rmtree(folder / "usr/share" / name, ignore_errors=True)
    version = image.rpartition(":")[2].partition("-")[0]
    assert (folder / f"usr/bin/python{version}").exists(), f"{suite} has another Python"
    # As behind any proxy of a company: the network's own certificates are to be trusted.
    shutil.copyfile(_TRUSTED, folder / _TRUSTED.relative_to("/"))
    return folder


def _mirror() -> str:
    wanted = ("Created-By: Packages", "Origin: Debian")
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", *wanted]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()[0]


def run_in(root: Path, command: str, environment: Mapping[str, str] = ENVIRONMENT) -> str:
    """Run a shell's command in a root, with processes and mounts of its own; returns its output."""
    isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    done = subprocess.run(
        [*isolated, f"--mount-proc={root}/proc", "chroot", root, "sh", "-c", command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr}"
    return done.stdout + done.stderr


class Image:
    """The root that the last stage leaves behind, and what the image says about starting it."""

    def __init__(self, root: Path, stage: Stage):
        self.root = root
        self.environment = stage.environment
        self.entrypoint = stage.only("ENTRYPOINT").words
        self.command = stage.only("CMD").words
        _, _, check = stage.only("HEALTHCHECK").rest.partition(" ")
        self.healthcheck: list[str] = json.loads(check)


def build(containerfile: Path, base: Path, folder: Path) -> Image:
    """Carry out every step. ``folder`` gets one root for each stage."""
    roots: dict[str, Path] = {}
    context = folder / "context"
    _take_context(containerfile.parent, context)
    stages = read_stages(containerfile)
    for number, stage in enumerate(stages):
        name = stage.name or str(number)
        roots[name] = folder / name
        subprocess.run(["cp", "--archive", base, roots[name]], check=True)
        _Building(roots[name], context, roots).carry_out(stage)
    return Image(roots[name], stages[-1])


def _take_context(source: Path, target: Path) -> None:
    """Copy what the file of ignored names leaves over."""
    taken = context_files(source)
    for path in taken:
        copy = target / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / path, copy)


def context_files(source: Path) -> list[Path]:
    """The files below a folder that an engine would be given, by ``.dockerignore``.

    Rules are asked in order, and the last that fits decides
    (https://docs.docker.com/build/concepts/context/#dockerignore-files).
    """
    lines = (source / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    named = [rule[1:] for rule in rules if rule.startswith("!")]
    found = (
        path.relative_to(source)
        for name in named
        for path in ([source / name] if (source / name).is_file() else (source / name).rglob("*"))
        if path.is_file()
    )
    return sorted(path for path in found if not _is_ignored(path, rules))


def _is_ignored(path: Path, rules: Iterable[str]) -> bool:
    names = [path.as_posix(), *(parent.as_posix() for parent in path.parents[:-1])]
    is_ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!").removeprefix("**/")
        is_deep = "**/" in rule
        if any(
            fnmatch.fnmatchcase(name.rpartition("/")[2] if is_deep else name, pattern)
            for name in names
        ):
            is_ignored = not rule.startswith("!")
    return is_ignored


class _Building:
    """One stage that is being carried out."""

    def __init__(self, root: Path, context: Path, roots: dict[str, Path]):
        self._root, self._context, self._roots = root, context, roots
        self._folder = Path("/")
        self._environment = dict(ENVIRONMENT)

    def carry_out(self, stage: Stage) -> None:
        for instruction in stage.instructions:
            if instruction.name == "RUN":
                self._run(instruction)
            elif instruction.name == "COPY":
                self._copy(instruction)
            elif instruction.name == "WORKDIR":
                self._folder = Path(instruction.rest)
                self._below(self._folder).mkdir(parents=True, exist_ok=True)
            elif instruction.name in ("ARG", "ENV"):
                pairs = (word.partition("=") for word in instruction.words)
                self._environment |= {name: value for name, _, value in pairs}

    def _below(self, path: Path) -> Path:
        return self._root / path.relative_to("/")

    def _run(self, instruction: Instruction) -> None:
        run_in(self._root, f"cd {self._folder} && {instruction.rest}", self._environment)

    def _copy(self, instruction: Instruction) -> None:
        *sources, target = instruction.words
        source_root = self._roots.get(instruction.flags.get("from", ""), self._context)
        into = self._below(self._folder / target)
        if target.endswith("/"):
            into.mkdir(parents=True, exist_ok=True)
        for name in sources:
            source = source_root / name.lstrip("/")
            # A folder's content is copied, not the folder itself.
            what = [f"{source}/."] if source.is_dir() else [str(source)]
            into.parent.mkdir(parents=True, exist_ok=True)
            owner = instruction.flags.get("chown", "0:0")
            subprocess.run(["cp", "--archive", *what, str(into)], check=True)
            copied = into if source.is_dir() else into / source.name if into.is_dir() else into
            if "from" not in instruction.flags or "chown" in instruction.flags:
                subprocess.run(["chown", "--recursive", owner, copied], check=True)
            if mode := instruction.flags.get("chmod"):
                subprocess.run(["chmod", mode, copied], check=True)
