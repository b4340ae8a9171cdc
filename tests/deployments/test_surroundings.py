"""Shanty uses nothing of the place where it is started: no other project's or person's files.

All tests of the service start the embedded server and its worker in such a place.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import order_import_path
from deployments.own_place import own_place, private_folder
from shanty.config.settings import load_settings
from shanty.config.surroundings import ROOT, clean_environment, ignored_prefect_settings
from shanty.db import open_database
from shanty.demo import ytdlp_plugin_dir
from shanty.demo.world import World
from shanty.sources.opening import open_musicbrainz
from shanty.watching.watch import watch_track
from tests.world.hostile_place import HostilePlace
from tests.world.service_home import HOME_NAME


@pytest.fixture(scope="module")
def latin_locale(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a locale that knows neither Japanese nor UTF-8."""
    folder = tmp_path_factory.mktemp("locale")
    made = folder / "de_DE.ISO-8859-1"
    if shutil.which("localedef"):
        command = ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(made)]
        subprocess.run(command, check=False, capture_output=True)
    if not made.exists():
        return {"LC_ALL": "C", "PYTHONUTF8": "0"}
    return {"LOCPATH": str(folder), "LC_ALL": made.name}


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, prefect_server: str, latin_locale: dict[str, str]
) -> Iterator[tuple[Path, dict[str, str], HostilePlace]]:
    """A home whose library was filled by a run in another project's folder and in Latin-1."""
    folder = tmp_path_factory.mktemp("odd")
    place = HostilePlace(folder / "elsewhere")
    (folder / "shanty.toml").touch()
    home = folder / HOME_NAME
    with World(6, tmp_path_factory.getbasetemp() / "audio") as world:
        plugins = world.settings_environment()
        environment = {
            **{name: value for name, value in os.environ.items() if "PREFECT" not in name},
            **plugins,
            **place.environment(os.environ["PATH"], plugins["PYTHONPATH"]),
            **latin_locale,
            "SHANTY_HOME": str(home),
            "SHANTY_CONFIG": str(folder / "shanty.toml"),
            "SHANTY_LIBRARY__PATH": str(folder / "library"),
            "PREFECT_API_URL": prefect_server,
            "PREFECT_API_KEY": "",
        }
        settings = load_settings(home=home, musicbrainz={"url": world.base_url, "rate": 1000.0})
        database = open_database(settings.resolved_database_url)
        for mbid in world.recordings:
            musicbrainz = open_musicbrainz(settings, database)
            watch_track(mbid, database=database, musicbrainz=musicbrainz)
        database.dispose()
        done = run_shanty(place, environment, "run")
        assert done.returncode == 0, done.stderr
        assert b"6 tracks finished" in done.stdout
        assert not done.stderr
        yield folder, environment, place


def run_shanty(
    place: HostilePlace, environment: dict[str, str], *words: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *words],
        cwd=place.folder,
        env=environment,
        capture_output=True,
        timeout=120,
    )


def test_a_run_takes_nothing_from_where_it_is_started(
    filled: tuple[Path, dict[str, str], HostilePlace],
) -> None:
    folder, _, place = filled
    place.check_is_untouched()
    assert list((folder / HOME_NAME / "tmp").iterdir()) == []


def test_names_on_the_disk_are_utf_8_whatever_the_locale(
    filled: tuple[Path, dict[str, str], HostilePlace],
) -> None:
    folder, environment, place = filled
    found = {os.fsencode(path.name).decode() for path in (folder / "library").iterdir()}
    assert not all(name.isascii() for name in found), "the world has no such names"
    shown = run_shanty(place, environment, "library", "ls", "--json")
    assert shown.returncode == 0, shown.stderr
    listed = json.loads(shown.stdout)
    assert len(listed) == 6
    assert all(Path(one["path"]).is_file() for one in listed)


@pytest.mark.parametrize(
    "locale",
    [
        pytest.param({"LC_ALL": "C"}, id="C", marks=pytest.mark.proof),
        pytest.param(
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            id="C without UTF-8",
            marks=pytest.mark.proof,
        ),
        pytest.param({"PYTHONIOENCODING": "ascii"}, id="ASCII", marks=pytest.mark.proof),
        pytest.param({"PYTHONIOENCODING": "cp437:strict"}, id="DOS", marks=pytest.mark.proof),
        pytest.param({}, id="Latin-1"),
    ],
)
def test_letters_that_cannot_be_shown_are_escaped(
    filled: tuple[Path, dict[str, str], HostilePlace], locale: dict[str, str]
) -> None:
    _, environment, place = filled
    shown = run_shanty(place, environment | locale, "tracks", "ls")
    assert (shown.returncode, shown.stderr) == (0, b"")
    encoding = locale.get("PYTHONIOENCODING", "latin-1").partition(":")[0]
    if locale == {"LC_ALL": "C"}:
        assert "月光" in shown.stdout.decode()
        return
    assert "\\u6708\\u5149" in shown.stdout.decode(encoding)
    said = run_shanty(place, environment | locale, "explain", "Ünknöwn ♫")
    assert said.returncode == 1
    assert b"\\u266b" in said.stderr
    assert len(said.stderr.splitlines()) == 1


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
    assert order_import_path(["", *python], "", here) == [here, *python]
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


def test_prefects_variables_count_only_by_their_documented_names() -> None:
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


def test_other_projects_do_not_affect_python_in_our_processes(tmp_path: Path) -> None:
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


def test_only_folders_of_dead_processes_are_removed(tmp_path: Path) -> None:
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
