"""Lyrics: how far an answer is believed, how lyrics are saved, and that no track suffers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mediafile
import mutagen
import pytest

from shanty.db import Database
from shanty.demo.answers import Answer, Request, json_answer
from shanty.demo.listener import Listener
from shanty.demo.world import World
from shanty.errors import PermanentError, TransientError, WaitError
from shanty.library.undo import find_acts, undo
from shanty.models import Lyrics, Stage, Status, TrackStatus
from shanty.music.entities import Placement
from shanty.providers import lrclib
from shanty.providers.lrclib import LrcLib
from shanty.stages.execution import Fate
from shanty.tags.lyrics import embed_lyrics, has_lyrics, parse_timed
from shanty.tags.tagging import build_tags, read_tags, write_tags
from shanty.tracks.switching import apply_stage
from tests.world.audio_files import FORMATS
from tests.world.databases import ON_SQLITE
from tests.world.filed_library import by_hand, make_placements
from tests.world.staged_library import StagedLibrary

TIMED = "[00:01.50] First\n[00:12.250][00:30] Twice\n[00:20.00]"
FOUND = {"duration": 200.4, "instrumental": False, "plainLyrics": "First", "syncedLyrics": TIMED}


@contextmanager
def serve(answer: Answer) -> Iterator[tuple[LrcLib, list[Request]]]:
    asked: list[Request] = []

    def reply(request: Request) -> Answer:
        asked.append(request)
        return answer

    with Listener(reply) as listener:
        yield LrcLib(listener.base_url, contact="me@example.org"), asked


def find(service: LrcLib) -> Lyrics | None:
    return service.find(artist="A & B", title="Ünï/code?", album="X", seconds=200.0)


def test_names_and_length_are_asked_for() -> None:
    with serve(json_answer(FOUND)) as (service, asked):
        assert find(service) == Lyrics(TIMED, "First")
    [request] = asked
    assert request.path == "/api/get"
    assert request.query == {
        "artist_name": "A & B",
        "track_name": "Ünï/code?",
        "album_name": "X",
        "duration": "200",
    }
    assert "me@example.org" in request.headers["user-agent"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"syncedLyrics": None}, Lyrics("", "First")),
        ({"syncedLyrics": None, "plainLyrics": None}, None),
        ({"instrumental": True}, Lyrics(is_instrumental=True)),
        ({"duration": 240}, Lyrics("", "First")),  # the times are of another cut
        ({"duration": "x"}, Lyrics(TIMED, "First")),
        ({"syncedLyrics": "no times", "plainLyrics": ""}, Lyrics("", "no times")),
        ({"syncedLyrics": 7, "plainLyrics": ["x"]}, None),
        ({"plainLyrics": "a\r\nb\x00\x1b[2J\ud800\u2028c\t"}, Lyrics(TIMED, "a\nb[2J\nc")),
    ],
)
def test_only_the_usable_part_of_an_answer_is_taken(
    changes: dict[str, Any], expected: Lyrics | None
) -> None:
    with serve(json_answer(FOUND | changes)) as (service, _):
        assert find(service) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(404, b"{}"), None),
        (Answer(200, b"<html>hotel</html>", "text/html"), TransientError),
        (Answer(200, b""), TransientError),
        (Answer(200, b"[1]"), TransientError),
        (Answer(200, b"[" * 100_000), TransientError),
        (Answer(200, b"\xff\xfe"), TransientError),
        (Answer(200, json.dumps(FOUND).encode(), cut_after=20), TransientError),
        (Answer(500), TransientError),
        (Answer(429), WaitError),
        (Answer(503, headers={"Retry-After": "5"}), WaitError),
        (Answer(400), PermanentError),
    ],
)
def test_trouble_is_told_apart_from_no_lyrics(
    answer: Answer, expected: type[Exception] | None
) -> None:
    with serve(answer) as (service, asked):
        if expected is None:
            assert find(service) is None
        else:
            with pytest.raises(expected) as caught:
                find(service)
            assert getattr(caught.value, "source", "lyrics") == "lyrics"
    assert len(asked) == 1


def test_a_huge_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lrclib, "MAX_ANSWER_BYTES", 1000)
    with (
        serve(json_answer(FOUND | {"plainLyrics": "x" * 2000})) as (service, _),
        pytest.raises(PermanentError, match="more than 1000 bytes"),
    ):
        find(service)


def test_timed_lines_are_put_in_order() -> None:
    assert parse_timed("[ar:Nobody]\n" + TIMED + "\nno time\n  [1:02:5] x") == [
        ("First", 1500),
        ("Twice", 12250),
        ("", 20000),
        ("Twice", 30000),
        ("x", 62500),
    ]
    assert parse_timed("[00:aa] \n[::]\n") == []


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("lyrics", [Lyrics(TIMED, "Plain\nwords"), Lyrics("", "Just\nwords")])
def test_embedded_lyrics_read_back_and_disturb_nothing(
    made_audio: dict[str, Path], tmp_path: Path, suffix: str, lyrics: Lyrics
) -> None:
    path = Path(shutil.copy(made_audio[suffix], tmp_path))
    tags = build_tags(make_placements("One")[0])
    write_tags(path, tags)
    assert not has_lyrics(path)
    assert embed_lyrics(path, lyrics)
    assert has_lyrics(path)
    assert read_tags(path) == tags
    is_vorbis = suffix not in ("mp3", "m4a")
    expected = (lyrics.synced or lyrics.plain) if is_vorbis else lyrics.plain
    assert mediafile.MediaFile(path).lyrics == expected
    if suffix == "mp3" and lyrics.synced:
        [frame] = mutagen.File(path).tags.getall("SYLT")
        assert (frame.format, frame.type, frame.text) == (2, 1, parse_timed(TIMED))
    before = path.read_bytes()
    assert not embed_lyrics(path, Lyrics("", "others")), "a person's lyrics were replaced"
    assert not write_tags(path, tags)
    assert path.read_bytes() == before


# --- the stage -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(24, tmp_path_factory.getbasetemp() / "audio") as made:
        yield made


@pytest.fixture(autouse=True)
def no_faults(world: World) -> Iterator[None]:
    yield
    world.faults.clear()


SONGS = tuple(f"Song {number}" for number in range(20))


@pytest.fixture(scope="module")
def placements(world: World) -> dict[str, Placement]:
    """One recording for each kind of answer."""
    made = make_placements(*SONGS, album="Words")
    world.publish(made[0].release)
    kinds: dict[str, Placement] = {}
    for placement in reversed(made):
        lyrics = world.lyrics.lyrics_of(placement)
        kind = "none" if lyrics is None else "instrumental" if lyrics.is_instrumental else "plain"
        kinds["synced" if lyrics is not None and lyrics.synced else kind] = placement
    assert set(kinds) == {"none", "instrumental", "plain", "synced"}
    return kinds


@pytest.fixture
def bench(world: World, database: Database, tmp_path: Path) -> StagedLibrary:
    made = StagedLibrary(tmp_path, database, Stage.LYRICS)
    made.lyrics = LrcLib(world.base_url)
    return made


def beside(bench: StagedLibrary) -> dict[str, str]:
    return {
        path.suffix: path.read_text()
        for path in bench.library_dir.rglob("*")
        if path.suffix in (".lrc", ".txt")
    }


@pytest.mark.parametrize(("kind", "suffix"), [("synced", ".lrc"), ("plain", ".txt")])
def test_lyrics_lie_beside_the_track(
    bench: StagedLibrary,
    world: World,
    placements: dict[str, Placement],
    made_audio: dict[str, Path],
    kind: str,
    suffix: str,
) -> None:
    track_id = bench.download(placements[kind], made_audio["mp3"])
    outcome = bench.run(bench.run_until(Stage.LYRICS))
    assert (outcome.fate, outcome.message) == (Fate.FINISHED, f"lyrics saved ({kind})")
    known = world.lyrics.lyrics_of(placements[kind])
    assert known is not None
    assert beside(bench) == {suffix: (known.synced or known.plain) + "\n"}
    path = bench.path(track_id)
    assert path.with_suffix(suffix).exists()
    assert not has_lyrics(path)
    asked = world.requests.total("lyrics")
    path.with_suffix(suffix).write_text("a person's")
    outcome = bench.run(bench.enqueue(track_id, Stage.LYRICS))
    assert outcome.message == "the lyrics are there already"
    assert beside(bench) == {suffix: "a person's"}
    assert world.requests.total("lyrics") == asked


def test_lyrics_can_be_embedded_too(
    bench: StagedLibrary, placements: dict[str, Placement], made_audio: dict[str, Path]
) -> None:
    bench.switch(Stage.LYRICS, save="both")
    track_id = bench.download(placements["synced"], made_audio["m4a"])
    assert bench.run(bench.run_until(Stage.LYRICS)).fate is Fate.FINISHED
    assert has_lyrics(bench.path(track_id))
    bench.check_catalogue()
    assert list(beside(bench)) == [".lrc"]
    assert read_tags(bench.path(track_id)) == build_tags(placements["synced"])


@ON_SQLITE
@pytest.mark.parametrize("kind", ["none", "instrumental"])
def test_missing_lyrics_are_remembered(
    bench: StagedLibrary,
    world: World,
    placements: dict[str, Placement],
    made_audio: dict[str, Path],
    kind: str,
) -> None:
    track_id = bench.download(placements[kind], made_audio["ogg"])
    outcome = bench.run(bench.run_until(Stage.LYRICS))
    assert outcome.fate is Fate.FINISHED
    assert beside(bench) == {}
    asked = world.requests.total("lyrics")
    assert bench.run(bench.enqueue(track_id, Stage.LYRICS)).message == outcome.message
    assert world.requests.total("lyrics") == asked


@ON_SQLITE
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("rate_limited", "wait"),
        ("unavailable", "wait"),
        ("server_error", "transient"),
        ("html", "transient"),
        ("cut", "transient"),
    ],
)
def test_trouble_leaves_the_track_in_the_library(
    bench: StagedLibrary,
    world: World,
    placements: dict[str, Placement],
    made_audio: dict[str, Path],
    fault: str,
    status: str,
) -> None:
    world.faults.set(fault, target="lyrics", times=1)
    track_id = bench.download(placements["synced"], made_audio["opus"])
    item = bench.run_until(Stage.LYRICS)
    assert bench.run(item).fate is Fate.WAITING
    assert bench.queue.overview.get(item.id).error_class == status
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    bench.queue.by_hand.retry(item.id)
    assert bench.run(bench.claim(Stage.LYRICS)).fate is Fate.FINISHED
    assert list(beside(bench)) == [".lrc"]


@ON_SQLITE
def test_hostile_lyrics_are_lines_of_text(
    bench: StagedLibrary,
    world: World,
    placements: dict[str, Placement],
    made_audio: dict[str, Path],
) -> None:
    world.faults.set("corrupt", target="lyrics")
    bench.download(placements["plain"], made_audio["flac"])
    assert bench.run(bench.run_until(Stage.LYRICS)).fate is Fate.FINISHED
    [text] = beside(bench).values()
    assert all(char.isprintable() or char == "\n" for char in text)


@ON_SQLITE
def test_a_track_that_went_away_fails_and_nothing_else(
    bench: StagedLibrary, placements: dict[str, Placement], made_audio: dict[str, Path]
) -> None:
    track_id = bench.download(placements["synced"], made_audio["mp3"])
    item = bench.run_until(Stage.LYRICS)
    bench.path(track_id).unlink()
    assert bench.run(item).fate is Fate.FAILED
    assert bench.queue.overview.get(item.id).status is Status.FAILED
    assert bench.status(track_id) is TrackStatus.IN_LIBRARY
    assert beside(bench) == {}


def test_lyrics_and_loudness_can_be_undone(
    bench: StagedLibrary, placements: dict[str, Placement], made_audio: dict[str, Path]
) -> None:
    bench.switch(Stage.LYRICS, is_on=False)
    bench.file([placements["synced"], placements["plain"]], made_audio["mp3"])
    before = bench.tree()
    bench.switch(Stage.LYRICS, Stage.REPLAYGAIN)
    bench.switch(Stage.LYRICS, save="both")
    assert apply_stage(Stage.REPLAYGAIN, bench.settings, bench.database, bench.queue) == 2
    bench.work("extras")
    assert sorted(beside(bench)) == [".lrc", ".txt"]
    after = bench.tree()
    assert all(after[name] != digest for name, digest in before.items() if ".mp3" in name)
    bench.check_catalogue()
    assert undo(find_acts("extras", bench.catalog), by_hand(bench, "back")).refused == []
    assert bench.tree() == before
    assert undo(find_acts("back", bench.catalog), by_hand(bench, "again")).refused == []
    assert bench.tree() == after
    bench.check_catalogue()
