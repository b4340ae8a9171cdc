"""Much music at once: people get one notice, and media servers look through their library once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from shanty.clock import utc_now
from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.db.tables import journal, media_servers, notice_channels, notices, paused_stages
from shanty.diagnosis.notices.notifier import Notifier, tell_people
from shanty.models import TrackStatus
from shanty.sources.media_servers import MediaServers, tell_media_servers
from tests.world.databases import ON_SQLITE, Clock
from tests.world.filed_library import FiledLibrary, make_placements
from tests.world.receivers import HttpReceiver, http_receiver
from tests.world.service_home import service_home, wait_until

SONGS_OF_AN_ALBUM = 20


class Listeners:
    """A channel for notices, and a media server with the Subsonic API."""

    def __init__(self, people: HttpReceiver, navidrome: HttpReceiver):
        navidrome.answer = json.dumps({"subsonic-response": {"status": "ok"}}).encode()
        self.people, self.navidrome = people, navidrome
        self.notify_url = f"json://{people.host}"
        self.server_url = f"navidrome://admin:secret@{navidrome.host}"

    def check_there_was_no_storm(self, albums: int) -> None:
        complete = [one.body for one in self.people.received if "omplete" in one.body["title"]]
        assert 1 <= len(complete) <= albums
        assert f"{albums} albums are complete" in complete[-1]["title"] or len(complete) > 1
        print(f"{len(complete)} notices, {len(self.navidrome.received)} scans")
        scans = [one.path for one in self.navidrome.received]
        assert 1 <= len(scans) <= 2
        assert set(scans) == {"/rest/startScan.view"}


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    with ExitStack() as stack:
        yield Listeners(*(stack.enter_context(http_receiver()) for _ in range(2)))


@ON_SQLITE
def test_what_runs_file_within_a_minute_is_told_together(
    database: Database, listeners: Listeners, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    """The short form: the same looks as a service makes, with the clock moved on by hand."""
    library = FiledLibrary(tmp_path, database)
    library.coverart.data = None
    settings = load_settings(
        home=library.settings.home,
        library={"path": library.library_dir},
        notify={"urls": [listeners.notify_url]},
        media_servers={"urls": [listeners.server_url]},
    )
    clock = Clock()
    clock.now = utc_now()
    notifier = Notifier(settings, database, library.queue, clock)
    servers = MediaServers(settings, database, clock)

    def look() -> None:
        servers.look()
        notifier.look(())

    look()
    for album in range(4):
        titles = [f"Song {album}-{number}" for number in range(5)]
        songs = make_placements(*titles, artist="Anna", album=f"Album {album}")
        library.file(songs, made_audio["opus"], run_id=f"run-{album}")
        tell_media_servers(settings, database, is_last=False)  # as each run of a service does
        tell_people(settings, database, library.queue, is_last=False)
        clock.advance(15)
        look()
    assert (listeners.people.received, listeners.navidrome.received) == ([], [])
    for _ in range(40):
        clock.advance(30)
        look()
    listeners.check_there_was_no_storm(albums=4)
    assert len(listeners.people.received) == len(listeners.navidrome.received) == 1


@pytest.mark.proof
def test_a_service_that_files_five_hundred_tracks_tells_of_them_once(
    listeners: Listeners, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    """The downloads are there; the service's own runs tag and file them, and the service tells."""
    albums = 25
    with service_home(
        tmp_path / "service",
        tracks=2,
        SHANTY_NOTIFY__URLS=listeners.notify_url,
        SHANTY_NOTIFY__EVENTS='["album complete", "new release", "failed"]',
        SHANTY_MEDIA_SERVERS__URLS=listeners.server_url,
    ) as home:
        with home.database.begin() as tx:
            tx.execute(paused_stages.insert().values(task_type="download", paused_at=utc_now()))

        def count(table: object) -> int:
            with home.database.read() as connection:
                return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]

        with home.up():
            wait_until(lambda: count(media_servers) == 1, "the media server is known")
            wait_until(lambda: count(notice_channels) == 3, "the channel is known")
            library = FiledLibrary(tmp_path / "aside", home.database)
            library.settings = load_settings(
                home=home.home_dir, library={"path": home.folder / "library"}
            )
            for album in range(albums):
                titles = [f"Song {album}-{number}" for number in range(SONGS_OF_AN_ALBUM)]
                for one in make_placements(*titles, artist="Anna", album=f"Album {album}"):
                    library.download(one, made_audio["opus"])
            library.queue.workers.unregister(library.worker_id)
            total = albums * SONGS_OF_AN_ALBUM
            wait_until(lambda: home.in_library() == total, "all are filed", 600)

            def all_is_told() -> bool:
                with home.database.read() as connection:
                    last_act = connection.scalar(select(func.max(journal.c.id)))
                    last_notice = connection.scalar(select(func.max(notices.c.id)))
                    told = connection.scalar(select(media_servers.c.told_id))
                    channel = notice_channels.c.kind == "album complete"
                    known = connection.scalar(select(notice_channels.c.told_id).where(channel))
                return (told, known) == (last_act, last_notice)

            wait_until(all_is_told, "everything is told", 600)
            filed = _filed_within(home.database)
            print(f"{total} tracks filed within {filed.total_seconds():.0f} s")
    assert home.catalog.tracks.count()[TrackStatus.FAILED] == 0
    listeners.check_there_was_no_storm(albums)


def _filed_within(database: Database) -> timedelta:
    with database.read() as connection:
        first, last = connection.execute(
            select(func.min(journal.c.at), func.max(journal.c.at))
        ).one()
    return timedelta(seconds=(last - first).total_seconds())
