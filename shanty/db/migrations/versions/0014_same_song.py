"""Let the next scan read every file again: what counts as the same song has changed."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No file has this time, so each looks changed. Nothing that is known is lost meanwhile."""
    op.execute("UPDATE owned_files SET mtime_ns = -1")


def downgrade() -> None:
    """The next scan reads them again all the same."""
