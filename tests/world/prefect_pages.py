"""Looks at the Prefect pages of a service in a real browser, as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from shanty.workqueue import COUNTED
from tests.world.browser import CHROMIUM, open_browser
from tests.world.databases import STAGES
from tests.world.service_home import Home

__all__ = ["CHROMIUM"]


@contextmanager
def open_pages(home: Home) -> Iterator[Page]:
    """A browser on the pages of a home's service, already logged in."""
    with open_browser() as page:
        page.goto(home.api.ui_url)
        page.locator("input[type=password]").fill(home.auth or "")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Dashboard").first).to_be_visible()
        yield page


def check_pages(home: Home, page: Page) -> None:
    """Check the pages: the jobs and when they are due, a run with its tasks, and the artifacts."""
    pages = f"{home.api.ui_url}/v2"
    page.goto(f"{pages}/deployments")
    for job in home.jobs():
        expect(page.get_by_text(job.name, exact=True).first).to_be_visible()
    (maintenance,) = [job for job in home.jobs() if job.name == "maintenance"]
    page.goto(f"{pages}/deployments/deployment/{maintenance.id}?tab=Upcoming")
    expect(page.get_by_text("Every 10 minutes").first).to_be_visible()
    expect(page.get_by_text("Scheduled").first).to_be_visible()
    page.goto(f"{pages}/runs/flow-run/{_run_with_work(home)}")
    expect(page.get_by_text(re.compile("^pipeline · ")).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"^organize · .* filed as ")).first).to_be_visible()
    page.get_by_role("tab", name="Task Runs").click()
    expect(page.get_by_text(re.compile(r"^(download|enrich) · ")).first).to_be_visible()
    page.goto(f"{pages}/artifacts/artifact/{home.artifact('work-queue')['id']}")
    _check_numbers(home, page)


def _run_with_work(home: Home) -> str:
    """A pipeline run that has finished tracks; most runs find nothing to do."""
    finished = re.compile(r"^[1-9]\d* tracks? finished")
    return next(run["id"] for run in home.runs() if finished.match(run["state"]["message"] or ""))


def _check_numbers(home: Home, page: Page) -> None:
    counts = home.queue.overview.counts()
    for stage in STAGES:
        row = page.get_by_role("row").filter(has=page.get_by_text(stage.value, exact=True))
        expect(row).to_have_count(1)
        shown = [cell for cell in row.inner_text().split() if cell.isdigit()]
        assert shown == [str(counts[stage][key]) for key in COUNTED]
