"""What was done to files, run by run, with undo; and the trash."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from shanty.clock import utc_now
from shanty.errors import ShantyError
from web import history, trash
from web.paging import LARGEST, PagingOf
from web.rendering import PageOf
from web.wording import path_part

router = APIRouter()


@router.get("/history")
def show(page: PageOf, paging: PagingOf) -> HTMLResponse:
    """The runs, newest first."""
    return page.render(
        "history.html",
        runs=history.list_runs(page.parts, paging),
        total=page.parts.catalog.journal.count_runs(),
        in_trash=page.parts.catalog.trash.measure()[0],
        paging=paging,
    )


@router.get("/history/trash")
def show_trash(page: PageOf, paging: PagingOf) -> HTMLResponse:
    """What lies in the trash, newest first."""
    parts = page.parts
    total, size = parts.catalog.trash.measure()
    found = parts.catalog.trash.list_trash(limit=paging.limit, offset=paging.offset)
    ids = [one.track_id for one in found if one.track_id is not None]
    return page.render(
        "trash.html",
        files=found,
        names={
            one.id: history.shown_path(one.original_path, parts.settings.library.path)
            for one in found
        },
        keys=parts.catalog.albums.keys_of(ids),
        kept=parts.settings.library.trash_retention,
        total=total,
        size=size,
        paging=paging,
    )


@router.get("/history/trash/empty")
def ask_to_empty(page: PageOf) -> HTMLResponse:
    """Whether the trash is really to be emptied."""
    total, size = page.parts.catalog.trash.measure()
    asked_at = int(utc_now().timestamp() * 1000)
    return page.render("trash_empty.html", total=total, size=size, asked_at=asked_at)


@router.post("/history/trash/empty")
def empty(page: PageOf, asked_at: Annotated[int, Form(ge=0, le=LARGEST)]) -> RedirectResponse:
    """Delete what was in the trash when the person was asked."""
    try:
        _, told = trash.empty(page.parts, trash.moment_of(asked_at))
    except ShantyError as error:
        return page.lead_on("/history/trash", str(error), is_trouble=True)
    return page.lead_on("/history/trash", told)


@router.post("/history/trash/{number}/restore")
def restore(page: PageOf, number: int) -> RedirectResponse:
    """Put a file back where it was."""
    try:
        told = trash.restore(page.parts, number)
    except ShantyError as error:
        return page.lead_on("/history/trash", str(error), is_trouble=True)
    return page.lead_on("/history/trash", told)


@router.get("/history/{run_id}")
def show_run(page: PageOf, paging: PagingOf, request: Request, run_id: str) -> HTMLResponse:
    """One run, with what undo would do."""
    parts = page.parts
    run, entries = history.read_run(parts, run_id, paging)
    foresight = history.foresee(parts, run_id)
    library = parts.settings.library.path
    graph = history.graph_address(parts.jobs.read().ui_url, run_id, request.url.hostname)
    return page.render(
        "run.html",
        run=run,
        foresight=foresight,
        acts=history.describe_acts(entries, foresight, library),
        graph=graph,
        total=run.acts,
        paging=paging,
    )


@router.post("/history/{run_id}/undo")
def undo(page: PageOf, run_id: str) -> RedirectResponse:
    """Take a run back."""
    try:
        report, told = history.take_back(page.parts, run_id)
    except ShantyError as error:
        return page.lead_on("/history", str(error), is_trouble=True)
    # The new run's page offers to do it all again.
    reached = f"/history/{path_part(report.run_id if report.undone else run_id)}"
    return page.lead_on(reached, told, is_trouble=bool(report.refused))
