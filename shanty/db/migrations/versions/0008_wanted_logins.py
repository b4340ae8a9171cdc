"""Which candidates were rejected only because nobody was signed in: new cookies give them back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What releases before this one have written down of such a rejection, and of no other.
_FOR_WANT_OF_A_LOGIN = "%only shown to who is signed in (`shanty cookies import`)%"


def upgrade() -> None:
    """Make the table, and know what was rejected before by its reason."""
    op.create_table(
        "wanted_logins",
        sa.Column(
            "candidate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("generation", sa.String(16), nullable=False),
        sa.Column("status_before", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", name="pk_wanted_logins"),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidates.id"],
            name="fk_wanted_logins_candidate_id",
            ondelete="CASCADE",
        ),
    )
    op.execute(
        sa.text(
            "INSERT INTO wanted_logins (candidate_id, generation, status_before)"
            " SELECT id, '', CASE WHEN source = 'url' THEN 'accepted' ELSE 'found' END"
            " FROM candidates WHERE status = 'rejected' AND reject_reason LIKE :reason"
        ).bindparams(reason=_FOR_WANT_OF_A_LOGIN)
    )


def downgrade() -> None:
    """Take it away; what was rejected stays so."""
    op.drop_table("wanted_logins")
