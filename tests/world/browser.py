"""A real browser for tests: Chromium, if it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 90_000
DESK: dict[str, Any] = {"viewport": {"width": 1360, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def open_browser(*, is_phone: bool = False) -> Iterator[Page]:
    """A page in a fresh browser without cookies or history. A phone is touched, and 390 px wide."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*_ARGUMENTS])
        try:
            page = browser.new_context(**(PHONE if is_phone else DESK)).new_page()
            page.context.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            yield page
        finally:
            browser.close()
