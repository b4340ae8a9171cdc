"""Taking stock: which files should be in the library, and what follows if one is not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, select, update

from shanty.catalog.access import CatalogAccess
from shanty.catalog.entries import EntryStatus
from shanty.catalog.owned import unmark
from shanty.db.tables import files, journal, tracks
from shanty.models import AudioProperties, TrackStatus

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class FiledFile:
    """A file that was filed.

    ``size`` and ``mtime_ns`` are from the last look that found this checksum; None if there was
    none.
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
class LastLook:
    """A track's file as it was on the disk when it had this checksum."""

    track_id: int
    checksum: str
    size: int
    mtime_ns: int


class Filed(CatalogAccess):
    """The filed files, as they should be on the disk."""

    def list_filed(self) -> list[FiledFile]:
        """List every filed file, by path."""
        with self._database.read() as connection:
            return [_filed(row) for row in connection.execute(_filed_query())]

    def list_stamps(self) -> Iterator[tuple[int, str, int | None, int | None]]:
        """Yield the track, path, size and time in ns of every filed file, by path.

        Size and time are those of the last look. They are read as they are asked for, in one
        transaction, so do not stop half-way.
        """
        query = (
            select(files.c.track_id, files.c.path, files.c.checked_size, files.c.checked_mtime_ns)
            .where(files.c.is_placed)
            .order_by(files.c.path)
            .execution_options(yield_per=_PAGE)
        )
        with self._database.read() as connection:
            for row in connection.execute(query):
                yield row[0], row[1], row[2], row[3]

    def find(self, track_id: int) -> FiledFile | None:
        """Return a track's filed file, as it is known now."""
        query = _filed_query().where(files.c.track_id == track_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _filed(row)

    def note_looked(self, tx: Connection, looked: Collection[LastLook]) -> None:
        """Remember that these files are on the disk as they were filed."""
        if not looked:
            return
        statement = (
            update(files)
            # A file that was changed meanwhile has another checksum.
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
        """Accept a changed file as the track's; return False if it is under way.

        Then nothing is changed.
        """
        return self._change(tx, file, {"checksum": checksum, "properties": asdict(properties)})

    def follow_move(
        self,
        tx: Connection,
        file: FiledFile,
        path: Path,
        checksum: str,
        properties: AudioProperties | None = None,
    ) -> bool:
        """Accept a file at another path as the track's; return False if it is under way.

        Then nothing is changed. Give ``properties`` if the content is not what was filed.
        """
        changes: dict[str, Any] = {"path": str(path), "checksum": checksum}
        if properties is not None:
            changes["properties"] = asdict(properties)
        return self._change(tx, file, changes)

    def lose_file(self, tx: Connection, file: FiledFile) -> TrackStatus | None:
        """Forget a track's file that is gone; return the track's new status.

        It is *wanted* if somebody asks for it, *in_library* if a scan has found another file, and
        *withdrawn* if nobody asks for it. Returns None, and changes nothing, if the file is under
        way.
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
    """Whether a track's file is still as it was known, and nobody is about to move or change it."""
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
