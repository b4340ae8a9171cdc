"""Which installation this database is, for the folders that it may share with others."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and its one row."""
    installation = op.create_table(
        "installation",
        sa.Column("id", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.execute(installation.insert().values(id=secrets.token_hex(4)))


def downgrade() -> None:
    """Take it away."""
    op.drop_table("installation")
