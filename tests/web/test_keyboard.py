"""The way from the login to a wish without a mouse: Tab, Enter, Space, and the pages' own keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shanty.catalog import Catalog
from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.demo.scene import VESPER
from shanty.demo.world import World
from tests.world.browser import CHROMIUM, open_browser
from tests.world.page_server import serve_pages

MOST_TABS = 80
NAME_OF_FOCUSED = """() => {
  const one = document.activeElement;
  return one.getAttribute("aria-label") ?? one.closest("label")?.textContent ?? one.textContent;
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what has this name."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if name in (page.evaluate(NAME_OF_FOCUSED) or ""):
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring != "none", f"nothing shows that {name} is focused"
            return
    raise AssertionError(f"Tab does not lead to {name}")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_an_artist_is_added_by_keyboard_alone(home: Path) -> None:
    with World(2, home, with_scene=True) as world:
        catalogue = {"url": world.base_url, "rate": 1000.0}
        with serve_pages(load_settings(musicbrainz=catalogue)) as pages, open_browser() as page:
            page.goto(pages.url)
            page.keyboard.type(pages.secret)  # the field has the focus
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", name="Recurring jobs")).to_be_visible()
            tab_to(page, "Skip to the content")
            tab_to(page, "Add")
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", name="Add music")).to_be_visible()
            page.keyboard.press("/")
            page.keyboard.type(VESPER)
            page.keyboard.press("Enter")
            expect(page.get_by_role("link", name=f"Choose albums of {VESPER}")).to_be_visible()
            tab_to(page, f"Choose albums of {VESPER}")
            page.keyboard.press("Enter")
            expect(page.locator("#estimate")).to_be_visible()
            tab_to(page, "Cathode Garden")
            page.keyboard.press("Space")
            tab_to(page, "Add, and keep looking")
            page.keyboard.press("Enter")
            expect(page.get_by_role("status").first).to_contain_text("is wanted")
            database = open_database(pages.settings.resolved_database_url)
            (rule,) = Catalog(database).rules.find_rules("", limit=2)
            left_out = Catalog(database).exclusions.of_rule(rule.id)
            assert [one.name for one in left_out] == ["Cathode Garden"]
            database.dispose()
