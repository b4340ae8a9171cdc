"""AcoustID in use: by the pipeline, by the doctor, and with a key that nobody sees."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.config.example import show_settings, write_example
from shanty.config.settings import Settings, load_settings, unknown_keys
from shanty.db import Database
from shanty.demo.answers import json_answer
from shanty.demo.world import World
from shanty.diagnosis import network
from shanty.diagnosis.event_log import (
    SecretFreeFormatter,
    log_path,
    secrets_of,
    write_events_to_file,
)
from shanty.diagnosis.event_log import stop_writing as stop_writing_events
from shanty.diagnosis.findings import Level
from shanty.diagnosis.running import diagnose
from shanty.models import CandidateStatus, Stage
from shanty.providers.chromaprint import find_chromaprint, take_fingerprint
from shanty.sources import ytdlp_source
from shanty.sources.budgets import Budgets
from shanty.sources.opening import open_acoustid
from shanty.stages.execution import Fate
from shanty.stages.services import open_services
from tests.world.acoustid_service import ANSWER, KEY, UNKNOWN, WRONG_KEY, Service
from tests.world.stage_bench import Bench

# The songs of odd numbers are long enough for a fingerprint.


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


def test_a_download_recognized_as_another_recording_gives_way_to_the_next(
    world: World,
    database: Database,
    settings: Settings,
    service: Service,
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
        track_id = bench.want(1)
        assert bench.run_to_the_end().fate is Fate.FINISHED
        logging.getLogger("shanty").warning("a slip of the tongue: %s", KEY)
    finally:
        stop_writing_events(handler)
    assert len(service.asked) == 2
    assert [turn for turn in turns if turn[0] == "acoustid"] == [("acoustid", 1 / 3)] * 2
    rejected = [
        one
        for one in bench.catalog.candidates.of_track(track_id)
        if one.status is CandidateStatus.REJECTED
    ]
    (bad,) = rejected
    assert bad.source_id == world.truth[world.recordings[1]]
    assert "is M83 – Lower Your Eyelids to Die With the Sun, by its AcoustID" in bad.reject_reason
    log = log_path(settings.home).read_text(encoding="utf-8")
    assert "a slip of the tongue: ***" in log
    assert KEY not in log


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_accepted_candidate_is_not_looked_up(
    world: World, database: Database, settings: Settings, service: Service
) -> None:
    service.answers = [json_answer(ANSWER)]
    bench = Bench(world, database, settings)
    track_id = bench.want(1)
    assert bench.run(bench.claim()).fate is Fate.FAILED
    number = len(service.asked)
    best = max(bench.catalog.candidates.of_track(track_id), key=lambda one: one.score)
    assert best.id is not None
    with database.begin() as tx:
        bench.catalog.decisions.accept_candidate(tx, track_id, best.id)
        bench.queue.items.enqueue_wanted(tx)
    assert bench.run_to_the_end().fate is Fate.FINISHED
    assert len(service.asked) == number


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_is_off_without_a_key(database: Database, tmp_path: Path) -> None:
    for acoustid_settings in ({}, {"key": ""}, {"key": "  "}):
        settings = load_settings(home=tmp_path / "home", acoustid=acoustid_settings)
        assert open_acoustid(settings, database) is None
        source = open_services(settings, database, run_id="r").source
        assert source.ytdlp.acoustid is None  # type: ignore[attr-defined]


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
    tmp_path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
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
    assert finding(key=KEY) == (Level.GREEN, f"takes the key; {find_chromaprint()}")
    assert finding(key=KEY) == (Level.YELLOW, "AcoustID cannot be asked: invalid API key")
    monkeypatch.setattr(network, "find_chromaprint", lambda: None)
    assert finding(key=KEY)[0] is Level.YELLOW
    assert len(service.asked) == 2


def test_every_filed_track_has_a_fingerprint(
    world: World, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "library").mkdir()
    settings = load_settings(home=tmp_path / "home", library={"path": tmp_path / "library"})
    bench = Bench(world, database, settings)
    track_id = bench.want(1)
    assert bench.run_to_the_end().fate is Fate.FINISHED
    (path,) = [one for one in bench.library_files() if one.suffix not in (".jpg", ".png")]
    assert dict(bench.catalog.fingerprints.of_filed()) == {track_id: take_fingerprint(path)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_download_without_a_fingerprint_gets_one_later(
    world: World, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "library").mkdir()
    settings = load_settings(home=tmp_path / "home", library={"path": tmp_path / "library"})
    bench = Bench(world, database, settings)
    track_id = bench.want(1)
    with monkeypatch.context() as patch:
        patch.setattr(ytdlp_source, "take_fingerprint", lambda path, seconds: None)
        item = bench.run_until(Stage.INDEX)
    file = bench.catalog.files.of_track(track_id)
    assert file is not None
    assert file.candidate_id is not None
    assert bench.catalog.fingerprints.find(file.candidate_id) is None
    assert bench.run(item).fate is Fate.ADVANCED
    assert bench.catalog.fingerprints.find(file.candidate_id) == take_fingerprint(file.path)
