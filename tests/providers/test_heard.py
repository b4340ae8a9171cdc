"""What was just heard of a file holds for that very file, once, and for no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shanty.errors import BadCandidateError
from shanty.providers.ffmpeg import examine, verify_audio
from shanty.providers.heard import Heard
from tests.world.ffmpeg_runs import render

SECONDS = 3.0


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return render(tmp_path / "whole.flac", f"aevalsrc=0.25*sin(2*PI*440*t):s=48000:d={SECONDS}")


def test_it_is_given_once(whole: Path) -> None:
    heard = Heard()
    heard.note(whole, examine(whole))
    sound = heard.take(whole)
    assert sound is not None
    assert verify_audio(whole, SECONDS, heard=sound) == sound.duration_seconds
    assert heard.take(whole) is None


@pytest.mark.parametrize("change", ["written", "replaced", "gone"])
def test_a_changed_file_has_to_be_decoded(whole: Path, change: str) -> None:
    heard = Heard()
    heard.note(whole, examine(whole))
    times = whole.stat()
    data = whole.read_bytes()
    if change == "written":
        whole.write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
    else:
        whole.unlink()
    if change == "replaced":
        whole.write_bytes(bytes(len(data)))
    if change != "gone":  # neither size nor time betrays it
        os.utime(whole, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert heard.take(whole) is None


def test_a_wrong_length_is_refused_by_what_was_heard(whole: Path) -> None:
    with pytest.raises(BadCandidateError, match="lasts"):
        verify_audio(whole, 4 * SECONDS, heard=examine(whole))


def test_old_answers_make_room(whole: Path, tmp_path: Path) -> None:
    heard, sound = Heard(), examine(whole)
    paths = [tmp_path / f"{number}.flac" for number in range(200)]
    for path in paths:
        path.touch()
        heard.note(path, sound)
    assert heard.take(paths[0]) is None
    assert heard.take(paths[-1]) is sound


def test_of_a_file_that_has_gone_nothing_is_kept(whole: Path) -> None:
    heard, sound = Heard(), examine(whole)
    content = whole.read_bytes()
    whole.unlink()
    heard.note(whole, sound)
    whole.write_bytes(content)
    assert heard.take(whole) is None
