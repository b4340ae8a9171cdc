"""What our page Now and Prefect's pages say of the work, looked at in a real browser.

Each check looks at both: what a person reads on one page must not be missing on the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from flows.server.jobs import next_planned_run
from shanty.config.settings import load_settings
from shanty.errors import count_of
from shanty.models import Stage, TrackStatus
from tests.world.prefect_count import read_all
from tests.world.service_home import Home, wait_until


def go_to_prefect(page: Page, home: Home, path: str) -> None:
    """Open one of Prefect's pages, in their newest form."""
    page.goto(f"{home.api.ui_url}/v2{path}")


def go_to_artifact(page: Page, home: Home, key: str) -> None:
    """Open the artifact of a key."""
    go_to_prefect(page, home, f"/artifacts/artifact/{home.artifact(key)['id']}")
    expect(page.get_by_text("as of").first).to_be_visible()


def check_held_up(home: Home, page: Page, *, because: str, each: str = "") -> None:
    """Both say why nothing happens, why each download waits, and how long the rest will take.

    ``because`` stands in the sentence about the whole, and ``each`` beside every track if it is
    the downloads that wait.
    """
    wanted = [track.label for track in home.catalog.tracks.list_tracks(TrackStatus.WANTED)]
    assert wanted, "nothing is held up"
    left = re.compile(rf"^{count_of(len(wanted), 'track')} to go, about \d+ .* can go on$")
    page.goto(home.pages_url)
    expect(page.locator(".headline")).to_contain_text(because, ignore_case=True)
    expect(page.locator("#headline .lead")).to_have_text(left)
    waiting = wanted if each else []
    for label in waiting:
        expect(_beside(page.locator("#held li"), label)).to_contain_text(each)

    def is_told() -> bool:
        told = home.artifact("work-queue")["description"]
        return because in told and told.count(each) >= len(waiting)

    wait_until(is_told, f"the artifact tells of {because}")
    go_to_artifact(page, home, "work-queue")
    expect(page.get_by_text(because).first).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=left)).to_have_count(1)
    for label in waiting:
        expect(_beside(page.get_by_role("listitem"), label[:60])).to_contain_text(each)


def check_needs(home: Home, page: Page, *, asked: int) -> None:
    """Both say how many tracks wait for a person."""
    waits = count_of(asked, "track waits", "tracks wait")
    page.goto(home.pages_url)
    expect(page.locator("#needs")).to_contain_text(f"{waits} for your decision")
    go_to_artifact(page, home, "work-queue")
    expect(page.get_by_text(f"{waits} for your decision").first).to_be_visible()


def check_the_pool_bounds_what_is_active(home: Home, page: Page) -> None:
    """A run holds a spare download; neither page calls that one active."""
    pool = load_settings().workers_of(Stage.DOWNLOAD)
    held = home.queue.overview.counts()[Stage.DOWNLOAD]["active"]
    assert held > pool, "it holds no spare one, so that this would prove nothing"
    page.goto(home.pages_url)
    row = page.locator("#stages tbody tr").filter(has_text="Download")
    expect(row.locator("td").first).to_have_text(str(pool))
    expect(page.locator("#active .track-card")).to_have_count(pool)

    def shows_the_pool() -> bool:
        return f'"active": {pool}' in home.artifact("work-queue")["data"]

    wait_until(shows_the_pool, "the artifact shows the pool")
    go_to_artifact(page, home, "work-queue")
    shown = page.get_by_role("row").filter(has=page.get_by_text("download", exact=True))
    assert str(pool) in shown.inner_text().split() and str(held) not in shown.inner_text().split()


def check_last_run(home: Home, page: Page, run_id: str) -> None:
    """The last run of the pipeline, on every page, is this one."""
    last = home.job("pipeline").last_run
    assert last is not None and "finished" in last.message, last
    said = re.compile(re.escape(last.message.split(";")[0]))
    page.goto(home.pages_url)
    expect(page.locator("#jobs .job").filter(has_text="Pipeline")).to_contain_text(said)
    expect(page.locator("#jobs")).not_to_contain_text("nothing to do")
    wait_until(lambda: bool(said.search(home.artifact("jobs")["description"])), "it is told")
    go_to_artifact(page, home, "jobs")
    expect(page.get_by_role("listitem").filter(has_text=said).first).to_be_visible()
    expect(page.get_by_text("nothing to do")).to_have_count(0)
    check_it_fits(page)
    go_to_deployment(home, page, "Runs")
    first = page.locator("a[href*='/runs/flow-run/']").filter(has_text="pipeline ·").first
    expect(first).to_have_attribute("href", re.compile(run_id))
    expect(page.get_by_text("Skipped", exact=True)).to_have_count(0)


def go_to_deployment(home: Home, page: Page, tab: str) -> None:
    """Open a part of the pipeline's page."""
    go_to_prefect(page, home, f"/deployments/deployment/{home.job('pipeline').id}?tab={tab}")
    expect(page.get_by_role("tab", name=tab)).to_be_visible()


def check_it_fits(page: Page) -> None:
    """Every cell of an artifact's table can be read without scrolling."""
    table = page.locator("table").first
    expect(table).to_be_visible()
    hidden = table.evaluate("one => one.scrollWidth - one.parentElement.clientWidth")
    assert hidden <= 0, f"{hidden} px of the table are cut off"


def check_a_skip(home: Home, page: Page, shanty: Callable[..., object]) -> None:
    """A planned run that is left out is on no page any longer, until that is taken back."""
    planned = next_planned_run(home.api, home.job("pipeline").id)
    assert planned is not None
    upcoming = page.locator(f"a[href*='{planned['id']}']")
    go_to_deployment(home, page, "Upcoming")
    expect(upcoming.first).to_be_visible()
    before = _next_run_on_now(home, page)
    shanty("jobs", "skip", "pipeline")
    go_to_deployment(home, page, "Upcoming")
    expect(page.get_by_text("Scheduled").first).to_be_visible()
    expect(upcoming).to_have_count(0)
    wait_until(lambda: _next_run_on_now(home, page) > before, "our page tells of a later run")
    shanty("jobs", "unskip", "pipeline")
    wait_until(lambda: _next_run_on_now(home, page) == before, "our page tells of the first again")
    again = next_planned_run(home.api, home.job("pipeline").id)
    assert again is not None and again["expected_start_time"] == planned["expected_start_time"]
    go_to_deployment(home, page, "Upcoming")
    expect(page.locator(f"a[href*='{again['id']}']").first).to_be_visible()


def check_states(home: Home, page: Page, tasks_failed: int) -> None:
    """Prefect's lists have as many red, orange, grey and blue runs as there are, and red tasks."""
    runs = read_all(home, "flow_runs")
    for state in ("Crashed", "Cancelled", "Failed", "Running"):
        number = sum(run["state_name"] == state for run in runs)
        go_to_prefect(page, home, f"/runs?state={state}")
        expect(page.get_by_text(count_of(number, "Flow run"), exact=True)).to_be_visible()
    # The list of all task runs takes the state in its address for that of their flow runs.
    red = [task for task in read_all(home, "task_runs") if task["state_type"] == "FAILED"]
    assert len(red) == tasks_failed
    for task in red:
        go_to_prefect(page, home, f"/runs/task-run/{task['id']}")
        expect(page.get_by_text(task["name"], exact=True).first).to_be_visible()
        expect(page.get_by_text("Failed", exact=True).first).to_be_visible()


def check_a_killed_run(home: Home, page: Page, run_id: str) -> None:
    """A killed run is shown as crashed, with what it had under way, and leads to the artifacts."""
    go_to_prefect(page, home, f"/runs/flow-run/{run_id}?tab=TaskRuns")
    expect(page.get_by_text("Crashed", exact=True)).not_to_have_count(1)
    expect(page.get_by_text("Crashed", exact=True).nth(1)).to_be_visible()
    for never in ("Running", "Failed", "Pending"):
        expect(page.get_by_text(never, exact=True)).to_have_count(0)
    go_to_prefect(page, home, f"/runs/flow-run/{run_id}?tab=Logs")
    expect(page.get_by_text("Beginning flow run").first).to_be_visible()
    expect(page.get_by_text("NoneType")).to_have_count(0)


def check_a_refused_run(home: Home, page: Page) -> None:
    """The page of the pipeline, and that of the run, say that the site has refused everything."""
    go_to_deployment(home, page, "Runs")
    marked = re.compile("^pipeline · .* · sources refused$")
    expect(page.get_by_role("link", name=marked).first).to_be_visible()
    run = next(one for one in read_all(home, "flow_runs") if "sources refused" in one["tags"])
    go_to_prefect(page, home, f"/runs/flow-run/{run['id']}?tab=Details")
    expect(page.get_by_text(re.compile("0 tracks finished, .*paused until")).first).to_be_visible()
    go_to_prefect(page, home, f"/runs/flow-run/{run['id']}?tab=Artifacts")
    expect(page.get_by_text(re.compile(r"^0 done, 0 to go, \d+ waiting$"))).to_be_visible()
    page.get_by_text("links", exact=True).click()
    page.get_by_role("link", name="What each stage has to do", exact=True).click()
    expect(page.get_by_text("Work items by stage and state")).to_be_visible()


def _beside(rows: Locator, label: str) -> Locator:
    return rows.filter(has_text=label).first


def _next_run_on_now(home: Home, page: Page) -> str:
    """When the pipeline runs next, as our page has it."""
    page.goto(home.pages_url)
    line = page.locator("#jobs .job").filter(has_text="Pipeline").locator("p.muted time").first
    return line.get_attribute("datetime") or ""
