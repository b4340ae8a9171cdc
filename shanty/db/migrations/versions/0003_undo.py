"""What undo needs: the journal as a write-ahead log, reverse deltas, and the trash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = sa.text("status = 'intended'")


def upgrade() -> None:
    """Add the columns and the two tables."""
    with op.batch_alter_table("journal") as batch:
        # What is there was written when it was done.
        batch.add_column(sa.Column("status", sa.String(16), nullable=False, server_default="done"))
        batch.add_column(sa.Column("owner", sa.String(64), nullable=True))
        for name in ("checksum_before", "checksum_after"):
            batch.add_column(sa.Column(name, sa.String(64), nullable=False, server_default=""))
        batch.add_column(sa.Column("undoes_id", _identity(), nullable=True))
        batch.add_column(
            sa.Column("is_reversal", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_index(
        "uq_journal_open",
        "journal",
        ["track_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "undo_deltas",
        sa.Column("journal_id", _identity(), nullable=False),
        sa.Column("delta", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name="fk_undo_deltas_journal_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("journal_id", name="pk_undo_deltas"),
    )
    op.create_table(
        "trashed_files",
        sa.Column("id", _identity(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("original_path", sa.Text(), nullable=False),
        sa.Column("track_id", _identity(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checksum", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="fk_trashed_files_track_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_trashed_files"),
    )
    op.create_index("ix_trashed_files_path", "trashed_files", ["path"])
    op.create_index("ix_trashed_files_track_id", "trashed_files", ["track_id"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("trashed_files")
    op.drop_table("undo_deltas")
    op.drop_index("uq_journal_open", "journal")
    with op.batch_alter_table("journal") as batch:
        for name in (
            "is_reversal",
            "undoes_id",
            "checksum_after",
            "checksum_before",
            "owner",
            "status",
        ):
            batch.drop_column(name)


def _identity() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
