"""A filed library and somebody who checks it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from shanty.db.tables import rule_tracks
from shanty.library.acts import FileActs
from shanty.library.check import CheckReport, Discrepancy, Kind, check_library
from shanty.library.scan import scan_library
from tests.world.filed_library import FiledLibrary

SONGS = ("One", "Two", "Three")


class Checked(FiledLibrary):
    """A filed library and somebody who checks it."""

    ids: list[int]
    """The tracks in the library at the beginning, one for each song."""

    def check(self, *, repair: bool = False, **options: Any) -> list[Discrepancy]:
        """Check the library; returns the findings, and keeps the report."""
        found: list[Discrepancy] = []
        self.report: CheckReport = check_library(
            settings=self.settings,
            database=self.database,
            queue=self.queue,
            acts=self.acts() if repair else None,
            on_discrepancy=found.append,
            **options,
        )
        return found

    def acts(self, run_id: str = "check") -> FileActs:
        """Somebody who acts on files by hand."""
        return FileActs(
            settings=self.settings,
            database=self.database,
            queue=self.queue,
            run_id=run_id,
            owner=self.queue.workers.register(run_id),
            is_by_hand=True,
        )

    def kinds(self, **options: Any) -> list[Kind]:
        return [finding.kind for finding in self.check(**options)]

    def scan(self) -> None:
        scan_library(
            self.library_dir, settings=self.settings, database=self.database, queue=self.queue
        )

    def want_by_rule(self, track_id: int) -> None:
        """A rule asks for the track."""
        mbid = self.catalog.tracks.get(track_id).recording_mbid
        with self.database.begin() as tx:
            rule_id = self.catalog.rules.add(tx, "track", mbid, "a song")
            row = {"rule_id": rule_id, "track_id": track_id, "group_mbid": ""}
            tx.execute(rule_tracks.insert().values(**row))


def age(path: Path) -> None:
    long_ago = time.time() - 100_000
    os.utime(path, (long_ago, long_ago))
