"""The mark by which the library is known: one row, or none before the first use."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, select

from shanty.catalog.access import CatalogAccess
from shanty.db.tables import files, known_library

_ONLY = 1


class KnownLibrary(CatalogAccess):
    """The mark of the library."""

    def library_id(self) -> str:
        """Return the id in the library's mark; an empty text if none is known yet."""
        with self._database.read() as connection:
            return connection.scalar(select(known_library.c.library_id)) or ""

    def keep_library_id(self, library_id: str, *, instead_of: str = "") -> str:
        """Remember this id, if none but ``instead_of`` is known. Return the id known then."""
        with self._database.begin() as tx:
            tx.execute(delete(known_library).where(known_library.c.library_id == instead_of))
            values = {"number": _ONLY, "library_id": library_id}
            self._upsert(tx, known_library, values, conflict=("number",))
        return self.library_id()

    def sample_filed(self, below: Path, limit: int) -> list[Path]:
        """Return some files that were filed below a folder: of the newest and the oldest tracks."""
        query = select(files.c.path).where(
            files.c.is_placed, files.c.path.startswith(f"{below}/", autoescape=True)
        )
        newest = query.order_by(files.c.track_id.desc()).limit((limit + 1) // 2)
        oldest = query.order_by(files.c.track_id).limit(limit // 2)
        with self._database.read() as connection:
            found = [*connection.scalars(newest), *connection.scalars(oldest)]
        return [Path(path) for path in dict.fromkeys(found)]
