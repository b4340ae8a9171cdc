"""How commands and people reach the server: who gets the secret, and what is printed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deployments import server
from deployments.entrance import invite, link_to_server, open_credentials
from deployments.page_place import find_pages, noted_place
from deployments.server import auth_for
from shanty.access.secret import read_secret
from shanty.config.settings import load_settings
from shanty.diagnosis.access import check_prefect_server
from shanty.diagnosis.findings import Level
from tests.world.serving import HEALTHY, serve
from tests.world.shell import Shell

PASSWORD = "a long password"


@pytest.fixture
def shanty(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    for name in ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING", "SHANTY_SERVER__PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return Shell(capsys, monkeypatch)


@pytest.fixture
def own_url(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of this home's own server; this test process stands in for it."""
    with serve(HEALTHY) as url:
        port = url.split(":")[2].partition("/")[0]
        command = [sys.executable, "-m", "deployments.server_process", "127.0.0.1", port]
        monkeypatch.setattr(psutil.Process, "cmdline", lambda self: command)
        folder = load_settings().home / "prefect"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "server.json").write_text(json.dumps({"url": url, "pid": os.getpid()}))
        yield url


def test_the_secret_goes_to_our_own_server_and_to_no_other(
    shanty: Shell, own_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    own = f"shanty:{read_secret(settings.home)}"
    assert auth_for(settings, own_url) == own
    monkeypatch.setenv("PREFECT_API_URL", own_url)
    assert auth_for(settings, own_url) == own
    monkeypatch.setenv("PREFECT_API_URL", "http://music.example/api")
    assert auth_for(settings, "http://music.example/api") is None
    with_password = load_settings(server={"password": PASSWORD})
    assert auth_for(with_password, "http://music.example/api") == f"shanty:{PASSWORD}"
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "me:mine")
    for one in (settings, with_password):
        assert auth_for(one, "http://music.example/api") == "me:mine"
    assert auth_for(with_password, own_url) == own


def test_the_secret_does_not_go_to_another_users_process(
    shanty: Shell, own_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = psutil.Process().uids()._replace(real=os.getuid() + 1)
    monkeypatch.setattr(psutil.Process, "uids", lambda self: other)
    assert server.configured_server(load_settings().home) is None
    monkeypatch.setenv("PREFECT_API_URL", own_url)
    assert auth_for(load_settings(), own_url) is None


def test_open_prints_an_address_that_logs_in_once(shanty: Shell, own_url: str) -> None:
    assert shanty("open") == 0
    pages, _, ticket = shanty.out.strip().partition("/login#")
    assert f"{pages}/api" == own_url
    assert read_secret(load_settings().home) not in shanty.out
    credentials = open_credentials(load_settings())
    credentials._made_at -= 60
    assert credentials.spend_ticket(ticket)
    assert not credentials.spend_ticket(ticket)


def test_open_without_a_server_is_one_sentence(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "`shanty up` starts it" in shanty.fails("open")
    with serve(HEALTHY) as url:
        monkeypatch.setenv("PREFECT_API_URL", url)
        assert shanty("open") == 0
        assert shanty.out.strip() == url.removesuffix("/api")


def test_our_own_pages_are_opened_if_they_are_served(
    shanty: Shell, own_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = load_settings().home
    with noted_place(home, "http://127.0.0.1:4300"):
        assert shanty("open") == 0
        assert shanty.out.startswith("http://127.0.0.1:4300/login#")
        assert "http://127.0.0.1:4300" in invite(load_settings(), "http://music.example/api")
        with noted_place(home, "http://127.0.0.1:4301"):
            assert find_pages(home) == "http://127.0.0.1:4300", "the first ones are found"
        assert find_pages(home) == "http://127.0.0.1:4300"
        assert shanty("open", "--prefect") == 0
        assert shanty.out.startswith(own_url.removesuffix("/api"))
    assert find_pages(home) is None
    (home / "web.address").write_text("http://127.0.0.1:4300\n")
    assert find_pages(home) is None, "they were killed"


def test_only_a_terminal_gets_the_address_that_logs_in(
    shanty: Shell, own_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "#" not in invite(load_settings(), own_url)
    assert "`shanty open`" in invite(load_settings(), own_url)
    assert "/login#" in link_to_server(load_settings(), own_url), "the demo's, for a log too"
    assert "#" not in link_to_server(load_settings(), "http://music.example/api")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert "/login#" in invite(load_settings(), own_url)
    assert "#" not in invite(load_settings(), "http://music.example/api")


def test_an_invalid_secret_is_one_sentence(shanty: Shell, own_url: str) -> None:
    home = load_settings().home
    assert [one.level for one in check_prefect_server(load_settings())] == [Level.GREEN]
    read_secret(home)
    (home / "secret").chmod(0o644)
    for words in (["open"], ["jobs", "ls"]):
        assert "can be read by other users" in shanty.fails(*words)
    (finding,) = check_prefect_server(load_settings())
    assert finding.level is Level.RED
    assert "chmod 600" in (finding.remedy or "")
