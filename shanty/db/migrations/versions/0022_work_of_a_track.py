"""All work of a track, also what has ended, is found by the track."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_work_queue_track_id", "work_queue", ["track_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_work_queue_track_id", "work_queue")
