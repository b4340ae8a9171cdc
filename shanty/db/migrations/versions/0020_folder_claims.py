"""Whose a folder is, which MusicBrainz ids were merged, and an index for the library by album."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and one index instead of another."""
    op.create_table(
        "folder_claims",
        sa.Column("folder_key", sa.String(64), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("plain_key", sa.String(64), nullable=False),
        sa.Column("addition", sa.Text(), nullable=False),
        sa.Column("holder_mbid", sa.String(36), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("folder_key", name="pk_folder_claims"),
    )
    op.create_index("ix_folder_claims_holder", "folder_claims", ["holder_mbid", "plain_key"])
    op.create_table(
        "merged_mbids",
        sa.Column("old_mbid", sa.String(36), nullable=False),
        sa.Column("mbid", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("old_mbid", name="pk_merged_mbids"),
    )
    op.drop_index("ix_tracks_status", "tracks")
    op.create_index("ix_tracks_status_release_key", "tracks", ["status", "release_key"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_tracks_status_release_key", "tracks")
    op.create_index("ix_tracks_status", "tracks", ["status"])
    op.drop_table("merged_mbids")
    op.drop_index("ix_folder_claims_holder", "folder_claims")
    op.drop_table("folder_claims")
