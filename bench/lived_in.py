"""What years of use leave beside a library: files, a history, a trash, finished and failed work.

Owns how much of it there is. It lies in the tables as the catalogue and the queue would leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select, update

from shanty.catalog import Catalog
from shanty.clock import utc_now
from shanty.db import Database
from shanty.db.tables import (
    files,
    journal,
    looks,
    rule_groups,
    rule_tracks,
    tracks,
    trashed_files,
    work_queue,
)
from shanty.models import GroupFilter, Priority, Stage, Status, TrackStatus

FAILED = 1000
TRASHED = 2000
LARGE_RUN, USUAL_RUN = 20_000, 300
"""Tracks that the first run has filed, and each later one."""
FINISHED = 30_000
"""Tracks whose finished items are not pruned yet: those of a month."""
LARGE_RULE = 300
"""Albums of the artist who has most of them."""
_ROWS_AT_ONCE = 5000
_CODECS = (("mp3", 128_000), ("mp3", 320_000), ("opus", 160_000), ("flac", 900_000), ("aac", None))


def live_in(database: Database, library_dir: Path) -> None:
    """Leave behind what taking every track into the library leaves."""
    query = select(tracks.c.id, tracks.c.artist, tracks.c.album, tracks.c.title).where(
        tracks.c.status == TrackStatus.IN_LIBRARY
    )
    with database.read() as connection:
        here = [(row, _path(library_dir, row)) for row in connection.execute(query)]
    now = utc_now()
    failed, there = here[:FAILED], here[FAILED:]
    _insert(database, files, (_file(row.id, path, now) for row, path in there))
    _insert(database, journal, _acts(there, now))
    _insert(database, trashed_files, (_trashed(*one, now) for one in there[:TRASHED]))
    _insert(database, work_queue, _finished([row.id for row, _ in there[-FINISHED:]], now))
    _fail(database, [row.id for row, _ in failed], now)
    _ask_for_much(database)


def _path(library_dir: Path, row: Any) -> str:
    return str(library_dir / row.artist / row.album / f"{row.id:06} {row.title}.mp3")


def _file(track_id: int, path: str, now: datetime) -> dict[str, Any]:
    codec, bitrate = _CODECS[track_id % len(_CODECS)]
    return {
        "track_id": track_id,
        "path": path,
        "is_placed": True,
        "checksum": f"{track_id:064x}",
        "properties": {
            "container": codec,
            "codec": codec,
            "duration_seconds": 200.0,
            "bitrate": bitrate,
            "sample_rate": 44_100,
            "channels": 2,
            "size_bytes": 4_000_000,
            "checksum": f"{track_id:064x}",
        },
        "updated_at": now,
        "checked_size": 4_000_000,
        "checked_mtime_ns": 0,
    }


def _acts(there: list[tuple[Any, str]], now: datetime) -> Iterator[dict[str, Any]]:
    for number, (row, path) in enumerate(there):
        later = max(0, number - LARGE_RUN) // USUAL_RUN
        run_id = f"{later:08x}-0000-4000-8000-000000000000"
        at = now - timedelta(days=80) + timedelta(hours=6 * later, milliseconds=number)
        for action in ("place", "tag"):
            yield {
                "at": at,
                "run_id": run_id,
                "track_id": row.id,
                "action": action,
                "source_path": path,
                "target_path": path,
                "detail": {"size": 4_000_000, "mtime_ns": 0},
                "checksum_before": f"{row.id:064x}",
                "checksum_after": f"{row.id:064x}",
            }


def _trashed(row: Any, path: str, now: datetime) -> dict[str, Any]:
    return {
        "path": f"{path}.trashed",
        "original_path": path,
        "track_id": row.id,
        "run_id": "00000000-0000-4000-8000-000000000000",
        "reason": "removed by hand",
        "checksum": f"{row.id:064x}",
        "size": 4_000_000,
        "document": {},
        "trashed_at": now - timedelta(minutes=row.id % 10_000),
    }


def _finished(track_ids: list[int], now: datetime) -> Iterator[dict[str, Any]]:
    for number, track_id in enumerate(track_ids):
        at = now - timedelta(days=29) + timedelta(minutes=number)
        for stage in (Stage.DOWNLOAD, Stage.INDEX, Stage.TAG, Stage.ORGANIZE, Stage.ENRICH):
            yield work_item(track_id, stage, Status.COMPLETED, at)


def work_item(track_id: int, stage: Stage, status: Status, at: datetime) -> dict[str, Any]:
    """The row of an item that was enqueued, begun and ended at one moment."""
    return {
        "track_id": track_id,
        "task_type": stage.value,
        "status": status,
        "priority": Priority.BACK_CATALOGUE,
        "stages_left": 0,
        "attempt": 1,
        "max_attempts": 8,
        "run_after": at,
        "payload_json": {},
        "created_at": at,
        "started_at": at,
        "completed_at": at,
    }


def _fail(database: Database, track_ids: list[int], now: datetime) -> None:
    reason = "none of 16 candidates will do"
    items = [
        work_item(number, Stage.DOWNLOAD, Status.FAILED, now - timedelta(minutes=number % 5000))
        | {"error": reason, "error_class": "permanent"}
        for number in track_ids
    ]
    _insert(database, work_queue, items)
    again = {"task_type": Stage.DOWNLOAD.value, "times": 1, "at": now + timedelta(days=1)}
    _insert(database, looks, ({"track_id": number, **again} for number in track_ids))
    with database.begin() as tx:
        failed = update(tracks).where(tracks.c.id.in_(track_ids))
        tx.execute(failed.values(status=TrackStatus.FAILED, reason=reason))


def _ask_for_much(database: Database) -> None:
    """One more rule, for an artist to whom the albums of many others belong too."""
    catalog = Catalog(database)
    with database.begin() as tx:
        mbid = "00000006-0000-4000-8000-000000000000"
        meant = GroupFilter(("Album",))
        rule_id = catalog.rules.add(tx, "artist", mbid, "Most Of All", group_filter=meant)
        groups = tx.scalars(select(rule_groups.c.group_mbid).distinct().limit(LARGE_RULE)).all()
        catalog.rules.tie_groups(tx, rule_id, [(group, 1) for group in groups])
        for group in groups:
            query = select(rule_tracks.c.track_id).where(rule_tracks.c.group_mbid == group)
            catalog.rules.tie_tracks(tx, rule_id, list(tx.scalars(query)), group)
        catalog.rules.complete(tx, rule_id)


def _insert(database: Database, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while part := list(islice(left, _ROWS_AT_ONCE)):
        with database.begin() as tx:
            tx.execute(table.insert(), part)
