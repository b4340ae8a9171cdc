"""Which database a flow works on."""

from __future__ import annotations

from prefect_sqlalchemy import SqlAlchemyConnector

from shanty.config.settings import Settings
from shanty.db import Database, open_database, use_engine

BLOCK_NAME = "shanty"


def open_flow_database(settings: Settings) -> Database:
    """The database of the connector block ``shanty`` if one is registered, else the settings'.

    So a machine that only works for a Prefect server elsewhere needs no database setting of its
    own. If ``SHANTY_DATABASE_URL`` is set, it wins.

    Raises:
        DatabaseError: the database cannot be used.
    """
    if settings.database_url is not None:
        return open_database(settings.resolved_database_url)
    try:
        block = SqlAlchemyConnector.load(BLOCK_NAME)
    except ValueError:  # Prefect raises this if there is no block of that name
        return open_database(settings.resolved_database_url)
    return use_engine(block.get_engine())
