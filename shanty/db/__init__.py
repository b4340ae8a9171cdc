"""The database: engine, schema and migrations. Knows tables, but not what their rows mean."""

from __future__ import annotations

from sqlalchemy import Connection

from shanty.db.engine import Database
from shanty.db.opening import open_database, use_engine
from shanty.db.url import hide_password, parse_url

Transaction = Connection
"""What :meth:`Database.begin` yields. Hand it on, so that several writers share one commit."""


__all__ = ["Database", "Transaction", "hide_password", "open_database", "parse_url", "use_engine"]
