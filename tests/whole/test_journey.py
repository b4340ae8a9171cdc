"""A person's whole way through the pages of ``shanty up``, from an empty home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.world.browser import CHROMIUM, open_browser
from tests.world.journey import Journey, Scene
from tests.world.journey_by_api import Program
from tests.world.service_home import Home, below, kill_all, service_home

pytestmark = pytest.mark.proof


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with service_home(
        tmp_path / "service",
        tracks=2,
        with_scene=True,
        SHANTY_COOKIES__DOMAINS='["youtube.com"]',  # the scene's own site has no login
    ) as made:
        yield made


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
@pytest.mark.parametrize("is_phone", [False, True], ids=["by-mouse", "by-touch"])
def test_from_an_empty_home_to_music(home: Home, is_phone: bool, tmp_path: Path) -> None:
    scene = Scene(home.world)
    with home.up() as service, open_browser(is_phone=is_phone) as page:
        way = Journey(home, scene, page, Locator.tap if is_phone else Locator.click)
        way.log_in()
        library = page.context.new_page()
        library.goto(f"{way.url}/library")
        library.evaluate("window.isTheSame = true")
        page.bring_to_front()
        way.add_an_artist()
        way.see_it_arrive(library)
        way.review_by_ear()
        way.retry_what_failed()
        way.steer_jobs()
        way.undo_a_run()
        way.change_the_template()
        assert page.evaluate("window.isTheSame"), "it was loaded again"
        way.bring_cookies(tmp_path / "cookies.txt")
        way.go_to("Now")
        page.evaluate("window.isTheSame = true")
        kill_all([service.pid, *below(service.pid)])
        expect(page.get_by_text("Connection lost")).to_be_visible()
        with home.up():
            expect(page.get_by_text("Connection lost")).to_be_hidden(timeout=60_000)
            expect(page.locator("#jobs .job").first).to_be_visible()
            assert page.evaluate("window.isTheSame"), "it came back by itself"


def test_the_same_by_the_api_alone(home: Home) -> None:
    scene = Scene(home.world)
    with home.up():
        Program(home, scene).go()
