"""``shanty status``: what is pending, running, done and stuck. Does not import Prefect."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.jobs import JOB_COLUMNS, find_jobs, job_rows, print_jobs
from cli.opening import State, open_state
from cli.overview import draw, overview_document
from cli.printing import (
    JsonOption,
    format_age,
    make_table,
    new_console,
    print_json,
    printable,
    progress_document,
)
from flows.server.jobs import JobView
from shanty.config.settings import Settings
from shanty.diagnosis.overview import WorkOverview, read_overview
from shanty.diagnosis.tools import describe_refused, read_in_use
from shanty.models import Stage, Status
from shanty.sources.cookie_check import check_cookies

if TYPE_CHECKING:
    from rich.console import RenderableType

LIVE_INTERVAL_SECONDS = 0.5
JOBS_INTERVAL_SECONDS = 5.0


def status(
    live: Annotated[bool, typer.Option("--live", help="Keep showing it until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the queue by stage, why work waits, what needs you, and the recurring jobs."""
    state = open_state()
    if as_json:
        print_json(read_status(state, find_jobs(state.settings)[0]))
        return
    if live and sys.stdout.isatty():
        _follow(state)
        return
    console = new_console()
    jobs, why_none = find_jobs(state.settings)
    for part in draw_overview(state, jobs):
        console.print(part)
    if (next_look_at := state.catalog.looks.next_unsettled()) is not None:
        typer.echo(f"what came to nothing is looked at again, next {format_age(next_look_at)}")
    today, ever = _count_requests(state)
    typer.echo(f"requests to MusicBrainz: {today:,} today, {ever:,} in all")
    if refused := describe_refused(state.settings):
        typer.echo(printable(refused))
    for line in _troubles(state):
        typer.echo(line)
    typer.echo()
    print_jobs(jobs)
    typer.echo(f"\n{why_none or find_pages(state.settings)}")


def draw_overview(state: State, jobs: Collection[JobView]) -> list[RenderableType]:
    """How things stand now, as it is drawn. ``jobs`` are those that a server knows."""
    overview = look(state)
    return draw(overview, beginning=_say_what_begins(state, jobs, bool(overview.hindrances)))


def draw_own_run(state: State) -> list[RenderableType]:
    """The same while this process itself does a run."""
    return draw(look(state), beginning="")


def _say_what_begins(state: State, jobs: Collection[JobView], is_held: bool) -> str:
    """What begins a run; empty if one begins by itself as soon as nothing holds it up."""
    from deployments.beginning import describe_stopped
    from deployments.occupant import find_occupant
    from deployments.service_lock import up_lock_path

    if find_occupant(up_lock_path(state.settings.home)) is None:
        return "no run is at work: `shanty run` begins one, `shanty up` works on a schedule"
    if why := describe_stopped(jobs):
        return f"no run is at work; {why}"
    return "" if is_held else "no run is at work: `shanty up` begins one when there is work"


def look(state: State) -> WorkOverview:
    """How things stand now."""
    return read_overview(state.settings, state.database, state.queue)


def find_pages(settings: Settings) -> str:
    """Where our pages and Prefect's are, in a sentence; empty if no server is known."""
    from deployments.page_place import find_pages as find_own_pages
    from deployments.server import configured_server

    url, own_url = configured_server(settings.home), find_own_pages(settings.home)
    ours = [f"pages: {own_url}"] if own_url else []
    return ", ".join([*ours, f"Prefect's pages: {url.removesuffix('/api')}"] if url else ours)


def _count_requests(state: State) -> tuple[int, int]:
    from shanty.sources.budgets import MUSICBRAINZ

    return state.catalog.editions.count_requests(MUSICBRAINZ)


def _troubles(state: State) -> list[str]:
    from deployments.signs import find_trouble

    return [f"trouble: {printable(one)}" for one in find_trouble(state.settings)]


def read_status(state: State, jobs: list[JobView]) -> dict[str, Any]:
    """The document of ``status --json``."""
    from deployments.signs import find_trouble
    from shanty.sources.budgets import MUSICBRAINZ
    from shanty.sources.states import list_source_states

    paused = state.queue.by_hand.paused()
    today, ever = _count_requests(state)
    return {
        **overview_document(look(state)),
        "next_look_at": state.catalog.looks.next_unsettled(),
        "requests": {MUSICBRAINZ: {"today": today, "total": ever}},
        "downloads": read_downloads(state),
        "cookies": {"trouble": check_cookies(state.settings).trouble},
        "sources": [one.as_document() for one in list_source_states(state.database, state.queue)],
        "paused": [stage.value for stage in state.settings.stages if stage in paused],
        "quiet_until": _quiet_until(state),
        "yt-dlp": read_in_use(state.settings),
        "trouble": find_trouble(state.settings),
        "jobs": [job.as_document() for job in jobs],
    }


def read_downloads(state: State) -> list[dict[str, Any]]:
    """What is being downloaded, with how far it is, as far as that is known by now."""
    active = state.queue.overview.list_items(stage=Stage.DOWNLOAD, status=Status.ACTIVE)
    known = state.queue.progress.of_items([item.id for item in active])
    return [
        {
            "id": item.id,
            "track_id": item.track_id,
            "track": item.label,
            **progress_document(known[item.id]),
        }
        for item in active
        if item.id in known
    ]


def _quiet_until(state: State) -> datetime | None:
    hours = state.settings.download.quiet_hours
    return hours.until(datetime.now(UTC)) if hours else None


def _follow(state: State) -> None:
    """Show the stages, what is being worked on and the jobs, until Ctrl-C."""
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    found: list[JobView] = []
    jobs: list[RenderableType] = []
    next_jobs_at = 0.0
    with Live(auto_refresh=False, screen=False) as view:
        try:
            while True:
                if time.monotonic() >= next_jobs_at:
                    found, why_none = find_jobs(state.settings)
                    jobs = [
                        Text("\n".join(_troubles(state))),
                        make_table(JOB_COLUMNS, job_rows(found)),
                        Text(why_none or find_pages(state.settings)),
                    ]
                    next_jobs_at = time.monotonic() + JOBS_INTERVAL_SECONDS
                view.update(Group(*draw_overview(state, found), *jobs), refresh=True)
                time.sleep(LIVE_INTERVAL_SECONDS)
        except KeyboardInterrupt:
            return
