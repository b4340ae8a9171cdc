"""Inserting where a row may be there already, in the words of each database.

Owns which dialect's ``INSERT … ON CONFLICT`` is meant. Refuses to know what happens on a conflict:
that is the caller's choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


def insert_into(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can be given ``on_conflict_do_nothing`` or ``on_conflict_do_update``."""
    return insert_for(tx.dialect.name, table)


def insert_for(dialect_name: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """As :func:`insert_into`, for a database of that dialect."""
    if dialect_name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # 30 ms, which a home with SQLite need not pay

    return postgresql.insert(table)
