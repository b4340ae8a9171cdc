"""Registers the jobs, and what they need, with a Prefect server. A second time changes nothing.

A job is known by its name. Only what differs is changed, so a job keeps its history, the rhythm of
its schedule, and whether a person has paused it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import (
    DeploymentScheduleCreate,
    DeploymentUpdate,
    WorkPoolCreate,
    WorkPoolUpdate,
)
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.exceptions import ObjectNotFound
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector

from deployments.timetable import Job
from deployments.worker import JobWorker, pool_template
from flows.runs.database import BLOCK_NAME
from flows.server.dashboard import ARTIFACT_LINKS
from flows.server.jobs import TAG
from flows.server.schedules import ANCHOR, Cron, Off, name_zone
from shanty.config.settings import Settings
from shanty.db import parse_url

_OUR_FLOWS = "flows."  # their package, as entrypoints name it


def register(jobs: list[Job], settings: Settings) -> None:
    """Make the server know the work pool, the database and every job, and no earlier job."""
    _register_database(settings)
    with get_client(sync_client=True) as client:
        for name in {job.work_pool for job in jobs}:
            _register_pool(client, name)
        for job in jobs:
            _register_job(client, job)
        _remove_others(client, jobs)


def _remove_others(client: SyncPrefectClient, jobs: list[Job]) -> None:
    """Remove jobs that the timetable no longer has: their runs would be planned, and fail.

    Only our own are removed: they have our tag, and a flow of ours that the timetable no longer
    has. A person may have made other deployments of a flow that the timetable has.
    """
    declared = {job.entrypoint for job in jobs}
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG]))
    for known in client.read_deployments(deployment_filter=tagged):
        entrypoint = known.entrypoint or ""
        if entrypoint.startswith(_OUR_FLOWS) and entrypoint not in declared:
            client.delete_deployment(known.id)


def _register_pool(client: SyncPrefectClient, name: str) -> None:
    template = pool_template()
    try:
        known = client.read_work_pool(name)
    except ObjectNotFound:
        client.create_work_pool(
            WorkPoolCreate(name=name, type=JobWorker.type, base_job_template=template)
        )
        return
    if known.base_job_template != template:
        client.update_work_pool(name, WorkPoolUpdate(base_job_template=template))


def _register_database(settings: Settings) -> None:
    """Tell workers on other machines where the database is, if it is one that they can share."""
    url = parse_url(settings.resolved_database_url)
    if url.get_backend_name() != "postgresql":
        return
    # In parts, because only then Prefect keeps the password as a secret.
    components = ConnectionComponents(
        driver=url.drivername,
        database=url.database,
        username=url.username,
        password=url.password,
        host=url.host,
        port=url.port,
        query={key: str(value) for key, value in url.query.items()} or None,
    )
    SqlAlchemyConnector(connection_info=components).save(BLOCK_NAME, overwrite=True)


def _register_job(client: SyncPrefectClient, job: Job) -> None:
    flow = _load_flow(job)
    wanted = _schedule(job)
    about: dict[str, Any] = {
        "description": f"{flow.description}\n\n{ARTIFACT_LINKS}",
        "tags": list(job.tags),
        "work_pool_name": job.work_pool,
        "entrypoint": job.entrypoint,
        # Nothing else may change what a run does: neither now nor from an earlier registration.
        "pull_steps": [],
        "job_variables": {},
        "path": None,
        "enforce_parameter_schema": True,
    }
    try:
        known = client.read_deployment_by_name(f"{flow.name}/{job.name}")
    except ObjectNotFound:
        client.create_deployment(
            flow_id=client.create_flow(flow),
            name=job.name,
            schedules=[wanted],
            parameter_openapi_schema=flow.parameters.model_dump(),
            **about,
        )
        return
    about["parameter_openapi_schema"] = flow.parameters.model_dump()
    # An update without a change would make the server drop every planned run and plan it anew.
    if any(getattr(known, name) != value for name, value in about.items()):
        client.update_deployment(known.id, DeploymentUpdate(**about))
    _reschedule(client, known, wanted)


def renew_schedules(jobs: list[Job]) -> None:
    """Plan every job's runs from now on, even for times at which a run was planned before."""
    with get_client(sync_client=True) as client:
        for job in jobs:
            known = client.read_deployment_by_name(f"{_load_flow(job).name}/{job.name}")
            _replace_schedule(client, known, _schedule(job))


def _reschedule(
    client: SyncPrefectClient, known: DeploymentResponse, wanted: DeploymentScheduleCreate
) -> None:
    # A schedule that is sent anew loses its planned runs, and forgets that one was skipped.
    is_same = [(one.schedule, one.active) for one in known.schedules] == [
        (wanted.schedule, wanted.active)
    ]
    if not is_same:
        _replace_schedule(client, known, wanted)


def _replace_schedule(
    client: SyncPrefectClient, known: DeploymentResponse, wanted: DeploymentScheduleCreate
) -> None:
    for schedule in known.schedules:
        client.delete_deployment_schedule(known.id, schedule.id)
    client.create_deployment_schedules(known.id, [(wanted.schedule, bool(wanted.active))])


def _schedule(job: Job) -> DeploymentScheduleCreate:
    timing = job.declared if isinstance(job.schedule, Off) else job.schedule
    schedule = (
        CronSchedule(cron=timing.expression, timezone=name_zone())
        if isinstance(timing, Cron)
        else IntervalSchedule(interval=timing.interval, anchor_date=ANCHOR)
    )
    is_on = not isinstance(job.schedule, Off)
    return DeploymentScheduleCreate(schedule=schedule, active=is_on)


def _load_flow(job: Job) -> Flow[..., Any]:
    module, _, name = job.entrypoint.rpartition(".")
    flow = getattr(import_module(module), name)
    assert isinstance(flow, Flow), f"{job.entrypoint} is no flow"
    return flow
