"""When the next request to somebody else's server may be made.

``budgets`` is written by ``shanty.budgets`` alone, ``circuits`` by ``shanty.circuits``.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from shanty.db.tables.columns import UtcDateTime, metadata

budgets = Table(
    "budgets",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
)

# One row for each source that asked us to wait, until it is back at its full pace.
circuits = Table(
    "circuits",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("state", String(16), nullable=False),  # open, probing, closed
    # It is left alone from the one to the other. A clock that is set back leaves the span too.
    Column("blocked_from", UtcDateTime, nullable=False),
    Column("blocked_until", UtcDateTime, nullable=False),
    Column("times", Integer, nullable=False),  # how often it opened since it was at full pace
    Column("successes_missing", Integer, nullable=False),  # until it is at full pace again
    Column("probe", String(64), nullable=False),  # whose probe is under way
    Column("reason", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
)
