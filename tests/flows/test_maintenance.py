"""The maintenance flow on a real Prefect server: its parameters, and what its runs are called."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ParameterTypeError
from prefect.states import Running
from sqlalchemy import update

from cli.opening import State, open_state
from shanty.config.settings import load_settings
from shanty.db.tables import workers
from shanty.tracks.maintenance import tidy

pytestmark = pytest.mark.takes(seconds=6)


def dead_run() -> FlowRun:
    """A run that Prefect shows as running, and that nobody holds a lease for."""
    from flows.monitor import monitor

    with get_client(sync_client=True) as client:
        return client.create_flow_run(monitor, state=Running(), tags=["shanty"])


def read_run(run_id: object) -> FlowRun:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run_id)  # type: ignore[arg-type]


def leave_a_dead_worker(state: State) -> str:
    worker_id = state.queue.workers.register()
    with state.database.begin() as tx:
        tx.execute(update(workers).where(workers.c.id == worker_id).values(pid=2**22 + 1))
    return worker_id


@pytest.fixture
def no_dead_runs(prefect_server: str, home: Path) -> None:
    """Bury what other tests have left running at this server."""
    from flows.runs.orphans import mark_crashed

    mark_crashed(open_state().queue, grace=timedelta(0))


def known_workers(state: State) -> set[str]:
    with state.database.read() as connection:
        return {one.worker_id for one in state.queue.workers.list_known(connection)}


@pytest.mark.usefixtures("no_dead_runs")
def test_a_dry_run_is_called_so_and_forgets_no_dead_worker() -> None:
    from flows.maintenance import maintenance

    shanty = open_state()
    worker_id = leave_a_dead_worker(shanty)
    state = maintenance(dry_run=True, return_state=True)
    assert state.message == "dry run, nothing was changed; to be done: nothing"
    assert " · dry run" in read_run(state.state_details.flow_run_id).name
    assert known_workers(shanty) == {worker_id}
    state = maintenance(return_state=True)
    assert state.message == "all was in order"
    assert "dry run" not in read_run(state.state_details.flow_run_id).name
    assert known_workers(shanty) == set()


@pytest.mark.usefixtures("no_dead_runs")
def test_a_dry_run_leaves_dead_runs_as_they_are() -> None:
    from flows.runs.orphans import mark_crashed

    shanty, dead = open_state(), dead_run()
    assert mark_crashed(shanty.queue, grace=timedelta(0), dry_run=True) == 1
    assert read_run(dead.id).state_name == "Running"
    assert mark_crashed(shanty.queue, grace=timedelta(0)) == 1
    assert read_run(dead.id).state_name == "Crashed"


@pytest.mark.parametrize(
    "wrong", [{"trash_days": 0}, {"undo_days": -1}, {"queue_days": 4000}, {"dry_run": "perhaps"}]
)
def test_a_parameter_beyond_its_bounds_is_refused(
    prefect_server: str, home: Path, wrong: dict[str, object]
) -> None:
    from flows.maintenance import maintenance

    with pytest.raises(ParameterTypeError):
        maintenance(**wrong)  # type: ignore[arg-type]


def test_every_step_is_told_with_the_right_number(home: Path) -> None:
    from flows.maintenance import describe

    state = open_state()
    done = tidy(state.queue, state.catalog, state.database, state.settings, dry_run=True)
    one = describe(dict.fromkeys([*done, "dead runs marked as crashed"], 1))
    assert "1 staging folder removed, 1 act on a file settled" in one
    for part in one.split(", "):
        assert not part.split()[1].endswith("s"), part
    assert describe({"old items pruned": 2}) == "2 old items pruned"


def test_every_parameter_of_every_job_is_typed_bounded_and_described() -> None:
    from prefect.flows import load_flow_from_entrypoint

    from deployments.timetable import load_jobs

    seen = []
    for job in load_jobs({}):
        flow = load_flow_from_entrypoint(job.entrypoint)
        for name, about in flow.parameters.properties.items():
            seen.append(f"{job.name} {name}")
            assert about.get("description"), f"{seen[-1]} is not described"
            for kind in about.get("anyOf", [about]):
                assert kind.get("type"), f"{seen[-1]} may be anything"
                if kind["type"] in ("integer", "number"):
                    assert "minimum" in kind, f"{seen[-1]} has no bound"
    assert {"pipeline limit", "maintenance dry_run", "maintenance trash_days"} <= set(seen)


def test_a_retention_that_is_given_counts_and_the_others_stay() -> None:
    from flows.maintenance import choose_retention

    settings = load_settings()
    chosen = choose_retention(settings, None, 7, None)
    assert chosen.trash == timedelta(days=7)
    assert (chosen.queue, chosen.undo) == (
        settings.queue.retention,
        settings.library.undo_retention,
    )
