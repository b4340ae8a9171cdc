"""Schedules from settings, in words, and the timetable they belong to."""

from __future__ import annotations

import pytest
import yaml

from deployments.timetable import load_jobs
from flows.server.schedules import Cron, Every, Off, parse_schedule
from shanty.errors import ConfigError
from tests.world.crash_world import ROOT


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("1h", Every, "every 1 h"),
        ("10m", Every, "every 10 min"),
        ("90s", Every, "every 90 s"),
        ("1h30m", Every, "every 90 min"),
        ("2d", Every, "every 2 d"),
        ("0 4 * * *", Cron, "at 04:00"),
        ("*/5 * * * *", Cron, "every 5 minutes"),
        ("off", Off, "off"),
        ("OFF", Off, "off"),
    ],
)
def test_a_schedule_in_words(text: str, kind: type, words: str) -> None:
    schedule = parse_schedule(text, "scheduling.pipeline")
    assert isinstance(schedule, kind)
    assert schedule.describe() == words


@pytest.mark.parametrize("text", ["", "soon", "99 * * * *", "* * * *", "1s", "-5m", "0m"])
def test_what_is_no_schedule_is_refused_by_its_key(text: str) -> None:
    with pytest.raises(ConfigError, match=r"scheduling\.pipeline"):
        parse_schedule(text, "scheduling.pipeline")


@pytest.mark.parametrize("field", ["L", "L,5", "LW", "lw", "15,LW", "L/2", "jul/2", "5L", "1,5l"])
def test_a_cron_expression_is_accepted_if_prefect_plans_by_it(field: str) -> None:
    from prefect.client.schemas.schedules import CronSchedule

    accepted = {True: 0, False: 0}
    for expression in (f"0 4 {field} * *", f"0 4 * {field} *", f"0 4 * * {field}"):
        try:
            parse_schedule(expression, "scheduling.pipeline")
        except ConfigError:
            accepted[False] += 1
        else:
            accepted[True] += 1
            assert CronSchedule(cron=expression).cron == expression
    assert accepted[False], "no field of all three can hold this"
    assert accepted[True] == (field in ("L", "L,5", "jul/2"))


def test_the_timetable_has_the_jobs_of_the_contract() -> None:
    words = {job.name: job.schedule.describe() for job in load_jobs({})}
    assert words == {
        "pipeline": "every 1 h",
        "monitor": "every 12 h",
        "cookie-refresh": "every 6 h",
        "maintenance": "every 10 min",
        "backup": "every 1 d",
        "tools": "every 1 d",
    }


def test_every_job_is_a_file_and_a_function_of_its_name() -> None:
    for job in load_jobs({}):
        name = job.name.replace("-", "_")
        assert job.entrypoint == f"flows.{name}.{name}"
        assert (ROOT / "flows" / f"{name}.py").exists()


def test_settings_reschedule_and_switch_off() -> None:
    jobs = {job.name: job for job in load_jobs({"cookie_refresh": "off", "monitor": "0 4 * * *"})}
    assert isinstance(jobs["cookie-refresh"].schedule, Off)
    assert jobs["cookie-refresh"].declared.describe() == "every 6 h"
    assert jobs["monitor"].schedule == Cron("0 4 * * *")


def test_a_schedule_for_no_job_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"scheduling\.pipelin"):
        load_jobs({"pipelin": "1h"})


def test_prefect_reads_the_timetable_too() -> None:
    """``prefect deploy --all`` checks the file with this model before anything else."""
    from prefect.cli.deploy._models import PrefectYamlModel

    model = PrefectYamlModel.model_validate(yaml.safe_load((ROOT / "prefect.yaml").read_text()))
    assert [one.name for one in model.deployments] == [job.name for job in load_jobs({})]
    assert all(one.concurrency_limit is None for one in model.deployments)
