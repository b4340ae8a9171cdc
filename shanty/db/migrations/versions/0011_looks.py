"""When what has come to no good end is looked at again."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what has failed before this release is looked at soon."""
    op.create_table(
        "looks",
        sa.Column(
            "track_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("tracks.id", name="fk_looks_track_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("task_type", sa.String(32), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("track_id", "task_type", name="pk_looks"),
    )
    op.create_index("ix_looks_at", "looks", ["at"])
    op.add_column("tracks", sa.Column("searched_anew_at", sa.DateTime(timezone=True)))
    op.execute(
        sa.text(
            "INSERT INTO looks (track_id, task_type, times, at)"
            " SELECT id, COALESCE((SELECT task_type FROM work_queue"
            " WHERE work_queue.track_id = tracks.id AND work_queue.status = 'failed'"
            " ORDER BY work_queue.id DESC LIMIT 1), 'download'), 0, :now FROM tracks"
            " WHERE status IN ('failed', 'needs_review')"
        ).bindparams(sa.bindparam("now", datetime.now(UTC), sa.DateTime(timezone=True)))
    )


def downgrade() -> None:
    """Undo :func:`upgrade`."""
    op.drop_column("tracks", "searched_anew_at")
    op.drop_table("looks")
