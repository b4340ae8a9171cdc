"""Staging is emptied of what nobody will use, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.catalog.tracks import Tracks
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.models import TrackStatus, WantedTrack
from shanty.tracks.maintenance import tidy
from shanty.workqueue import WorkQueue
from tests.world.databases import add_tracks


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(home=tmp_path / "home")


def stage(track_id: int, database: Database, settings: Settings) -> Path:
    return stage_a_file(settings, Catalog(database).files.staging_name(track_id))


def stage_a_file(settings: Settings, name: str) -> Path:
    folder = settings.incoming_dir / name
    folder.mkdir(parents=True)
    (folder / "audio.part").write_bytes(b"half of it")
    return folder


def removed(database: Database, settings: Settings) -> int:
    done = tidy(WorkQueue(database), Catalog(database), database, settings)
    return done["staging folders removed"]


def test_only_what_nobody_will_use_is_removed(database: Database, settings: Settings) -> None:
    assert removed(database, settings) == 0  # there is no such folder yet
    ids = dict(zip(TrackStatus, add_tracks(database, len(TrackStatus)), strict=True))
    with database.begin() as tx:
        for status, track_id in ids.items():
            Catalog(database).tracks.set_status(tx, track_id, status)
    folders = {status: stage(track_id, database, settings) for status, track_id in ids.items()}
    nobodys = stage(999, database, settings)
    foreign = [stage_a_file(settings, name) for name in ("a person's own", "0123abcd-999")]
    assert removed(database, settings) == len(TrackStatus) - 2 + 1
    kept = {TrackStatus.WANTED, TrackStatus.NEEDS_REVIEW}
    assert {status for status, folder in folders.items() if folder.exists()} == kept
    assert not nobodys.exists()
    assert all(folder.exists() for folder in foreign)


def test_a_persons_folders_beside_staging_stay(database: Database, tmp_path: Path) -> None:
    shared = tmp_path / "data"
    (shared / "311").mkdir(parents=True)  # a band
    settings = load_settings(home=tmp_path / "home", download={"staging": shared})
    nobodys = stage(999, database, settings)
    assert removed(database, settings) == 1
    assert not nobodys.exists()
    assert (shared / "311").exists()


def test_of_earlier_releases_only_what_is_surely_ours_is_removed(
    database: Database, tmp_path: Path
) -> None:
    """Their folders had bare numbers: in staging that is shared, perhaps another's tracks."""
    wanted, done = add_tracks(database, 2)
    shared = load_settings(home=tmp_path / "home", download={"staging": tmp_path / "data"})
    at_home = load_settings(home=tmp_path / "home")
    foreign = stage_a_file(shared, "999")
    with database.begin() as tx:
        Catalog(database).tracks.set_status(tx, done, TrackStatus.IN_LIBRARY)
    same_number = stage_a_file(shared, str(done))
    used, nobodys = (stage_a_file(at_home, str(number)) for number in (wanted, 999))
    assert removed(database, shared) == 1
    assert not nobodys.exists()
    assert used.exists()
    assert foreign.exists()
    assert same_number.exists()


def while_tracks_are_read(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let something happen right after each reading of the tracks."""
    list_tracks = Tracks.list_tracks

    def read(part: Tracks, status: TrackStatus | None = None) -> list[WantedTrack]:
        found = list_tracks(part, status)
        act()
        return found

    monkeypatch.setattr(Tracks, "list_tracks", read)


def test_a_track_that_is_added_meanwhile_keeps_its_staging(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [stage(add_tracks(database, 1)[0], database, settings)]
    while_tracks_are_read(
        monkeypatch,
        lambda: folders.append(stage(add_tracks(database, 1)[0], database, settings)),
    )
    assert removed(database, settings) == 0
    assert len(folders) > 1
    assert all(folder.exists() for folder in folders)


def test_a_track_that_is_accepted_meanwhile_keeps_its_staging(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    [track_id] = add_tracks(database, 1)
    folder = stage(track_id, database, settings)
    catalog = Catalog(database)

    def set_status(status: TrackStatus) -> None:
        with database.begin() as tx:
            catalog.tracks.set_status(tx, track_id, status)

    set_status(TrackStatus.NEEDS_REVIEW)
    while_tracks_are_read(monkeypatch, lambda: set_status(TrackStatus.WANTED))
    assert removed(database, settings) == 0
    assert folder.exists()
