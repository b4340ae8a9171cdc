"""What uploads sound like."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; files that were filed before have no fingerprint."""
    op.create_table(
        "fingerprints",
        sa.Column(
            "candidate_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("candidates.id", name="fk_fingerprints_candidate_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", name="pk_fingerprints"),
    )


def downgrade() -> None:
    """Drop it; fingerprints can be taken again."""
    op.drop_table("fingerprints")
