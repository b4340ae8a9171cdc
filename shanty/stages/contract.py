"""What a stage is given and what it gives back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from shanty.catalog import Catalog
from shanty.catalog.distances import Distances
from shanty.config.settings import Settings
from shanty.db import Database, Transaction
from shanty.library.acts import FileActs
from shanty.models import Candidate, Progress, WorkItem
from shanty.music.entities import Placement, Recording
from shanty.music.fingerprint import Fingerprint
from shanty.providers.artist_art import ArtistArt
from shanty.providers.coverart import CoverArt
from shanty.providers.lrclib import LrcLib
from shanty.sources.circuits import Circuits
from shanty.workqueue import WorkQueue


class Source(Protocol):
    """Where recordings are searched for and fetched from."""

    def search(
        self,
        recording: Recording,
        album_title: str,
        place: str,
        query: str,
        *,
        should_stop: Callable[[], bool],
    ) -> list[Candidate]:
        """The candidates that one search finds for a recording, scored, best first.

        Raises:
            AbsentSourceError: another source may serve in its stead.
        """

    def fetch(
        self,
        candidate: Candidate,
        into_dir: Path,
        *,
        should_stop: Callable[[], bool],
        on_progress: Callable[[Progress], None] | None = None,
        judge: Callable[[Candidate], None] = lambda _: None,
    ) -> Path:
        """Download a candidate's audio; returns the file. A finished file is not fetched again.

        ``judge`` gets the candidate with all that its own page says, and may refuse it before
        anything is downloaded. ``on_progress`` is called with every block, and ``should_stop`` is
        asked as often.
        """

    def verify(
        self, path: Path, placement: Placement, *, is_decided: bool = False
    ) -> Fingerprint | None:
        """Check that a file is whole, audible and, as far as can be told, the recording.

        Returns its fingerprint, or None if none can be taken. ``is_decided``: a person or an
        earlier try has settled that this is the recording.

        Raises:
            BadCandidateError: the file fails one of these checks.
        """


class Services:
    """What the stages of one run work with.

    This is a plain class on purpose: Prefect looks for futures in a task's arguments, and takes
    dataclasses and pydantic models apart for that.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        source: Source,
        coverart: CoverArt,
        lyrics: LrcLib,
        circuits: Circuits,
        run_id: str,
        artist_art: ArtistArt | None = None,
    ):
        self.settings = settings
        self.database = database
        self.catalog = Catalog(database)
        self.queue = WorkQueue(database, max_attempts=settings.queue.max_attempts)
        self.source = source
        self.coverart = coverart
        self.lyrics = lyrics
        self.circuits = circuits
        self.artist_art = artist_art
        self.run_id = run_id
        self.stop = threading.Event()
        """Set when the run is being ended: long work gives up at once."""

    def acts(self, item: WorkItem) -> FileActs:
        """What the item's stage uses to change files of the library: journaled and reversible."""
        return FileActs(
            settings=self.settings,
            database=self.database,
            queue=self.queue,
            run_id=self.run_id,
            owner=item.lease_owner,
        )


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage achieved. ``record`` writes it to the catalogue, in the queue's transaction."""

    message: str
    record: Callable[[Transaction], None] | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    clean_up: Callable[[], None] | None = None
    """Removes what is of no use once the result is committed. A crash may prevent it."""
    looks_again: Distances = ()
    """After how long it is worth looking again for what cannot be had now."""
    is_last: bool = False
    """True if no later stage has anything to do, whichever are switched on."""


StageFunction = Callable[[WorkItem, Services], StageResult]
