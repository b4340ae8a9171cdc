"""What a stage is given and what it gives back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from shanty.catalog import Catalog
from shanty.circuits import Circuits
from shanty.config import Settings
from shanty.db import Database, Transaction
from shanty.models import Candidate, Placement, Recording, WorkItem
from shanty.providers.coverart import CoverArt
from shanty.workqueue import WorkQueue


class Source(Protocol):
    """Where recordings are searched for and fetched from."""

    def search(self, recording: Recording, album_title: str, prefix: str) -> list[Candidate]:
        """Candidates for a recording from one search prefix, scored, best first."""

    def fetch(
        self, candidate: Candidate, into_dir: Path, *, should_stop: Callable[[], bool]
    ) -> Path:
        """Download a candidate's audio; returns the file. A finished one is not fetched again."""

    def verify(self, path: Path, placement: Placement, *, is_any_length: bool = False) -> None:
        """Raise BadCandidateError unless the file is whole, audible and about the right length."""


class Services:
    """What the stages of one run work with. A plain class on purpose: Prefect takes dataclasses
    and pydantic models among a task's arguments apart, looking for futures.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        source: Source,
        coverart: CoverArt,
        circuits: Circuits,
        run_id: str,
    ):
        self.settings = settings
        self.database = database
        self.catalog = Catalog(database)
        self.queue = WorkQueue(database, max_attempts=settings.queue.max_attempts)
        self.source = source
        self.coverart = coverart
        self.circuits = circuits
        self.run_id = run_id
        self.stop = threading.Event()
        """Set when the run is being ended: long work gives up at once."""


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage achieved. ``record`` writes it to the catalogue, in the queue's transaction."""

    message: str
    record: Callable[[Transaction], None] | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    clean_up: Callable[[], None] | None = None
    """Removes what is of no use once the result is committed; a crash may leave it undone."""


StageFunction = Callable[[WorkItem, Services], StageResult]
