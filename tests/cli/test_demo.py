"""``shanty demo``: its folder, what it says, and that it can be looked at afterwards."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.demo import why_missing
from cli.opening import open_state
from shanty.config.settings import load_settings
from shanty.demo.folder import DemoFolder
from shanty.demo.world import World
from tests.world.shell import Shell, file_everything

pytestmark = pytest.mark.usefixtures("world")


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
