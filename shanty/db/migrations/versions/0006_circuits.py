"""Sources that are left alone for a while, and artists that take turns in the queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'pending'")


def upgrade() -> None:
    """Make the table of circuits, and the queue's columns with the index that orders by them."""
    op.create_table(
        "circuits",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("blocked_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("successes_missing", sa.Integer(), nullable=False),
        sa.Column("probe", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("work_queue", sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "work_queue", sa.Column("source", sa.String(128), nullable=False, server_default="")
    )
    op.drop_index("ix_work_queue_due", "work_queue")
    _index_what_is_due("priority", "stages_left", "turn", "id")


def downgrade() -> None:
    """Undo :func:`upgrade`."""
    op.drop_index("ix_work_queue_due", "work_queue")
    _index_what_is_due("priority", "stages_left", "id")
    op.drop_column("work_queue", "source")
    op.drop_column("work_queue", "turn")
    op.drop_table("circuits")


def _index_what_is_due(*columns: str) -> None:
    op.create_index(
        "ix_work_queue_due",
        "work_queue",
        list(columns),
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    )
