"""`shanty library scan` as a person meets it, and with the pipeline beside it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.demo.world import World
from shanty.tags.tagging import TagSet, write_tags
from tests.world.shell import Shell

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(6, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


def test_scan_as_a_person_meets_it(
    shanty: Shell, home: Path, world: World, made_audio: dict[str, Path]
) -> None:
    from tests.world.shell import file_everything

    shanty("watch", "add", "track", *world.recordings[:2])
    folder = home / "old music"
    folder.mkdir()
    for number in range(3):
        shutil.copy(made_audio["flac"], folder / f"{number}.flac")
    owned = folder / os.fsdecode(b"caf\xe9.flac")
    shutil.copy(made_audio["flac"], owned)
    write_tags(owned, TagSet(recording_mbid=world.recordings[0]))
    (folder / "broken.mp3").write_bytes(b"<html>")
    assert shanty("library", "scan", str(folder)) == 0
    lines = shanty.out.splitlines()
    assert lines[0] == f"cannot read {folder}/broken.mp3: it is not audio"
    assert [line for line in lines if line.startswith("unknown")] == [
        f"unknown {folder}/{number}.flac" for number in range(3)
    ]
    (recognised,) = [line for line in lines if line.startswith("recognised")]
    assert recognised.startswith(f"recognised {folder}/caf\\xe9.flac: ")
    assert recognised.endswith(", by its recording id")
    assert lines[5].startswith("5 files seen, 5 read anew, 1 recognised")
    assert "1 wanted track is in the library now" in lines
    document = shanty.json("library", "scan", str(folder))
    assert isinstance(document, dict)
    files = {one["path"]: one["track"] for one in document.pop("files_read")}
    assert files == {
        f"{folder}/caf\\xe9.flac": 1,
        **{f"{folder}/{number}.flac": None for number in range(3)},
    }
    assert document == {
        "folder": str(folder),
        "files": 5,
        "filed_by_shanty": 0,
        "read": 0,
        "recognised": 1,
        "marked": 0,
        "wanted_again": 0,
        "unreadable": [{"path": f"{folder}/broken.mp3", "reason": "it is not audio"}],
        "vanished": [],
    }
    file_everything()
    assert world.requests.total("media_complete") == 1  # only what nobody had
    # Watching it again, or anything that is there already, brings nothing either.
    added = shanty.json("watch", "add", "track", world.recordings[0])
    assert isinstance(added, list)
    assert added[0]["status"] == "in_library"
    library = shanty.json("library", "ls")
    assert isinstance(library, list)
    paths = {entry["recording_mbid"]: entry["path"] for entry in library}
    assert set(paths) == set(world.recordings[:2])
    assert paths[world.recordings[0]] == f"{folder}/caf\\xe9.flac"
    assert Path(paths[world.recordings[1]]).is_file()
    shanty("library", "ls")
    assert "caf\\xe9.flac" in shanty.out
    # The library's own folder can be scanned too: what Shanty has filed is known.
    report = shanty.json("library", "scan", str(home / "library"))
    assert isinstance(report, dict)
    assert (report["files"], report["filed_by_shanty"], report["read"]) == (1, 1, 0)


def test_progress_in_a_pipe_is_plain_lines(
    shanty: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, made_audio: dict[str, Path]
) -> None:
    monkeypatch.setattr("cli.library.app._FILES_PER_LINE", 2)
    for number in range(5):
        shutil.copy(made_audio["mp3"], home / f"{number}.mp3")
    assert shanty("library", "scan", str(home)) == 0
    counts = [line.split()[0] for line in shanty.out.splitlines() if "files seen" in line]
    assert counts == ["2", "4", "5"]
    json.loads(json.dumps(shanty.json("library", "scan", str(home))))


def test_a_bad_folder_is_one_sentence(shanty: Shell, home: Path) -> None:
    assert "there is no folder" in shanty.fails("library", "scan", str(home / "nowhere"))
    (home / "file").touch()
    assert "there is no folder" in shanty.fails("library", "scan", str(home / "file"))
