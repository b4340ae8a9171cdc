"""Serves the pages: in a thread of the service, or alone in a process.

In a thread of its own, so that they answer whatever the service waits for.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from deployments.calm_server import CalmServer
from deployments.entrance import invite_to_pages, require_password
from deployments.listening import LOOPBACK, listen, pages_url
from deployments.page_place import noted_place
from shanty.config.settings import Settings
from shanty.db import open_database
from shanty.errors import ServerError
from web.app import create_pages, guard
from web.parts import Parts

logger = logging.getLogger(__name__)

START_SECONDS = 20.0
STOP_SECONDS = 3.0
_LOOK_SECONDS = 0.01
_GRACE_SECONDS = 1


@contextmanager
def serve_beside(settings: Settings, *, is_asked_for: bool) -> Iterator[str]:
    """Serve the pages for the length of a block; gives a line that says where they are.

    If the port is in use and nobody has asked for that very one, the block goes on without pages,
    and the line says so: the music is not to wait for them.

    Raises:
        ServerError: the port is in use, or cannot be listened on.
        ConfigError: they would be open to others without a password.
        DatabaseError: the database cannot be used.
    """
    host, port = settings.web.host or LOOPBACK, settings.web.port
    require_password(settings, host)
    sockets = listen(host, port)
    if not sockets:
        why = f"port {port} is in use; choose another with --web-port"
        if is_asked_for:
            raise ServerError(f"the pages cannot be served: {why}")
        yield f"there are no pages of ours: {why}"
        return
    database = open_database(settings.resolved_database_url)
    parts = Parts.of(settings, database)
    app = guard(create_pages(parts), settings, host)
    # No header may say who asks: guesses are counted by where they really come from.
    config = uvicorn.Config(
        app,
        log_level="warning",
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = CalmServer(config)
    thread = threading.Thread(target=server.run, args=(sockets,), name="pages", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        address = f"{pages_url(host, port)}{settings.web.root_path}"
        with noted_place(settings.home, address):
            yield f"the pages are at {address}"
    finally:
        parts.changes.close()
        server.should_exit = True
        thread.join(STOP_SECONDS)
        database.dispose()


def serve_alone(settings: Settings, *, announce: Callable[[str], None]) -> None:
    """Serve the pages until Ctrl-C or SIGTERM.

    Raises:
        ShantyError: as :func:`serve_beside`.
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with serve_beside(settings, is_asked_for=True):
        announce(invite_to_pages(settings))
        stopping.wait()


def _wait_until_started(server: CalmServer, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise ServerError("the pages cannot be served; the log says why")
        time.sleep(_LOOK_SECONDS)
