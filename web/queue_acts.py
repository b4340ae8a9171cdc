"""What the page and the API do with work items and sources, by the functions of the commands."""

from __future__ import annotations

from enum import StrEnum

from shanty.errors import NotFoundError, ShantyError
from shanty.models import Stage
from shanty.sources.circuits import Circuits
from shanty.tracks import by_hand
from web.paging import LARGEST
from web.parts import Parts


class QueueAct(StrEnum):
    """What can be done with work items."""

    RETRY = "retry"
    FIRST = "first"
    CANCEL = "cancel"

    @property
    def done(self) -> str:
        """What has come of it."""
        return {
            QueueAct.RETRY: "will be tried again",
            QueueAct.FIRST: "will be tried before all others",
            QueueAct.CANCEL: "cancelled",
        }[self]


def do(
    parts: Parts,
    what: QueueAct,
    items: list[int] | None,
    *,
    status: str | None = None,
    stage: Stage | None = None,
) -> int:
    """Do it with these items, or with all of a state and a stage; returns with how many.

    Raises:
        NotFoundError: there is no such item.
        ShantyError: neither items nor a state or a stage are named.
    """
    if not items and status is None and stage is None:
        raise ShantyError("say which: tick some, or choose a state or a stage first")
    if items and not all(0 < item <= LARGEST for item in items):
        raise NotFoundError("there is no such work item")
    chosen = (parts.queue, parts.catalog, parts.database, items or None)
    stage, status = (None, None) if items else (stage, status)
    if what is QueueAct.CANCEL:
        return by_hand.cancel_items(*chosen, stage=stage, status=status)
    is_first = what is QueueAct.FIRST
    return by_hand.retry_items(*chosen, stage=stage, status=status, now=is_first)


def resume_source(parts: Parts, name: str) -> None:
    """Ask a source that is left alone again with the next request.

    Raises:
        NotFoundError: it is not left alone.
    """
    if not Circuits(parts.database).resume(name):
        raise NotFoundError(f"no source {name!r} is paused")
