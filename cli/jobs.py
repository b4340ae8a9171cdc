"""``shanty jobs``: the recurring jobs of the running service."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated

import typer

from cli.opening import open_state
from cli.printing import JsonOption, format_age, print_json, print_table, printable
from deployments.control import (
    connect,
    find_job,
    find_run_at_work,
    pause_job,
    resume_job,
    run_job,
    skip_next_run,
    unskip,
    wait_for_run,
)
from deployments.timetable import load_jobs, view_jobs
from flows.server.api import PrefectApi
from flows.server.jobs import GOOD_ENDS, SKIPPED, JobView, LastRun, list_jobs
from shanty.config.settings import Settings, load_settings
from shanty.errors import ServerError, ShantyError, count_of, one_line

app = typer.Typer(no_args_is_help=True, help="See and steer the recurring jobs.")

JOB_COLUMNS = ("job", "schedule", "next run", "last run", "result")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A name that `jobs ls` shows.")]


@app.command("ls")
def list_all(as_json: JsonOption = False) -> None:
    """List the jobs: schedule, last run and how it went, next run."""
    jobs, why_not = find_jobs(load_settings())
    if as_json:
        print_json([job.as_document() for job in jobs])
        return
    print_jobs(jobs)
    if why_not:
        typer.echo(f"\n{why_not}")


@app.command("run")
def run_now(
    name: NameArgument,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the run has ended.")] = False,
) -> None:
    """Run a job now; its schedule stays as it is."""
    state = open_state()
    api = connect(state.settings)
    job = find_job(api, name)
    run_id = run_job(api, job)
    typer.echo(f"{api.ui_url}/runs/flow-run/{run_id}")
    if not wait:
        return
    ended = _wait(api, run_id)
    if ended.state == SKIPPED and (at_work := find_run_at_work(state.queue, job)):
        typer.echo(f"waiting for the run at work: {api.ui_url}/runs/flow-run/{at_work}")
        ended = _wait(api, at_work)
    if ended.state not in GOOD_ENDS:
        raise ShantyError(f"the run of {job.name} ended as {ended.state}")


def _wait(api: PrefectApi, run_id: str) -> LastRun:
    ended = wait_for_run(api, run_id, announce=lambda news: typer.echo(one_line(news)))
    typer.echo(one_line(ended.message))
    return ended


@app.command("pause")
def pause(name: NameArgument) -> None:
    """Do not run a job until `resume`; a run under way goes on."""
    api = connect(load_settings())
    job = find_job(api, name)
    pause_job(api, job)
    typer.echo(f"{job.name} is paused; `shanty jobs resume {job.name}` goes on")


@app.command("resume")
def resume(name: NameArgument) -> None:
    """Let a paused job run on its schedule again."""
    api = connect(load_settings())
    job = find_job(api, name)
    resume_job(api, job)
    typer.echo(f"{job.name} runs {job.schedule} again")


@app.command("skip")
def skip(name: NameArgument) -> None:
    """Leave out exactly the next run."""
    api = connect(load_settings())
    job = find_job(api, name)
    skipped = skip_next_run(api, job)
    already = "" if skipped.is_news else " already"
    typer.echo(
        f"the run of {job.name} at {_moment(skipped.at)} is left out{already}; "
        f"`shanty jobs unskip {job.name}` takes it back"
    )


@app.command("unskip")
def take_skip_back(name: NameArgument) -> None:
    """Run what `skip` has left out after all, at its time."""
    api = connect(load_settings())
    job = find_job(api, name)
    for at in unskip(api, job):
        typer.echo(f"{job.name} runs at {_moment(at)} after all")


@app.command("register")
def register_all() -> None:
    """Make the server of PREFECT_API_URL know all jobs, for workers on several machines.

    Schedules are those of the settings. A second time changes nothing.
    """
    from deployments.own_place import own_place
    from deployments.server import check_named_server, using_server

    url = os.environ.get("PREFECT_API_URL")
    if not url:
        raise ServerError(
            "PREFECT_API_URL names no Prefect server; the jobs of its own server are registered by "
            "`shanty up` itself"
        )
    settings = open_state().settings
    check_named_server(url)
    jobs = load_jobs(settings.scheduling)
    with own_place(settings.home), using_server(settings, url):
        from deployments.registration import register

        register(jobs, settings)
    typer.echo(f"{count_of(len(jobs), 'job')} registered at {one_line(url)}")


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def find_jobs(settings: Settings) -> tuple[list[JobView], str]:
    """The jobs as a server knows them; without one, by the timetable alone, and why."""
    try:
        return list_jobs(connect(settings)), ""
    except ServerError as error:
        return view_jobs(settings.scheduling), printable(str(error))


def print_jobs(jobs: list[JobView]) -> None:
    """Print jobs as a table."""
    print_table(JOB_COLUMNS, job_rows(jobs), empty="recurring jobs run only under `shanty up`")


def job_rows(jobs: list[JobView]) -> list[tuple[str, ...]]:
    """What a table of jobs says of each, under ``JOB_COLUMNS``."""
    return [
        (
            job.name,
            job.schedule,
            "paused" if job.paused else format_age(job.next_run or job.due),
            format_age(job.last_run.at) if job.last_run else job.id and "never",
            _describe(job.last_run) if job.last_run else "",
        )
        for job in jobs
    ]


def _describe(run: LastRun) -> str:
    took = "" if run.duration_seconds is None else f" in {run.duration_seconds:.0f} s"
    return f"{run.state}{took}{': ' if run.message else ''}{run.message}"
