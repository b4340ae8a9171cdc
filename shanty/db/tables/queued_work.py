"""The durable queue and its workers. Written by ``shanty.workqueue`` alone."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from shanty.db.tables.columns import Identity, UtcDateTime, metadata

workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("flow_run_id", String(64)),
    Column("job", String(32), nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started_at", Float, nullable=False),  # distinguishes a reused pid
    Column("started_at", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
    Column("heartbeat_monotonic", Float, nullable=False),  # host's clock since its boot
    Column("home", Text, nullable=False, server_default=""),  # home of its settings
)

work_queue = Table(
    "work_queue",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), nullable=False),
    Column("task_type", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    # How many stages follow. Stored in the row, so that a claim reads the index below in order.
    # Sorting by a CASE over the stages would read every pending row at each claim.
    Column("stages_left", Integer, nullable=False),
    # The order within a priority: each artist's first item, then each artist's second one, and so
    # on.
    Column("turn", Integer, nullable=False, server_default="0"),
    # The source that the item needs next, if known. The item waits while the source's circuit is
    # open.
    Column("source", String(128), nullable=False, server_default=""),
    Column("attempt", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("run_after", UtcDateTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("payload_json", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("error_class", String(32)),
    Column("error", Text),
    # The database allows one live item per track and stage. An item is live until it has a
    # completed_at. A condition on status would make every claim write this index too.
    Index(
        "uq_work_queue_live",
        "track_id",
        "task_type",
        unique=True,
        sqlite_where=text("completed_at IS NULL"),
    ),
    # What a claim reads, in the claim's order: only pending rows, however many finished ones exist.
    Index(
        "ix_work_queue_due",
        "priority",
        "stages_left",
        "turn",
        "id",
        sqlite_where=text("status = 'pending'"),
    ),
    # All work of a track, also what has ended. It is written when an item is made and when it goes.
    Index("ix_work_queue_track_id", "track_id"),
    # Ended items, to count and to prune them. There are no more indexes than these, because each is
    # written at an item's transitions. This one is written only at its end.
    Index(
        "ix_work_queue_ended",
        "task_type",
        "status",
        "completed_at",
        sqlite_where=text("completed_at IS NOT NULL"),
    ),
)

# How far each download has come. It is a table of its own, without an index: if rows of work_queue
# changed every two seconds, every claim would pay for it.
download_progress = Table(
    "download_progress",
    metadata,
    Column("item_id", ForeignKey("work_queue.id", ondelete="CASCADE"), primary_key=True),
    Column("lease_owner", String(64), nullable=False),
    Column("downloaded_bytes", BigInteger, nullable=False),
    Column("total_bytes", BigInteger),
    Column("bytes_per_second", Float),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("slot_at", UtcDateTime),  # when its turn to ask the site comes, while it waits for that
)

paused_stages = Table(
    "paused_stages",
    metadata,
    Column("task_type", String(32), primary_key=True),
    Column("paused_at", UtcDateTime, nullable=False),
)
