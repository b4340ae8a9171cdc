"""The unit of systemd: what it says, and that systemd itself reads it as it is meant."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.caretaker import WORKER_PATIENCE
from deployments.server import START_PATIENCE
from deployments.server_pulse import PATIENCE
from deployments.service_worker import STOP_SECONDS
from deployments.unit import MARK, quoted, system_unit, unseen_settings, user_unit
from shanty.config.surroundings import ROOT

ODD_HOME = '/home/a b/%h $X "q" \\ ü'
MINUTE = 60


def value(unit: str, key: str) -> str:
    (found,) = re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE)
    return str(found)


def test_it_starts_this_very_installation() -> None:
    unit = user_unit({})
    assert unit.startswith(MARK)
    assert value(unit, "ExecStart") == f'"{Path(sys.executable).absolute()}" -P -m cli.main up'
    assert value(unit, "Environment") == f'"PYTHONPATH={ROOT}"', "in a checkout"
    assert value(unit, "Type") == "notify"


def test_an_installed_one_needs_no_search_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deployments.unit.ROOT", Path("/nowhere"))
    assert "Environment" not in user_unit({})


def test_only_the_places_are_taken_over_and_no_secret() -> None:
    shell = {
        "SHANTY_HOME": "/srv/shanty",
        "SHANTY_SERVER__PASSWORD": "hunter2hunter2",
        "PREFECT_API_URL": "http://x/api",
        "XDG_CONFIG_HOME": "/root/.config",
        "PATH": "/bin",
    }
    assert 'Environment="XDG_CONFIG_HOME=/root/.config"' in user_unit(shell)
    unit = system_unit(shell, "listener")
    assert "XDG" not in unit
    assert 'Environment="SHANTY_HOME=/srv/shanty"' in unit
    assert "hunter2" not in unit
    assert unseen_settings(shell) == ["PREFECT_API_URL", "SHANTY_SERVER__PASSWORD"]
    assert value(unit, "User") == "listener"


def test_its_times_leave_room_for_what_heals_and_ends_by_itself() -> None:
    unit = user_unit({})
    healing = max(PATIENCE.busy_seconds, WORKER_PATIENCE.busy_seconds)
    watchdog = int(value(unit, "WatchdogSec").removesuffix("min")) * MINUTE
    assert watchdog > 2 * healing
    start = int(value(unit, "TimeoutStartSec").removesuffix("min")) * MINUTE
    assert start > START_PATIENCE.busy_seconds
    assert int(value(unit, "TimeoutStopSec").removesuffix("s")) > 2 * STOP_SECONDS


def test_folders_of_the_library_may_keep_the_setgid_bit() -> None:
    for unit in (user_unit({}), system_unit({}, "x")):
        assert not re.search(r"^(RestrictSUIDSGID|ProcSubset|ProtectProc)=", unit, re.MULTILINE)


def test_a_word_of_a_unit_cannot_become_two() -> None:
    assert quoted("a b") == '"a b"'
    assert quoted('50% "x" \\') == '"50%% \\"x\\" \\\\"'
    assert quoted("a\nUser=root") == '"a\\x0aUser=root"'


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize(("name", "most"), [("system", 2.5), ("user", 7.5)])
def test_systemd_itself_understands_it_and_calls_it_safe(
    tmp_path: Path, name: str, most: float
) -> None:
    environment = {"SHANTY_HOME": ODD_HOME}
    unit = system_unit(environment, "daemon") if name == "system" else user_unit(environment)
    path = tmp_path / "shanty.service"
    path.write_text(unit)
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False
    )
    assert "shanty.service" not in verified.stderr
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", path],
        capture_output=True,
        text=True,
        check=False,
    )
    (exposure,) = re.findall(r"exposure level for shanty.service: ([\d.]+)", judged.stdout)
    assert float(exposure) <= most
