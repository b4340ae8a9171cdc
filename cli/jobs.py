"""``shanty jobs``: the recurring jobs of the running service."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.printing import JsonOption, format_age, print_json, print_table
from deployments.control import (
    connect,
    find_job,
    pause_job,
    resume_job,
    run_job,
    skip_next_run,
    wait_for_run,
)
from flows.server.jobs import JobView, LastRun, list_jobs
from shanty.config.settings import load_settings
from shanty.errors import ShantyError, one_line

app = typer.Typer(no_args_is_help=True, help="See and steer the recurring jobs.")

JOB_COLUMNS = ("job", "schedule", "last run", "result", "next run")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A name that `jobs ls` shows.")]


@app.command("ls")
def list_all(as_json: JsonOption = False) -> None:
    """List the jobs: schedule, last run and how it went, next run."""
    jobs = list_jobs(connect(load_settings()))
    if as_json:
        print_json([job.as_document() for job in jobs])
    else:
        print_jobs(jobs)


@app.command("run")
def run_now(
    name: NameArgument,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the run has ended.")] = False,
) -> None:
    """Run a job now; its schedule stays as it is."""
    api = connect(load_settings())
    job = find_job(api, name)
    run_id = run_job(api, job)
    typer.echo(f"{api.ui_url}/runs/flow-run/{run_id}")
    if not wait:
        return
    ended = wait_for_run(api, run_id, announce=lambda news: typer.echo(one_line(news)))
    typer.echo(one_line(ended.message))
    if ended.state != "Completed":
        raise ShantyError(f"the run of {job.name} ended as {ended.state}")


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
    at = skip_next_run(api, job)
    typer.echo(f"the run of {job.name} at {at.astimezone():%Y-%m-%d %H:%M:%S} is left out")


def print_jobs(jobs: list[JobView]) -> None:
    """Print jobs as a table."""
    print_table(JOB_COLUMNS, job_rows(jobs), empty="no jobs are registered")


def job_rows(jobs: list[JobView]) -> list[tuple[str, ...]]:
    """What a table of jobs says of each, under ``JOB_COLUMNS``."""
    return [
        (
            job.name,
            job.schedule,
            format_age(job.last_run.at) if job.last_run else "never",
            _describe(job.last_run) if job.last_run else "",
            "paused" if job.paused else format_age(job.next_run),
        )
        for job in jobs
    ]


def _describe(run: LastRun) -> str:
    took = "" if run.duration_seconds is None else f" in {run.duration_seconds:.0f} s"
    return f"{run.state}{took}{': ' if run.message else ''}{run.message}"
