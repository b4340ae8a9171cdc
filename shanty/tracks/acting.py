"""What a person's acts on files begin with: a lease, a name for the journal, and order."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.library.acts import FileActs
from shanty.library.playlists import refresh_playlists
from shanty.tracks.rescue import rescue
from shanty.workqueue import Lease, WorkQueue


@contextmanager
def act_by_hand(
    verb: str,
    settings: Settings,
    database: Database,
    queue: WorkQueue,
    *,
    run_id: str | None = None,
) -> Iterator[FileActs]:
    """Acts on files as a run of their own, called for example ``undo-1f0c9a22``, or as one before.

    What processes that have died left is settled first. The playlists follow what was done.
    """
    rescue(queue, Catalog(database), database)
    with Lease(queue, job=verb) as lease:
        acts = FileActs(
            settings=settings,
            database=database,
            queue=queue,
            run_id=run_id or f"{verb}-{secrets.token_hex(4)}",
            owner=lease.worker_id,
            is_by_hand=True,
        )
        acts.settle_all()
        before = acts.catalog.files.last_journal_id()
        yield acts
        if acts.catalog.files.last_journal_id() != before:
            refresh_playlists(acts.settings, acts.catalog)
