"""``shanty library check`` as a person and a script use it."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from shanty.db import open_database
from tests.world.filed_library import FiledLibrary, make_placements
from tests.world.shell import Shell


@pytest.fixture
def library(home: Path, made_audio: dict[str, Path]) -> FiledLibrary:
    database = open_database(f"sqlite:///{home}/home/shanty.db")
    made = FiledLibrary(home, database)
    made.file(make_placements("One", "Two"), made_audio["flac"])
    return made


@pytest.fixture
def shanty(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


def test_a_library_with_nothing_filed_is_one_line(home: Path, shanty: Shell) -> None:
    """Not even where something cannot be looked at, and no audio is met."""
    (home / "library" / "nowhere.mp3").symlink_to(home / "gone.mp3")
    assert shanty("library", "check") == 0
    assert shanty.out.count("0 of 0 filed files looked at") == 1, shanty.out


def test_check_and_repair(library: FiledLibrary, shanty: Shell) -> None:
    assert shanty("library", "check") == 0
    assert "2 of 2 filed files looked at" in shanty.out
    assert "nothing is wrong" in shanty.out
    path = library.path(1)
    path.write_bytes(b"")
    (library.library_dir / "line\nbreak.mp3").write_bytes(b"somebody's")
    assert shanty("library", "check") == 0
    lines = shanty.out.splitlines()
    assert lines[0].startswith(f"corrupt: {path} (Anna – One): ")
    assert lines[1].startswith(f"foreign: {library.library_dir}/line·break.mp3: ")
    assert "1 corrupt, 1 foreign" in lines
    assert path.exists()
    document = cast(Any, shanty.json("library", "check", "--repair"))
    assert document["repaired"] == 1
    assert document["counts"]["corrupt"] == document["counts"]["foreign"] == 1
    corrupt, foreign = document["findings"]
    assert (corrupt["kind"], corrupt["path"]) == ("corrupt", str(path))
    assert corrupt["repair"] == "in the trash; its track is wanted again"
    assert foreign["repair"] is None
    assert not path.exists()
    log = (library.settings.home / "shanty.log").read_text(encoding="utf-8")
    assert f"library check: corrupt {path}" in log, "never silently"
    assert shanty("undo", document["run"]) == 0
    assert path.read_bytes() == b""


def test_progress_is_told_in_a_pipe_too(
    library: FiledLibrary, shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in ("check", "rename"):
        monkeypatch.setattr(f"cli.library.{command}._FILES_PER_LINE", 1)
    assert shanty("library", "check") == 0
    assert [line.partition(" filed")[0] for line in shanty.out.splitlines()] == [
        "1 of 2",
        "2 of 2",
        "2 of 2",  # the end
        "nothing is wrong",
    ]
    assert shanty("library", "rename", "--dry-run") == 0
    assert shanty.err.splitlines() == ["1 file looked at", "2 files looked at"]


def test_a_library_that_is_not_there_is_one_sentence(library: FiledLibrary, shanty: Shell) -> None:
    shutil.rmtree(library.library_dir)
    for option in ("", "--repair", "--json", "--deep"):
        assert "mounted" in shanty.fails("library", "check", *option.split())
    library.library_dir.mkdir()
    assert "mounted" in shanty.fails("library", "check")
    assert shanty("library", "check", "--emptied") == 0
    assert shanty.out.count("missing: ") == 2


def test_a_wrong_template_is_said_when_the_settings_are_looked_at(
    home: Path, shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_LIBRARY__SINGLE_TEMPLATE", "{titel}.{ext}")
    for words in (["config", "show"], ["run"]):
        sentence = shanty.fails(*words)
        assert "library.single_template" in sentence
        assert "did you mean {title}?" in sentence


def test_a_library_with_nothing_in_it_is_not_one_in_which_nothing_is_wrong(
    home: Path, shanty: Shell
) -> None:
    folder = home / "library"
    for what in ("the folder is empty", "there is no such folder"):
        for option in ("", "--repair", "--deep", "--emptied"):
            assert shanty("library", "check", *option.split()) == 1
            assert f"there is no library at {folder}: {what}" in shanty.out
            assert "nothing is wrong" not in shanty.out
        assert shanty("library", "check", "--json") == 1
        shutil.rmtree(folder, ignore_errors=True)


def test_a_library_that_has_lost_its_mark_is_adopted(
    library: FiledLibrary, shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = library.library_dir
    assert shanty("library", "adopt") == 0
    assert "is the library already" in shanty.out
    library.settings.library.mark_path.unlink()
    for command in ("check", "check --repair", "rename --dry-run"):
        assert "shanty library adopt" in shanty.fails("library", *command.split())
    assert shanty("doctor") == 1
    assert "has lost the mark by which it is known" in shanty.out
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert shanty("library", "adopt") == 1
    assert "of 2 files filed there, 2 found" in shanty.out
    assert not library.settings.library.mark_path.exists()
    assert shanty("library", "adopt", "--yes") == 0
    assert f"{folder} is the library now" in shanty.out
    assert shanty("library", "check") == 0
    shutil.rmtree(folder)
    assert "there is no folder" in shanty.fails("library", "adopt", "--yes")
