"""The service under attack by strangers and their pages, and in its owner's browser."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect

from deployments.control import run_job
from tests.world import attack_service
from tests.world.browser import CHROMIUM, open_browser
from tests.world.crash_world import ROOT
from tests.world.service_home import STOP_SECONDS, Home, service_home, wait_until


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with service_home(tmp_path / "service", tracks=1) as made:
        yield made


def shanty(home: Home, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        cwd=ROOT,
        env=home.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def attack(home: Home, secret: str) -> None:
    folder = home.home_dir
    is_root = os.geteuid() == 0
    if is_root:  # only the owner may enter the folders above a test's home
        for above in (home.folder, *home.folder.parents):
            above.chmod(above.stat().st_mode | 0o011)
    found = attack_service.run(home.api.ui_url, secret, folder, "nobody" if is_root else None)
    assert found.failures == []
    assert found.attempts > 100


@pytest.mark.proof
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
def test_strangers_are_kept_out_and_the_owner_is_let_in(home: Home) -> None:
    with ExitStack() as stack:
        service = stack.enter_context(home.up())
        secret = (home.home_dir / "secret").read_text().strip()
        attack(home, secret)
        home.environment["PREFECT_API_AUTH_STRING"] = f"shanty:{secret}"
        with open_browser() as page:
            page.goto(shanty(home, "open").strip())
            expect(page.get_by_role("heading", name="Recurring jobs")).to_be_visible()
            page.goto(home.api.ui_url)  # one session opens both
            expect(page.get_by_text("Dashboard").first).to_be_visible()
            page.context.clear_cookies()
            address = shanty(home, "open", "--prefect").strip()
            page.goto(address)
            expect(page.get_by_text("Dashboard").first).to_be_visible()
            assert "#" not in page.url
            (cookie,) = [one for one in page.context.cookies() if one["name"].startswith("shanty")]
            assert secret not in cookie["value"]
            assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
            page.goto(f"{home.api.ui_url}/deployments")
            expect(page.get_by_text("maintenance", exact=True).first).to_be_visible()
            assert page.context.browser is not None
            another = page.context.browser.new_page()  # without the session of the first one
            another.goto(address)
            expect(another.get_by_text("was used already")).to_be_visible()
            assert "maintenance" in shanty(home, "jobs", "ls")
            run_id = run_job(home.api, home.job("maintenance"))
            page.goto(f"{home.api.ui_url}/runs/flow-run/{run_id}")
            expect(page.get_by_text("Completed").first).to_be_visible(timeout=120_000)
            service.send_signal(signal.SIGTERM)
            assert service.wait(STOP_SECONDS) == 0
            stack.enter_context(home.up())
            page.goto(f"{home.api.ui_url}/deployments")
            expect(page.get_by_text("maintenance", exact=True).first).to_be_visible()
        attack(home, secret)
        wait_until(home.server_answers, "it still answers")
    logs = [path for path in home.home_dir.rglob("*.log*") if path.is_file()]
    assert logs
    assert not [path for path in logs if secret in path.read_text(errors="replace")]
