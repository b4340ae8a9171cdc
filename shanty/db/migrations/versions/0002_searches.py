"""The searches that were asked for a track, so that a retry does not ask them again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what was asked before it is not known, and is asked once more."""
    op.create_table(
        "searches",
        sa.Column("track_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.Column("prefix", sa.Text()),
        sa.Column("query", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("result_count", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("track_id", "prefix", "query", name="pk_searches"),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="fk_searches_track_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("searches")
