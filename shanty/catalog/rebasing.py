"""What the catalogue knows by path, if the library moves to another path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    update,
)

from shanty.catalog.access import CatalogAccess
from shanty.catalog.entries import EntryStatus
from shanty.db.tables import files, journal, trashed_files


class Rebasing(CatalogAccess):
    """Turns paths below one folder into paths below another one."""

    def rebase(
        self,
        tx: Connection,
        old: Path,
        new: Path,
        *,
        filed: Mapping[int, Path],
        trashed: Mapping[int, Path],
    ) -> None:
        """Give files their new paths: ``filed`` by track, and ``trashed`` by number in the trash.

        Journal paths and trash origins below ``old`` are rewritten too, except for tracks whose
        files stay there and for acts still in progress.
        """
        is_open = exists().where(
            journal.c.track_id == files.c.track_id, journal.c.status == EntryStatus.INTENDED
        )
        for table, key, paths in (
            (files, files.c.track_id, filed),
            (trashed_files, trashed_files.c.id, trashed),
        ):
            statement = update(table).where(key == bindparam("key"), _is_in(table.c.path, old, new))
            if table is files:
                statement = statement.where(~is_open)
            rows: list[dict[str, Any]] = [{"key": k, "to": str(path)} for k, path in paths.items()]
            if rows:
                tx.execute(statement.values(path=bindparam("to")), rows)
        original = trashed_files.c.original_path
        tx.execute(
            update(trashed_files)
            .where(_is_in(original, old, new))
            .values(original_path=_moved(original, old, new))
        )
        stays = exists().where(
            files.c.track_id == journal.c.track_id, _is_in(files.c.path, old, new)
        )
        for column in (journal.c.source_path, journal.c.target_path):
            is_in_trash = exists().where(trashed_files.c.path == column)
            tx.execute(
                update(journal)
                .where(
                    journal.c.status != EntryStatus.INTENDED,
                    _is_in(column, old, new),
                    ~or_(stays, is_in_trash),
                )
                .values({column: _moved(column, old, new)})
            )


def _is_in(column: Column[str], old: Path, new: Path) -> ColumnElement[bool]:
    """Whether a path is below the old folder, but not in a new folder that lies in the old one."""
    # LIKE will not do: on SQLite it ignores case.
    is_in_old, is_in_new = (
        func.substr(column, 1, len(str(folder)) + 1) == f"{folder}/" for folder in (old, new)
    )
    return and_(is_in_old, ~is_in_new) if new.is_relative_to(old) else is_in_old


def _moved(column: Column[str], old: Path, new: Path) -> ColumnElement[str]:
    return literal(str(new)).concat(func.substr(column, len(str(old)) + 1))
