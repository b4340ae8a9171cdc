"""When the next request to somebody else's server may be made.

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
    Column("kind", String(16), nullable=False, server_default="asked"),  # asked, away, refusing
)

# One row for each thing that did not come when a source was asked for it, until it comes, or until
# the source is known to be the reason.
refusals = Table(
    "refusals",
    metadata,
    Column("source", String(128), primary_key=True),
    Column("subject", String(128), primary_key=True),  # an upload, a search, an MBID
    Column("aspect", String(16), nullable=False),  # what failed: the way there, or which request
    Column("times", Integer, nullable=False),
    Column("is_alone", Boolean, nullable=False),  # others have got through since it was refused
    Column("refused_at", UtcDateTime, nullable=False),
)
