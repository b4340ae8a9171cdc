"""Jobs on the command line, without a service."""

from __future__ import annotations

import pytest

from tests.world.shell import Shell


def test_jobs_need_a_running_service(shanty: Shell) -> None:
    for words in (["run", "pipeline"], ["pause", "monitor"], ["skip", "monitor"]):
        assert "`shanty up` starts it" in shanty.fails("jobs", *words)


def test_the_timetable_is_known_without_a_service(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_SCHEDULING__PIPELINE", "30m")
    jobs = {job["name"]: job for job in shanty.json("jobs", "ls")}
    assert jobs["pipeline"]["schedule"] == "every 30 min"
    assert {job["next_run"] for job in jobs.values()} == {None}, "nothing runs by itself now"
    for words in (["jobs", "ls"], ["status"]):
        assert shanty(*words) == 0
        assert "every 30 min" in shanty.out
        assert "`shanty up` starts it" in shanty.out


def test_a_wrong_schedule_names_its_key(shanty: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANTY_SCHEDULING__PIPELINE", "now and then")
    assert "scheduling.pipeline" in shanty.fails("up")
