"""Where the pages are served: beside everything else or alone, and if the port is taken."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from deployments.listening import free_port
from deployments.page_place import find_pages
from shanty.access.secret import read_secret
from shanty.catalog import Catalog
from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.errors import ConfigError, ServerError
from tests.world.browser import CHROMIUM, open_browser
from tests.world.crash_world import ROOT
from tests.world.filed_library import make_placements
from tests.world.shell import Shell
from web.serving import serve_beside


def at(port: int, **web: object) -> object:
    settings = load_settings()
    own = settings.web.model_copy(update={"port": port, **web})
    return settings.model_copy(update={"web": own})


def test_a_port_that_is_taken_is_a_sentence_and_costs_no_music(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serve_beside(at(port), is_asked_for=False) as line:
            assert line == f"there are no pages of ours: port {port} is in use; " + (
                "choose another with --web-port"
            )
            assert find_pages(load_settings().home) is None
        with (
            pytest.raises(ServerError, match=f"port {port} is in use"),
            serve_beside(at(port), is_asked_for=True),
        ):
            pytest.fail("it was asked for that port and no other")


def test_a_service_is_refused_only_if_it_was_asked_for_that_port(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHANTY_WEB__PORT")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "--web-port" in shanty.fails("up", "--web-port", port)
        monkeypatch.setenv("SHANTY_WEB__PORT", port)
        assert "--web-port" in shanty.fails("up")
        assert f"port {port} is in use; choose another with --port" in shanty.fails(
            "up", "--port", port, "--web-port", "0"
        )


def test_others_reach_the_pages_only_with_a_password(home: Path) -> None:
    with (
        pytest.raises(ConfigError, match="SHANTY_SERVER__PASSWORD"),
        serve_beside(at(free_port(), host="0.0.0.0"), is_asked_for=True),
    ):
        pytest.fail("they were open to everybody")


@contextmanager
def served_alone(port: int) -> Iterator[subprocess.Popen[str]]:
    """The pages of the home, served by a process of their own, for the length of a block."""
    alone = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "web", "--port", str(port)],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert alone.stdout is not None
        assert f"http://127.0.0.1:{port}" in alone.stdout.readline()
        yield alone
    finally:
        alone.kill()
        alone.communicate()


def test_the_pages_alone_end_at_once_also_while_somebody_looks(home: Path) -> None:
    port = free_port()
    with served_alone(port) as alone:
        secret = read_secret(load_settings().home)
        headers = {"Authorization": f"Bearer {secret}"}
        with requests.get(
            f"http://127.0.0.1:{port}/live", headers=headers, stream=True, timeout=10
        ) as stream:
            assert next(stream.iter_lines())
            alone.send_signal(signal.SIGTERM)
            assert alone.wait(10) == 0
        assert find_pages(load_settings().home) is None


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_an_open_page_tells_of_a_kill_and_comes_back_by_itself(home: Path) -> None:
    port = free_port()
    with open_browser() as page:
        with served_alone(port) as alone:
            page.goto(f"http://127.0.0.1:{port}")
            page.get_by_label("Secret or password").fill(read_secret(load_settings().home))
            with page.expect_response("**/live"):  # before its script is there, no page can tell
                page.keyboard.press("Enter")
            expect(page.locator(".headline")).to_contain_text("Nothing is wanted yet")
            page.evaluate("window.isTheSame = true")
            alone.kill()
            expect(page.get_by_text("Connection lost")).to_be_visible()
        database = open_database(load_settings().resolved_database_url)
        with database.begin() as tx:
            Catalog(database).tracks.want_all(tx, make_placements("One"))
        database.dispose()
        with served_alone(port):
            expect(page.get_by_text("Connection lost")).to_be_hidden()
            expect(page.locator(".headline")).to_contain_text("1 track wanted")
            assert page.evaluate("window.isTheSame"), "it was loaded again"
