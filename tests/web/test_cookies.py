"""Cookies by upload: what they are worth is shown, and they themselves never."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.config.settings import load_settings
from shanty.providers.cookie_file import LARGEST_BYTES, CookieFile
from tests.world.login_cookies import GOOD, values
from tests.world.page_server import Pages, serve_pages


@pytest.fixture
def pages(home: Path) -> Iterator[Pages]:
    with serve_pages(load_settings(download={"search": ["ytsearch8"]})) as served:
        yield served


def test_cookies_are_taken_in_by_upload_and_never_shown(pages: Pages) -> None:
    assert "No cookies are stored" in pages.get("/queue").text
    secret = GOOD.split("\t")[-1]
    told = pages.follow(pages.upload("/cookies", "export <b>.txt", GOOD.encode())).text
    assert "1 cookie of youtube.com" in told and "export &lt;b&gt;.txt" in told
    assert list(values(CookieFile(pages.settings.cookies_path))) == ["LOGIN_INFO"]
    assert pages.settings.cookies_path.stat().st_mode & 0o077 == 0
    seen = pages.api("/cookies").json()
    assert seen["sites"][0]["cookies"] == 1 and seen["is_there"]
    for answer in (pages.get("/queue"), pages.api("/cookies")):
        assert secret not in answer.text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b"\x80\x81", "it is no text"),
        (b"hush hush hush", "line 1 has 3 fields"),
        (b"#" * (LARGEST_BYTES + 1), "too large"),
    ],
)
def test_what_is_no_cookies_file_is_refused(pages: Pages, content: bytes, told: str) -> None:
    page = pages.follow(pages.upload("/cookies", "x.txt", content)).text
    assert told in page and "hush" not in page
    sent = {"Authorization": f"Bearer {pages.secret}", "Content_Type": "text/plain"}
    answer = pages.ask("/api/v1/cookies", method="POST", body=content, **sent)
    assert answer.status == 422, answer.text
    assert pages.upload("/nothing", "x.txt", b"").status == 404
    assert not pages.settings.cookies_path.exists()


def test_the_api_takes_the_file_as_it_is(pages: Pages) -> None:
    sent = {"Authorization": f"Bearer {pages.secret}", "Content_Type": "text/plain"}
    answer = pages.ask("/api/v1/cookies", method="POST", body=GOOD.encode(), **sent)
    assert answer.status == 200 and answer.json()["kept"] == 1
