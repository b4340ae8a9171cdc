"""The embedded Prefect server: started when no other is named, gone when its owner is gone.

Owns where the server keeps its history (``prefect/`` in the home folder), how long, and how others
on this machine find it (``prefect/server.json``). Knows nothing of jobs or music.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote, urlsplit

import psutil
import requests

from deployments.processes import start_owned, stop_owned
from flows.api import open_session
from shanty.access.secret import USER, read_secret
from shanty.config import Settings
from shanty.disks import describe_refusal, describe_trouble
from shanty.errors import AlreadyRunningError, ServerError
from shanty.private_files import make_private_folder, open_private

LOOPBACK = "127.0.0.1"
START_TIMEOUT_SECONDS = 180
STOP_TIMEOUT_SECONDS = 4
_HEALTH_TIMEOUT_SECONDS = 2
_SERVER_MODULE = "deployments.server_process"


class Server:
    """An embedded server while it runs; started again in place when it dies."""

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
        self._lock: TextIO | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.api_url = _url_to_ask(host, port)
        self._environment = server_environment(settings, self.api_url)
        self.log_path = self._home / "prefect" / "server.log"

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers, or until ``should_stop`` says so.

        Raises:
            AlreadyRunningError: another process has a server for this home: two would share a file.
            ServerError: it ends, or does not answer in time.
        """
        self._take_home()
        with changed_environment(self._environment):
            self._process = start_owned(
                _SERVER_MODULE, self._host, str(self._port), log_path=self.log_path
            )
        self._wait_until_healthy(self._process)
        content = json.dumps({"url": self.api_url, "pid": self._process.pid})
        try:
            with open_private(_address_path(self._home), "w") as file:
                file.write(content)
        except OSError as error:
            why = describe_refusal(error, self._home)
            raise ServerError(f"{self._home} cannot be written to: {why}") from None

    def stop(self) -> None:
        """End it, within bounds."""
        if self._lock is None:
            return
        _address_path(self._home).unlink(missing_ok=True)
        if self._process is not None:
            stop_owned(self._process, STOP_TIMEOUT_SECONDS)
        self._lock.close()
        self._lock = None

    def _take_home(self) -> None:
        """Make sure that this is the home's only server; the lock dies with its process."""
        if self._lock is not None:
            return
        folder = self._home / "prefect"
        make_private_folder(folder)
        lock = open_private(folder / "server.lock", "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise AlreadyRunningError(
                f"a run of Shanty uses {self._home} at this moment; try again when it has ended"
            ) from None
        self._lock = lock

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not is_healthy(self.api_url) and not self._should_stop():
            if process.poll() is not None:
                why = describe_trouble(self._home) or f"see {self.log_path}"
                raise ServerError(f"the Prefect server ended with code {process.returncode}; {why}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"the Prefect server did not answer within {START_TIMEOUT_SECONDS} s; "
                    f"see {self.log_path}"
                )
            time.sleep(0.2)


@contextmanager
def prefect_server(
    settings: Settings, *, announce: Callable[[str], None] = lambda line: None
) -> Iterator[str]:
    """A Prefect server's API address, in the environment of this process while it lasts.

    ``PREFECT_API_URL`` is used as it is; else a server that already serves this home; else one is
    started on loopback (about 20 s for a new home, 6 s for an existing one).

    Must be entered before Prefect is imported: Prefect reads its settings then.

    Raises:
        ServerError: no server answers.
    """
    url = configured_server(settings.home)
    if url is not None:
        with using_server(settings, url):
            yield url
        return
    server = Server(settings, LOOPBACK, free_port())
    announce("starting the Prefect server")
    try:
        try:
            server.start()
        except AlreadyRunningError:
            with using_server(settings, _wait_for_other(settings.home)) as other:
                yield other
            return
        with using_server(settings, server.api_url):
            yield server.api_url
    finally:
        server.stop()


def configured_server(home: Path) -> str | None:
    """The API address of the server in ``PREFECT_API_URL``, or of the one that serves this home.

    Raises:
        ServerError: the one in ``PREFECT_API_URL`` does not answer.
    """
    given = os.environ.get("PREFECT_API_URL")
    if given:
        check_named_server(given)
        return given
    url = own_server(home)
    return url if url is not None and is_healthy(url) else None


def auth_for(settings: Settings, api_url: str) -> str | None:
    """``user:password`` for a server, as Prefect has it: for that of this home, with its secret.

    No server that ``PREFECT_API_URL`` names gets to know the secret, unless it is that one.
    """
    named = os.environ.get("PREFECT_API_URL")
    if not named or api_url.rstrip("/") == own_server(settings.home):
        return f"{USER}:{read_secret(settings.home)}"
    if settings.server.password is not None:
        return f"{USER}:{settings.server.password.get_secret_value()}"
    return os.environ.get("PREFECT_API_AUTH_STRING")


def own_server(home: Path) -> str | None:
    """The API address of the server that was started for this home, if its process is there."""
    path = _address_path(home)
    try:
        content = json.loads(path.read_text())
        url, pid = str(content["url"]), int(content["pid"])
        owner = path.stat().st_uid
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return url if _is_server(pid, url, owner) else None


def _is_server(pid: int, url: str, owner: int) -> bool:
    """Whether a process is the server that was told to serve there: its port may be another's."""
    try:
        process = psutil.Process(pid)
        command = process.cmdline()
        is_ours = process.uids().real == owner  # whoever else may call a process as he likes
    except psutil.Error:
        return False
    return is_ours and _SERVER_MODULE in command and str(urlsplit(url).port) in command


def _wait_for_other(home: Path) -> str:
    """The address of a server that another process is just starting for this home."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while (url := configured_server(home)) is None:
        if time.monotonic() > deadline:
            raise ServerError(f"another process has the server of {home}, which does not answer")
        time.sleep(0.2)
    return url


@contextmanager
def using_server(settings: Settings, api_url: str) -> Iterator[str]:
    """Let Prefect in this process, and in those it starts, use a server; gives its address."""
    api_url = api_url.rstrip("/")
    environment = {**client_environment(settings), "PREFECT_API_URL": api_url}
    if auth := auth_for(settings, api_url):
        environment["PREFECT_API_AUTH_STRING"] = auth
    with changed_environment(environment):
        yield api_url


def is_healthy(api_url: str) -> bool:
    """Whether a Prefect server answers there."""
    return _why_unhealthy(api_url) == ""


def check_named_server(api_url: str) -> None:
    """Make sure that the server of ``PREFECT_API_URL`` is one and answers.

    Raises:
        ServerError: nobody answers, or somebody else does.
    """
    if why := _why_unhealthy(api_url):
        raise ServerError(f"the Prefect server at {api_url} (PREFECT_API_URL) {why}")


def _why_unhealthy(api_url: str) -> str:
    """What is wrong with a server, as the end of a sentence; empty when nothing is."""
    try:
        with open_session(api_url) as session:
            address = f"{api_url.rstrip('/')}/health"
            answer = session.get(address, timeout=_HEALTH_TIMEOUT_SECONDS)
    except requests.RequestException:
        return "does not answer"
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"has trouble (code {answer.status_code})"
    try:
        # Any server has pages; at the address of Prefect's without its /api there is one, too.
        is_prefect = answer.ok and answer.json() is True
    except requests.JSONDecodeError:
        is_prefect = False
    return "" if is_prefect else "is no Prefect server; does its address end in /api?"


def client_environment(settings: Settings) -> dict[str, str]:
    """How Prefect is set up in our own processes: its files in our home, nothing sent away."""
    return {
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # Our own lines tell what happens; the run's log in the Prefect UI has the rest.
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_CLI_PROMPT": "false",
        **_loopback_without_proxy(),
    }


def _loopback_without_proxy() -> dict[str, str]:
    """The environment's exceptions from its proxy, with this machine among them."""
    # Of the two names, some programs read the one and some the other.
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if given.strip() == "*":
        return {}
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    value = ",".join(dict.fromkeys([*hosts, LOOPBACK, "localhost", "::1"]))
    return {"NO_PROXY": value, "no_proxy": value}


def server_environment(settings: Settings, api_url: str) -> dict[str, str]:
    """How the embedded server is set up, beside what its clients are."""
    seconds = int(settings.server.retention.total_seconds())
    return {
        **client_environment(settings),
        # As a URI: a home may have a question mark in its name.
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": (
            f"sqlite+aiosqlite:///file:{quote(str(settings.home / 'prefect' / 'prefect.db'))}"
            "?uri=true"
        ),
        # By default, any page may ask. The door before the server lets no other ask either.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": api_url.removesuffix("/api"),
        # Relative to the page: it may be opened at any port, and from another machine.
        "PREFECT_SERVER_UI_API_URL": "/api",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # Prefect prunes its own history when told to.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(seconds),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"PT{seconds}S",
    }


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there yet.

    Raises:
        ServerError: nobody can: it is no address of this machine, or the port is a privileged one.
    """
    why = "there is no such address"
    found_one = False
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):  # unknown, or too long for a name
        addresses = []
    for family, kind, _, _, address in addresses:
        try:
            _bind(family, kind, address)
            found_one = True
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            why = error.strerror or str(error)
    if not found_one:
        raise ServerError(f"the server cannot listen on {host!r}, port {port}: {why}")
    return True


def _bind(family: int, kind: int, address: tuple[Any, ...]) -> None:
    """Take an address for a moment, as the server will."""
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        probe.bind(address)


def _url_to_ask(host: str, port: int) -> str:
    """Where a server that listens on a host's address is asked from this machine."""
    try:
        address = ip_address(host)
    except ValueError:
        return f"http://{host}:{port}/api"
    if address.version == 4:
        return f"http://{LOOPBACK if address.is_unspecified else address}:{port}/api"
    return f"http://[{'::1' if address.is_unspecified else address}]:{port}/api"


@contextmanager
def changed_environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the length of a block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _address_path(home: Path) -> Path:
    return home / "prefect" / "server.json"
