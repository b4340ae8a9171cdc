"""How loud files are, and what the lyrics service has said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the stages replaygain and lyrics."""
    op.create_table(
        "loudness",
        sa.Column("track_id", _identity(), nullable=False),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
        sa.Column("peak", sa.Float(), nullable=False),
        sa.Column("is_in_album", sa.Boolean(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="fk_loudness_track_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("track_id", name="pk_loudness"),
    )
    op.create_table(
        "lyrics_answers",
        sa.Column("track_id", _identity(), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="fk_lyrics_answers_track_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("track_id", name="pk_lyrics_answers"),
    )
    # Two stages have come behind those that there were: what waits keeps its place in the order.
    op.execute("UPDATE work_queue SET stages_left = stages_left + 2 WHERE completed_at IS NULL")


def downgrade() -> None:
    """Drop them; what waited at those stages goes, for nobody would know them."""
    op.execute("DELETE FROM work_queue WHERE task_type IN ('replaygain', 'lyrics')")
    op.execute("UPDATE work_queue SET stages_left = stages_left - 2 WHERE completed_at IS NULL")
    op.drop_table("lyrics_answers")
    op.drop_table("loudness")


def _identity() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
