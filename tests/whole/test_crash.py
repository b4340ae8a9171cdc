"""Pulls the plug on the real pipeline process, again and again, and checks what is left."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from shanty.models import Stage
from tests.world.crash_world import crash_world

pytestmark = pytest.mark.takes(seconds=100)

SEED = 20_261_123


def boundary_points() -> list[str]:
    """The boundaries and the file work of each stage, at an early item."""
    points = [
        f"{stage}:{moment}:{number}"
        for stage in Stage
        for moment, number in (("before", 1), ("inside", 2), ("uncommitted", 1), ("after", 2))
    ]
    for stage in ("tag", "organize", "enrich", "replaygain", "lyrics"):
        points += [f"{stage}:syncing:{n}" for n in (1, 3)]
        points += [f"{stage}:moving:{n}" for n in (1, 2)]
    return points


# Every run of the suite does this on SQLite; the proofs also do it on PostgreSQL.
SHORT = {
    "sqlite": ["download:uncommitted:2", "organize:moving:2"],
    "postgresql": [
        "download:before:3",
        "download:inside:2",
        "index:after:2",
        "organize:moving:1",
        "enrich:uncommitted:1",
    ],
}


def test_killed_a_few_times_nothing_is_lost(
    database_url: str, prefect_server: str, tmp_path: Path
) -> None:
    points = SHORT[database_url.split(":")[0].split("+")[0]]
    with crash_world(
        tmp_path / "short", database_url, prefect_server, tracks=10, download_seconds=0.1
    ) as crashing:
        for point in points:
            assert crashing.run_and_kill_at(point), f"never came to {point}"
        assert crashing.run() == 0
        crashing.check()


@pytest.mark.proof
@pytest.mark.parametrize("part", range(4))
def test_killed_at_every_boundary_nothing_is_lost(
    part: int, database_url: str, prefect_server: str, tmp_path: Path
) -> None:
    """All boundaries in a random order over four libraries, 48 kills in all."""
    points = boundary_points()
    random.Random(SEED).shuffle(points)
    with crash_world(tmp_path / "world", database_url, prefect_server, tracks=30) as crashing:
        for point in points[part::4]:
            assert crashing.run_and_kill_at(point), f"never came to {point}"
        assert crashing.run() == 0
        crashing.check()


@pytest.mark.proof
@pytest.mark.parametrize("part", range(3))
def test_killed_at_random_moments_nothing_is_lost(
    part: int, database_url: str, prefect_server: str, tmp_path: Path
) -> None:
    """Five random moments in each of three libraries."""
    rng = random.Random(SEED + part)
    with crash_world(tmp_path / "world", database_url, prefect_server, tracks=24) as crashing:
        while len(crashing.killed) < 5:
            assert crashing.run_and_kill_after(rng.uniform(0, 0.8)), "finished before the kill"
        assert crashing.run() == 0
        crashing.check()


@pytest.mark.parametrize(
    "database_url",
    [pytest.param("sqlite", marks=pytest.mark.proof), "postgresql"],
    indirect=True,
)
@pytest.mark.postgresql_too
def test_two_processes_never_work_on_the_same_item(
    database_url: str, prefect_server: str, tmp_path: Path
) -> None:
    """The suite tries it where several machines share the work: on PostgreSQL."""
    with crash_world(
        tmp_path / "two", database_url, prefect_server, tracks=10, download_seconds=0.3
    ) as crashing:
        logs = [tmp_path / "a.log", tmp_path / "b.log"]
        meeting = tmp_path / "meeting"
        meeting.mkdir()
        processes = [
            crashing.start(
                SHANTY_TEST_LOG=str(log),
                SHANTY_TEST_HOST=f"machine-{log.stem}",
                SHANTY_TEST_MEET=str(meeting),
            )
            for log in logs
        ]
        for process in processes:
            assert process.wait(timeout=180) == 0, process.output
        begun = [line for log in logs for line in log.read_text().splitlines()]
        assert len(begun) == len(set(begun)) == 10 * len(Stage)
        assert all(log.read_text() for log in logs), "only one of them did the work"
        crashing.check()
