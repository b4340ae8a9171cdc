"""When MusicBrainz is asked again for a release group that it has no longer, or knows little of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# What releases before this one have written down of one that was gone, or had no edition, for good.
_LACKING = (
    "note IN ('MusicBrainz has it no longer', 'MusicBrainz has no release of it yet',"
    " 'it has no tracks that are wanted')"
)


def upgrade() -> None:
    """Add the columns; what came to nothing before is asked for again."""
    op.add_column(
        "release_groups", sa.Column("lacks", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("release_groups", sa.Column("look_at", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE release_groups SET fetched_at = NULL WHERE release_key IS NULL AND mbid IN"
        f" (SELECT group_mbid FROM rule_groups WHERE {_LACKING})"
    )
    op.execute(f"UPDATE rule_groups SET expanded_at = NULL WHERE {_LACKING}")


def downgrade() -> None:
    """Take them away."""
    op.drop_column("release_groups", "look_at")
    op.drop_column("release_groups", "lacks")
