"""Table definitions: the one description of the schema that code and migrations share.

``work_queue``, ``workers``, ``download_progress`` and ``paused_stages`` are written by
``shanty.workqueue`` alone, ``budgets`` by ``shanty.budgets``, ``circuits`` by ``shanty.circuits``,
all others by ``shanty.catalog`` and its part ``shanty.catalog_owned``. Times are stored as UTC in
:class:`UtcDateTime`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database: SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, store the rest as UTC."""
        return None if value is None else _to_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC time."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """On SQLite, the text that SQLAlchemy's own type writes, in a fifth of the time."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)
        return _to_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """On SQLite, read what :meth:`bind_processor` wrote."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return _from_text


def _to_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("naive datetime given to the database")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


# A transaction writes one time into several columns and statements.
@lru_cache(maxsize=64)
def _to_text(value: datetime | None) -> str | None:
    # Always with microseconds: as texts, times of one length compare like times.
    if value is None:
        return None
    return _to_utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(value: str | None) -> datetime | None:
    # Several times as fast as adding the zone to what has been parsed.
    return None if value is None else datetime.fromisoformat(value + "+00:00")


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives a rowid alias, and thus automatic ids, to INTEGER primary keys only.
Identity = BigInteger().with_variant(Integer(), "sqlite")

# --- the catalogue -----------------------------------------------------------------------------

releases = Table(
    "releases",
    metadata,
    Column("key", String(64), primary_key=True),  # the MBID, or one of ours for a standalone track
    Column("release_group_mbid", String(36), nullable=False, index=True),
    Column("document", JSON, nullable=False),  # a Release, as catalog writes it
    Column("fetched_at", UtcDateTime, nullable=False),
)

artists = Table(
    "artists",
    metadata,
    Column("mbid", String(36), primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", JSON, nullable=False),  # an Artist
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("listed_at", UtcDateTime),  # as of when all its release groups are known
    # A listing under way: since when, and where its next page begins.
    Column("listing_began_at", UtcDateTime),
    Column("listing_offset", Integer, nullable=False, server_default="0"),
)

release_groups = Table(
    "release_groups",
    metadata,
    Column("mbid", String(36), primary_key=True),
    Column("title", Text, nullable=False),
    Column("first_release_date", String(10), nullable=False),
    Column("document", JSON, nullable=False),  # a ReleaseGroup
    Column("seen_at", UtcDateTime, nullable=False),  # when it was first seen
    # The edition that was chosen, and when MusicBrainz was last asked for all of them. No edition
    # with a time: there is none that could be taken.
    Column("release_key", ForeignKey("releases.key")),
    Column("fetched_at", UtcDateTime),
    Column("gone_at", UtcDateTime),  # MusicBrainz has it no longer
)

artist_groups = Table(
    "artist_groups",
    metadata,
    Column("artist_mbid", ForeignKey("artists.mbid", ondelete="CASCADE"), primary_key=True),
    Column(
        "group_mbid",
        ForeignKey("release_groups.mbid", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    Column("listed_at", UtcDateTime, nullable=False),  # the beginning of the last listing with it
)

# The pages of a group's editions that have come, until the last one has.
edition_pages = Table(
    "edition_pages",
    metadata,
    Column("group_mbid", String(36), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("document", JSON, nullable=False),  # a list of Release
    Column("fetched_at", UtcDateTime, nullable=False),
)

request_counts = Table(
    "request_counts",
    metadata,
    Column("service", String(32), primary_key=True),
    Column("day", String(10), primary_key=True),  # of UTC, as YYYY-MM-DD
    Column("number", Integer, nullable=False),
)

tracks = Table(
    "tracks",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("recording_mbid", String(36), nullable=False, unique=True),
    Column("release_key", ForeignKey("releases.key"), nullable=False, index=True),
    Column("release_track_mbid", String(36), nullable=False),
    Column("title", Text, nullable=False),
    Column("artist", Text, nullable=False),
    Column("album", Text, nullable=False),
    Column("length_ms", Integer),
    Column("status", String(16), nullable=False, index=True),
    Column("reason", Text, nullable=False, server_default=""),
    Column("priority", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

watch_rules = Table(
    "watch_rules",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("kind", String(16), nullable=False),  # artist, album, track
    Column("mbid", String(36), nullable=False),
    Column("name", Text, nullable=False),
    Column("document", JSON, nullable=False),  # a GroupFilter; null but for an artist
    Column("is_monitored", Boolean, nullable=False),
    Column("release_mbid", String(36), nullable=False),  # what a track is filed under; "" if none
    Column("created_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),  # when all that it meant at first was known
    UniqueConstraint("kind", "mbid"),
)

# The release groups that a rule means, and when it has wanted their tracks.
rule_groups = Table(
    "rule_groups",
    metadata,
    Column("rule_id", ForeignKey("watch_rules.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "group_mbid",
        ForeignKey("release_groups.mbid", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    Column("priority", Integer, nullable=False),
    Column("expanded_at", UtcDateTime),
    Column("note", Text, nullable=False, server_default=""),  # why there are no tracks of it
)

rule_tracks = Table(
    "rule_tracks",
    metadata,
    Column("rule_id", ForeignKey("watch_rules.id", ondelete="CASCADE"), primary_key=True),
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True, index=True),
    # By way of which release group; "" for a track that was asked for itself.
    Column("group_mbid", String(36), primary_key=True, index=True),
)

candidates = Table(
    "candidates",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("document", JSON, nullable=False),  # the Candidate's other fields
    Column("score", Float, nullable=False),
    Column("score_parts", JSON, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reject_reason", Text, nullable=False, server_default=""),
    Column("found_at", UtcDateTime, nullable=False),
    UniqueConstraint("track_id", "source", "source_id"),
)

# The candidates that are rejected only because nobody was signed in, and what they were before.
wanted_logins = Table(
    "wanted_logins",
    metadata,
    Column("candidate_id", ForeignKey("candidates.id", ondelete="CASCADE"), primary_key=True),
    # Of the jar that was a login there, and of no avail; "" if there was none.
    Column("generation", String(16), nullable=False),
    Column("status_before", String(16), nullable=False),
)

# What was asked for a track, so that it is not asked again. Its results are candidates.
searches = Table(
    "searches",
    metadata,
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("prefix", Text, primary_key=True),  # yt-dlp's, with the number of results
    Column("query", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("result_count", Integer, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, nullable=False, index=True),
    Column("is_placed", Boolean, nullable=False),
    Column("candidate_id", ForeignKey("candidates.id", ondelete="SET NULL")),
    Column("checksum", String(64), nullable=False),
    Column("properties", JSON),  # AudioProperties
    Column("updated_at", UtcDateTime, nullable=False),
    # Of a file in the library: what it was on the disk when it had that checksum.
    Column("checked_size", BigInteger),
    Column("checked_mtime_ns", BigInteger),
)

# Audio that a person had already, as `library scan` has read it. A path is bytes there, not always
# text, and longer than PostgreSQL's indexes take: it is known by its SHA-256.
owned_files = Table(
    "owned_files",
    metadata,
    Column("path_key", String(64), primary_key=True),
    Column("path", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("recording_mbid", String(36), nullable=False, index=True),  # "" without the tag
    Column("name_key", String(64), nullable=False, index=True),  # artist and title, folded
    Column("artist", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("album", Text, nullable=False),
    Column("length_ms", Integer),
    Column("track_id", ForeignKey("tracks.id", ondelete="SET NULL"), index=True),
    Column("matched_by", String(16), nullable=False),  # recording, isrc, name, or ""
    Column("error", Text, nullable=False),  # why it could not be read, or ""
    Column("read_at", UtcDateTime, nullable=False),
)

owned_isrcs = Table(
    "owned_isrcs",
    metadata,
    Column("isrc", String(12), primary_key=True),
    Column(
        "path_key",
        ForeignKey("owned_files.path_key", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)

# How loud the file of a track is, as the stage replaygain has measured it.
loudness = Table(
    "loudness",
    metadata,
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("blocks", LargeBinary, nullable=False),  # of a Loudness, packed by itself
    Column("peak", Float, nullable=False),
    Column("is_in_album", Boolean, nullable=False),  # the album's gain has it in, and its file that
    Column("measured_at", UtcDateTime, nullable=False),
)

# What the lyrics service has last said about a track, so that it is not asked again too soon.
lyrics_answers = Table(
    "lyrics_answers",
    metadata,
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("answer", String(16), nullable=False),  # synced, plain, instrumental, none
    Column("asked_at", UtcDateTime, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("run_id", Text, nullable=False, index=True),
    Column("track_id", Identity, index=True),
    Column("action", String(16), nullable=False),  # an Action
    Column("source_path", Text, nullable=False),
    Column("target_path", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    # intended, before the act; done, with it; undone, by the entry that names it in undoes_id.
    Column("status", String(16), nullable=False, server_default="done"),
    Column("owner", String(64)),  # the worker that intends it
    Column("checksum_before", String(64), nullable=False, server_default=""),
    Column("checksum_after", String(64), nullable=False, server_default=""),
    Column("undoes_id", Identity),
    Column("is_reversal", Boolean, nullable=False, server_default=false()),
    # One act at a time on the file of a track; it is thereby a lock, too.
    Index(
        "uq_journal_open",
        "track_id",
        unique=True,
        sqlite_where=text("status = 'intended'"),
        postgresql_where=text("status = 'intended'"),
    ),
)

# What turns the file that an act has left into the one that was there before.
undo_deltas = Table(
    "undo_deltas",
    metadata,
    Column("journal_id", ForeignKey("journal.id", ondelete="CASCADE"), primary_key=True),
    Column("delta", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
)

trashed_files = Table(
    "trashed_files",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("path", Text, nullable=False, index=True),
    Column("original_path", Text, nullable=False),
    Column("track_id", ForeignKey("tracks.id", ondelete="SET NULL"), index=True),
    Column("run_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("document", JSON, nullable=False),  # of a track's file: candidate and properties
    Column("trashed_at", UtcDateTime, nullable=False),
)

# --- the queue -----------------------------------------------------------------------------------

workers = Table(
    "workers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("flow_run_id", String(64)),
    Column("job", String(32), nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started_at", Float, nullable=False),  # tells a reused pid from the same process
    Column("started_at", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
    Column("heartbeat_monotonic", Float, nullable=False),  # of its host, since that one's boot
    Column("home", Text, nullable=False, server_default=""),  # of its settings
)

work_queue = Table(
    "work_queue",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), nullable=False),
    Column("task_type", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    # How many stages follow. Kept in the row so that a claim reads the index below in order:
    # sorting by a CASE over the stages would read every pending row at each claim.
    Column("stages_left", Integer, nullable=False),
    # Whose turn it is within a priority: an artist's first item, then its second one, and so on.
    Column("turn", Integer, nullable=False, server_default="0"),
    # The source that it is known to need next; it waits while that one's circuit is open.
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
    # One live item per track and stage; the database enforces it, not the code. Live is what has
    # not ended: said by completed_at and not by status, this index is left alone by a claim.
    Index(
        "uq_work_queue_live",
        "track_id",
        "task_type",
        unique=True,
        sqlite_where=text("completed_at IS NULL"),
        postgresql_where=text("completed_at IS NULL"),
    ),
    # What a claim reads, in its order: only pending rows, however many finished ones there are.
    Index(
        "ix_work_queue_due",
        "priority",
        "stages_left",
        "turn",
        "id",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    # What has ended, to count it and to prune it. No more indexes than these: each is paid for at
    # an item's transitions, this one only at its end.
    Index(
        "ix_work_queue_ended",
        "task_type",
        "status",
        "completed_at",
        sqlite_where=text("completed_at IS NOT NULL"),
        postgresql_where=text("completed_at IS NOT NULL"),
    ),
)

# How far what is being downloaded is. In a table of its own, and without an index: a row of
# work_queue that changed every two seconds would be paid for by every claim.
download_progress = Table(
    "download_progress",
    metadata,
    Column("item_id", ForeignKey("work_queue.id", ondelete="CASCADE"), primary_key=True),
    Column("lease_owner", String(64), nullable=False),
    Column("downloaded_bytes", BigInteger, nullable=False),
    Column("total_bytes", BigInteger),
    Column("bytes_per_second", Float),
    Column("updated_at", UtcDateTime, nullable=False),
)

paused_stages = Table(
    "paused_stages",
    metadata,
    Column("task_type", String(32), primary_key=True),
    Column("paused_at", UtcDateTime, nullable=False),
)

# --- the pace ------------------------------------------------------------------------------------

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
