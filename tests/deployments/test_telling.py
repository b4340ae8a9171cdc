"""What there is to tell of jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deployments.telling import find_job_events
from flows.server.jobs import JobView, LastRun

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
SOUND = JobView(
    id="1",
    name="backup",
    schedule="every 24 h",
    paused=False,
    last_run=LastRun(NOW - timedelta(hours=3), "Completed", "done", 4.0),
    next_run=NOW + timedelta(hours=21),
)
FAILED = replace(SOUND, last_run=LastRun(NOW, "Failed", "the disk is full", 4.0))
LATE = replace(SOUND, next_run=NOW - timedelta(hours=2))
RUNNING = LastRun(NOW - timedelta(hours=3), "Running", "", None)


@pytest.mark.parametrize(
    ("job", "told"),
    [
        (SOUND, []),
        (FAILED, [("job failed", "backup: the disk is full")]),
        (LATE, [("job late", "backup should have run 2 h ago")]),
        (replace(LATE, paused=True), []),
        (replace(FAILED, schedule="off"), []),
        (replace(LATE, last_run=RUNNING), []),
        (replace(SOUND, last_run=None), []),
        (replace(SOUND, last_run=replace(RUNNING, state="Cancelled")), []),
        (replace(LATE, next_run=None, due=NOW - timedelta(hours=5)), [("job late", "5 h ago")]),
    ],
)
def test_a_job_is_told_of_if_it_failed_or_did_not_run(
    job: JobView, told: list[tuple[str, str]]
) -> None:
    found = list(find_job_events([job], NOW))
    assert [event.kind for event in found] == [kind for kind, _ in told]
    assert all(line in event.line for event, (_, line) in zip(found, told, strict=True))
