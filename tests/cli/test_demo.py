"""``shanty demo``: its folder, what it says, and that it can be looked at afterwards."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from cli.demo import why_missing
from cli.opening import open_state
from shanty.config.settings import load_settings
from shanty.demo.folder import DemoFolder
from shanty.demo.world import World
from tests.world.crash_world import ROOT
from tests.world.shell import Shell, file_everything

pytestmark = pytest.mark.usefixtures("world")


def interrupt_when_it_waits() -> threading.Thread:
    """Press Ctrl-C as soon as this process has its own answer to it."""
    usual, pid = signal.getsignal(signal.SIGINT), os.getpid()

    def wait() -> None:
        for _ in range(600):
            if signal.getsignal(signal.SIGINT) is not usual:
                os.kill(pid, signal.SIGINT)
                return
            time.sleep(0.1)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_the_scene_prints_what_points_a_shell_at_it_and_who_is_in_it(
    shanty: Shell, tmp_path: Path
) -> None:
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    thread = interrupt_when_it_waits()
    try:
        assert shanty("demo", "--scene", "--dir", str(tmp_path / "demo")) == 0, shanty.err
    finally:
        thread.join()
        for number, handler in before:
            signal.signal(number, handler)
    done = subprocess.run(
        ["bash", "-c", f"{shanty.out}\nenv"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    taken_over = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    for name in ("SHANTY_MUSICBRAINZ__URL", "SHANTY_DOWNLOAD__SEARCH", "SHANTY_DEMO_ORIGIN"):
        assert taken_over[name], name
    assert taken_over["SHANTY_HOME"].startswith(str(tmp_path))
    assert "Vesper Kilowatt" in shanty.out
    assert "Various Artists" not in shanty.out, "nobody can watch them"
    assert "watch add artist 'Vesper Kilowatt'" in shanty.out, "somebody who has albums"


@pytest.mark.proof
def test_a_kept_demo_keeps_its_pages_up_until_ctrl_c(tmp_path: Path) -> None:
    code = "from cli.main import main; main()"
    command = [sys.executable, "-c", code, "demo", "--tracks", "2", "--keep"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "SHANTY_CONFIG": ""}
    with subprocess.Popen(
        [*command, "--dir", str(tmp_path / "demo")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if "stay up until Ctrl-C" in line:
                break
        (address,) = set(re.findall(r"http://127\.0\.0\.1:\d+", "".join(lines[1:])))
        assert requests.get(f"{address}/api/health", timeout=30).status_code in (200, 401, 403)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0, rest
    assert "In the library: 2 of 2 tracks" in rest


@pytest.mark.parametrize("marker", ["", "{", "[1]", "\0\0\0\0"])
def test_a_demo_whose_marker_is_garbage_starts_over(
    shanty: Shell, tmp_path: Path, marker: str
) -> None:
    folder = DemoFolder(tmp_path / "demo")
    assert not folder.prepare(3)
    assert folder.prepare(3), "it goes on"
    (folder.root / ".shanty-demo").write_text(marker)
    assert not folder.prepare(3), "it starts over"
    assert folder.prepare(3)
    assert sorted(path.name for path in folder.root.iterdir()) == [
        ".shanty-demo",
        "home",
        "library",
    ]


def test_a_demo_says_why_tracks_are_missing(shanty: Shell, world: World) -> None:
    gone, cut, *_, damaged = world.recordings[:4]
    shanty("watch", "add", "track", *world.recordings[:4])
    world.faults.set("gone", target=gone)
    world.faults.set("server_error", target=cut)
    file_everything()
    world.faults.clear()
    state = open_state()
    (path,) = (
        file.path
        for track, file in state.catalog.files.list_library()
        if track.recording_mbid == damaged
    )
    path.unlink()
    failed, in_library, wanted = sorted(why_missing(world, state), key=lambda why: why[2:])
    assert failed.startswith("1 failed: ")
    assert in_library == "1 in library: its file is not there, or its tags are not the catalogue's"
    assert wanted.startswith("1 wanted: ")
    assert "500" in wanted


def test_demo_refuses_a_folder_with_something_else_in_it(shanty: Shell, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("keep")
    assert "precious" in shanty.fails("demo", "--dir", str(tmp_path / "precious"))
    assert [path.name for path in (tmp_path / "precious").iterdir()] == ["file"]


def test_every_command_can_look_at_a_demo_afterwards(
    shanty: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DemoFolder(tmp_path / 'a "demo" \\ é')
    folder.prepare(1)
    with monkeypatch.context() as during_the_demo:
        for name in os.environ:
            if name.startswith("SHANTY_"):
                during_the_demo.setenv(name, os.environ[name])  # what it changes is taken back
        folder.point_settings_at_demo(world)
        shanty("watch", "add", "track", world.recordings[0])
        file_everything()
    for name in ("SHANTY_HOME", "SHANTY_LIBRARY__PATH"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("SHANTY_CONFIG", str(folder.config_path))
    settings = load_settings()
    assert (settings.home, settings.library.path) == (folder.home, folder.library_dir)
    [filed] = shanty.json("library", "ls")
    assert Path(filed["path"]).is_relative_to(folder.library_dir)
