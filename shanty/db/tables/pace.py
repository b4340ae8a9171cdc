"""When the next request to an outside server may be made.

``budgets`` is written by ``shanty.sources.budgets`` alone, ``circuits`` by
``shanty.sources.circuits``, and ``refusals`` by ``shanty.sources.refusals``.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from shanty.db.tables.columns import UtcDateTime, metadata

budgets = Table(
    "budgets",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
)

# One row for each source that asked us to wait, until it is used at full pace again.
circuits = Table(
    "circuits",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("state", String(16), nullable=False),  # open, probing, closed
    # The source is left alone between these times. A clock that is set back also ends the pause.
    Column("blocked_from", UtcDateTime, nullable=False),
    Column("blocked_until", UtcDateTime, nullable=False),
    Column("times", Integer, nullable=False),  # openings since it was last at full pace
    Column("successes_missing", Integer, nullable=False),  # until it is at full pace
    Column("probe", String(64), nullable=False),  # the process whose probe is under way
    Column("reason", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False, server_default="asked"),  # asked, away, refusing
)

# One row for each thing that a source failed to deliver, until it is delivered, or until the source
# itself is found to be the reason.
refusals = Table(
    "refusals",
    metadata,
    Column("source", String(128), primary_key=True),
    Column("subject", String(128), primary_key=True),  # an upload, a search, an MBID
    Column("aspect", String(16), nullable=False),  # what failed: the connection, or which request
    Column("times", Integer, nullable=False),
    Column("is_alone", Boolean, nullable=False),  # others succeeded after this refusal
    Column("refused_at", UtcDateTime, nullable=False),
)
