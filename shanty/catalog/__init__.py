"""The catalogue: what is wanted, where it belongs, what was found for it, and what we have.

With ``owned``, the only writer of every table that is not the queue's or the budgets'.
Knows nothing of the queue: whoever changes both does so in one transaction, by handing the same
``tx`` to both. One noun per file; all of them together are :class:`Catalog`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from shanty.catalog.decisions import Decisions
from shanty.catalog.discographies import Discographies
from shanty.catalog.entries import ADDED, Action, EntryStatus, JournalEntry
from shanty.catalog.filed import FiledFile, Inventory, Looked
from shanty.catalog.journal import Journal, RunSummary
from shanty.catalog.known_library import KnownLibrary
from shanty.catalog.looks import Looks
from shanty.catalog.lyrics_answers import Words
from shanty.catalog.measures import Measures
from shanty.catalog.rebasing import Rebasing
from shanty.catalog.rules import RuleGroup
from shanty.catalog.trash import TrashedFile
from shanty.clock import utc_now
from shanty.db import Database

__all__ = [
    "ADDED",
    "Action",
    "Catalog",
    "EntryStatus",
    "FiledFile",
    "JournalEntry",
    "Looked",
    "RuleGroup",
    "RunSummary",
    "TrashedFile",
]


class Catalog(
    Discographies, Journal, Decisions, Inventory, KnownLibrary, Measures, Rebasing, Words
):
    """Reads and writes the catalogue of one database.

    Methods whose first parameter is ``tx`` take part in the caller's transaction, which comes from
    ``database.begin()``; all others are a transaction of their own.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now):
        super().__init__(database, clock)
        self.looks = Looks(database, clock)
