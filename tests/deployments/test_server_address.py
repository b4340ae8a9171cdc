"""The address of a Prefect server: what listens there, how it is reached, and the error if not.

The listener here answers only as much of Prefect's API as each test needs.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path

import httpx
import pytest

from deployments.listening import free_port, is_free
from deployments.server import Server, is_healthy
from deployments.server_environment import changed_environment, client_environment
from flows.server.api import PrefectApi
from shanty.config.settings import load_settings
from shanty.demo.answers import Answer
from shanty.errors import ServerError
from tests.world.serving import HEALTHY, serve
from tests.world.shell import Shell

pytestmark = pytest.mark.takes(seconds=15)


NO_JOBS = {"/api/deployments/filter": Answer(200, b"[]", "application/json")}
PAGE = Answer(200, b"<!doctype html><title>a page</title>", "text/html")
NOBODY = "http://127.0.0.1:9"


def test_an_address_with_a_slash_at_its_end_is_the_same(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(HEALTHY | NO_JOBS) as url:
        monkeypatch.setenv("PREFECT_API_URL", f"{url}/")
        assert shanty.json("jobs", "ls") == []


def test_a_server_of_pages_is_no_prefect_server(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve({}, PAGE) as url:
        monkeypatch.setenv("PREFECT_API_URL", url)
        for words in (["jobs", "pause", "monitor"], ["run"], ["up"]):
            sentence = shanty.fails(*words)
            assert url in sentence
            assert "is no Prefect server" in sentence
            assert "does not answer" not in sentence
        with pytest.raises(ServerError, match="no Prefect server"):
            PrefectApi(url).get("/flow_runs/1")
    with serve(HEALTHY, PAGE) as url:
        monkeypatch.setenv("PREFECT_API_URL", url)
        assert "no Prefect server" in shanty.fails("jobs", "pause", "monitor")


@pytest.mark.parametrize("address", ["http://[::1/api", "nonsense", "http://", "http://a b/api"])
def test_an_invalid_address_is_one_sentence(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", address)
    assert shanty("jobs", "ls") == 0  # the timetable is known without a server
    assert address in shanty.out
    assert address in shanty.fails("jobs", "pause", "monitor")
    assert address in shanty.fails("run")


def test_status_says_why_there_are_no_jobs(shanty: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shanty("status") == 0
    assert "`shanty up` starts it" in shanty.out
    with serve(HEALTHY | {"/api/deployments/filter": Answer(401, b"", "text/plain")}) as url:
        monkeypatch.setenv("PREFECT_API_URL", url)
        assert shanty("status") == 0
        assert "wants a password" in shanty.out
        assert {one["last_run"] for one in shanty.json("status")["jobs"]} == {None}
    monkeypatch.setenv("PREFECT_API_URL", f"{NOBODY}/api")
    assert shanty("status") == 0
    assert f"{NOBODY}/api (PREFECT_API_URL) does not answer" in shanty.out


@pytest.mark.parametrize("own", ["", "example.org", "*"])
def test_loopback_is_not_reached_through_a_proxy(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("no_proxy", own)
    with serve(HEALTHY | NO_JOBS) as url:
        monkeypatch.setenv("PREFECT_API_URL", url)
        assert is_healthy(url)
        assert shanty.json("jobs", "ls") == []
        # Prefect's own clients, in our processes and below them.
        with changed_environment(client_environment(load_settings())):
            assert httpx.get(f"{url}/health").json() is True


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:4200/api"),
        ("127.0.0.2", "http://127.0.0.2:4200/api"),
        ("192.0.2.7", "http://192.0.2.7:4200/api"),
        ("0.0.0.0", "http://127.0.0.1:4200/api"),
        ("::", "http://[::1]:4200/api"),
        ("::1", "http://[::1]:4200/api"),
        ("localhost", "http://localhost:4200/api"),
        ("music.example", "http://music.example:4200/api"),
    ],
)
def test_a_server_is_asked_where_it_listens(home: Path, host: str, url: str) -> None:
    assert Server(load_settings(), host, 4200).api_url == url


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "0.0.0.0", "localhost"])
def test_a_port_is_free_until_somebody_listens(host: str) -> None:
    port = free_port()
    assert is_free(host, port)
    with socket.create_server(("" if host == "0.0.0.0" else host, port)):
        assert not is_free(host, port)
        assert not is_free("0.0.0.0", port)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 on this machine")
def test_a_port_of_ipv6_is_another_one() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert is_free("::1", port)
        assert is_free("::", port)
    with socket.create_server(("::1", port), family=socket.AF_INET6):
        assert not is_free("::1", port)
        assert is_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_password(shanty: Shell, host: str) -> None:
    if host == "::1" and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 on this machine")
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port = str(taken.getsockname()[1])
        assert "is in use" in shanty.fails("up", "--host", host, "--port", port)


@pytest.mark.parametrize("host", ["nonsense.invalid", "192.0.2.7", "", "a" * 300])
def test_a_host_that_is_not_this_machine_is_not_called_a_port_in_use(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("SHANTY_SERVER__PASSWORD", "a long password")
    sentence = shanty.fails("up", "--host", host)
    assert f"cannot listen on {host!r}" in sentence
    assert "in use" not in sentence


def test_the_message_of_a_run_moves_no_cursor(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = {"id": "j", "name": "pipeline", "schedules": [], "paused": False}
    run = {
        "id": "r",
        "state_type": "COMPLETED",
        "state_name": "Completed\x1b[2J",
        "state": {"timestamp": "2026-01-01T00:00:00Z", "message": "12 filed\n\x1b[31mall of them"},
        "start_time": "2026-01-01T00:00:00Z",
        "end_time": "2026-01-01T00:00:01Z",
    }
    answers = {
        "/api/deployments/filter": [job],
        "/api/flow_runs/filter": [],
        "/api/deployments/j/create_flow_run": run,
        "/api/flow_runs/r": run,
        "/api/artifacts/filter": [],
    }
    encoded = {
        path: Answer(200, json.dumps(content).encode(), "application/json")
        for path, content in answers.items()
    }
    with serve(HEALTHY | encoded) as url:
        monkeypatch.setenv("PREFECT_API_URL", url)
        shanty("jobs", "run", "pipeline", "--wait")
    assert "12 filed" in shanty.out
    assert "\x1b" not in shanty.out + shanty.err
    assert len(shanty.out.splitlines()) == 3
