"""When a download's turn to ask its site comes, so that people see why it has not begun."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is under way now is not known to wait."""
    op.add_column("download_progress", sa.Column("slot_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("download_progress", "slot_at")
