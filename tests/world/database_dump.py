"""A stored database: what this version of the program leaves behind, small, as SQL text.

``python -m tests.world.database_dump tests/db/stored`` takes three tracks of the offline world
through the stages, and writes the database that they leave under the name of its schema.
"""

from __future__ import annotations

import re
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.demo.world import World
from shanty.host_identity import identify_host
from shanty.models import Stage, WorkItem
from shanty.sources.opening import open_musicbrainz
from shanty.stages import load_stages
from shanty.stages.execution import execute
from shanty.stages.services import open_services
from shanty.watching.watch import watch_track

TRACKS = 3
PER_TRACK = 4
OLD_HOME = "/srv/music"
OLD_HOST = "studio/0123456789ab"

_SAID = {
    "kind": "artist",
    "task_type": "download",
    "status": "found",
    "status_before": "found",
    "state": "open",
    "aspect": "search",
    "matched_by": "name",
    "answer": "plain",
    "owner": "",
    "host": "studio",
    "note": "it has no tracks that are wanted",
}
"""A word that the program itself would write, for columns that hold one of a few."""


def make(folder: Path) -> Path:
    """Fill a library below the folder; returns the path of its database."""
    (folder / "library").mkdir()
    with World(24, folder / "audio") as world, world.activated():
        settings = load_settings(home=folder / "home", library={"path": folder / "library"})
        database = open_database(settings.resolved_database_url)
        services = open_services(settings, database, run_id="9f3c1a52-0001-4000-8000-2f5a1be0c0de")
        queue, musicbrainz = services.queue, open_musicbrainz(settings, database)
        for mbid in world.recordings[:TRACKS]:
            watch_track(mbid, database=database, musicbrainz=musicbrainz)
        with database.begin() as tx:
            queue.items.enqueue_wanted(tx)
        worker = queue.workers.register()
        for _ in range(TRACKS):
            [claimed] = queue.items.claim(worker, 1, stages=[Stage.DOWNLOAD])
            item: WorkItem | None = claimed
            while item is not None:
                item = execute(item, services, load_stages()).next_item
        database.dispose()
    return folder / "home" / "shanty.db"


def dump(path: Path) -> tuple[str, str]:
    """The schema's version and the SQL text of a database file, which stays as it is."""
    with closing(sqlite3.connect(":memory:")) as copy:
        with closing(sqlite3.connect(path)) as original:
            original.backup(copy)
        copy.execute("PRAGMA foreign_keys = ON")
        _trim(copy)
        _interrupt(copy)
        for table in _tables(copy):
            if not copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]:
                _fill(copy, table)
        copy.commit()
        assert not copy.execute("PRAGMA foreign_key_check").fetchall()
        (version,) = copy.execute("SELECT version_num FROM shanty_schema").fetchone()
        text = "\n".join(copy.iterdump()) + "\n"
    return version, _without_this_machine(text, path.resolve().parent.parent)


def load(text: str, path: Path) -> None:
    """Make a database file of such a text."""
    with closing(sqlite3.connect(path)) as made:
        made.executescript(text)


def _tables(database: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in database.execute(query)]


def _trim(database: sqlite3.Connection) -> None:
    """Leave a few rows of what there is much of."""
    database.execute(
        "DELETE FROM candidates WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER"
        " (PARTITION BY track_id ORDER BY status != 'chosen', id) AS place FROM candidates)"
        " WHERE place > ?)",
        [PER_TRACK],
    )


def _interrupt(database: sqlite3.Connection) -> None:
    """Leave work behind that is not done, as an update finds it: one waits, one has failed."""
    database.execute(
        "UPDATE work_queue SET status = 'pending', started_at = NULL, completed_at = NULL"
        " WHERE track_id = 2 AND task_type = 'enrich'"
    )
    database.execute("UPDATE tracks SET status = 'wanted' WHERE id = 2")
    database.execute("DELETE FROM work_queue WHERE track_id = 3 AND task_type != 'download'")
    database.execute("DELETE FROM files WHERE track_id = 3")
    database.execute(
        "UPDATE work_queue SET status = 'failed', completed_at = created_at, error = 'no candidate'"
        " WHERE track_id = 3"
    )
    database.execute("UPDATE tracks SET status = 'failed' WHERE id = 3")
    database.execute(
        "UPDATE candidates SET status = 'rejected', reject_reason ="
        " 'only shown to who is signed in (`shanty cookies import`)'"
        " WHERE id = (SELECT max(id) FROM candidates WHERE track_id = 3)"
    )


def _fill(database: sqlite3.Connection, table: str) -> None:
    """Put one row into an empty table, with a value in each column."""
    parents = {
        row[3]: (row[2], row[4]) for row in database.execute(f'PRAGMA foreign_key_list("{table}")')
    }
    row: dict[str, Any] = {}
    for _, name, kind, _, _, _ in database.execute(f'PRAGMA table_info("{table}")'):
        if name in parents:
            parent, key = parents[name]
            if not database.execute(f'SELECT count(*) FROM "{parent}"').fetchone()[0]:
                _fill(database, parent)
            [row[name]] = database.execute(f'SELECT "{key}" FROM "{parent}"').fetchone()
        else:
            row[name] = _SAID.get(name, _value(kind))
    names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    database.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(row.values()))


def _value(kind: str) -> object:
    if kind.startswith("VARCHAR"):
        length = int(re.findall(r"\d+", kind)[0])
        return "0123456789abcdef"[: min(length, 16)]
    return {
        "TEXT": "Bär – 音楽",
        "JSON": "{}",
        "BLOB": b"\x00\xff/music",
        "DATETIME": "2026-01-02 03:04:05.678901",
        "BOOLEAN": 1,
        "FLOAT": 0.5,
    }.get(kind, 7)


def _without_this_machine(text: str, folder: Path) -> str:
    return text.replace(str(folder), OLD_HOME).replace(identify_host(), OLD_HOST)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        found, statements = dump(make(Path(name)))
    (Path(sys.argv[1]) / f"{found}.sql").write_text(statements, encoding="utf-8")
