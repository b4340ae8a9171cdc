"""A container without an engine: an image's root with namespaces, mounts and rights of its own.

What an engine would take from the image and from a service of a compose file is taken from them
here too: command, environment, volumes, a root that cannot be written to, capabilities, signals.
All containers of one network share one loopback, on which the names of services lead too.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import psutil
import yaml

from tests.world.image import Image

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_TMPFS = "mode=1777,noexec,nosuid,nodev"  # as Docker mounts one
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def read_services(path: Path, **variables: str) -> dict[str, dict[str, Any]]:
    """The services of a compose file, with the variables of an ``.env`` filled in.

    Raises:
        KeyError: a variable that is needed has no value; the message is the file's own.
    """

    def fill(found: re.Match[str]) -> str:
        name, kind, text = found.groups()
        if value := variables.get(name):
            return value
        if kind != "-":
            raise KeyError(f"{name}: {text}")
        return text or ""

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return _VARIABLE.sub(fill, value)
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        return [filled(one) for one in value] if isinstance(value, list) else value

    services: dict[str, dict[str, Any]] = filled(yaml.safe_load(path.read_text())["services"])
    return services


class Network:
    """A network of its own, which is nothing but a loopback. ``names`` lead to it."""

    def __init__(self, name: str, folder: Path, names: Sequence[str] = ()):
        self._name = name
        self.hosts_path = folder / "hosts"
        self.hosts_path.write_text(f"127.0.0.1 localhost {' '.join(names)}\n")
        self.entry = ["nsenter", f"--net=/run/netns/{name}"]

    def __enter__(self) -> Network:
        subprocess.run(["ip", "netns", "add", self._name], check=True)
        subprocess.run([*self.entry, "ip", "link", "set", "lo", "up"], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["ip", "netns", "delete", self._name], check=True)


class Container:
    """One start of an image as a service of a compose file; ``folder`` gets what volumes need."""

    def __init__(
        self,
        image: Image,
        service: Mapping[str, Any],
        folder: Path,
        network: Network,
        **environment: str,
    ) -> None:
        self._image, self._service, self._network = image, service, network
        self._folder = folder
        given = {name: str(value) for name, value in service.get("environment", {}).items()}
        # Like an engine, which gives HOME and PATH to everything that it starts.
        self._environment = {**image.environment, **given, **environment}
        self.log_path = folder / "log"
        self._outer: subprocess.Popen[bytes] | None = None
        self.pid = 0
        """The container's first process, by its number outside."""

    @contextmanager
    def running(self) -> Iterator[Container]:
        """A block in which the container runs. It is killed at the end, with all in it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._outer = self._start(log)
        try:
            self.pid = self._first_process()
            yield self
        finally:
            # The first process alone: when it is gone, so is everything else in there.
            if self._outer.poll() is None:
                os.kill(self.pid or self._outer.pid, signal.SIGKILL)
            self._outer.wait()

    def _start(self, log: BinaryIO) -> subprocess.Popen[bytes]:
        command = [*self._image.entrypoint, *(self._service.get("command") or self._image.command)]
        return subprocess.Popen(
            [
                *self._network.entry,
                *("unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"),
                *("sh", "-euc", self._script(), "sh", *command),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def _script(self) -> str:
        """What is done in the new namespaces before the image's own process begins."""
        root = str(self._image.root)
        mount_root = ["mount", "--bind", root, root]
        lines = [mount_root, ["mount", "-t", "proc", "proc", f"{root}/proc"]]
        lines.append(["mount", "-t", "tmpfs", "tmpfs", f"{root}/dev"])
        for name in _DEVICES:
            lines.append(["cp", "--archive", f"/dev/{name}", f"{root}/dev/{name}"])
        lines.append(["ln", "-s", "/proc/self/fd", f"{root}/dev/fd"])
        lines.append(["mkdir", "-m", "1777", f"{root}/dev/shm"])
        for path in self._service.get("tmpfs", ()):
            lines.append(["mount", "-t", "tmpfs", "-o", _TMPFS, "tmpfs", root + path])
        for source, target in [*self._mounts(), (self._network.hosts_path, "/etc/hosts")]:
            lines.append(["mount", "--bind", str(source), root + target])
        if self._service.get("read_only"):
            lines.append(["mount", "-o", "remount,bind,ro", root])
        if name := self._service.get("hostname"):
            lines.append(["hostname", name])
        pairs = [f"{name}={value}" for name, value in self._environment.items()]
        start = ["exec", "chroot", root, "setpriv", *self._rights(), "env", "-i", *pairs]
        return "\n".join([*map(shlex.join, lines), f'{shlex.join(start)} "$@"'])

    def _mounts(self) -> Iterator[tuple[Path, str]]:
        """The volumes: folders that are named, and new ones for those without a name."""
        for volume in self._service.get("volumes", ()):
            source, _, target = str(volume).rpartition(":")
            if not source:
                source = str(self._folder / target.strip("/").replace("/", "-"))
                Path(source).mkdir(exist_ok=True)
            yield Path(source), target

    def _rights(self) -> list[str]:
        """The service's capabilities, as arguments of ``setpriv``."""
        kept = [f"+{name.lower()}" for name in self._service.get("cap_add", ())]
        rights = []
        if "ALL" in self._service.get("cap_drop", ()):
            rights += ["--bounding-set", ",".join(["-all", *kept])]
        if "no-new-privileges:true" in self._service.get("security_opt", ()):
            rights.append("--no-new-privs")
        return rights

    def _first_process(self) -> int:
        assert self._outer is not None
        outer = psutil.Process(self._outer.pid)
        while not (children := outer.children()):
            assert self._outer.poll() is None, self.log()
            os.sched_yield()
        return int(children[0].pid)

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the running container as root, as ``docker exec`` does."""
        pairs = [f"{name}={value}" for name, value in self._environment.items()]
        entered = [
            "nsenter",
            "--target",
            str(self.pid),
            "--mount",
            "--pid",
            "--uts",
            "--ipc",
            "--net",
        ]
        return subprocess.run(
            [*entered, "--root", "--wd", "env", "-i", *pairs, *command],
            capture_output=True,
            text=True,
            check=False,
        )

    def is_healthy(self) -> bool:
        """Whether the image's own check says so."""
        return self.execute(*self._image.healthcheck).returncode == 0

    def processes(self) -> list[psutil.Process]:
        return [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]

    def wait(self, seconds: float) -> int:
        """Wait until it ends by itself; returns the exit code."""
        assert self._outer is not None
        return self._outer.wait(seconds)

    def stop(self, seconds: float) -> int:
        """Ask it to end, as an engine does; returns the exit code.

        Raises:
            subprocess.TimeoutExpired: it has not ended in time.
        """
        assert self._outer is not None
        os.kill(self.pid, signal.SIGTERM)
        return self._outer.wait(seconds)
