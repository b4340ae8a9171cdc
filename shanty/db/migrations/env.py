"""Run by Alembic. The connection, inside its transaction, comes from ``shanty.db.schema``."""

from __future__ import annotations

from alembic import context

from shanty.db.tables import metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
)
with context.begin_transaction():
    context.run_migrations()
