"""AcoustID: what its answers mean, and that nothing fails without it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from shanty.demo.answers import Answer, json_answer
from shanty.matching import find_contradiction
from shanty.providers.fingerprint import AcoustId, read_answer, take_fingerprint
from tests.world.acoustid_service import (
    ANSWER,
    FOUND,
    KEY,
    PRINTED,
    WRONG_KEY,
    Service,
    make_recording,
)
from tests.world.ffmpeg_runs import render


def test_a_file_is_recognized(service: Service, fpcalc: Path, song: Path) -> None:
    service.answers = [json_answer(ANSWER)]
    turns: list[int] = []
    found = AcoustId(service.url, KEY, pace=lambda: turns.append(1)).recognize(song)
    assert found == [FOUND]
    (asked,) = service.asked
    assert asked["client"] == KEY
    assert asked["fingerprint"] == json.loads(PRINTED)["fingerprint"]
    assert (asked["duration"], asked["meta"]) == ("10", "recordings")
    assert turns == [1]


@pytest.mark.skipif(shutil.which("fpcalc") is None, reason="fpcalc is not installed")
def test_the_real_fpcalc_takes_fingerprints(tmp_path: Path, service: Service) -> None:
    sweep = "aevalsrc=0.25*sin(2*PI*(220+40*t)*t)+0.2*sin(2*PI*(900-20*t)*t):s=44100:d=20"
    prints = {}
    for name in ("-dash.opus", "a b;$(touch x).flac", "song.m4a"):
        prints[name] = take_fingerprint(render(tmp_path / name, sweep))
    assert all(taken is not None and taken[1] == 20 for taken in prints.values()), prints
    assert all(taken is not None and len(taken[0]) > 50 for taken in prints.values())
    service.answers = [json_answer(ANSWER)]
    assert AcoustId(service.url, KEY).recognize(tmp_path / "song.m4a") == [FOUND]
    (tmp_path / "noise.mp3").write_bytes(b"no audio at all" * 99)
    assert take_fingerprint(tmp_path / "noise.mp3") is None
    assert take_fingerprint(tmp_path / "missing.mp3") is None


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
    answer: Answer, service: Service, fpcalc: Path, song: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service.answers = [answer]
    client = AcoustId(service.url, KEY)
    assert client.recognize(song) == []
    assert "AcoustID cannot be asked" in caplog.text
    assert KEY not in caplog.text
    assert client.recognize(song) == []
    assert len(service.asked) == 1


def test_a_service_that_is_not_there_blocks_nothing(
    fpcalc: Path, song: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert AcoustId("http://127.0.0.1:9/v2", KEY).recognize(song) == []
    assert "AcoustID cannot be asked" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "script", ["exit 3", "echo", "echo {}", 'echo \'{"duration": null, "fingerprint": 1}\'']
)
def test_an_fpcalc_that_fails_blocks_nothing(
    script: str, service: Service, fpcalc: Path, song: Path
) -> None:
    fpcalc.write_text(f"#!/bin/sh\n{script}\n")
    assert AcoustId(service.url, KEY).recognize(song) == []
    assert service.asked == []


def test_without_fpcalc_nobody_is_asked(
    service: Service, song: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert AcoustId(service.url, KEY).recognize(song) == []
    assert service.asked == []


def test_an_fpcalc_that_complains_of_the_last_frame_is_believed(fpcalc: Path, song: Path) -> None:
    fpcalc.write_text(f"#!/bin/sh\necho '{PRINTED}'\necho ERROR >&2\nexit 3\n")
    assert take_fingerprint(song) == (json.loads(PRINTED)["fingerprint"], 10)


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
