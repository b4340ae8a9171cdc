"""AcoustID: what its answers mean, and that nothing fails without it.

The service is one on loopback that gives recorded answers; fpcalc is the real one where it is
installed, and elsewhere a script that prints what it printed.
"""

from __future__ import annotations

import gzip
import json
import logging
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import acoustid
import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from shanty.budgets import Budgets
from shanty.config import Settings, load_settings, unknown_keys
from shanty.config_file import show_settings, write_example
from shanty.db import Database
from shanty.demo.answers import Answer, Request, json_answer
from shanty.demo.listener import Listener
from shanty.demo.world import World
from shanty.diagnosis import Level, diagnose
from shanty.entities import Artist, ArtistCredit, CreditedArtist, Recording
from shanty.event_log import SecretFreeFormatter, log_path, secrets_of, write_events_to_file
from shanty.event_log import stop_writing as stop_writing_events
from shanty.matching import Recognition, find_contradiction
from shanty.models import CandidateStatus
from shanty.providers.fingerprint import ANY_FINGERPRINT, AcoustId, read_answer, take_fingerprint
from shanty.services import open_acoustid, open_services
from shanty.stages.execution import Fate
from tests.stage_bench import Bench
from tests.test_ffmpeg import render

KEY = "q1W2e3R4t5"
PRINTED = json.dumps({"duration": 10.01, "fingerprint": ANY_FINGERPRINT[0]})
# As its documentation shows it: https://acoustid.org/webservice#lookup
ANSWER: dict[str, Any] = {
    "status": "ok",
    "results": [
        {
            "score": 1.0,
            "id": "9ff43b6a-4f16-427c-93c2-92307ca505e0",
            "recordings": [
                {
                    "duration": 639,
                    "title": "Lower Your Eyelids to Die With the Sun",
                    "id": "cd2e7c47-16f5-46c6-a37c-a1eb7bf599ff",
                    "artists": [{"id": "6d7b7cd4-254b-4c25-83f6-dd20f98ceacd", "name": "M83"}],
                }
            ],
        }
    ],
}
# What it answers with HTTP 400, to the letter.
WRONG_KEY = {"error": {"code": 4, "message": "invalid API key"}, "status": "error"}
UNKNOWN: dict[str, Any] = {"results": [], "status": "ok"}

M83 = Artist("6d7b7cd4-254b-4c25-83f6-dd20f98ceacd", "M83")
FOUND = Recognition(
    1.0,
    "cd2e7c47-16f5-46c6-a37c-a1eb7bf599ff",
    "Lower Your Eyelids to Die With the Sun",
    "M83",
    (M83.mbid,),
)


def make_recording(
    title: str, artist: Artist = M83, mbid: str = "m", disambiguation: str = ""
) -> Recording:
    credit = ArtistCredit((CreditedArtist(artist, artist.name),))
    return Recording(mbid, title, credit, 639_000, (), disambiguation)


class Service:
    """The service with the answers it is to give, and what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[dict[str, str]] = []
        self._listener = Listener(self._answer)

    def __enter__(self) -> Service:
        self._listener.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._listener.__exit__(*error)

    @property
    def url(self) -> str:
        return f"{self._listener.base_url}/v2"

    def _answer(self, request: Request) -> Answer:
        assert (request.method, request.path) == ("POST", "/v2/lookup")
        body = gzip.decompress(request.body).decode()
        self.asked.append(dict(urllib.parse.parse_qsl(body)))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(acoustid, "REQUEST_INTERVAL", 0)
    with Service() as made:
        yield made


@pytest.fixture
def fpcalc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An fpcalc that prints what the real one has printed."""
    script = tmp_path / "bin" / "fpcalc"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho '{PRINTED}'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(script.parent), prepend=":")
    return script


@pytest.fixture
def song(tmp_path: Path) -> Path:
    (tmp_path / "song.opus").touch()
    return tmp_path / "song.opus"


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


# --- what counts as a contradiction ---------------------------------------------------------------


@pytest.mark.parametrize(
    "recording",
    [
        make_recording("Run Into Flowers"),
        make_recording("Lower Your Eyelids to Die With the Sun", Artist("x", "Somebody Else")),
        make_recording("Gone", Artist("x", "Somebody Else")),
    ],
    ids=["another song", "by another artist", "another song of another artist"],
)
def test_another_recording_beyond_doubt_is_a_contradiction(recording: Recording) -> None:
    assert find_contradiction([FOUND], recording) == f"{FOUND.artist} – {FOUND.title}"


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Song", "Song (live at Wembley)"),
        ("Song", "Song (karaoke version)"),
        ("Song", "Song (Somebody remix)"),
    ],
)
def test_another_version_is_a_contradiction(title: str, other: str) -> None:
    found = Recognition(0.95, "other", other, "M83", (M83.mbid,))
    assert find_contradiction([found], make_recording(title))


@pytest.mark.parametrize(
    ("found", "recording"),
    [
        ([], make_recording("Run Into Flowers")),
        ([FOUND], make_recording("Gone", mbid=FOUND.recording_mbid)),
        ([FOUND], make_recording("Lower Your Eyelids To Die with the Sun")),  # merged, or twice
        ([Recognition(0.85, "o", "Gone", "M83")], make_recording("Song")),  # not sure
        ([Recognition(1.0, "o", "Gone", "M83"), Recognition(0.6, "m")], make_recording("Song")),
        (
            [Recognition(1.0, "o", "Gone", "M83"), Recognition(0.6, "p", "Song", "M83")],
            make_recording("Song"),
        ),
        ([Recognition(1.0, "o")], make_recording("Song")),  # says too little
        ([Recognition(1.0, "o", "Song", "Ziggy", (M83.mbid,))], make_recording("Song")),
        ([Recognition(1.0, "o", "夜", "M83")], make_recording("Song")),  # may be a translation
        ([Recognition(1.0, "o", "Song", "北極")], make_recording("Song")),
        ([Recognition(1.0, "o", "Song (2011 remaster)", "M83")], make_recording("Song")),
        ([Recognition(1.0, "o", "Song (radio edit)", "M83")], make_recording("Song")),
        ([Recognition(1.0, "o", "Song", "M83")], make_recording("Song (live)")),
        ([Recognition(1.0, "o", "Song (live)", "M83")], make_recording("Song (live)")),
        (
            [Recognition(1.0, "o", "Song (live)", "M83")],
            make_recording("Song", disambiguation="live, 2001-02-03: Oslo"),
        ),
        (
            [Recognition(1.0, "o", "Song", "[unknown]", ("125ec42a-7229-4250-afc5-e057484327fe",))],
            make_recording("Song"),
        ),
    ],
)
def test_doubt_is_no_contradiction(found: list[Recognition], recording: Recording) -> None:
    assert find_contradiction(found, recording) == ""


# --- in the pipeline ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(2, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture
def settings(world: World, service: Service, tmp_path: Path) -> Settings:
    (tmp_path / "library").mkdir()
    return load_settings(
        home=tmp_path / "home",
        library={"path": tmp_path / "library"},
        acoustid={"key": KEY, "url": service.url},
    )


def test_what_is_recognized_as_another_recording_gives_way_to_the_next(
    world: World,
    database: Database,
    settings: Settings,
    service: Service,
    fpcalc: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns: list[tuple[str, float]] = []
    monkeypatch.setattr(
        Budgets, "wait_for_turn", lambda self, name, seconds, **_: turns.append((name, seconds))
    )
    handler = write_events_to_file(settings)
    try:
        service.answers = [json_answer(ANSWER), json_answer(UNKNOWN)]
        bench = Bench(world, database, settings)
        track_id = bench.want(0)
        assert bench.run_to_the_end().fate is Fate.FINISHED
        logging.getLogger("shanty").warning("a slip of the tongue: %s", KEY)
    finally:
        stop_writing_events(handler)
    assert len(service.asked) == 2
    assert [turn for turn in turns if turn[0] == "acoustid"] == [("acoustid", 1 / 3)] * 2
    rejected = [
        one
        for one in bench.catalog.candidates_of(track_id)
        if one.status is CandidateStatus.REJECTED
    ]
    (bad,) = rejected
    assert bad.source_id == world.truth[world.recordings[0]]
    assert "is M83 – Lower Your Eyelids to Die With the Sun, by its AcoustID" in bad.reject_reason
    log = log_path(settings.home).read_text(encoding="utf-8")
    assert "a slip of the tongue: ***" in log
    assert KEY not in log


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_person_has_accepted_is_not_looked_up(
    world: World, database: Database, settings: Settings, service: Service, fpcalc: Path
) -> None:
    service.answers = [json_answer(ANSWER)]
    bench = Bench(world, database, settings)
    track_id = bench.want(1)
    assert bench.run(bench.claim()).fate is Fate.FAILED
    number = len(service.asked)
    best = max(bench.catalog.candidates_of(track_id), key=lambda one: one.score)
    assert best.id is not None
    with database.begin() as tx:
        bench.catalog.accept_candidate(tx, track_id, best.id)
        bench.queue.enqueue_wanted(tx)
    assert bench.run_to_the_end().fate is Fate.FINISHED
    assert len(service.asked) == number


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_is_off_without_a_key(database: Database, tmp_path: Path) -> None:
    for acoustid_settings in ({}, {"key": ""}, {"key": "  "}):
        settings = load_settings(home=tmp_path / "home", acoustid=acoustid_settings)
        assert open_acoustid(settings, database) is None
        source = open_services(settings, database, run_id="r").source
        assert source.acoustid is None  # type: ignore[attr-defined]


def test_the_key_is_nowhere_to_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANTY_ACOUSTID__KEY", KEY)
    assert "SHANTY_ACOUSTID__KEY" not in unknown_keys()
    settings = load_settings(home=tmp_path)
    assert KEY not in repr(settings)
    shown = show_settings(settings)
    assert shown["acoustid.key"] == "**********"
    assert KEY not in json.dumps(shown)
    write_example(tmp_path / "shanty.toml")
    assert KEY not in (tmp_path / "shanty.toml").read_text(encoding="utf-8")
    record = logging.LogRecord("shanty", logging.INFO, "", 0, f"key {KEY}", None, None)
    assert KEY not in SecretFreeFormatter("%(message)s", secrets_of(settings)).format(record)


def test_the_doctor_says_whether_it_is_asked(
    tmp_path: Path, service: Service, fpcalc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finding(**acoustid_settings: str) -> tuple[Level, str]:
        settings = load_settings(
            home=tmp_path,
            acoustid={"url": service.url, **acoustid_settings},
            musicbrainz={"url": "http://127.0.0.1:9"},
        )
        (found,) = [one for one in diagnose(settings) if one.name == "AcoustID"]
        assert KEY not in f"{found}"
        return found.level, found.message

    service.answers = [json_answer(UNKNOWN), json_answer(WRONG_KEY, 400)]
    assert finding() == (Level.GREEN, "not asked: no acoustid.key is set")
    assert service.asked == []
    assert finding(key=KEY) == (Level.GREEN, f"takes the key; {fpcalc}")
    assert finding(key=KEY) == (Level.YELLOW, "AcoustID cannot be asked: invalid API key")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert finding(key=KEY)[0] is Level.YELLOW
    assert len(service.asked) == 2
