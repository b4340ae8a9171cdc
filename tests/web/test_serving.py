"""Where the pages are served: beside everything else or alone, and if the port is taken."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from deployments.listening import free_port
from deployments.page_place import find_pages
from shanty.config.settings import load_settings
from shanty.errors import ConfigError, ServerError
from tests.world.crash_world import ROOT
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


def test_the_pages_alone_end_at_once_also_while_somebody_looks(home: Path) -> None:
    port = free_port()
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
        secret = (load_settings().home / "secret").read_text().strip()
        headers = {"Authorization": f"Bearer {secret}"}
        with requests.get(
            f"http://127.0.0.1:{port}/live", headers=headers, stream=True, timeout=10
        ) as stream:
            assert next(stream.iter_lines())
            alone.send_signal(signal.SIGTERM)
            assert alone.wait(10) == 0
        assert find_pages(load_settings().home) is None
    finally:
        alone.kill()
        alone.communicate()
