"""What we have: the one file of each track, and the journal of what was done to files."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, and_, delete, func, select

from shanty.catalog.access import CatalogAccess, Clock, RulePart, tracks_of_rule
from shanty.catalog.act_details import Action, Placed, write_detail
from shanty.catalog.owned import OwnedFiles
from shanty.catalog.tracks import Tracks, to_file
from shanty.db import Database
from shanty.db.tables import files, journal, releases, tracks
from shanty.models import AudioProperties, TrackFile, TrackStatus, WantedTrack


class Files(CatalogAccess):
    """Files in staging and in the library, and how they came there."""

    def __init__(self, database: Database, clock: Clock, *, tracks: Tracks):
        super().__init__(database, clock)
        self._tracks = tracks

    def staging_name(self, track_id: int) -> str:
        """Return the name of a track's folder in staging, which other installations may share."""
        return f"{self.installation_id}-{track_id}"

    def record(self, tx: Connection, file: TrackFile) -> None:
        """Store where the one file of a track lies and what it is."""
        values = {
            "track_id": file.track_id,
            "path": str(file.path),
            "is_placed": file.is_placed,
            "candidate_id": file.candidate_id,
            "checksum": file.checksum,
            "properties": asdict(file.properties) if file.properties else None,
            "updated_at": self._clock(),
        }
        self._upsert(
            tx, files, values, conflict=("track_id",), replaced=tuple(values.keys() - {"track_id"})
        )

    def forget(self, tx: Connection, track_id: int) -> None:
        """Forget a track's file, which is no longer useful. The caller deals with the file."""
        tx.execute(delete(files).where(files.c.track_id == track_id))

    def of_track(self, track_id: int) -> TrackFile | None:
        """Return the file of a track, in staging or in the library."""
        with self._database.read() as connection:
            row = connection.execute(select(files).where(files.c.track_id == track_id)).first()
        return None if row is None else to_file(row)

    def filed_paths(self) -> list[Path]:
        """Return the paths of all filed files."""
        with self._database.read() as connection:
            found = connection.scalars(select(files.c.path).where(files.c.is_placed))
            return [Path(path) for path in found]

    def named(self, beginning: str) -> list[TrackFile]:
        """Return the filed files whose names begin with this text."""
        is_named = files.c.path.contains(f"/{beginning}", autoescape=True)
        with self._database.read() as connection:
            rows = connection.execute(select(files).where(files.c.is_placed, is_named))
            return [to_file(row) for row in rows]

    def has_filed(self, path: Path) -> bool:
        """Whether this path is the file of a track, filed by us."""
        query = select(files.c.track_id).where(files.c.is_placed, files.c.path == str(path))
        with self._database.read() as connection:
            return connection.scalar(query.limit(1)) is not None

    def list_library(
        self, *, rule: int | RulePart | None = None
    ) -> list[tuple[WantedTrack, TrackFile]]:
        """List the tracks in the library with their files, filed or found by a scan, by path.

        ``rule`` keeps only the tracks that this rule, or this part of one, wants.
        """
        query = select(files).join(tracks, and_(tracks.c.id == files.c.track_id, files.c.is_placed))
        if rule is None:
            query = query.where(tracks.c.status == TrackStatus.IN_LIBRARY)
        else:  # these are few; their status is looked at below
            query = query.where(tracks.c.id.in_(tracks_of_rule(rule)))
        with self._database.read() as connection:
            found = [to_file(row) for row in connection.execute(query)]
        ours = {file.track_id for file in found}
        owned = OwnedFiles(self._database, self._clock).owned_tracks(rule=rule)
        found += [
            TrackFile(track_id, path, is_placed=True, candidate_id=None)
            for track_id, path in owned.items()
            if track_id not in ours
        ]
        there = self._tracks.list_tracks(TrackStatus.IN_LIBRARY, rule=rule)
        by_id = {track.id: track for track in there}
        found = [file for file in found if file.track_id in by_id]
        return [(by_id[file.track_id], file) for file in sorted(found, key=lambda f: str(f.path))]

    def note_filing(
        self,
        tx: Connection,
        *,
        run_id: str,
        track_id: int,
        source_path: Path,
        target_path: Path,
        checksum: str,
    ) -> None:
        """Note what was done to a file, with what is needed to reverse it."""
        tx.execute(
            journal.insert().values(
                at=self._clock(),
                run_id=run_id,
                track_id=track_id,
                action=Action.PLACE,
                source_path=str(source_path),
                target_path=str(target_path),
                detail=write_detail(Placed(checksum)),
            )
        )

    def groups_below(self, folder: Path) -> set[str]:
        """Return the release groups of the tracks that are filed in a folder or below it."""
        query = (
            select(releases.c.release_group_mbid)
            .distinct()
            .select_from(files)
            .join(tracks, tracks.c.id == files.c.track_id)
            .join(releases, releases.c.key == tracks.c.release_key)
            .where(files.c.is_placed, files.c.path.startswith(f"{folder}/", autoescape=True))
        )
        with self._database.read() as connection:
            return set(connection.scalars(query))

    def last_journal_id(self) -> int:
        """Return the id of the newest journal entry; 0 if there is none."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.max(journal.c.id))).scalar() or 0)

    def filed_since(self, journal_id: int) -> list[tuple[int, str, str]]:
        """List what was filed after a journal entry, oldest first.

        Each is (entry, ``Artist – Title``, path).
        """
        query = (
            select(journal.c.id, tracks.c.artist, tracks.c.title, journal.c.target_path)
            .join(tracks, tracks.c.id == journal.c.track_id)
            .where(journal.c.id > journal_id, journal.c.action == Action.PLACE)
            .order_by(journal.c.id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [(row.id, f"{row.artist} – {row.title}", row.target_path) for row in rows]

    def filed_at(self) -> list[datetime]:
        """Return when each track was filed, oldest first."""
        query = select(journal.c.at).where(journal.c.action == Action.PLACE).order_by(journal.c.id)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def filed_lately(self, number: int) -> list[datetime]:
        """When the last few tracks were filed, oldest first."""
        query = (
            select(journal.c.at)
            .where(journal.c.action == Action.PLACE)
            .order_by(journal.c.id.desc())
            .limit(number)
        )
        with self._database.read() as connection:
            return sorted(connection.scalars(query))

    def measure_lately(self, number: int) -> list[AudioProperties]:
        """What the last few filed files are."""
        query = (
            select(files.c.properties)
            .where(files.c.is_placed, files.c.properties.is_not(None))
            .order_by(files.c.updated_at.desc())
            .limit(number)
        )
        with self._database.read() as connection:
            return [AudioProperties(**found) for found in connection.scalars(query) if found]
