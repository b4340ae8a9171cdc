"""The database: engine, schema and migrations. Knows tables, not what their rows mean."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url

from shanty.db.engine import Database, open_database

Transaction = Connection
"""What :meth:`Database.begin` gives: to be handed on, so that several writers share one commit."""


def parse_url(url: str) -> URL:
    """A database URL in its parts."""
    return make_url(url)


def hide_password(url: str) -> str:
    """A database URL that may be shown."""
    return make_url(url).render_as_string(hide_password=True)


__all__ = ["Database", "Transaction", "hide_password", "open_database", "parse_url"]
