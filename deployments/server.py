"""The embedded Prefect server: started if no other is named, ended when nobody uses it.

Owns how the server is started and ended, and how others on this machine find it
(``prefect/server.json`` in the home folder). Knows nothing of jobs or music.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

import psutil

from deployments.listening import LOOPBACK, free_port, url_to_ask
from deployments.occupant import find_occupant, take_lock
from deployments.processes import kill_owned, start_owned, stop_owned
from deployments.server_environment import (
    changed_environment,
    client_environment,
    database_path,
    server_environment,
)
from deployments.server_tables import prepare_tables
from deployments.server_users import ServerUser
from deployments.server_wait import ServerWait
from deployments.silence import Patience, Silence
from flows.server.api import open_session
from shanty.access.secret import USER, read_secret
from shanty.config.settings import Settings
from shanty.errors import AlreadyRunningError, ServerError
from shanty.files.disks import describe_refusal, describe_trouble
from shanty.files.private_files import open_private
from shanty.providers.http_bounds import Bounds

START_PATIENCE = Patience(idle_seconds=60.0, busy_seconds=900.0)
STOP_TIMEOUT_SECONDS = 3
_HEALTH_BOUNDS = Bounds(total_seconds=2.0, answer_seconds=2.0, stall_seconds=2.0)
_LOOK_SECONDS = 0.2
_BOOT_LOOK_SECONDS = 0.05
_SERVER_MODULE = "deployments.server_process"


class Server:
    """An embedded server. After its process has died, :meth:`start` starts it again in place."""

    def __init__(
        self,
        settings: Settings,
        host: str,
        port: int,
        *,
        should_stop: Callable[[], bool] = lambda: False,
    ):
        self._home = settings.home
        self._host = host
        self._port = port
        self._should_stop = should_stop
        self.user = ServerUser(settings.home)
        self._lock: TextIO | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.api_url = url_to_ask(host, port)
        self._environment = server_environment(settings, self.api_url)
        self.log_path = self._home / "prefect" / "server.log"

    @property
    def is_running(self) -> bool:
        """Whether the server's process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The id of the server's process; None before the first start."""
        return None if self._process is None else self._process.pid

    def start(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Start the server and wait until it answers, or until ``should_stop`` says so.

        ``meanwhile`` is called while the server boots, when :func:`auth_for` knows it already.

        Raises:
            AlreadyRunningError: another process has a server for this home: two would share a file.
            ServerError: the server ends, or does not answer in time.
        """
        lock = self._take_home()
        self.user.join(self._should_stop)
        tables = prepare_tables(database_path(self._home))
        with changed_environment({**self._environment, **tables}):
            self._process = start_owned(
                _SERVER_MODULE,
                self._host,
                str(self._port),
                str(self._home),
                log_path=self.log_path,
                shared_files=(lock.fileno(),),  # so it holds the home if other users outlive us
            )
        try:
            self._write_address(self._process.pid)
            meanwhile()
            self._wait_until_healthy(self._process)
        except ServerError:
            self.kill()
            raise

    def stop(self) -> None:
        """End the server within bounds. If others use it, it ends with the last of them."""
        if self.user.is_last():
            if self._lock is not None:
                _address_path(self._home).unlink(missing_ok=True)
            if self._process is not None:
                stop_owned(self._process, STOP_TIMEOUT_SECONDS)
        elif self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self.user.leave()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def restart(self) -> None:
        """End the server and start it again, whoever uses it."""
        if self._process is not None:
            stop_owned(self._process, STOP_TIMEOUT_SECONDS)
        self.start()

    def kill(self) -> None:
        """End the server at once, whoever uses it, because it does not answer."""
        if self._process is not None:
            kill_owned(self._process)

    def _take_home(self) -> TextIO:
        """Make sure that this is the home's only server. The lock dies with its holders."""
        if self._lock is None:
            self._lock = take_lock(lock_path(self._home))
        if self._lock is None:
            raise AlreadyRunningError(
                f"a run of Shanty uses {self._home} at this moment{_whose(self._home)}; "
                "try again when it has ended"
            )
        return self._lock

    def _write_address(self, pid: int) -> None:
        """Let others on this machine find the server."""
        content = json.dumps({"url": self.api_url, "pid": pid})
        try:
            with open_private(_address_path(self._home), "w") as file:
                file.write(content)
        except OSError as error:
            why = describe_refusal(error, self._home)
            raise ServerError(f"{self._home} cannot be written to: {why}") from None

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        """Wait as long as the server makes progress: migrations on a slow disk take time."""
        silence = Silence(START_PATIENCE)
        while not is_healthy(self.api_url) and not self._should_stop():
            if process.poll() is not None:
                why = describe_trouble(self._home) or f"see {self.log_path}"
                raise ServerError(f"the Prefect server ended with code {process.returncode}; {why}")
            silence.go_on(process.pid)
            if silence.is_too_long:
                raise ServerError(
                    f"the Prefect server did not answer within {silence.seconds:.0f} s; "
                    f"see {self.log_path}"
                )
            time.sleep(_BOOT_LOOK_SECONDS)


@contextmanager
def prefect_server(
    settings: Settings,
    *,
    announce: Callable[[str], None] = lambda line: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Iterator[str]:
    """A block with a Prefect server; gives its API address, also in this process's environment.

    The server of ``PREFECT_API_URL`` is used if that is set, else one that already serves this
    home. Otherwise one is started on loopback, which takes about 6 s.

    Enter it before Prefect is imported: Prefect reads its settings then. ``meanwhile`` is called
    once, before the block begins: while a server boots, if one is started.

    Raises:
        ServerError: no server answers.
    """
    given = os.environ.get("PREFECT_API_URL")
    if given:
        check_named_server(given)
        with using_server(settings, given):
            meanwhile()
            yield given
        return
    server = Server(settings, LOOPBACK, free_port())
    try:
        server.user.join()
        url = _find_or_start(server, settings, announce, meanwhile)
        with using_server(settings, url):
            yield url
    finally:
        server.stop()


def _find_or_start(
    server: Server,
    settings: Settings,
    announce: Callable[[str], None],
    meanwhile: Callable[[], None],
) -> str:
    """The address of a home's server: one that answers already, or ours.

    Raises:
        ServerError: another process has the server of this home, which does not answer.
    """
    home = settings.home
    wait: ServerWait | None = None

    def get_ready_meanwhile() -> None:
        # This takes as long as a good part of the server's start. Prefect reads its settings now.
        with using_server(settings, server.api_url):
            meanwhile()
            from flows.readiness import get_ready

            get_ready(home)

    while (url := configured_server(home)) is None:
        try:
            if wait is None:
                announce("starting the Prefect server")
            server.start(get_ready_meanwhile)
            return server.api_url
        except AlreadyRunningError:
            wait = wait or ServerWait(lock_path(home), announce)
            wait.look(known_server_pid(home))
        time.sleep(_LOOK_SECONDS)
    with using_server(settings, url):
        meanwhile()
    return url


def configured_server(home: Path) -> str | None:
    """The API address of the server in ``PREFECT_API_URL``, or of this home's; None without one.

    Raises:
        ServerError: the server in ``PREFECT_API_URL`` does not answer.
    """
    given = os.environ.get("PREFECT_API_URL")
    if given:
        check_named_server(given)
        return given
    url = own_server(home)
    return url if url is not None and is_healthy(url) else None


def auth_for(settings: Settings, api_url: str) -> str | None:
    """``user:password`` for a server, in Prefect's form. For this home's server, it has its secret.

    No other server that ``PREFECT_API_URL`` names learns the secret.
    """
    named = os.environ.get("PREFECT_API_URL")
    if not named or api_url.rstrip("/") == own_server(settings.home):
        return f"{USER}:{read_secret(settings.home)}"
    if given := os.environ.get("PREFECT_API_AUTH_STRING"):
        return given  # our own password may be that of our pages alone
    if settings.server.password is not None:
        return f"{USER}:{settings.server.password.get_secret_value()}"
    return None


def known_server_pid(home: Path) -> int | None:
    """The process id of a home's embedded server, whether or not the server answers."""
    return _known_server(home)[1]


def own_server(home: Path) -> str | None:
    """The API address of the server that was started for this home, if its process runs."""
    url, pid = _known_server(home)
    return None if pid is None else url


def _known_server(home: Path) -> tuple[str, int | None]:
    path = _address_path(home)
    try:
        content = json.loads(path.read_text())
        url, pid = str(content["url"]), int(content["pid"])
        owner = path.stat().st_uid
    except (OSError, ValueError, KeyError, TypeError):
        return "", None
    return url, pid if _is_server(pid, url, owner) else None


def _is_server(pid: int, url: str, owner: int) -> bool:
    """Whether a process is our server at this address: the port may be another program's by now."""
    try:
        process = psutil.Process(pid)
        command = process.cmdline()
        is_ours = process.uids().real == owner  # other users may name their processes as they like
    except psutil.Error:
        return False
    return is_ours and _SERVER_MODULE in command and str(urlsplit(url).port) in command


@contextmanager
def using_server(settings: Settings, api_url: str) -> Iterator[str]:
    """A block in which Prefect, here and in child processes, uses a server; gives its address."""
    api_url = api_url.rstrip("/")
    environment = {**client_environment(settings), "PREFECT_API_URL": api_url}
    if auth := auth_for(settings, api_url):
        environment["PREFECT_API_AUTH_STRING"] = auth
    with changed_environment(environment):
        yield api_url


def is_healthy(api_url: str) -> bool:
    """Whether a Prefect server answers at an address."""
    return _why_unhealthy(api_url) == ""


def check_named_server(api_url: str) -> None:
    """Make sure that ``PREFECT_API_URL`` names a Prefect server that answers.

    Raises:
        ServerError: nothing answers, or something that is no Prefect server.
    """
    if why := _why_unhealthy(api_url):
        raise ServerError(f"the Prefect server at {api_url} (PREFECT_API_URL) {why}")


def _why_unhealthy(api_url: str) -> str:
    """What is wrong with a server, as the end of a sentence; empty if nothing is."""
    import requests

    try:
        with open_session(api_url, bounds=_HEALTH_BOUNDS) as session:
            answer = session.get(f"{api_url.rstrip('/')}/health")
    except requests.RequestException:
        return "does not answer"
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"has trouble (code {answer.status_code})"
    try:
        # Any server has pages. Prefect's own has one at its address without /api, too.
        is_prefect = answer.ok and answer.json() is True
    except requests.JSONDecodeError:
        is_prefect = False
    return "" if is_prefect else "is no Prefect server; does its address end in /api?"


def _whose(home: Path) -> str:
    """The process that has the server of a home, as part of a sentence."""
    occupant = find_occupant(lock_path(home))
    return "" if occupant is None else f": {occupant.describe()}"


def lock_path(home: Path) -> Path:
    """The lock of the process that has the server of a home."""
    return home / "prefect" / "server.lock"


def _address_path(home: Path) -> Path:
    return home / "prefect" / "server.json"
