"""A filed library with rules and playlists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shanty.db import Database
from shanty.demo.pressing import make_mbid
from shanty.library.playlists import PlaylistReport, update_playlists
from shanty.music.entities import Placement
from tests.world.filed_library import FiledLibrary


class Watched(FiledLibrary):
    """A filed library with rules and playlists."""

    def __init__(self, folder: Path, database: Database, audio: Path):
        super().__init__(folder, database)
        self.coverart.data = None
        self.audio = audio
        self.set_playlists(enabled=True)

    def set_playlists(self, **changes: Any) -> None:
        section = self.settings.playlists.model_copy(update=changes)
        self.settings = self.settings.model_copy(update={"playlists": section})

    def watch(self, kind: str, name: str, *placements: Placement, mbid: str = "") -> int:
        """Add a rule, and file the tracks that it wants."""
        track_ids = self.file(placements, self.audio)
        with self.database.begin() as tx:
            rule_id = self.catalog.rules.add(tx, kind, mbid or make_mbid(kind, name), name)
            self.catalog.rules.tie_tracks(tx, rule_id, track_ids)
        return rule_id

    def update(self) -> PlaylistReport:
        return update_playlists(self.settings, self.catalog)

    @property
    def names(self) -> list[str]:
        folder = self.settings.playlists_dir
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def read(self, name: str) -> str:
        return (self.settings.playlists_dir / name).read_text(encoding="utf-8")

    def read_bytes(self, name: str) -> bytes:
        return (self.settings.playlists_dir / name).read_bytes()

    def paths_in(self, name: str) -> list[str]:
        return [line for line in self.read(name).splitlines() if not line.startswith("#")]
