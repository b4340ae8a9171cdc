"""What commands begin with that change files."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from cli.opening import State, open_state

if TYPE_CHECKING:
    from shanty.library.acts import FileActs


def acting_by_hand(
    verb: str, state: State | None = None, run_id: str | None = None
) -> AbstractContextManager[FileActs]:
    """Acts on files as :func:`shanty.tracks.acting.act_by_hand` has them."""
    from shanty.tracks.acting import act_by_hand

    state = state or open_state()
    return act_by_hand(verb, state.settings, state.database, state.queue, run_id=run_id)
