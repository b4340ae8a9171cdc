"""Prefect's settings, as environment variables: for the embedded server, and for its clients.

Owns where the server keeps its history (``prefect/`` in the home folder), and for how long.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from deployments.listening import loopback_without_proxy
from deployments.server_pace import PACE
from shanty.config.settings import Settings
from shanty.config.surroundings import WORKER_PACE


def client_environment(settings: Settings) -> dict[str, str]:
    """Prefect's settings in our processes: its files lie in our home, and it reports nothing."""
    return {
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # Our own lines tell what happens; the run's log in the Prefect UI has the rest.
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_CLI_PROMPT": "false",
        # Prefect's own 10 seconds would be most of the time from a wish to its first download.
        WORKER_PACE: os.environ.get(WORKER_PACE) or "3",
        **loopback_without_proxy(),
    }


def server_environment(settings: Settings, api_url: str) -> dict[str, str]:
    """The settings of the embedded server: those of its clients, and its own."""
    seconds = int(settings.server.retention.total_seconds())
    return {
        **client_environment(settings),
        # As a URI: a home may have a question mark in its name.
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": (
            f"sqlite+aiosqlite:///file:{quote(str(database_path(settings.home)))}?uri=true"
        ),
        # By default, any page may ask. The door before the server refuses other pages as well.
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": api_url.removesuffix("/api"),
        # Relative to the page: it may be opened at any port, and from another machine.
        "PREFECT_SERVER_UI_API_URL": "/api",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # By default, beside its code: another user's there cannot be read, or nobody may write.
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(settings.home / "prefect" / "ui"),
        # Prefect prunes its own history if it is told to.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(seconds),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"PT{seconds}S",
        # Its threads hardly ever ask for memory at once. With a heap for each, as glibc does by
        # default, ten megabytes lie about in pieces that nothing fits into.
        "MALLOC_ARENA_MAX": "1",
        **PACE,
    }


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


def database_path(home: Path) -> Path:
    """The file with the server's history."""
    return home / "prefect" / "prefect.db"
