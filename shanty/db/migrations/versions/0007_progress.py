"""How far a download is, and which home a worker belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    with op.batch_alter_table("workers") as batch:
        batch.add_column(sa.Column("home", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "download_progress",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lease_owner", sa.String(64), nullable=False),
        sa.Column("downloaded_bytes", sa.BigInteger(), nullable=False),
        sa.Column("total_bytes", sa.BigInteger()),
        sa.Column("bytes_per_second", sa.Float()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_download_progress"),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["work_queue.id"],
            name="fk_download_progress_item_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("download_progress")
    with op.batch_alter_table("workers") as batch:
        batch.drop_column("home")
