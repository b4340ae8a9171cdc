"""What most commands begin with: the settings and the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanty.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from shanty.catalog import Catalog
    from shanty.db import Database
    from shanty.workqueue import WorkQueue

LARGEST_NUMBER = 2**63 - 1
"""No database of ours holds a larger one, neither as an id nor as a limit."""


@dataclass(frozen=True)
class State:
    """The settings with the database, the catalogue and the queue in it."""

    settings: Settings
    database: Database
    catalog: Catalog
    queue: WorkQueue


def open_state() -> State:
    """Open the database that the settings name, making or migrating it first if need be.

    Raises:
        ConfigError, DatabaseError: with a sentence that names the key or the file.
    """
    from shanty.catalog import Catalog
    from shanty.config.home import keep_home_private, require_whole_home
    from shanty.db import open_database
    from shanty.workqueue import WorkQueue

    settings = load_settings()
    require_whole_home(settings)
    keep_home_private(settings)
    database = open_database(settings.resolved_database_url)
    queue = WorkQueue(database, max_attempts=settings.queue.max_attempts)
    return State(settings, database, Catalog(database), queue)
