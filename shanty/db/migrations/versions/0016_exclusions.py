"""Albums and songs that a person has left out of a wish."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "rule_exclusions",
        sa.Column("rule_id", identity, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("mbid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["watch_rules.id"],
            name="fk_rule_exclusions_rule_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rule_id", "kind", "mbid", name="pk_rule_exclusions"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("rule_exclusions")
