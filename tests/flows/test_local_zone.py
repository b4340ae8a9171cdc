"""Cron runs at the hour that the machine's clock shows, however its time zone is set."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.server.jobs import JobView, list_jobs
from flows.server.schedules import name_zone
from shanty.config.local_zone import find_local_zone, is_known_zone
from shanty.errors import ConfigError
from tests.world.shell import Shell

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.fixture
def set_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def put(variable: str) -> None:
        monkeypatch.setenv("TZ", variable)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    "variable",
    [
        BERLIN,
        "PST8PDT",
        pytest.param("EST5", marks=pytest.mark.proof),
        pytest.param(":Europe/Berlin", marks=pytest.mark.proof),
        "<+0330>-3:30",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",  # half an hour of daylight saving, in the south
        "IST-1GMT0,M10.5.0,M3.5.0/1",  # Ireland: winter time is the exception
        pytest.param("EST5EDT,M3.2.0,M11.1.0", marks=pytest.mark.proof),
        pytest.param("", marks=pytest.mark.proof),
        "Nonsense/Zone",  # which the system takes for UTC
    ],
)
def test_prefect_plans_at_the_hour_that_the_clock_shows(
    set_zone: Callable[[str], None], variable: str
) -> None:
    from prefect.client.schemas.schedules import CronSchedule as Sent
    from prefect.server.schemas.schedules import CronSchedule

    set_zone(variable)
    zone = name_zone()
    assert Sent(cron="30 4 * * *", timezone=zone).timezone == zone
    planned = asyncio.run(
        CronSchedule(cron="30 4 * * *", timezone=zone).get_dates(
            400, start=datetime.now(UTC), end=datetime.now(UTC) + timedelta(days=900)
        )
    )
    assert len(planned) == 400
    # As the system has it, by libc: no library of time zones is asked.
    assert {time.strftime("%H:%M", time.localtime(at.timestamp())) for at in planned} == {"04:30"}


@pytest.mark.parametrize("variable", ["XYZ-1:23", "AAA-20", "CET-1CEST,M1.1.0,M2.1.0"])
def test_hours_that_no_zone_has_are_refused_in_one_sentence(
    set_zone: Callable[[str], None],
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    set_zone(variable)
    assert find_local_zone() is None
    with pytest.raises(ConfigError, match="Europe/Berlin"):
        name_zone()
    monkeypatch.setenv("SHANTY_SCHEDULING__PIPELINE", "0 4 * * *")
    assert variable in Shell(capsys, monkeypatch).fails("up")


@pytest.mark.parametrize(
    ("variable", "is_known"),
    [
        *((one, True) for one in ("", ":", BERLIN, "<-03>3", "UTC0", ":Europe/Berlin", "UTC")),
        *((one, False) for one in ("Nonsense/Zone", "Europe/Nowhere", " Europe/Berlin")),
        (":/etc/no-such-file", False),
        ("../../etc/passwd", False),
    ],
)
def test_what_the_system_takes_for_utc_is_known(variable: str, is_known: bool) -> None:
    assert is_known_zone(variable) is is_known


def test_a_schedule_of_another_zone_is_shown_with_it(
    set_zone: Callable[[str], None],
) -> None:
    class Api:
        """A server with one job."""

        def post(self, path: str, **body: object) -> list[dict[str, object]]:
            if path != "/deployments/filter":
                return []
            schedule = {"cron": "0 4 * * *", "timezone": "Europe/Berlin"}
            schedules = [{"active": True, "schedule": schedule}]
            return [{"id": "1", "name": "pipeline", "schedules": schedules, "paused": False}]

    def shown() -> str:
        (job,) = list_jobs(Api())  # type: ignore[arg-type]
        assert isinstance(job, JobView)
        return job.schedule

    set_zone(BERLIN)
    assert shown() == "at 04:00"
    set_zone("America/New_York")
    assert shown() == "at 04:00 (Europe/Berlin)"
    assert os.environ["TZ"] == "America/New_York"
