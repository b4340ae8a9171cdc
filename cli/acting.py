"""What commands begin with that change files: a lease, a name for the journal, and order."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.opening import State, open_state

if TYPE_CHECKING:
    from shanty.library.acts import FileActs


@contextmanager
def acting_by_hand(
    verb: str, state: State | None = None, run_id: str | None = None
) -> Iterator[FileActs]:
    """Acts on files as a run of their own, called for example ``undo-1f0c9a22``, or as one before.

    What processes that have died left is settled first. The playlists follow what was done.
    """
    from shanty.library.acts import FileActs
    from shanty.library.playlists import refresh_playlists
    from shanty.tracks.rescue import rescue
    from shanty.workqueue import Lease

    state = state or open_state()
    rescue(state.queue, state.catalog, state.database)
    with Lease(state.queue, job=verb) as lease:
        acts = FileActs(
            settings=state.settings,
            database=state.database,
            queue=state.queue,
            run_id=run_id or f"{verb}-{secrets.token_hex(4)}",
            owner=lease.worker_id,
            is_by_hand=True,
        )
        acts.settle_all()
        before = acts.catalog.files.last_journal_id()
        yield acts
        if acts.catalog.files.last_journal_id() != before:
            refresh_playlists(acts.settings, acts.catalog)
