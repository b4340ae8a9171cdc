"""What sources have refused, to tell a source's trouble from that of one thing it has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and note of each circuit why it is open."""
    op.create_table(
        "refusals",
        sa.Column("source", sa.String(128), primary_key=True),
        sa.Column("subject", sa.String(128), primary_key=True),
        sa.Column("aspect", sa.String(16), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("is_alone", sa.Boolean(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "set_aside",
        sa.Column(
            "candidate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("status_before", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", name="pk_set_aside"),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidates.id"],
            name="fk_set_aside_candidate_id",
            ondelete="CASCADE",
        ),
    )
    op.add_column(
        "circuits", sa.Column("kind", sa.String(16), nullable=False, server_default="asked")
    )


def downgrade() -> None:
    """Undo :func:`upgrade`."""
    op.drop_column("circuits", "kind")
    op.drop_table("set_aside")
    op.drop_table("refusals")
