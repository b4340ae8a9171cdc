"""``library retag``: after a change in the catalogue, the tags in the library change too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import mutagen
import pytest

from shanty.catalog import Action
from shanty.db import Database
from shanty.library.acts import FileActs
from shanty.library.retag import Retagged, retag
from shanty.models import Stage, TrackStatus
from shanty.music.entities import LabelInfo, Placement, Release
from shanty.tags.tagging import TagSet, build_tags, read_cover, read_tags, write_tags
from tests.world.filed_library import FiledLibrary, make_placements
from tests.world.shell import Shell


@pytest.fixture
def library(tmp_path: Path, sqlite_database: Database) -> FiledLibrary:
    return FiledLibrary(tmp_path, sqlite_database)


def change_release(library: FiledLibrary, placement: Placement, **changes: object) -> Release:
    """Change an album as if MusicBrainz had done so and the monitor found out."""
    release = replace(placement.release, **changes)  # type: ignore[arg-type]
    with library.database.begin() as tx:
        library.catalog.editions.store(tx, release)
    return release


@contextmanager
def acting(library: FiledLibrary) -> Iterator[FileActs]:
    yield FileActs(
        settings=library.settings,
        database=library.database,
        queue=library.queue,
        run_id="retag-1",
        owner=library.queue.workers.register(job="retag"),
        is_by_hand=True,
    )


def run(library: FiledLibrary, acts: FileActs | None) -> list[Retagged]:
    tracks = library.catalog.tracks.list_tracks(TrackStatus.IN_LIBRARY)
    return list(retag(tracks, settings=library.settings, catalog=library.catalog, acts=acts))


def state_of(library: FiledLibrary) -> dict[str, tuple[bytes, int]]:
    files = [path for path in library.library_dir.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_what_the_catalogue_has_changed_is_shown_then_written(
    tmp_path: Path, database: Database, made_audio: dict[str, Path]
) -> None:
    library = FiledLibrary(tmp_path, database)
    placements = make_placements("One", "Two")
    tracks = library.file(placements, made_audio["mp3"])
    before = state_of(library)
    with acting(library) as acts:
        assert [one.changes for one in run(library, acts)] == [None, None]
    assert state_of(library) == before

    infos = (LabelInfo("Label", "L 1"), LabelInfo("Other", "O 2"))
    change_release(library, placements[0], label_infos=infos, date="2002")
    shown = run(library, None)
    assert [[change.field for change in one.changes or ()] for one in shown] == [
        ["date", "labels", "catalog_numbers"]
    ] * 2
    (date, labels, _) = shown[0].changes or ()
    assert (date.before, date.after) == ("2001-02-03", "2002")
    assert (labels.before, labels.after) == (("Label",), ("Label", "Other"))
    assert state_of(library) == before, "a dry run wrote"

    with acting(library) as acts:
        assert run(library, acts) == shown
        written = state_of(library)
        assert [one.changes for one in run(library, acts)] == [None, None]
    assert state_of(library) == written
    for track in tracks:
        path = library.path(track)
        assert read_tags(path) == build_tags(library.catalog.tracks.get_placement(track))
        assert read_tags(path).labels == ("Label", "Other")
        assert read_cover(path) is not None, "the cover went"
    library.check_catalogue()
    entries = library.catalog.journal.of_run("retag-1")
    assert [entry.action for entry in entries] == [Action.TAG, Action.TAG]
    with acting(library) as acts:
        for entry in entries:
            acts.change_back(entry)
    old_bytes = {path: data for path, (data, _) in before.items()}
    assert {path: data for path, (data, _) in state_of(library).items()} == old_bytes


def test_a_persons_tags_stay_unless_a_setting_says_otherwise(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track,) = library.file(make_placements("One"), made_audio["flac"])
    audio = mutagen.File(library.path(track))
    audio["RATING"], audio["TITLE"] = ["5"], ["Mine"]
    audio.save()
    with acting(library) as acts:
        ((change,),) = [one.changes or () for one in run(library, acts)]
        assert (change.field, change.before, change.after) == ("title", "Mine", "One")
        assert mutagen.File(library.path(track))["RATING"] == ["5"]
        strict = library.settings.library.model_copy(update={"keep_foreign_tags": False})
        library.settings = library.settings.model_copy(update={"library": strict})
        acts.settings = library.settings
        assert [one.changes for one in run(library, None)] == [()], "no field of ours"
        run(library, acts)
    assert "RATING" not in mutagen.File(library.path(track))
    assert run(library, None)[0].changes is None


def test_id3v23_is_a_setting_that_retag_brings_to_old_files(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track,) = library.file(make_placements("One"), made_audio["mp3"])
    assert library.path(track).read_bytes()[:4] == b"ID3\x04"
    old = library.settings.library.model_copy(update={"id3_version": "2.3"})
    library.settings = library.settings.model_copy(update={"library": old})
    with acting(library) as acts:
        run(library, acts)
        assert library.path(track).read_bytes()[:4] == b"ID3\x03"
        assert run(library, acts)[0].changes is None


def test_one_bad_file_stops_no_other(library: FiledLibrary, made_audio: dict[str, Path]) -> None:
    placements = make_placements("One", "Two", "Three", "Four")
    one, two, three, four = library.file(placements, made_audio["opus"])
    library.path(one).unlink()
    library.path(two).write_bytes(b"<html>no audio</html>")
    change_release(library, placements[0], date="2002")
    with library.database.begin() as tx:
        library.queue.items.enqueue(tx, three, Stage.ENRICH, priority=0)
    library.queue.items.claim(library.worker_id, 1)
    with acting(library) as acts:
        told = {retagged.track.id: retagged for retagged in run(library, acts)}
    assert "cannot read" in told[one].problem
    assert "not audio" in told[two].problem
    assert "being worked on" in told[three].problem
    assert (told[four].problem, read_tags(library.path(four)).date) == ("", "2002")


def test_files_that_a_scan_has_found_are_never_touched(
    library: FiledLibrary, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    from shanty.library.scan import scan_library

    (placement,) = make_placements("One")
    own = tmp_path / "own" / "song.flac"
    own.parent.mkdir()
    own.write_bytes(made_audio["flac"].read_bytes())
    write_tags(own, TagSet(title="Mine", recording_mbid=placement.recording.mbid))
    with library.database.begin() as tx:
        track_id = library.catalog.tracks.want(tx, placement)
    scan_library(
        own.parent, settings=library.settings, database=library.database, queue=library.queue
    )
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    before = own.read_bytes()
    with acting(library) as acts:
        assert run(library, acts) == []
    assert own.read_bytes() == before


# On the command line


@pytest.fixture
def shanty(
    tmp_path: Path,
    sqlite_database: Database,
    made_audio: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    library = FiledLibrary(tmp_path, sqlite_database)
    placements = make_placements("One", "Two")
    library.file(placements, made_audio["opus"])
    infos = (LabelInfo("Label"), LabelInfo("\x1b[31mred"))
    change_release(library, placements[0], label_infos=infos)
    monkeypatch.setenv("SHANTY_HOME", str(library.settings.home))
    monkeypatch.setenv("SHANTY_CONFIG", str(tmp_path / "shanty.toml"))
    monkeypatch.setenv("SHANTY_LIBRARY__PATH", str(library.library_dir))
    monkeypatch.setenv("SHANTY_DATABASE_URL", f"sqlite:///{tmp_path / 'shanty.db'}")
    (tmp_path / "shanty.toml").touch()
    return Shell(capsys, monkeypatch)


def test_the_command_shows_and_writes(shanty: Shell, tmp_path: Path) -> None:
    assert shanty("library", "retag", "--dry-run") == 0
    assert "labels: Label → Label; ·[31mred" in shanty.out
    assert shanty.out.splitlines()[-1] == "would be tagged anew: 2; right as they are: 0"
    document = shanty.json("library", "retag", "--dry-run", "Two")
    assert isinstance(document, dict)
    (changed,) = document["changed"]
    assert changed["title"] == "Two"
    assert changed["changes"] == [
        {"field": "labels", "before": ["Label"], "after": ["Label", "\x1b[31mred"]}
    ]
    assert shanty("library", "retag", "two") == 0
    assert shanty.out.splitlines()[-1] == "tagged anew: 1; right as they are: 0"
    assert shanty("library", "retag") == 0
    assert shanty.out.splitlines()[-1] == "tagged anew: 1; right as they are: 1"
    assert shanty("library", "retag") == 0
    assert shanty.out == "tagged anew: 0; right as they are: 2\n"


def test_nonsense_is_one_sentence(shanty: Shell, tmp_path: Path) -> None:
    assert "no track" in shanty.fails("library", "retag", "\x00nothing like it")
    assert "no track" in shanty.fails("library", "retag", "99999999999999999999999")
    (song,) = tmp_path.rglob("*Two.opus")
    os.truncate(song, 100)
    assert shanty("library", "retag") == 1
    assert "Anna – Two is left alone: " in shanty.out
    assert shanty.err == "shanty: of 2 files 1 could not be tagged\n"
