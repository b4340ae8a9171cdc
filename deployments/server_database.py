"""How the embedded server uses its SQLite file, so that it never locks itself up.

An SQLite connection that waits for the write lock holds its own mutex, for 60 s as Prefect sets it
up. Suppose that Python's garbage collector runs in the event loop just then, and frees a cursor or
a statement of that connection. Then the event loop waits for the mutex, while the task that holds
the write lock needs the event loop to finish. So the event loop never collects garbage here: a
separate thread does. And no connection waits for longer than :data:`BUSY_SECONDS`. After that, the
server answers 503 and clients ask again.
"""

from __future__ import annotations

import gc
import threading
from typing import Any

BUSY_SECONDS = 15
_COLLECT_SECONDS = 1.0
_FULL_EVERY = 30  # a full collection stops all threads for a moment: two a minute are enough
_SETTLED_AFTER = 60
"""What lives after so many collections is the program itself: later ones need not go through it."""


def prevent_lockup() -> None:
    """Set up this process's server. Call it before the server opens its database."""
    from prefect.server.database.configurations import AioSqliteConfiguration
    from prefect.server.database.dependencies import MODELS_DEPENDENCIES
    from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL

    class PatientConfiguration(AioSqliteConfiguration):
        """Prefect's own configuration, with a shorter wait of each connection."""

        def setup_sqlite(self, conn: Any, record: Any) -> None:
            super().setup_sqlite(conn, record)
            cursor = conn.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
            cursor.close()

    url = str(PREFECT_API_DATABASE_CONNECTION_URL.value())
    if url.startswith("sqlite"):
        MODELS_DEPENDENCIES["database_config"] = PatientConfiguration(connection_url=url)
        collect_elsewhere()


def collect_elsewhere() -> None:
    """Let one separate thread collect this process's garbage, and no other thread."""
    gc.disable()
    threading.Thread(target=_collect, name="garbage", daemon=True).start()


def _collect() -> None:
    pause, turn = threading.Event(), 0
    while not pause.wait(_COLLECT_SECONDS):
        turn += 1
        gc.collect(2 if turn % _FULL_EVERY == 0 else 1)
        if turn == _SETTLED_AFTER:
            gc.freeze()
