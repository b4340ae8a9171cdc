"""AcoustID: what its answers mean, and that nothing fails without it."""

from __future__ import annotations

import subprocess
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from shanty.demo.answers import Answer, json_answer
from shanty.matching import find_contradiction
from shanty.music.fingerprint import Fingerprint
from shanty.providers import chromaprint
from shanty.providers.chromaprint import find_chromaprint, take_fingerprint
from shanty.providers.fingerprint import AcoustId, compress, read_answer
from tests.world.acoustid_service import (
    ANSWER,
    FOUND,
    KEY,
    WRONG_KEY,
    Service,
    make_recording,
)
from tests.world.ffmpeg_runs import render

SOUND = Fingerprint.of_native(array("I", [0x8BADF00D, 0x8BADF00D, 0, 0xFFFFFFFF]).tobytes())


def test_a_sound_is_recognized(service: Service) -> None:
    service.answers = [json_answer(ANSWER)]
    turns: list[int] = []
    found = AcoustId(service.url, KEY, pace=lambda: turns.append(1)).recognize(SOUND, 10.9)
    assert found == [FOUND]
    (asked,) = service.asked
    assert asked["client"] == KEY
    assert asked["fingerprint"] == compress(SOUND.words)
    assert (asked["duration"], asked["meta"]) == ("10", "recordings")
    assert turns == [1]


SWEEP = "aevalsrc=0.25*sin(2*PI*(220+40*t)*t)+0.2*sin(2*PI*(900-20*t)*t):s=44100:d={seconds}"


@pytest.mark.parametrize("seconds", [0.5, 2.8, 20])
def test_it_is_sent_as_chromaprint_itself_writes_it(tmp_path: Path, seconds: float) -> None:
    path = render(tmp_path / "-dash $(touch x).opus", SWEEP.format(seconds=seconds))
    executable = find_chromaprint()
    assert executable is not None
    command = [str(executable), "-v", "error", "-i", f"file:{path}", "-f", "chromaprint", "-"]
    itself = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    taken = take_fingerprint(path)
    assert compress(taken.words if taken else []) == itself
    assert (taken is None) == (seconds < 2.5)


@pytest.mark.parametrize(
    "answer",
    [
        json_answer(WRONG_KEY, 400),
        json_answer({"status": "error", "error": {"message": f"what is {KEY}?"}}, 400),
        json_answer({"status": "error"}),
        json_answer(["ok"]),
        json_answer(None),
        Answer(500, b"<html>"),
        Answer(200, b"[" * 100_000, "application/json"),
        Answer(200, b'{"status": "ok"', "application/json", cut_after=3),
    ],
    ids=["key", "echo", "error", "list", "null", "html", "deep", "cut"],
)
def test_what_fails_blocks_nothing_and_is_not_asked_at_once_again(
    answer: Answer, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.answers = [answer]
    client = AcoustId(service.url, KEY)
    assert client.recognize(SOUND, 10) == []
    assert "AcoustID cannot be asked" in caplog.text
    assert KEY not in caplog.text
    assert client.recognize(SOUND, 10) == []
    assert len(service.asked) == 1


def test_a_service_that_is_not_there_blocks_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert AcoustId("http://127.0.0.1:9/v2", KEY).recognize(SOUND, 10) == []
    assert "AcoustID cannot be asked" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("content", [b"", b"no audio at all" * 99])
def test_what_is_no_audio_has_no_fingerprint(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "noise.mp3").write_bytes(content)
    assert take_fingerprint(tmp_path / "noise.mp3") is None
    assert "noise.mp3" in caplog.text


def test_without_chromaprint_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(chromaprint, "find_all_ffmpeg", lambda: iter(()))
    assert take_fingerprint(tmp_path / "song.opus") is None
    assert "no ffmpeg with Chromaprint is installed" in caplog.text


def test_an_ffmpeg_without_chromaprint_gives_way_to_the_one_of_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "ffmpeg"
    mine.write_text("#!/bin/sh\necho \"Unknown format 'chromaprint'.\"\n")
    mine.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert find_chromaprint() not in (None, mine)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["score", "recordings", "artists", "id", "title", "name"]), inner
        ),
    ),
    max_leaves=20,
)


@settings_of(max_examples=40, deadline=None)
@given(results=JSON, recordings=JSON)
def test_an_answer_of_any_shape_is_read(results: Any, recordings: Any) -> None:
    list(read_answer({"status": "ok", "results": results}))
    for one in read_answer(
        {"status": "ok", "results": [{"score": 1, "recordings": recordings}, {"score": "1"}]}
    ):
        assert one.score == 1.0
        find_contradiction([one], make_recording("Song"))


def test_a_text_that_no_database_stores_is_made_one_that_it_does() -> None:
    recording = {"id": "x", "title": "a\0b\ud83d", "artists": [{"name": "\udc00"}]}
    answer = {"status": "ok", "results": [{"score": 1, "recordings": [recording]}]}
    (found,) = read_answer(answer)
    assert (found.title, found.artist) == ("a?b?", "?")
