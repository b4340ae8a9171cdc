"""After a kill, a full disk or a bad writer, the file is the old one or the new one, whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import mutagen
import pytest

from shanty.errors import BadCandidateError, WaitError
from shanty.files import atomic
from shanty.library.leftovers import find_unfinished
from shanty.tags import tagging as tags_module
from shanty.tags.tagging import TagSet, read_tags, write_tags
from tests.world.tag_samples import FULL, assert_only_file_in_folder

KILLED_WRITE = """
import os, sys
from pathlib import Path
from shanty.files import atomic
from shanty.tags import tagging as tags
from shanty.tags.tagging import TagSet

step, path = sys.argv[1], Path(sys.argv[2])

def die(*args, **kwargs):
    if step == "half save":
        copy = args[1]
        copy.write_bytes(copy.read_bytes()[:1000])
    os._exit(9)

if step == "copy":
    atomic.shutil.copyfile = die
elif step == "half save":
    for form in set(tags._FORMATS.values()):
        form.save = die
elif step == "sync":
    atomic.fsync_file = die
elif step == "replace":
    Path.replace = die
elif step == "replaced":
    atomic.fsync_folder = die
tags.write_tags(path, TagSet(title="New", recording_mbid="x"))
os._exit(0)
"""


@pytest.mark.parametrize("step", ["copy", "half save", "sync", "replace", "replaced"])
def test_a_kill_in_the_middle_leaves_the_old_file_or_the_new_one(
    step: str, audio_file: Path
) -> None:
    write_tags(audio_file, TagSet(title="Old"))
    before = audio_file.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED_WRITE), step, str(audio_file)], timeout=60
    )
    assert done.returncode == 9
    if step == "replaced":
        assert read_tags(audio_file).title == "New"
    else:
        assert audio_file.read_bytes() == before
    assert write_tags(audio_file, TagSet(title="Newer")) is True
    assert read_tags(audio_file) == TagSet(title="Newer")
    assert_only_file_in_folder(audio_file)


@pytest.mark.parametrize("number", [28, 30, 13])
def test_a_disk_that_refuses_is_waited_for(
    number: int, audio_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = audio_file.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic, "fsync_file", refuse)
    with pytest.raises(WaitError) as caught:
        write_tags(audio_file, FULL)
    assert str(audio_file) in str(caught.value)
    assert audio_file.read_bytes() == before
    assert_only_file_in_folder(audio_file)


def test_a_refusal_that_mutagen_has_wrapped_is_found(
    made_audio: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(shutil.copy(made_audio["flac"], tmp_path))

    def refuse(*_: object, **__: object) -> None:
        raise mutagen.MutagenError(OSError(28, "No space left on device"))

    monkeypatch.setattr("mutagen.flac.FLAC.save", refuse)
    with pytest.raises(WaitError, match="full"):
        write_tags(path, FULL)


def test_a_file_that_mutagen_damages_is_not_swapped_in(
    audio_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = audio_file.read_bytes()
    for form in set(tags_module._FORMATS.values()):
        monkeypatch.setattr(form, "save", lambda audio, path, style: None)
    with pytest.raises(BadCandidateError):
        write_tags(audio_file, FULL)
    assert audio_file.read_bytes() == before
    assert_only_file_in_folder(audio_file)


def test_temporary_names_are_ours_to_recognise(tmp_path: Path) -> None:
    with atomic.temporary_in(tmp_path) as path:
        path.touch()
        assert path.name.startswith(".")
        assert atomic.is_temporary_name(path.name)
        assert atomic.remove_leftovers(tmp_path) == 0, "its maker is alive"
    assert not path.exists()


def test_a_temporary_file_that_vanishes_meanwhile_is_no_leftover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f".shanty-{atomic._host_token()}-1-deadbeef-12345678.tmp"
    others = tmp_path / name
    others.write_bytes(b"half a file")

    def is_running(pid: int) -> bool:
        others.unlink()  # its maker is done this moment
        return True

    monkeypatch.setattr(atomic, "_is_running", is_running)
    assert list(find_unfinished(tmp_path)) == []
