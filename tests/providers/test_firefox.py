"""Cookies of a real Firefox: one that has ended, one that runs, and one that we start to renew."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shanty.config.settings import load_settings
from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from shanty.errors import ConfigError
from shanty.providers.cookie_file import CookieFile
from shanty.providers.firefox import find_firefox, is_in_use, visit
from shanty.providers.ytdlp.browser import Browser, read_browser
from tests.world.shell import Shell

SITE = "127.0.0.1"
LIFE_SECONDS = 30 * 24 * 3600
START_SECONDS = 60.0

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(find_firefox() is None, reason="no Firefox on this machine"),
]


class CookieSite:
    """Sets a cookie with each page: the number of the visit."""

    def __init__(self) -> None:
        self.visits = 0

    def answer(self, request: Request) -> Answer:
        if request.path != "/":
            return Answer(404)
        self.visits += 1
        cookie = f"session=visit-{self.visits}; Max-Age={LIFE_SECONDS}; Path=/; HttpOnly"
        return Answer(200, b"<p>hello", "text/html", {"Set-Cookie": cookie})


@pytest.fixture
def site() -> Iterator[tuple[CookieSite, str]]:
    made = CookieSite()
    with Listener(made.answer) as listener:
        yield made, f"{listener.base_url}/"


@pytest.fixture
def profile_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "abc.music"
    folder.mkdir()
    return folder


@pytest.fixture
def shanty(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("SHANTY_COOKIES__DOMAINS", f'["{SITE}"]')
    return Shell(capsys, monkeypatch)


@contextmanager
def running_firefox(profile_dir: Path, url: str) -> Iterator[None]:
    """A Firefox without a window that shows a page until the block ends."""
    program = find_firefox()
    assert program is not None
    command = [program, "--headless", "--no-remote", "--profile", profile_dir, url]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        browser.terminate()
        browser.wait(START_SECONDS)


def known(folder: Path) -> dict[str, str]:
    found = read_browser(Browser("firefox", str(folder)))
    return {one.name: one.value for one in found if one.domain == SITE}


def wait_for_cookie(folder: Path, value: str) -> None:
    """Until Firefox has written it, which it does some seconds after it was set."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if known(folder).get("session") == value:
                return
        except ConfigError:
            pass  # its database is just being made
        time.sleep(0.5)
    pytest.fail(f"{value} did not come into {sorted(path.name for path in folder.iterdir())}")


def test_a_profile_of_a_firefox_that_has_ended(
    site: tuple[CookieSite, str], profile_dir: Path, shanty: Shell
) -> None:
    visit(profile_dir, site[1])
    assert not is_in_use(profile_dir)
    (cookie,) = (one for one in read_browser(Browser("firefox", str(profile_dir))))
    assert (cookie.name, cookie.value, cookie.domain) == (
        "session",
        f"visit-{site[0].visits}",
        SITE,
    )
    assert cookie.expires is not None
    assert abs(cookie.expires - time.time() - LIFE_SECONDS) < 3600
    said = shanty.json("cookies", "import", "--browser", f"firefox:{profile_dir}")
    assert said["kept"] == 1  # type: ignore[index]
    assert CookieFile(load_settings().cookies_path).read().cookies == (cookie,)


def test_a_profile_of_a_firefox_that_runs(
    site: tuple[CookieSite, str], profile_dir: Path, shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has written last is in the log of its database, which it keeps locked."""
    with running_firefox(profile_dir, site[1]):
        wait_for_cookie(profile_dir, "visit-1")
        assert is_in_use(profile_dir)
        assert (profile_dir / "cookies.sqlite-wal").stat().st_size > 0
        with pytest.raises(ConfigError, match="renews its cookies itself"):
            visit(profile_dir, site[1])
        monkeypatch.setenv("SHANTY_COOKIES__BROWSER", f"firefox:{profile_dir}")
        monkeypatch.setenv("SHANTY_COOKIES__RENEW", "true")
        monkeypatch.setenv("SHANTY_COOKIES__RENEW_URL", site[1])
        said = shanty.json("cookies", "refresh")
        assert said["is_new"]  # type: ignore[index]
        assert "renews its cookies itself" in said["message"]  # type: ignore[index]
    assert site[0].visits == 1


def test_a_refresh_lets_firefox_renew_them_first(
    site: tuple[CookieSite, str], profile_dir: Path, shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_COOKIES__BROWSER", f"firefox:{profile_dir}")
    monkeypatch.setenv("SHANTY_COOKIES__RENEW", "true")
    monkeypatch.setenv("SHANTY_COOKIES__RENEW_URL", site[1])
    visit(profile_dir, site[1])
    assert shanty.json("cookies", "refresh")["is_new"]  # type: ignore[index]
    first = site[0].visits
    assert first >= 2
    said = shanty.json("cookies", "refresh")
    assert "after a visit by Firefox" in said["message"]  # type: ignore[index]
    (cookie,) = CookieFile(load_settings().cookies_path).read().cookies
    assert cookie.value == f"visit-{site[0].visits}"
    assert site[0].visits > first


def test_a_page_that_does_not_come_is_given_up(profile_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(ConfigError, match="did not open"):
            visit(profile_dir, url, bound_seconds=5)
    assert not is_in_use(profile_dir)
