"""What Shanty takes from where it is started: nothing of another project's, or another person's.

The embedded server and its worker are started in such a place by all tests of the service.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import order_import_path
from deployments.own_place import own_place, private_folder
from shanty.demo import ytdlp_plugin_dir
from shanty.surroundings import ROOT, clean_environment, ignored_prefect_settings
from tests.hostile_place import HostilePlace


def test_a_run_takes_nothing_from_where_it_is_started(tmp_path: Path, prefect_server: str) -> None:
    place = HostilePlace(tmp_path / "elsewhere")
    (tmp_path / "shanty.toml").touch()
    environment = {
        **{name: value for name, value in os.environ.items() if "PREFECT" not in name},
        **place.environment(os.environ["PATH"], str(ytdlp_plugin_dir())),
        "SHANTY_HOME": str(tmp_path / "home"),
        "SHANTY_CONFIG": str(tmp_path / "shanty.toml"),
        "SHANTY_LIBRARY__PATH": str(tmp_path / "library"),
        "PREFECT_API_URL": prefect_server,
        "PREFECT_API_KEY": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "run"],
        cwd=place.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "0 tracks finished" in done.stdout
    assert not done.stderr
    place.check_is_untouched()
    assert list((tmp_path / "home" / "tmp").iterdir()) == []


def test_foreign_folders_come_last_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here, root = str(tmp_path), "/checkout"
    python = ["/usr/lib/python3", "/venv/site-packages"]
    for path, named in (
        ([here, *python], ""),
        (["", here, *python], ":"),
        ([here, f"{here}/plugins", *python], "plugins"),
        ([f"{here}/a/../plugins", *python], "a/../plugins"),
    ):
        assert [one for one in order_import_path(path, named, root) if one not in python] in (
            [],
            [f"{here}/a/../plugins"],
        )
    after = order_import_path([here, "/plugins/", "/other", *python], "/plugins/:/other:", root)
    assert after == [*python, "/plugins/", "/other"]
    after = order_import_path([here, "/plugins", *python], "/plugins", here)
    assert after == [here, *python, "/plugins"], "a checkout is Shanty itself"
    after = order_import_path(["/bin", *python], "", "/venv/site-packages")
    assert after == ["/bin", *python], "installed: as Python has it"


def test_a_folder_that_is_gone_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert order_import_path(["/usr/lib"], "", "/checkout") == ["/usr/lib"]
    with own_place(tmp_path):
        assert Path.cwd().is_relative_to(tmp_path / "tmp")
    os.chdir(tmp_path)


def test_what_the_environment_says_of_prefect_counts_only_by_its_documented_names() -> None:
    named = {
        "PREFECT_API_URL": "http://server/api",
        "PREFECT_API_AUTH_STRING": "shanty:secret",
        "PREFECT_API_SSL_CERT_FILE": "/etc/ca.pem",
    }
    foreign = {"PREFECT_HOME": "/x", "prefect_api_url": "x", "PREFECT__FLOW_RUN_ID": "1"}
    pace = {"PREFECT_WORKER_QUERY_SECONDS": "2"}
    others = {"LANG": "C", "SHANTY_HOME": "/y"}
    assert ignored_prefect_settings({**named, **foreign, **pace, **others}) == sorted(foreign)
    without = {**named, "PREFECT_API_URL": ""}
    assert set(ignored_prefect_settings({**without, **pace})) == set(named)
    kept = clean_environment({**named, **foreign, **pace, **others})
    assert {name: value for name, value in kept.items() if not name.startswith("PYTHON")} == {
        **named,
        **pace,
        **others,
    }


def test_python_in_our_processes_is_told_nothing_by_others(tmp_path: Path) -> None:
    plugins = str(ytdlp_plugin_dir())
    clean = clean_environment(
        {
            "PYTHONPATH": f":{tmp_path}:.:{plugins}:{ROOT}",
            "PYTHONSTARTUP": "x.py",
            "PYTHONWARNINGS": "error",
            "PYTHONOPTIMIZE": "2",
            "PYTHONUTF8": "0",
            "PATH": f".::/usr/bin:bin:{tmp_path}",
        }
    )
    assert clean == {
        "PYTHONPATH": f"{ROOT}:{plugins}",
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "PATH": f"/usr/bin:{tmp_path}",
    }


def test_what_a_dead_process_has_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    with private_folder(folder) as first:
        (folder / "run-dead").mkdir()
        (folder / "run-dead" / "file").touch()
        outside = tmp_path / "outside"
        outside.mkdir()
        (folder / "link").symlink_to(outside)
        with private_folder(folder) as second:
            assert {first.name, second.name, "link"} == {path.name for path in folder.iterdir()}
            assert {path.stat().st_mode & 0o777 for path in (folder, first, second)} == {0o700}
        assert first.is_dir()
    assert outside.is_dir()
    assert [path.name for path in folder.iterdir()] == ["link"]
