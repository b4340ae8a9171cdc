"""Files: of tracks and of the owner, what was measured in them, and what was done to them.

Written by ``shanty.catalog`` and its part ``shanty.catalog.owned`` alone.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    text,
)

from shanty.db.tables.columns import Identity, UtcDateTime, metadata

# One row, made with the table. Another installation, with a database of its own, may share the
# library's folders, and its tracks have the same numbers.
installation = Table("installation", metadata, Column("id", String(8), primary_key=True))

# One row, made when the library is first used: the id in its mark.
known_library = Table(
    "known_library",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("library_id", String(32), nullable=False),
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
    # For a file in the library: its size and time on the disk when it had that checksum.
    Column("checked_size", BigInteger),
    Column("checked_mtime_ns", BigInteger),
)

# Audio that a person had already, as `library scan` has read it. A path is bytes, is not always
# text, and may be too long for PostgreSQL's indexes. So its SHA-256 is the key.
owned_files = Table(
    "owned_files",
    metadata,
    Column("path_key", String(64), primary_key=True),
    Column("path", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("recording_mbid", String(36), nullable=False, index=True),  # "" if the tag is missing
    Column("name_key", String(64), nullable=False, index=True),  # a hash of artist and title
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

# Which artist or release group a folder of the library belongs to. The key is the SHA-256 of the
# folder's path as file systems compare it. A folder that was told apart from another one of the
# same name has the key of that name as `plain_key`, and what was added to the name.
folder_claims = Table(
    "folder_claims",
    metadata,
    Column("folder_key", String(64), primary_key=True),
    Column("folder", Text, nullable=False),  # below the library's folder
    Column("plain_key", String(64), nullable=False),
    Column("addition", Text, nullable=False),  # "" if it has the plain name
    Column("holder_mbid", String(36), nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    Index("ix_folder_claims_holder", "holder_mbid", "plain_key"),
)

# How loud a track's file is, as the stage replaygain has measured it.
loudness = Table(
    "loudness",
    metadata,
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("blocks", LargeBinary, nullable=False),  # Loudness.pack()
    Column("peak", Float, nullable=False),
    Column("is_in_album", Boolean, nullable=False),  # part of the album's gain, in its tags
    Column("measured_at", UtcDateTime, nullable=False),
)

# What an upload sounds like. Files are tagged and moved, but keep their sound.
fingerprints = Table(
    "fingerprints",
    metadata,
    Column("candidate_id", ForeignKey("candidates.id", ondelete="CASCADE"), primary_key=True),
    Column("words", LargeBinary, nullable=False),  # Fingerprint.packed
    Column("taken_at", UtcDateTime, nullable=False),
)

# The lyrics service's last answer about a track, so that it is not asked again too soon.
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
    # intended: before the act. done: after it. undone: reversed by the entry whose undoes_id names
    # it.
    Column("status", String(16), nullable=False, server_default="done"),
    Column("owner", String(64)),  # the worker that intends it
    Column("checksum_before", String(64), nullable=False, server_default=""),
    Column("checksum_after", String(64), nullable=False, server_default=""),
    Column("undoes_id", Identity),
    Column("is_reversal", Boolean, nullable=False, server_default=false()),
    # What was done to a file, by its path. PostgreSQL's usual index takes no long text, so the
    # migration makes it one of hashes there. Said here, it would load the dialect of PostgreSQL.
    Index("ix_journal_source_path", "source_path"),
    Index("ix_journal_target_path", "target_path"),
    # Only one act at a time on a track's file. So an open entry is also a lock.
    Index(
        "uq_journal_open",
        "track_id",
        unique=True,
        sqlite_where=text("status = 'intended'"),
    ),
)

# The delta that turns the file after an act back into the file before it.
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
    Column("document", JSON, nullable=False),  # for a track's file: candidate, properties
    Column("trashed_at", UtcDateTime, nullable=False),
)
