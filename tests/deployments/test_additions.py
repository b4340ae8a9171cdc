"""A new job, or a new stage, is one file and one line: tried in a copy of the code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.timetable import load_jobs
from flows.server.api import PrefectApi
from flows.server.jobs import list_jobs
from shanty.config.settings import load_settings
from tests.world.crash_world import ROOT


@pytest.fixture
def api(prefect_server: str) -> Iterator[PrefectApi]:
    """A server whose jobs are removed after the test."""
    made = PrefectApi(prefect_server)
    yield made
    for job in list_jobs(made):
        made.delete(f"/deployments/{job.id}")


def test_a_new_job_is_one_file_and_one_line(api: PrefectApi, tmp_path: Path) -> None:
    from deployments.registration import register

    checkout = copy_checkout(tmp_path)
    (checkout / "flows" / "greeting.py").write_text(
        '"""The greeting flow."""\n\n'
        "from prefect import flow\n"
        "from prefect.states import Completed\n\n"
        "from flows.runs.begin import begin_run, name_run\n\n\n"
        '@flow(name="greeting", flow_run_name=name_run)\n'
        "def greeting():\n"
        '    """Say hello."""\n'
        '    with begin_run("greeting"):\n'
        '        return Completed(message="hello")\n'
    )
    line = "  - {<<: *job, name: greeting, entrypoint: flows.greeting.greeting, schedules: [*6h]}\n"
    with (checkout / "prefect.yaml").open("a") as timetable:
        timetable.write(line)
    said = shanty_in(
        checkout,
        "from deployments.registration import register; "
        "from deployments.timetable import load_jobs; from "
        "shanty.config.settings import load_settings; "
        "s = load_settings(); register(load_jobs({'greeting': '3h'}), s); "
        "from flows.greeting import greeting; print(greeting(return_state=True).message)",
    )
    assert said.strip().splitlines()[-1] == "hello"
    assert {job.name: job.schedule for job in list_jobs(api)}["greeting"] == "every 3 h"
    # A version that no longer has this job removes it.
    register(load_jobs({}), load_settings(home=Path("/nonexistent")))
    assert "greeting" not in {job.name for job in list_jobs(api)}


def test_a_new_stage_is_one_file_and_one_line(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    add_stage(checkout)
    said = shanty_in(
        checkout,
        "from shanty.models import Stage; from tasks.stages import STAGE_TASKS; "
        "from shanty.config.settings import load_settings; from shanty.stages import load_stages; "
        "stages = load_settings().stages; after = Stage.ENRICH.following(stages); "
        "print(after.value, load_stages()[after].__module__, STAGE_TASKS[after].name)",
    )
    assert said.split() == ["admire", "shanty.stages.admire", "admire"]


@pytest.mark.proof
def test_a_new_stage_comes_to_each_track(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    add_stage(checkout)
    run = "import sys; sys.argv[1:] = {}; from cli.main import main; main()"
    shanty_in(checkout, run.format(["demo", "--tracks", "2", "--json"]))
    home = checkout / "shanty-demo" / "home"
    assert "admire · " in (home / "shanty.log").read_text()
    said = shanty_in(checkout, run.format(["status", "--json"]), SHANTY_HOME=str(home))
    assert (
        '"admire": {\n      "pending": 0,\n      "waiting": 0,\n      "active": 0,\n'
        '      "completed": 2' in said
    )


def add_stage(checkout: Path) -> None:
    """Add a stage after the last one."""
    models = checkout / "shanty" / "models.py"
    line = '    ENRICH = "enrich"\n'
    assert line in models.read_text()
    models.write_text(models.read_text().replace(line, f'{line}    ADMIRE = "admire"\n'))
    (checkout / "shanty" / "stages" / "admire.py").write_text(
        '"""Admires what is in the library."""\n\n'
        "from shanty.stages.contract import StageResult\n\n\n"
        "def run(item, services):\n"
        '    """Say so."""\n'
        "    assert services.catalog.files.of_track(item.track_id).is_placed\n"
        '    return StageResult("very nice")\n'
    )


def copy_checkout(folder: Path) -> Path:
    """A copy of the code that the test may change."""
    for name in ("cli", "deployments", "flows", "shanty", "tasks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("prefect.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "shanty.toml").touch()
    return folder


def shanty_in(checkout: Path, code: str, **environment: str) -> str:
    """The output of a piece of code in another checkout."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=checkout,
        env={
            **os.environ,
            "SHANTY_HOME": str(checkout / "home"),
            "SHANTY_CONFIG": str(checkout / "shanty.toml"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
