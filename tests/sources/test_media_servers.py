"""When media servers are told, of which folders, and that nothing is lost while one is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, update

from shanty.catalog import Action, EntryStatus
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.db.tables import journal, media_servers
from shanty.errors import ConfigError
from shanty.sources.media_servers import MediaServers, tell_media_servers
from tests.world.databases import ON_SQLITE, Clock
from tests.world.receivers import HttpReceiver, http_receiver


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as made:
        made.status, made.answer = 204, b""
        yield made


class Library:
    """A library whose journal is written by hand, and a Jellyfin that is told."""

    def __init__(self, database: Database, clock: Clock, receiver: HttpReceiver, folder: Path):
        self.database, self.clock, self.receiver = database, clock, receiver
        self.path = folder / "library"
        self.path.mkdir()
        self.servers = self.open()
        self.servers.look()

    def settings(self, *urls: str) -> Settings:
        urls = urls or (f"jellyfin://key@{self.receiver.host}?library=/music",)
        return load_settings(
            home=self.path.parent / "home",
            library={"path": self.path},
            media_servers={"urls": urls},
        )

    def open(self, *urls: str) -> MediaServers:
        return MediaServers(self.settings(*urls), self.database, self.clock)

    def act(
        self,
        source: str,
        target: str,
        status: EntryStatus = EntryStatus.DONE,
        action: Action = Action.PLACE,
    ) -> int:
        """One act of the journal; the folder of what it makes is there afterwards."""
        with self.database.begin() as tx:
            return self._insert(tx, source, target, status, action)

    def file(self, *paths: str) -> None:
        """File some tracks."""
        with self.database.begin() as tx:
            for path in paths:
                self._insert(tx, "../incoming/1.flac", path, EntryStatus.DONE, Action.PLACE)

    def _insert(
        self, tx: Connection, source: str, target: str, status: EntryStatus, action: Action
    ) -> int:
        (self.path / target).parent.mkdir(parents=True, exist_ok=True)
        values = {
            "at": self.clock(),
            "run_id": "run",
            "action": action,
            "source_path": str(self.path / source),
            "target_path": str(self.path / target),
            "detail": {},
            "status": status,
        }
        entry_id = tx.scalar(insert(journal).values(values).returning(journal.c.id))
        assert entry_id is not None
        return entry_id

    def look(self, after: float = 0.0) -> None:
        self.clock.advance(after)
        self.servers.look()

    @property
    def told(self) -> list[list[str]]:
        return [[one["Path"] for one in sent.body["Updates"]] for sent in self.receiver.received]


@pytest.fixture
def library(database: Database, clock: Clock, receiver: HttpReceiver, tmp_path: Path) -> Library:
    return Library(database, clock, receiver, tmp_path)


def test_an_album_is_told_once_when_it_has_been_quiet_for_a_minute(library: Library) -> None:
    for number in range(12):
        library.file(f"Dröm/Ljus/{number}.flac")
        library.look(after=10)
    assert library.told == []
    library.look(after=55)
    library.look(after=600)
    assert library.told == [["/music/Dröm/Ljus"]]


@ON_SQLITE
def test_five_hundred_tracks_within_a_minute_are_one_scan(library: Library) -> None:
    for number in range(50):
        name = f"Artist {number // 10}/Album {number}"
        library.file(*(f"{name}/{song}.flac" for song in range(10)))
        library.clock.advance(1.2)
        if number % 10 == 0:
            library.look()
    for _ in range(6):
        library.look(after=30)
    assert library.told == [["/music"]]


@ON_SQLITE
def test_what_never_ends_is_told_every_ten_minutes(library: Library) -> None:
    for number in range(60):
        library.file(f"A/{number}.flac")
        library.look(after=30)
    assert len(library.told) == 3


@ON_SQLITE
def test_moved_and_removed_music_is_told_too_and_the_trash_is_not(library: Library) -> None:
    library.file("Old/Album/1.flac")
    library.file("Kept/Album/1.flac")
    library.look(after=120)
    library.receiver.received.clear()
    library.act("Old/Album/1.flac", "New/Album/1.flac", action=Action.RENAME)
    (library.path / "Old/Album").rmdir()
    library.act("Kept/Album/1.flac", ".shanty-trash/run/1.flac", action=Action.TRASH)
    library.look(after=120)
    # The folder that is gone is told as the nearest one that is there.
    assert library.told == [["/music/Kept/Album", "/music/New/Album", "/music/Old"]]


@ON_SQLITE
def test_what_changes_only_where_no_server_looks_is_not_told(library: Library) -> None:
    library.act(".shanty-trash/run/1.flac", ".shanty-trash/run/2.flac")
    library.act("../incoming/1.flac", "../incoming/2.flac")
    library.look(after=120)
    assert library.told == []


@ON_SQLITE
def test_nothing_is_lost_while_a_server_is_away_and_it_is_asked_less_and_less(
    library: Library,
) -> None:
    library.receiver.status = 503
    library.file("A/1.flac")
    for _ in range(24):
        library.look(after=300)
    assert 3 <= len(library.told) <= 6
    library.servers = library.open()  # a restart
    library.file("B/1.flac")
    library.receiver.received.clear()
    library.receiver.status = 204
    for _ in range(8):
        library.look(after=3600)
    assert library.told == [["/music/A", "/music/B"]]


@ON_SQLITE
def test_one_server_that_is_away_holds_up_no_other_one(library: Library) -> None:
    with http_receiver() as other:
        other.answer = json.dumps({"subsonic-response": {"status": "ok"}}).encode()
        library.receiver.status = 500
        library.servers = library.open(
            f"jellyfin://key@{library.receiver.host}", f"navidrome://a:b@{other.host}"
        )
        library.look()
        library.file("A/1.flac")
        library.look(after=120)
        library.look(after=30)
        assert (len(library.told), len(other.received)) == (1, 1)


@pytest.mark.postgresql_too
def test_two_processes_tell_it_once(library: Library) -> None:
    other = library.open()
    library.file("A/1.flac")
    library.clock.advance(120)
    library.receiver.status = 500  # so that the first does not note it as told
    library.servers.look()
    other.look()
    assert len(library.told) == 1


def test_an_act_that_is_not_done_yet_is_told_when_it_is(library: Library) -> None:
    library.file("A/1.flac")
    entry = library.act("../incoming/2.flac", "B/1.flac", EntryStatus.INTENDED)
    library.file("C/1.flac")
    library.look(after=120)
    assert library.told == [["/music/A"]]
    with library.database.begin() as tx:
        done = update(journal).where(journal.c.id == entry)
        tx.execute(done.values(status=EntryStatus.DONE, at=library.clock()))
    library.look(after=120)
    assert library.told[1:] == [["/music/B", "/music/C"]]


@ON_SQLITE
def test_the_act_of_a_dead_process_holds_nothing_up_for_ever(library: Library) -> None:
    library.act("../incoming/2.flac", "B/1.flac", EntryStatus.INTENDED)
    library.file("C/1.flac")
    library.look(after=700)
    assert library.told == [["/music/C"]]


def test_a_journal_that_was_emptied_and_counts_anew_is_still_told(library: Library) -> None:
    library.file("A/1.flac")
    library.look(after=120)
    with library.database.begin() as tx:
        tx.execute(delete(journal))
    library.look(after=60)
    library.file("B/1.flac")
    library.look(after=120)
    assert library.told == [["/music/A"], ["/music/B"]]


@ON_SQLITE
def test_a_new_server_is_not_told_what_is_old_and_one_that_is_gone_is_forgotten(
    library: Library,
) -> None:
    library.file("A/1.flac")
    library.look(after=120)
    library.servers = library.open(f"jellyfin://other@{library.receiver.host}")
    library.look(after=120)
    library.file("B/1.flac")
    library.look(after=120)
    assert [len(told) for told in library.told] == [1, 1]
    with library.database.read() as connection:
        assert len(connection.execute(media_servers.select()).all()) == 1


@ON_SQLITE
def test_a_run_tells_at_its_end_and_a_wrong_address_does_not_end_it(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    tell_media_servers(library.settings(), library.database, is_last=True)
    library.file("A/1.flac")
    tell_media_servers(library.settings(), library.database, is_last=True)
    assert library.told == [["/music/A"]]
    tell_media_servers(library.settings("winamp://hidden@host"), library.database, is_last=True)
    assert "winamp:// is none of" in caplog.text
    assert "hidden" not in caplog.text
    with pytest.raises(ConfigError):
        library.open("winamp://hidden@host")


@ON_SQLITE
def test_a_clock_that_is_set_back_holds_nothing_up(library: Library) -> None:
    library.file("A/1.flac")
    library.clock.set_by(-timedelta(days=400).total_seconds())
    library.look()
    assert library.told == [["/music/A"]]
