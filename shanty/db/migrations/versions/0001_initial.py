"""The first schema: the catalogue, the queue and its workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LIVE = sa.text("completed_at IS NULL")
ENDED = sa.text("completed_at IS NOT NULL")
PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    """Make all tables."""
    _create_knowing()
    _create_wanting()
    _create_having()
    _create_owned()
    _create_queue()


def downgrade() -> None:
    """Drop all tables."""
    for table in (
        "budgets",
        "paused_stages",
        "work_queue",
        "workers",
        "journal",
        "owned_isrcs",
        "owned_files",
        "files",
        "candidates",
        "rule_tracks",
        "rule_groups",
        "watch_rules",
        "tracks",
        "request_counts",
        "edition_pages",
        "artist_groups",
        "release_groups",
        "artists",
        "releases",
    ):
        op.drop_table(table)


def _identity() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _create_knowing() -> None:
    op.create_table(
        "releases",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("release_group_mbid", sa.String(36), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("fetched_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_releases"),
    )
    op.create_index("ix_releases_release_group_mbid", "releases", ["release_group_mbid"])
    op.create_table(
        "artists",
        sa.Column("mbid", sa.String(36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("fetched_at", _time(), nullable=False),
        sa.Column("listed_at", _time(), nullable=True),
        sa.Column("listing_began_at", _time(), nullable=True),
        sa.Column("listing_offset", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("mbid", name="pk_artists"),
    )
    op.create_table(
        "release_groups",
        sa.Column("mbid", sa.String(36), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_release_date", sa.String(10), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("seen_at", _time(), nullable=False),
        sa.Column("release_key", sa.String(64), nullable=True),
        sa.Column("fetched_at", _time(), nullable=True),
        sa.Column("gone_at", _time(), nullable=True),
        sa.ForeignKeyConstraint(
            ["release_key"], ["releases.key"], name="fk_release_groups_release_key"
        ),
        sa.PrimaryKeyConstraint("mbid", name="pk_release_groups"),
    )
    op.create_table(
        "artist_groups",
        sa.Column("artist_mbid", sa.String(36), nullable=False),
        sa.Column("group_mbid", sa.String(36), nullable=False),
        sa.Column("listed_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artist_mbid"],
            ["artists.mbid"],
            name="fk_artist_groups_artist_mbid",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_mbid"],
            ["release_groups.mbid"],
            name="fk_artist_groups_group_mbid",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("artist_mbid", "group_mbid", name="pk_artist_groups"),
    )
    op.create_index("ix_artist_groups_group_mbid", "artist_groups", ["group_mbid"])
    op.create_table(
        "edition_pages",
        sa.Column("group_mbid", sa.String(36), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("fetched_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("group_mbid", "first", name="pk_edition_pages"),
    )
    op.create_table(
        "request_counts",
        sa.Column("service", sa.String(32), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service", "day", name="pk_request_counts"),
    )


def _create_wanting() -> None:
    op.create_table(
        "tracks",
        sa.Column("id", _identity(), nullable=False),
        sa.Column("recording_mbid", sa.String(36), nullable=False),
        sa.Column("release_key", sa.String(64), nullable=False),
        sa.Column("release_track_mbid", sa.String(36), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("album", sa.Text(), nullable=False),
        sa.Column("length_ms", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("updated_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(["release_key"], ["releases.key"], name="fk_tracks_release_key"),
        sa.PrimaryKeyConstraint("id", name="pk_tracks"),
        sa.UniqueConstraint("recording_mbid", name="uq_tracks_recording_mbid"),
    )
    op.create_index("ix_tracks_release_key", "tracks", ["release_key"])
    op.create_index("ix_tracks_status", "tracks", ["status"])
    op.create_table(
        "watch_rules",
        sa.Column("id", _identity(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("mbid", sa.String(36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("is_monitored", sa.Boolean(), nullable=False),
        sa.Column("release_mbid", sa.String(36), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("completed_at", _time(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_watch_rules"),
        sa.UniqueConstraint("kind", "mbid", name="uq_watch_rules_kind_mbid"),
    )
    op.create_table(
        "rule_groups",
        sa.Column("rule_id", _identity(), nullable=False),
        sa.Column("group_mbid", sa.String(36), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("expanded_at", _time(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["watch_rules.id"], name="fk_rule_groups_rule_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_mbid"],
            ["release_groups.mbid"],
            name="fk_rule_groups_group_mbid",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rule_id", "group_mbid", name="pk_rule_groups"),
    )
    op.create_index("ix_rule_groups_group_mbid", "rule_groups", ["group_mbid"])
    op.create_table(
        "rule_tracks",
        sa.Column("rule_id", _identity(), nullable=False),
        sa.Column("track_id", _identity(), nullable=False),
        sa.Column("group_mbid", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["watch_rules.id"], name="fk_rule_tracks_rule_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="fk_rule_tracks_track_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rule_id", "track_id", "group_mbid", name="pk_rule_tracks"),
    )
    op.create_index("ix_rule_tracks_track_id", "rule_tracks", ["track_id"])
    op.create_index("ix_rule_tracks_group_mbid", "rule_tracks", ["group_mbid"])


def _create_having() -> None:
    op.create_table(
        "candidates",
        sa.Column("id", _identity(), nullable=False),
        sa.Column("track_id", _identity(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("score_parts", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reject_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("found_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="fk_candidates_track_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_candidates"),
        sa.UniqueConstraint(
            "track_id", "source", "source_id", name="uq_candidates_track_id_source_source_id"
        ),
    )
    op.create_table(
        "files",
        sa.Column("track_id", _identity(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("is_placed", sa.Boolean(), nullable=False),
        sa.Column("candidate_id", _identity(), nullable=True),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=True),
        sa.Column("updated_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="fk_files_track_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidates.id"],
            name="fk_files_candidate_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("track_id", name="pk_files"),
    )
    op.create_index("ix_files_path", "files", ["path"])
    op.create_table(
        "journal",
        sa.Column("id", _identity(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("track_id", _identity(), nullable=True),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("source_path", sa.Text(), nullable=False),
        sa.Column("target_path", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    op.create_index("ix_journal_run_id", "journal", ["run_id"])
    op.create_index("ix_journal_track_id", "journal", ["track_id"])


def _create_owned() -> None:
    op.create_table(
        "owned_files",
        sa.Column("path_key", sa.String(64), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("recording_mbid", sa.String(36), nullable=False),
        sa.Column("name_key", sa.String(64), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("album", sa.Text(), nullable=False),
        sa.Column("length_ms", sa.Integer(), nullable=True),
        sa.Column("track_id", _identity(), nullable=True),
        sa.Column("matched_by", sa.String(16), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("read_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="fk_owned_files_track_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("path_key", name="pk_owned_files"),
    )
    for column in ("recording_mbid", "name_key", "track_id"):
        op.create_index(f"ix_owned_files_{column}", "owned_files", [column])
    op.create_table(
        "owned_isrcs",
        sa.Column("isrc", sa.String(12), nullable=False),
        sa.Column("path_key", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["path_key"],
            ["owned_files.path_key"],
            name="fk_owned_isrcs_path_key",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("isrc", "path_key", name="pk_owned_isrcs"),
    )
    op.create_index("ix_owned_isrcs_path_key", "owned_isrcs", ["path_key"])


def _create_queue() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("flow_run_id", sa.String(64), nullable=True),
        sa.Column("job", sa.String(32), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("process_started_at", sa.Float(), nullable=False),
        sa.Column("started_at", _time(), nullable=False),
        sa.Column("heartbeat_at", _time(), nullable=False),
        sa.Column("heartbeat_monotonic", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "work_queue",
        sa.Column("id", _identity(), nullable=False),
        sa.Column("track_id", _identity(), nullable=False),
        sa.Column("task_type", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("stages_left", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("run_after", _time(), nullable=False),
        sa.Column("lease_owner", sa.String(64), nullable=True),
        sa.Column("payload_json", sa.JSON(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("started_at", _time(), nullable=True),
        sa.Column("completed_at", _time(), nullable=True),
        sa.Column("error_class", sa.String(32), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="fk_work_queue_track_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_work_queue"),
    )
    for name, columns, where in (
        ("uq_work_queue_live", ["track_id", "task_type"], LIVE),
        ("ix_work_queue_due", ["priority", "stages_left", "id"], PENDING),
        ("ix_work_queue_ended", ["task_type", "status", "completed_at"], ENDED),
    ):
        op.create_index(
            name,
            "work_queue",
            columns,
            unique=name.startswith("uq"),
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_table(
        "paused_stages",
        sa.Column("task_type", sa.String(32), nullable=False),
        sa.Column("paused_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("task_type", name="pk_paused_stages"),
    )
    op.create_table(
        "budgets",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("next_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_budgets"),
    )
