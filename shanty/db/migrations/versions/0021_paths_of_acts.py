"""The history of a file is found by its path."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    for name in ("source_path", "target_path"):
        op.create_index(f"ix_journal_{name}", "journal", [name], postgresql_using="hash")


def downgrade() -> None:
    """Drop them."""
    for name in ("target_path", "source_path"):
        op.drop_index(f"ix_journal_{name}", "journal")
