"""The statements that run once per item, as SQL for the driver.

Parameters named ``to_…`` are new values; the others find the row. Statuses and stages are literals,
because with parameters the databases could not use the partial indexes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean
from sqlalchemy.types import TypeEngine

from shanty.db.prepared import Prepared, PreparedInsert
from shanty.db.tables import UtcDateTime
from shanty.models import CandidateStatus, Stage, Status, TrackStatus
from shanty.workqueue.rows import QUEUE, STAGES_LEFT

_INSERTED = (
    "track_id",
    "task_type",
    "status",
    "priority",
    "stages_left",
    "attempt",
    "max_attempts",
    "run_after",
    "lease_owner",
    "payload_json",
    "created_at",
    "started_at",
)
_RELEASED = (
    "status",
    "attempt",
    "run_after",
    "started_at",
    "completed_at",
    "error_class",
    "error",
    "source",
)


def _types(*names: str, prefix: str = "") -> dict[str, TypeEngine[Any]]:
    """Return the types of parameters that are named like their columns."""
    return {f"{prefix}{name}": QUEUE[name].type for name in names}


_NOW = {"now": UtcDateTime()}
_COLUMN_LIST = ", ".join(_INSERTED)
_UNLESS_LIVE = "ON CONFLICT (track_id, task_type) WHERE completed_at IS NULL DO NOTHING"

# Insert an item, unless the track and stage have a live one; return its id.
INSERT_ITEM = PreparedInsert(
    f"INSERT INTO work_queue ({_COLUMN_LIST}) VALUES (:{', :'.join(_INSERTED)}) {_UNLESS_LIVE}",
    _types(*_INSERTED),
)

# The artist whose turn a track takes: the one whose listing has its album, else the printed name.
_ARTIST = """COALESCE((
        SELECT MIN(artist_groups.artist_mbid)
        FROM releases JOIN artist_groups ON artist_groups.group_mbid = releases.release_group_mbid
        WHERE releases.key = tracks.release_key
    ), tracks.artist)"""
_WAITS_FOR_DOWNLOAD = (
    f"work_queue.status = '{Status.PENDING}' AND work_queue.task_type = '{Stage.DOWNLOAD}'"
)

# Insert a download item for every wanted track that has no live item at any stage. An artist's
# turns continue after the artist's last pending one. Without a pending one, they begin at the
# lowest pending turn of anybody.
INSERT_WANTED = Prepared(
    f"""
    INSERT INTO work_queue ({_COLUMN_LIST}, turn, source)
    WITH fresh AS (
        SELECT id, priority, {_ARTIST} AS artist FROM tracks
        WHERE status = '{TrackStatus.WANTED}' AND NOT EXISTS (
            SELECT 1 FROM work_queue
            WHERE work_queue.track_id = tracks.id AND work_queue.completed_at IS NULL
        )
    ),
    queued AS (
        SELECT work_queue.priority, {_ARTIST} AS artist, MAX(work_queue.turn) AS last_turn
        FROM work_queue JOIN tracks ON tracks.id = work_queue.track_id
        WHERE {_WAITS_FOR_DOWNLOAD} AND EXISTS (SELECT 1 FROM fresh)
        GROUP BY 1, 2
    ),
    passed AS (
        SELECT priority, MIN(turn) - 1 AS last_turn FROM work_queue
        WHERE {_WAITS_FOR_DOWNLOAD} GROUP BY priority
    )
    SELECT fresh.id, '{Stage.DOWNLOAD}', '{Status.PENDING}', fresh.priority,
           {STAGES_LEFT[Stage.DOWNLOAD]}, 0, :max_attempts, :now, NULL, '{{}}', :now, NULL,
           COALESCE(queued.last_turn, passed.last_turn, 0)
           + ROW_NUMBER() OVER (PARTITION BY fresh.priority, fresh.artist ORDER BY fresh.id),
           CASE WHEN EXISTS (
               SELECT 1 FROM candidates
               WHERE candidates.track_id = fresh.id
                 AND candidates.status <> '{CandidateStatus.REJECTED}'
           ) THEN '' ELSE :source END
    FROM fresh
    LEFT JOIN queued ON queued.priority = fresh.priority AND queued.artist = fresh.artist
    LEFT JOIN passed ON passed.priority = fresh.priority
    WHERE true
    ORDER BY fresh.id
    {_UNLESS_LIVE}
    """,
    _NOW | _types("max_attempts", "source"),
)

_IF_LEASED = f"""
    WHERE id = :id AND status = '{Status.ACTIVE}'
      AND lease_owner = :lease_owner AND attempt = :attempt
"""
_LEASE_TYPES = _types("id", "lease_owner", "attempt")

# End a lease, guarded by item, status, owner and attempt.
RELEASE = Prepared(
    f"""
    UPDATE work_queue
    SET lease_owner = NULL, turn = turn + :turns,
        {", ".join(f"{name} = :to_{name}" for name in _RELEASED)}
    {_IF_LEASED}
    """,
    _LEASE_TYPES | _types(*_RELEASED, prefix="to_") | {"turns": QUEUE.turn.type},
)

_COMPLETE = f"""
    UPDATE work_queue
    SET status = '{Status.COMPLETED}', lease_owner = NULL, completed_at = :now,
        error_class = NULL, error = NULL
    {_IF_LEASED}
"""

# The same for success, if no stage follows.
COMPLETE_LAST = Prepared(_COMPLETE, _LEASE_TYPES | _NOW)

# The same if a stage follows. Returns whether that stage is paused, which saves a round trip.
COMPLETE = Prepared(
    f"{_COMPLETE} RETURNING :next_task_type IN (SELECT task_type FROM paused_stages)",
    _LEASE_TYPES | _NOW | {"next_task_type": QUEUE.task_type.type},
    [Boolean()],
)

GIVE_BACK = Prepared(
    f"""
    UPDATE work_queue
    SET status = '{Status.PENDING}', attempt = attempt - 1, run_after = :now,
        lease_owner = NULL, started_at = NULL
    WHERE status = '{Status.ACTIVE}' AND lease_owner = :lease_owner
    """,
    _NOW | _types("lease_owner"),
)
