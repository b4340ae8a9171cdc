"""What the journal keeps of each act is typed, and its JSON is that of every release so far."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shanty.catalog import Action, Catalog, JournalEntry
from shanty.catalog.act_details import (
    KINDS,
    Added,
    Changed,
    Detail,
    FileOrigin,
    FileStamp,
    Placed,
    Renamed,
    Restored,
    Trashed,
    read_detail,
    write_detail,
)
from shanty.db import Database
from shanty.db.tables import journal
from shanty.models import AudioProperties, TrackStatus
from tests.world.databases import add_tracks

STAMP = FileStamp(12, 34)
PROPERTIES = AudioProperties("ogg", "opus", 1.5, 96_000, 48_000, 2, 12, "abc")
PROPERTIES_DOCUMENT = {
    "container": "ogg",
    "codec": "opus",
    "duration_seconds": 1.5,
    "bitrate": 96_000,
    "sample_rate": 48_000,
    "channels": 2,
    "size_bytes": 12,
    "checksum": "abc",
}
KEPT: list[tuple[Action, Detail, dict[str, Any]]] = [
    (Action.PLACE, Placed("abc"), {"checksum": "abc"}),
    (Action.PLACE, Placed(), {}),
    (Action.TAG, Changed(STAMP), {"size": 12, "mtime_ns": 34}),
    (Action.WRITE, Changed(STAMP), {"size": 12, "mtime_ns": 34}),
    (Action.COVER, Added(FileStamp(12)), {"size": 12}),
    (Action.ADD, Added(FileStamp(0)), {"size": 0}),
    (Action.RENAME, Renamed(STAMP), {"size": 12, "mtime_ns": 34}),
    (Action.RENAME, Renamed(STAMP, 7), {"size": 12, "mtime_ns": 34, "planned": 7}),
    (Action.TRASH, Trashed(STAMP, "old"), {"size": 12, "mtime_ns": 34, "reason": "old"}),
    (
        Action.TRASH,
        Trashed(STAMP, "old", FileOrigin(5, PROPERTIES), TrackStatus.WANTED, 5),
        {
            "size": 12,
            "mtime_ns": 34,
            "reason": "old",
            "file": {"candidate_id": 5, "properties": PROPERTIES_DOCUMENT},
            "track_status": "wanted",
            "reject_candidate": 5,
        },
    ),
    (
        Action.TRASH,
        Trashed(STAMP, "old", FileOrigin()),
        {
            "size": 12,
            "mtime_ns": 34,
            "reason": "old",
            "file": {"candidate_id": None, "properties": None},
            "track_status": None,
            "reject_candidate": None,
        },
    ),
    (Action.RESTORE, Restored(STAMP), {"size": 12, "mtime_ns": 34}),
]


@pytest.mark.parametrize(("action", "detail", "document"), KEPT)
def test_a_detail_is_written_and_read_as_ever(
    action: Action, detail: Detail, document: dict[str, Any]
) -> None:
    assert write_detail(detail) == document
    assert read_detail(action, document) == detail


@pytest.mark.parametrize("action", Action)
def test_every_action_is_in_the_table_and_reads_a_row_that_lacks_everything(action: Action) -> None:
    assert action in {one for one, _, _ in KEPT}
    assert read_detail(action, {}) == KINDS[action]()
    later = read_detail(action, {"size": 1, "of a later release": True})
    assert later.stamp == FileStamp(1)


def test_an_entry_refuses_the_detail_of_another_act() -> None:
    with pytest.raises(AssertionError, match="rename has Trashed"):
        JournalEntry(Action.RENAME, "run", None, Path("a"), Path("b"), Trashed())


@pytest.mark.parametrize(("action", "detail", "document"), KEPT)
def test_a_row_of_an_earlier_release_is_an_entry(
    action: Action, detail: Detail, document: dict[str, Any], database: Database
) -> None:
    catalog = Catalog(database)
    (track_id,) = add_tracks(database, 1)
    with database.begin() as tx:
        tx.execute(
            journal.insert().values(
                at=catalog.journal._clock(),
                run_id="run",
                track_id=track_id,
                action=action.value,
                source_path="/a",
                target_path="/b",
                detail=document,
            )
        )
    (entry,) = catalog.journal.of_run("run")
    assert (entry.action, entry.detail) == (action, detail)
    assert entry.checksum_after == document.get("checksum", "")
