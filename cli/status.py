"""``shanty status``: what is pending, running, done and stuck. Does not import Prefect."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.jobs import JOB_COLUMNS, find_jobs, job_rows, print_jobs
from cli.opening import State, open_state
from cli.printing import (
    JsonOption,
    format_age,
    format_progress,
    make_table,
    print_json,
    print_table,
    printable,
    progress_document,
)
from cli.sources import source_lines
from flows.server.jobs import JobView
from shanty.models import Stage, Status, TrackStatus
from shanty.sources.cookie_check import check_cookies
from shanty.workqueue import COUNTED, leave_out_unused

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

LIVE_INTERVAL_SECONDS = 0.5
JOBS_INTERVAL_SECONDS = 5.0
SHOWN_ACTIVE = 12


def status(
    live: Annotated[bool, typer.Option("--live", help="Keep showing it until Ctrl-C.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the queue by stage, the tracks, and the recurring jobs."""
    state = open_state()
    if as_json:
        print_json(read_status(state, find_jobs(state.settings)[0]))
        return
    if live and sys.stdout.isatty():
        _follow(state)
        return
    jobs, why_none = find_jobs(state.settings)
    document = read_status(state, jobs)
    rows = [(stage, *counts.values()) for stage, counts in document["queue"].items()]
    print_table(("stage", *COUNTED), rows, empty="")
    tracks = ", ".join(
        f"{number} {name.replace('_', ' ')}" for name, number in document["tracks"].items()
    )
    typer.echo(f"\ntracks: {tracks}")
    if document["tracks"][TrackStatus.NEEDS_REVIEW]:
        typer.echo("some wait for your decision: `shanty review ls` shows them")
    if (next_look_at := document["next_look_at"]) is not None:
        typer.echo(f"what came to nothing is looked at again, next {format_age(next_look_at)}")
    today, ever = document["requests"]["musicbrainz"].values()
    typer.echo(f"requests to MusicBrainz: {today} today, {ever} in all")
    if trouble := check_cookies(state.settings).trouble:
        typer.echo(f"cookies: {printable(trouble)} (`shanty cookies check`)")
    if paused := state.queue.by_hand.paused():
        names = ", ".join(stage for stage in state.settings.stages if stage in paused)
        typer.echo(f"paused: {names} (`shanty queue resume` goes on)")
    for line in source_lines(state):
        typer.echo(line)
    for trouble in document["trouble"]:
        typer.echo(f"trouble: {printable(trouble)}")
    typer.echo()
    print_jobs(jobs)
    if why_none:
        typer.echo(f"\n{why_none}")


def read_status(state: State, jobs: list[JobView]) -> dict[str, Any]:
    """The document of ``status --json``."""
    from deployments.signs import find_trouble
    from shanty.sources.budgets import MUSICBRAINZ
    from shanty.sources.states import list_source_states

    counts = leave_out_unused(state.queue.overview.counts(), state.settings.stages)
    tracks = state.catalog.tracks.count()
    today, ever = state.catalog.editions.count_requests(MUSICBRAINZ)
    return {
        "queue": {
            stage.value: {key: numbers[key] for key in COUNTED} for stage, numbers in counts.items()
        },
        "tracks": {
            status.value: tracks[status]
            for status in TrackStatus
            if status not in (TrackStatus.WITHDRAWN, TrackStatus.REMOVED)
        },
        "next_look_at": state.catalog.looks.next_unsettled(),
        "requests": {MUSICBRAINZ: {"today": today, "total": ever}},
        "downloads": read_downloads(state),
        "cookies": {"trouble": check_cookies(state.settings).trouble},
        "sources": [one.as_document() for one in list_source_states(state.database, state.queue)],
        "quiet_until": _quiet_until(state),
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

    from deployments.signs import find_trouble

    jobs: list[JobView] = []
    troubles: list[str] = []
    why_none = ""
    next_jobs_at = 0.0
    with Live(auto_refresh=False, screen=False) as view:
        try:
            while True:
                if time.monotonic() >= next_jobs_at:
                    jobs, why_none = find_jobs(state.settings)
                    troubles = [
                        f"trouble: {printable(one)}" for one in find_trouble(state.settings)
                    ]
                    next_jobs_at = time.monotonic() + JOBS_INTERVAL_SECONDS
                parts: list[RenderableType] = [
                    make_stage_table(state),
                    "",
                    make_active_table(state),
                ]
                if lines := [*source_lines(state), *troubles]:
                    parts += ["", Text("\n".join(lines))]
                parts += [
                    "",
                    Text(why_none) if why_none else make_table(JOB_COLUMNS, job_rows(jobs)),
                ]
                view.update(Group(*parts), refresh=True)
                time.sleep(LIVE_INTERVAL_SECONDS)
        except KeyboardInterrupt:
            return


def make_active_table(state: State) -> Table:
    """What is being worked on now, as a table for a live view."""
    active = state.queue.overview.list_items(status=Status.ACTIVE, limit=SHOWN_ACTIVE)
    known = state.queue.progress.of_items([item.id for item in active])
    rows = [
        (item.stage, item.label, format_age(item.started_at), format_progress(known.get(item.id)))
        for item in active
    ]
    return make_table(("now", "track", "since", "progress"), rows or [("nothing", "", "", "")])


def make_stage_table(state: State) -> Table:
    """The counts of every stage as a table for a live view."""
    from rich.table import Table

    counts = leave_out_unused(state.queue.overview.counts(), state.settings.stages)
    tracks = state.catalog.tracks.count()
    table = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        caption=f"{tracks[TrackStatus.IN_LIBRARY]} in the library, "
        f"{tracks[TrackStatus.WANTED]} wanted",
        caption_justify="left",
    )
    table.add_column("stage", min_width=10)
    for name in COUNTED:
        table.add_column(name, justify="right", min_width=9)
    for stage, numbers in counts.items():
        table.add_row(stage.value, *(str(numbers[name] or "·") for name in COUNTED))
    return table
