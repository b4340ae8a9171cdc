"""What every page and every route of the API is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.library.album_covers import AlbumCovers
from shanty.workqueue import WorkQueue
from web.changes import Changes
from web.checkup import Checkup
from web.job_board import JobBoard
from web.notices import Notices
from web.offer_pictures import OfferPictures
from web.reviewing import Reviewing
from web.run_origins import RunOrigins
from web.wishing import Wishing


@dataclass(frozen=True)
class Parts:
    """The settings with the database, what is in it, and what the pages have in common."""

    settings: Settings
    database: Database
    catalog: Catalog
    queue: WorkQueue
    jobs: JobBoard
    changes: Changes
    notices: Notices
    covers: AlbumCovers
    pictures: OfferPictures
    wishing: Wishing
    reviewing: Reviewing
    checkup: Checkup
    origins: RunOrigins

    @classmethod
    def of(cls, settings: Settings, database: Database) -> Parts:
        """The parts for one database."""
        changes, catalog = Changes(database), Catalog(database)
        queue = WorkQueue(database, max_attempts=settings.queue.max_attempts)
        board = JobBoard(settings, changes.announce)
        covers = AlbumCovers(settings, catalog)
        return cls(
            settings,
            database,
            catalog,
            queue,
            board,
            changes,
            Notices(),
            covers,
            OfferPictures(settings, database, catalog, covers),
            Wishing(settings, database, catalog, queue),
            Reviewing(settings, database, catalog, queue),
            Checkup(settings, changes.announce),
            RunOrigins(board.connect, changes.announce),
        )


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]
"""The parts, as a route's parameter."""
