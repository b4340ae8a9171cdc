"""Which of the library's changes each media server knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "media_servers",
        sa.Column("server", sa.String(16), nullable=False),
        sa.Column("told_id", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("server", name="pk_media_servers"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("media_servers")
