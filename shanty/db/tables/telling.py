"""What there is to tell, and who has been told how much of it.

``media_servers`` is written by ``shanty.catalog.library_news`` alone, and the rest by
``shanty.diagnosis.notices.record``.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, text

from shanty.db.tables.columns import Identity, UtcDateTime, metadata

# One row for each thing that people are told of: an album, a track, a trouble.
notices = Table(
    "notices",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("kind", String(16), nullable=False),  # an EventName
    Column("subject", String(128), nullable=False),  # what tells it from others of its kind
    Column("line", Text, nullable=False),
    Column("album", Text, nullable=False),  # what it is told together with; "" if nothing
    Column("noticed_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),  # when it was last so
    Column("ended_at", UtcDateTime),  # it was no longer so
    Index(
        "uq_notices_open",
        "kind",
        "subject",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
    ),
)

# Of each kind of event, each channel has been told all notices up to an id.
notice_channels = Table(
    "notice_channels",
    metadata,
    Column("channel", String(16), primary_key=True),  # a digest of its address
    Column("kind", String(16), primary_key=True),
    Column("told_id", BigInteger, nullable=False),
    Column("told_at", UtcDateTime),
    Column("claimed_at", UtcDateTime),  # somebody is about to tell it, or could not
)

# Each media server knows all acts of the journal up to one.
media_servers = Table(
    "media_servers",
    metadata,
    Column("server", String(16), primary_key=True),  # a digest of its address
    Column("told_id", BigInteger, nullable=False),
    Column("retry_at", UtcDateTime),  # somebody tells it, or could not: not before this time
)
