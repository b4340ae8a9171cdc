"""A folder of music that a person has already, with a catalogue and a queue."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from shanty.catalog import Catalog
from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.db.tables import owned_files, work_queue
from shanty.demo.discography import build_discography
from shanty.library.scan import ScanReport, scan_library
from shanty.models import TrackStatus
from shanty.music.entities import Placement
from shanty.tags.tagging import TagSet, write_tags
from shanty.workqueue import WorkQueue

PLACEMENTS = build_discography().placements
OTHER_MBID = "99999999-aaaa-4bbb-8ccc-dddddddddddd"


class Collection:
    """A folder of music, the catalogue and the queue."""

    def __init__(self, folder: Path, database: Database, audio: dict[str, Path]):
        self.folder = folder
        self.database = database
        self.catalog = Catalog(database)
        self.queue = WorkQueue(database)
        self.settings = load_settings(
            home=folder.parent / "home", library={"path": folder.parent / "library"}
        )
        self._audio = audio
        folder.mkdir()

    def add(self, name: str | bytes, tags: TagSet | None = None) -> Path:
        """Add a second of sound with these tags, in the format of the extension."""
        path = self.folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._audio[path.suffix[1:]], path)
        if tags is not None:
            write_tags(path, tags)
        return path

    def want(self, *placements: Placement, with_rule: bool = True) -> list[int]:
        with self.database.begin() as tx:
            ids = [self.catalog.tracks.want(tx, placement) for placement in placements]
            if with_rule:
                for track_id, placement in zip(ids, placements, strict=True):
                    mbid = placement.recording.mbid
                    rule_id = self.catalog.rules.add(tx, "track", mbid, "somebody's")
                    self.catalog.rules.tie_tracks(tx, rule_id, [track_id])
            self.queue.items.enqueue_wanted(tx)
        return ids

    def scan(self, **options: Any) -> ScanReport:
        folder = options.pop("folder", self.folder)
        return scan_library(
            folder, settings=self.settings, database=self.database, queue=self.queue, **options
        )

    def status(self, track_id: int) -> TrackStatus:
        return self.catalog.tracks.get(track_id).status

    def paths(self) -> dict[str, Path]:
        return {
            track.recording_mbid: file.path for track, file in self.catalog.files.list_library()
        }

    def live_items(self) -> int:
        query = select(func.count()).where(work_queue.c.completed_at.is_(None))
        with self.database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def rows(self) -> int:
        with self.database.read() as connection:
            return int(connection.execute(select(func.count(owned_files.c.path))).scalar_one())


@pytest.fixture
def music(tmp_path: Path, database: Database, made_audio: dict[str, Path]) -> Collection:
    return Collection(tmp_path / "music", database, made_audio)


def named(placement: Placement, **other: Any) -> TagSet:
    """Tags that name the song but have no identifier, as in most old files."""
    recording = placement.recording
    return TagSet(**{"title": recording.title, "artist": recording.artist_credit.name, **other})


class CountedEntry:
    """A directory entry that counts every question to the filesystem."""

    def __init__(self, entry: os.DirEntry[bytes], asked: list[bytes]):
        self._entry, self._asked = entry, asked
        self.name, self.path = entry.name, entry.path
        self.is_dir, self.is_file, self.is_symlink = entry.is_dir, entry.is_file, entry.is_symlink

    def stat(self) -> os.stat_result:
        self._asked.append(self.path)
        return self._entry.stat()
