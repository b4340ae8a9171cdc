"""An installed Shanty is the tested one: the wheel holds everything and works from anywhere."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of an environment with the wheel, and with nothing of the checkout.

    The other packages are those of this environment: installing them again would take a minute.
    """
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


def run(command: list[str], folder: Path) -> str:
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_works_from_another_folder(installed: Path, tmp_path: Path) -> None:
    assert "status" in run([str(installed / "shanty"), "--help"], tmp_path)
    assert "tracks: 0 wanted" in run([str(installed / "shanty"), "status"], tmp_path)


def test_data_files_are_in_the_wheel_too(installed: Path, tmp_path: Path) -> None:
    code = (
        "import shanty.demo, deployments.timetable as t\n"
        "print(shanty.demo.__file__)\n"
        "print(len(t.load_jobs({})))\n"
        "print(len(list(shanty.demo.ytdlp_plugin_dir().rglob('shanty_demo.py'))))\n"
        "from web.rendering import STATIC_DIR, make_templates\n"
        "assert (STATIC_DIR / 'shanty.css').exists()\n"
        "print(make_templates('').get_template('now.html').name)\n"
        "from shanty.matching.words import find_versions\n"
        "print(find_versions('Song (Ao Vivo)')[0][0])"
    )
    where, jobs, plugins, template, kind = run(
        [str(installed / "python"), "-c", code], tmp_path
    ).split()
    assert str(installed.parent) in where
    assert int(jobs) >= 4
    assert int(plugins) == 1
    assert template == "now.html"
    assert kind == "live"
