"""What lies in the trash: which file, whose it was, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, select

from shanty.catalog.access import CatalogAccess
from shanty.catalog.act_details import FileOrigin, read_origin, write_origin
from shanty.db.tables import trashed_files


@dataclass(frozen=True, slots=True)
class TrashedFile:
    """A file in the trash. ``origin`` is set if it was a track's file."""

    id: int
    path: Path
    original_path: Path
    track_id: int | None
    run_id: str
    reason: str
    checksum: str
    size: int
    origin: FileOrigin | None
    trashed_at: datetime


class Trash(CatalogAccess):
    """Rows of ``trashed_files``. The caller deals with the files themselves."""

    def add(
        self,
        tx: Connection,
        *,
        path: Path,
        original_path: Path,
        track_id: int | None,
        run_id: str,
        reason: str,
        checksum: str,
        size: int,
        origin: FileOrigin | None,
    ) -> None:
        """Note that a file lies in the trash now."""
        tx.execute(
            trashed_files.insert().values(
                path=str(path),
                original_path=str(original_path),
                track_id=track_id,
                run_id=run_id,
                reason=reason,
                checksum=checksum,
                size=size,
                document=write_origin(origin),
                trashed_at=self._clock(),
            )
        )

    def take(self, tx: Connection, path: Path) -> FileOrigin | None:
        """Forget a file that has left the trash; return its origin."""
        row = tx.execute(
            delete(trashed_files)
            .where(trashed_files.c.path == str(path))
            .returning(trashed_files.c.document)
        ).first()
        return None if row is None else read_origin(row.document)

    def measure(self) -> tuple[int, int]:
        """How many files lie in the trash, and their bytes."""
        query = select(func.count(), func.coalesce(func.sum(trashed_files.c.size), 0))
        with self._database.read() as connection:
            number, size = connection.execute(query).one()
        return int(number), int(size)

    def list_trash(
        self, until: datetime | None = None, *, limit: int | None = None, offset: int = 0
    ) -> list[TrashedFile]:
        """List the files in the trash, newest first; with ``until``, those put there by then."""
        query = select(trashed_files).order_by(trashed_files.c.id.desc())
        query = query.limit(limit).offset(offset)
        if until is not None:
            query = query.where(trashed_files.c.trashed_at <= until)
        with self._database.read() as connection:
            return [_trashed(row) for row in connection.execute(query)]

    def find(self, trashed_id: int) -> TrashedFile | None:
        """Return a file in the trash by its number; None if there is none."""
        query = select(trashed_files).where(trashed_files.c.id == trashed_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _trashed(row)

    def at_path(self, path: Path) -> TrashedFile | None:
        """Return a file in the trash by its path; None if there is none."""
        query = select(trashed_files).where(trashed_files.c.path == str(path))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _trashed(row)


def _trashed(row: Any) -> TrashedFile:
    values = dict(row._mapping)
    values["origin"] = read_origin(values.pop("document"))
    values["path"], values["original_path"] = Path(row.path), Path(row.original_path)
    return TrashedFile(**values)
