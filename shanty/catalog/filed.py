"""Taking stock: what should be in the library, and what comes of it when it is not so."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, select, update

from shanty.catalog.access import CatalogAccess
from shanty.catalog.entries import EntryStatus
from shanty.catalog.owned import unmark
from shanty.db.tables import files, journal, tracks
from shanty.models import AudioProperties, TrackStatus


@dataclass(frozen=True, slots=True)
class FiledFile:
    """A file that was filed. ``size`` and ``mtime_ns`` are what it was when it was last looked at
    with this checksum, None when it never was.
    """

    track_id: int
    path: Path
    checksum: str
    size: int | None
    mtime_ns: int | None
    recording_mbid: str
    label: str
    candidate_id: int | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What the file of a track was on the disk when it had its checksum."""

    track_id: int
    checksum: str
    size: int
    mtime_ns: int


class Filed(CatalogAccess):
    """What was filed, as it should be on the disk."""

    def list_filed(self) -> list[FiledFile]:
        """Every file that was filed, by path."""
        with self._database.read() as connection:
            return [_filed(row) for row in connection.execute(_filed_query())]

    def find(self, track_id: int) -> FiledFile | None:
        """The file of a track that was filed, as it is known at this moment."""
        query = _filed_query().where(files.c.track_id == track_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _filed(row)

    def note_looked(self, tx: Connection, looked: Collection[Looked]) -> None:
        """Remember that files are on the disk what they were filed as."""
        if not looked:
            return
        statement = (
            update(files)
            # Whoever has changed the file meanwhile has another checksum.
            .where(
                files.c.track_id == bindparam("of_track"), files.c.checksum == bindparam("digest")
            )
            .values(checked_size=bindparam("size"), checked_mtime_ns=bindparam("mtime_ns"))
        )
        rows: list[dict[str, Any]] = [
            {
                "of_track": one.track_id,
                "digest": one.checksum,
                "size": one.size,
                "mtime_ns": one.mtime_ns,
            }
            for one in looked
        ]
        tx.execute(statement, rows)

    def accept_change(
        self, tx: Connection, file: FiledFile, checksum: str, properties: AudioProperties
    ) -> bool:
        """Take a file as it is now for the track's; False, and nothing, when it is under way."""
        return self._change(tx, file, {"checksum": checksum, "properties": asdict(properties)})

    def follow_move(
        self,
        tx: Connection,
        file: FiledFile,
        path: Path,
        checksum: str,
        properties: AudioProperties | None = None,
    ) -> bool:
        """Take a file at another path for the track's; False, and nothing, when it is under way.

        ``properties`` are what it is, if its content is not what was filed.
        """
        changes: dict[str, Any] = {"path": str(path), "checksum": checksum}
        if properties is not None:
            changes["properties"] = asdict(properties)
        return self._change(tx, file, changes)

    def lose_file(self, tx: Connection, file: FiledFile) -> TrackStatus | None:
        """A track's file is gone. Returns what the track is then; None when it is under way.

        *wanted*: it is asked for; *in_library*: a scan has found another one.
        """
        if not tx.execute(delete(files).where(_is_still(file))).rowcount:
            return None
        unmark(tx, [file.track_id], self._clock())
        status = select(tracks.c.status).where(tracks.c.id == file.track_id)
        return TrackStatus(tx.scalars(status).one())

    def _change(self, tx: Connection, file: FiledFile, changes: dict[str, Any]) -> bool:
        values = {"updated_at": self._clock(), **changes}
        return tx.execute(update(files).where(_is_still(file)).values(values)).rowcount == 1


def _is_still(file: FiledFile) -> ColumnElement[bool]:
    """Whether a track has a file as it was known, which nobody is about to move or to change."""
    is_open = exists().where(
        journal.c.track_id == files.c.track_id, journal.c.status == EntryStatus.INTENDED
    )
    return and_(
        files.c.track_id == file.track_id,
        files.c.path == str(file.path),
        files.c.checksum == file.checksum,
        ~is_open,
    )


def _filed_query() -> Any:
    return (
        select(
            files.c.track_id,
            files.c.path,
            files.c.checksum,
            files.c.checked_size,
            files.c.checked_mtime_ns,
            tracks.c.recording_mbid,
            tracks.c.artist,
            tracks.c.title,
            files.c.candidate_id,
        )
        .join(tracks, tracks.c.id == files.c.track_id)
        .where(files.c.is_placed)
        .order_by(files.c.path)
    )


def _filed(row: Any) -> FiledFile:
    return FiledFile(
        track_id=row.track_id,
        path=Path(row.path),
        checksum=row.checksum,
        size=row.checked_size,
        mtime_ns=row.checked_mtime_ns,
        recording_mbid=row.recording_mbid,
        label=f"{row.artist} – {row.title}",
        candidate_id=row.candidate_id,
    )
