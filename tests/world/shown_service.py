"""What a service shows of itself: its artifacts, our own pages, and Prefect's in a browser.

Each check holds what is shown against the database, which is what counts.
"""

from __future__ import annotations

import json
import warnings

from playwright.sync_api import expect

from shanty.models import Stage
from shanty.workqueue import COUNTED
from tests.world.databases import STAGES
from tests.world.prefect_count import live_runs
from tests.world.prefect_pages import CHROMIUM, check_pages, open_pages
from tests.world.service_home import Home, wait_until
from tests.world.shown_work import check_held_up

JOBS = {"pipeline", "monitor", "cookie-refresh", "maintenance", "backup", "tools"}


def check_artifacts(home: Home) -> None:
    """The artifacts have the database's counts, every job, and the result of the last run."""

    def agrees() -> bool:
        counts = home.queue.overview.counts()
        return json.loads(home.artifact("work-queue")["data"]) == [
            {"stage": stage.value, **{key: counts[stage][key] for key in COUNTED}}
            for stage in STAGES
        ]

    wait_until(lambda: home.artifact("work-queue") is not None and agrees(), "the counts agree")
    wait_until(lambda: home.artifact("jobs") is not None, "the jobs are on show")
    wait_until(
        lambda: any(map(str.isdigit, _jobs_on_show(home)["maintenance"]["next run"])), "plans"
    )
    jobs = _jobs_on_show(home)
    assert set(jobs) == JOBS
    assert jobs["monitor"]["status"] == "off"
    wait_until(lambda: home.artifact("pipeline-summary") is not None, "a run has told its result")
    run = home.artifact("pipeline-summary")["flow_run_id"]
    begun = home.api.get(f"/flow_runs/{run}")
    assert begun["name"].startswith("pipeline · ")
    assert "finished" in home.artifact("pipeline-summary")["data"]
    # There is one artifact of each kind, updated in place, so that no old numbers mislead anybody.
    assert home.api.post("/artifacts/count", artifacts={"key": {"any_": ["jobs"]}}) == 1


def check_our_pages(home: Home) -> None:
    """The page Now has the number of tracks and every job, and the service says it is ready."""
    status, page = home.ask_pages("/")
    assert status == 200 and f"{home.in_library()} tracks in the library" in page
    # The page does not wait long for a server that is busy: it shows its jobs later then.
    wait_until(
        lambda: all(f"/jobs/{job.name}" in home.ask_pages("/")[1] for job in home.jobs()),
        "the jobs stand on the page",
    )
    assert home.ask_pages("/readyz")[0] == 200


def check_in_a_browser(home: Home) -> None:
    """What the pages say is true, and an open page shows that paused work goes on.

    The work is what it wants itself, the tracks from 4 to 10. With a browser, their downloads stay
    slow.
    """
    if not there_is_a_browser():
        home.want(4, 10)
        return
    with open_pages(home) as page:
        check_pages(home, page)
        home.queue.by_hand.pause(Stage.DOWNLOAD)
        home.want(4, 10)
        check_held_up(home, page, because="paused: download", each="download is paused")
        home.world.faults.set("slow", target="media", value=4000)  # so that it can be seen
        page.goto(home.pages_url)
        page.get_by_role("link", name="Go on").click()
        page.get_by_label("Let download go on").click()
        expect(page.get_by_text("The stage download goes on.")).to_be_visible()
        page.get_by_role("link", name="Now", exact=True).click()
        expect(page.locator("#active .track-card").first).to_be_visible(timeout=90_000)
    wait_until(lambda: _has_log(home), "the run's log has begun")


def there_is_a_browser() -> bool:
    """Whether pages can be looked at; a warning says it if not."""
    if CHROMIUM is None:
        warnings.warn("no chromium: the pages were not looked at", stacklevel=1)
    return CHROMIUM is not None


def _jobs_on_show(home: Home) -> dict[str, dict[str, str]]:
    return {row["job"]: row for row in json.loads(home.artifact("jobs")["data"])}


def _has_log(home: Home) -> bool:
    at_work = list(live_runs(home, job="pipeline"))
    return bool(home.api.post("/logs/filter", logs={"flow_run_id": {"any_": at_work}}))
