"""``shanty service`` and ``jobs register`` where they can do nothing: a sentence, no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.listening import free_port
from tests.world.shell import Shell


@pytest.mark.parametrize(
    "words", [("install",), ("install", "--system"), ("uninstall",), ("status",)]
)
def test_without_systemd_one_sentence_says_what_else_there_is(
    shanty: Shell, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployments.systemd._BOOTED", Path("/nowhere"))
    assert shanty("service", *words) == 1
    assert "not run by systemd; `shanty up` does the same" in shanty.err
    assert len(shanty.err.strip().splitlines()) == 1


def test_a_unit_that_somebody_else_wrote_is_left_alone(
    shanty: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployments.systemd._BOOTED", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    unit = tmp_path / "systemd" / "user" / "shanty.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/mine\n")
    for words in (("install",), ("uninstall",)):
        assert shanty("service", *words) == 1
        assert "was not made by Shanty" in shanty.err
    assert "/mine" in unit.read_text()


@pytest.mark.parametrize(("user", "why"), [("", "--user NAME"), ("no-such-user", "no user")])
def test_the_machines_service_needs_a_user_that_exists(
    shanty: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: str, why: str
) -> None:
    monkeypatch.setattr("deployments.systemd._BOOTED", tmp_path)
    monkeypatch.setattr("deployments.systemd._SYSTEM_DIR", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert shanty("service", "install", "--system", "--user", user) == 1
    assert why in shanty.err
    assert not (tmp_path / "shanty.service").exists()


def test_jobs_are_registered_only_at_a_server_that_is_named(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert shanty("jobs", "register") == 1
    assert "PREFECT_API_URL names no Prefect server" in shanty.err
    assert shanty("worker") == 1
    assert "PREFECT_API_URL names no Prefect server to work for" in shanty.err
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port()}/api")
    assert shanty("jobs", "register") == 1
    assert "does not answer" in shanty.err
