"""The service under a real systemd: installed, looked at, healed, started anew, removed."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.service_home import wait_until
from tests.world.systemd_box import Done, SystemdBox, why_no_systemd

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(bool(why_no_systemd()), reason=why_no_systemd() or "one can be booted"),
]

ROOT = Path(__file__).resolve().parent.parent.parent
USER = 1234
HOME = "/home/listener/shanty"
LONG_SECONDS = 900.0
CHECKOUT = Path("/srv/shanty")
INSTALLED = (
    *("cli", "deployments", "flows", "shanty", "tasks", "web"),
    *("prefect.yaml", "pyproject.toml"),
)
PYTHON = Path(sys.prefix).resolve() / "bin" / "python"


@pytest.fixture(scope="module")
def box() -> Iterator[SystemdBox]:
    """A systemd with an ordinary user, who may read what is installed here."""
    if PYTHON.is_relative_to("/tmp"):
        pytest.skip("the service has a /tmp of its own, in which this Python is not")
    with (
        tempfile.TemporaryDirectory(prefix="shanty-systemd-") as folder,
        SystemdBox(Path(folder)) as made,
    ):
        assert made.run("useradd", "--create-home", f"--uid={USER}", "listener").ok
        for path in (PYTHON, PYTHON.resolve()):
            assert made.run("chmod", "a+rx", *map(str, [path, *path.parents])).ok
        assert made.run("mkdir", str(CHECKOUT)).ok
        assert made.run("cp", "-r", *(str(ROOT / name) for name in INSTALLED), str(CHECKOUT)).ok
        yield made


def shanty(box: SystemdBox, *words: str) -> Done:
    return box.run(
        *(str(PYTHON), "-P", "-m", "cli.main", "service", *words, "--system"),
        PYTHONPATH=str(CHECKOUT),
        SHANTY_HOME=HOME,
        SHANTY_WEB__PORT="4301",
    )


def change(box: SystemdBox, *lines: str) -> None:
    """Change the unit as `systemctl edit` does."""
    folder = "/etc/systemd/system/shanty.service.d"
    box.run("mkdir", "-p", folder)
    text = "\\n".join(["[Service]", *lines, ""])
    box.run("sh", "-c", f"printf '{text}' > {folder}/override.conf && systemctl daemon-reload")


def test_it_is_installed_healed_started_anew_and_removed(box: SystemdBox) -> None:
    assert "no service is installed" in shanty(box, "status").said
    change(box, "TimeoutAbortSec=20s", "RestartSec=1s")
    installed = shanty(box, "install", "--user", "listener")
    assert installed.ok, installed.said
    assert "does not see what only this shell sets (SHANTY_WEB__PORT)" in installed.said
    status = shanty(box, "status")
    assert status.ok and "active (running)" in status.said
    assert "it last said: ready" in status.said
    _it_runs_as_its_user(box)
    _a_server_that_is_stopped_is_healed(box)
    _a_service_that_is_stopped_is_started_anew(box)
    assert "the service is removed" in shanty(box, "uninstall").said
    assert not shanty(box, "status").ok


def test_a_users_own_systemd_runs_it_too(box: SystemdBox) -> None:
    assert box.run("systemctl", "start", f"user@{USER}").ok
    said = _as_user(box, "install")
    assert "the service runs (/home/listener/.config/systemd/user/shanty.service)" in said
    assert "it ends when you log out" in said
    assert "it last said: ready" in _as_user(box, "status")
    assert "the service is removed" in _as_user(box, "uninstall")


def _as_user(box: SystemdBox, *words: str) -> str:
    user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    done = box.run(
        *(*user, str(PYTHON), "-P", "-m", "cli.main", "service", *words),
        PYTHONPATH=str(CHECKOUT),
        HOME="/home/listener",
        XDG_RUNTIME_DIR=f"/run/user/{USER}",
    )
    assert done.ok, done.said
    return done.said


def _it_runs_as_its_user(box: SystemdBox) -> None:
    owners = box.run("sh", "-c", f"find {HOME} -printf '%u\\n' 2>/dev/null | sort -u").said
    assert owners.split() == ["listener"]
    processes = box.run("sh", "-c", "ps -o user= -C python,python3 | sort -u").said
    assert set(processes.split()) <= {"listener"}


def _a_server_that_is_stopped_is_healed(box: SystemdBox) -> None:
    before = box.show("shanty", "MainPID", "NRestarts")
    server = box.run("pgrep", "--full", "python.* deployments.server_process").said.split()[0]
    assert box.run("kill", "-STOP", server).ok
    wait_until(lambda: not box.run("kill", "-0", server).ok, "it is replaced", LONG_SECONDS)
    log = ("journalctl", "--unit", "shanty", "--no-pager")
    wait_until(lambda: "has not answered for" in box.run(*log).said, "that is told")
    assert box.show("shanty", "MainPID", "NRestarts") == before, "nothing else was started anew"


def _a_service_that_is_stopped_is_started_anew(box: SystemdBox) -> None:
    change(box, "TimeoutAbortSec=20s", "RestartSec=1s", "WatchdogSec=60s")
    assert box.run("systemctl", "restart", "shanty").ok
    assert box.show("shanty", "ActiveState", "NRestarts") == {
        "ActiveState": "active",
        "NRestarts": "0",
    }
    before = box.show("shanty", "MainPID")["MainPID"]
    assert box.run("kill", "-STOP", before).ok
    wait_until(
        lambda: (
            box.show("shanty", "NRestarts", "ActiveState")
            == {"NRestarts": "1", "ActiveState": "active"}
        ),
        "systemd starts it anew",
        LONG_SECONDS,
    )
    assert box.show("shanty", "MainPID")["MainPID"] != before
