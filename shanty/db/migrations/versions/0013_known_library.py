"""By which mark the library is known, so that nothing else is ever taken for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; a library that is there is marked when it is next used."""
    op.create_table(
        "known_library",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("library_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_known_library"),
    )


def downgrade() -> None:
    """Take it away; the mark stays in the library."""
    op.drop_table("known_library")
