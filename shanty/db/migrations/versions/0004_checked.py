"""What `library check` remembers of a file, so that an unchanged one is not read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = ("checked_size", "checked_mtime_ns")


def upgrade() -> None:
    """Add the two columns."""
    with op.batch_alter_table("files") as batch:
        for name in _COLUMNS:
            batch.add_column(sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("files") as batch:
        for name in _COLUMNS:
            batch.drop_column(name)
