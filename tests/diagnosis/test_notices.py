"""Notices: what is told, to whom, how often, and that nothing is lost while nobody takes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import insert, update

from shanty.catalog import Catalog
from shanty.config.service_sections import EventName
from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.db.tables import circuits, files, releases, tracks
from shanty.diagnosis.notices.events import NATURES, Event
from shanty.diagnosis.notices.notifier import Notifier
from shanty.models import Priority, TrackStatus
from shanty.providers.ytdlp.versions import choice
from shanty.tracks.maintenance import mark_library
from shanty.workqueue import WorkQueue
from tests.world.databases import ON_SQLITE, Clock
from tests.world.receivers import HttpReceiver, http_receiver
from tests.world.ytdlp_wheels import lay_version

HOUR = 3600.0


class Home:
    """A home whose owner is told through ``receiver``; its clock is moved by hand."""

    def __init__(self, database: Database, clock: Clock, receiver: HttpReceiver, folder: Path):
        (folder / "library").mkdir()
        self.database, self.clock, self.receiver, self.folder = database, clock, receiver, folder
        self.notifier = self.notifier_with()
        self.look()
        self.receiver.received.clear()

    def settings(self, **notify: Any) -> Settings:
        notify = {"urls": [f"json://{self.receiver.host}"], "address": "http://nas:4300"} | notify
        return load_settings(
            home=self.folder / "home",
            library={"path": self.folder / "library"},
            notify=notify,
        )

    def notifier_with(self, **notify: Any) -> Notifier:
        queue = WorkQueue(self.database, max_attempts=3)
        return Notifier(self.settings(**notify), self.database, queue, self.clock)

    def look(self, *more: Event, after: float = 0.0, **options: Any) -> None:
        self.clock.advance(after)
        self.notifier.look(more, **options)

    def add_album(self, name: str, songs: int, **values: Any) -> None:
        """An album whose songs are filed, if nothing else is said."""
        now = self.clock()
        status = values.get("status", TrackStatus.IN_LIBRARY)
        shared = {"status": status, "priority": Priority.ASKED_FOR, "reason": ""} | values
        with self.database.begin() as tx:
            tx.execute(
                insert(releases).values(
                    key=name, release_group_mbid=name, document={}, fetched_at=now
                )
            )
            for number in range(songs):
                track_id = tx.scalar(
                    insert(tracks)
                    .values(
                        recording_mbid=f"{name} {number}",
                        release_key=name,
                        release_track_mbid="",
                        title=f"Song {number}",
                        artist="Dröm",
                        album=name,
                        created_at=now,
                        updated_at=now,
                        **shared,
                    )
                    .returning(tracks.c.id)
                )
                if status == TrackStatus.IN_LIBRARY:
                    tx.execute(
                        insert(files).values(
                            track_id=track_id,
                            path=f"{name}/{number}",
                            is_placed=True,
                            checksum="",
                            updated_at=now,
                        )
                    )

    def settle(self, status: TrackStatus) -> None:
        with self.database.begin() as tx:
            tx.execute(update(tracks).values(status=status))

    def open_circuit(self, name: str, since: datetime) -> None:
        with self.database.begin() as tx:
            tx.execute(
                insert(circuits).values(
                    name=name,
                    state="open",
                    blocked_from=datetime.now(UTC) - timedelta(hours=1),
                    blocked_until=datetime.now(UTC) + timedelta(hours=1),
                    times=3,
                    successes_missing=0,
                    probe="",
                    reason="it does not answer",
                    opened_at=since,
                    kind="away",
                )
            )

    def close_circuits(self) -> None:
        with self.database.begin() as tx:
            tx.execute(circuits.delete())

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(one.body["title"], one.body["message"]) for one in self.receiver.received]


@pytest.fixture
def home(
    database: Database,
    clock: Clock,
    receiver: HttpReceiver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    # Only the disks of this machine are real here, and they may be nearly full.
    monkeypatch.setattr("shanty.diagnosis.notices.events.check_space", lambda settings: [])
    return Home(database, clock, receiver, tmp_path)


def test_an_album_is_one_notice_with_a_link_to_its_page(home: Home) -> None:
    home.add_album("Nattens ljus", 12)
    home.look(after=60)
    assert home.told == []  # more of it may be filed soon
    home.look(after=120)
    [(title, body)] = home.told
    assert title == "Shanty: Complete"
    assert body.splitlines() == [
        "Dröm – Nattens ljus (12 songs)",
        "",
        "http://nas:4300/library/Nattens ljus",
    ]
    home.look(after=2 * HOUR)
    assert len(home.told) == 1


@ON_SQLITE
def test_five_hundred_tracks_filed_within_a_minute_are_one_notice(home: Home) -> None:
    for number in range(50):
        home.add_album(f"Album {number}", 10)
        if number % 5 == 0:
            home.look(after=6)
    for _ in range(6):
        home.look(after=600)
    [(title, body)] = home.told
    assert title == "Shanty: 50 albums are complete"
    assert body.count("(10 songs)") == 20
    assert "… and 30 more" in body
    home.add_album("One more", 1)
    home.look(after=HOUR)
    home.look(after=120)
    assert [title for title, _ in home.told][1:] == ["Shanty: Complete"]


@ON_SQLITE
def test_what_happens_for_hours_is_told_once_an_hour(home: Home) -> None:
    for number in range(36):
        home.add_album(f"Album {number}", 1)
        home.look(after=300)
    assert len(home.told) == 3
    assert sum(body.count("Dröm") for _, body in home.told) >= 24


@ON_SQLITE
def test_what_was_there_before_somebody_wanted_to_be_told_is_no_news(home: Home) -> None:
    home.add_album("Old", 3)
    home.look(after=60)
    with http_receiver() as other:
        home.notifier = home.notifier_with(urls=[f"json://{other.host}/second"])
        home.look(after=HOUR)
        assert other.received == []
        home.add_album("New", 3)
        home.look(after=60)
        home.look(after=180)
        assert [one.body["message"].split(" (")[0] for one in other.received] == ["Dröm – New"]


@ON_SQLITE
def test_nothing_is_lost_while_a_channel_is_away(home: Home) -> None:
    home.receiver.status = 503
    home.add_album("First", 2)
    home.look(after=60)
    home.look(after=180)
    assert len(home.receiver.received) == 1
    home.look(after=60)
    assert len(home.receiver.received) == 1, "a channel that is away is not asked each minute"
    home.notifier = home.notifier_with()  # a restart
    home.add_album("Second", 2)
    home.look(after=10 * HOUR)
    home.receiver.received.clear()
    home.receiver.status = 200
    home.look(after=HOUR)
    [(title, body)] = home.told
    assert title == "Shanty: 2 albums are complete"
    assert "First" in body
    assert "Second" in body


@ON_SQLITE
def test_one_channel_that_is_away_holds_up_no_other_one(home: Home) -> None:
    with http_receiver() as away:
        away.status = 500
        urls = [f"json://{away.host}", f"json://{home.receiver.host}"]
        home.notifier = home.notifier_with(urls=urls)
        home.look()
        home.add_album("Album", 2)
        home.look(after=60)
        for _ in range(4):
            home.look(after=HOUR)
        assert len(home.told) == 1
        assert len(away.received) == 4


def test_two_processes_tell_it_once(home: Home) -> None:
    other = home.notifier_with()
    home.add_album("Album", 2)
    home.look(after=60)
    home.look(after=180)
    other.look(())
    assert len(home.told) == 1


@ON_SQLITE
def test_the_songs_of_an_album_that_need_a_person_are_one_line(home: Home) -> None:
    home.add_album("Live", 12, status=TrackStatus.NEEDS_REVIEW)
    home.add_album("Single", 1, status=TrackStatus.NEEDS_REVIEW)
    home.add_album("Lost", 1, status=TrackStatus.FAILED, reason="nobody has it")
    home.look()
    home.look(after=180)
    told = dict(home.told)
    assert told["Shanty: 13 tracks need your decision"].splitlines() == [
        "Dröm – Live: 12 songs",
        "Dröm – Song 0",
        "",
        "http://nas:4300/review",
    ]
    assert told["Shanty: A track has failed"].startswith("Dröm – Song 0: nobody has it")


@ON_SQLITE
def test_what_was_settled_before_the_hour_is_over_is_not_told(home: Home) -> None:
    home.add_album("A", 1, status=TrackStatus.NEEDS_REVIEW)
    home.look()
    home.look(after=180)
    home.add_album("B", 1, status=TrackStatus.NEEDS_REVIEW)
    home.look(after=60)
    home.settle(TrackStatus.WITHDRAWN)
    home.look(after=2 * HOUR)
    assert len(home.told) == 1


@ON_SQLITE
def test_a_new_release_is_told(home: Home) -> None:
    home.add_album("Out today", 9, status=TrackStatus.WANTED, priority=Priority.NEW_RELEASE)
    home.look(is_last=True)  # the end of a run: nobody may look again soon
    [(title, body)] = home.told
    assert (title, body.splitlines()[0]) == ("Shanty: A new release", "Dröm – Out today (9 songs)")


def test_a_source_is_told_of_when_it_is_away_for_long_and_flapping_is_one_trouble(
    home: Home,
) -> None:
    home.open_circuit("youtube", home.clock())
    for _ in range(5):
        home.look(after=HOUR)
    assert home.told == []
    home.look(after=2 * HOUR)
    home.look(after=180)
    assert [title for title, _ in home.told] == ["Shanty: A source is away"]
    assert "has not answered for" in home.told[0][1]
    since = home.clock() - timedelta(hours=8)
    for _ in range(5):
        home.close_circuits()
        home.look(after=300)
        home.open_circuit("youtube", since)
        home.look(after=300)
    assert len(home.told) == 1
    home.close_circuits()
    for _ in range(3):
        home.look(after=HOUR)
    home.open_circuit("youtube", since)
    home.look(after=60)
    home.look(after=180)
    assert len(home.told) == 2


@ON_SQLITE
def test_a_disk_that_is_gone_is_told_and_once_only(home: Home) -> None:
    library = home.folder / "library"
    mark_library(home.settings(), Catalog(home.database))
    home.look(after=HOUR)
    assert home.told == []
    library.rename(home.folder / "another disk")
    for _ in range(5):
        home.look(after=HOUR)
    [(title, body)] = home.told
    assert title == "Shanty: Trouble with a disk"
    assert "library" in body


@ON_SQLITE
def test_a_switch_of_yt_dlp_is_told_once(home: Home) -> None:
    home.look(after=60)
    place = home.settings().home
    lay_version(choice.version_dir(place, "2099.1.1"), "2099.1.1")
    choice.switch_to(place, "2099.1.1")
    for _ in range(3):
        home.look(after=HOUR)
    [(title, body)] = home.told
    assert title == "Shanty: yt-dlp is newer"
    assert body.startswith("yt-dlp 2099.1.1 is in use: newer than ")
    choice.go_back(place, "2099.1.1", "4 downloads failed")
    for _ in range(3):
        home.look(after=HOUR)
    (_, (title, body)) = home.told
    assert title == "Shanty: An older yt-dlp is in use again"
    assert "is in use again: with 2099.1.1, 4 downloads failed" in body


@ON_SQLITE
def test_a_trouble_that_came_and_went_unheard_is_told_as_over(home: Home) -> None:
    home.receiver.status = 503
    failed = Event("job failed", "backup", "backup: the disk is full")
    home.look(failed, after=60)
    home.look(failed, after=180)
    home.look(after=HOUR)
    home.receiver.status = 200
    home.receiver.received.clear()
    home.look(after=HOUR)
    [(_, body)] = home.told
    assert body.startswith("backup: the disk is full (over")


@ON_SQLITE
def test_what_is_not_known_of_jobs_now_is_not_taken_for_over(home: Home) -> None:
    failed = Event("job failed", "backup", "backup: the disk is full")
    home.look(failed, after=60)
    home.notifier.look(None)
    home.clock.advance(2 * HOUR)
    home.notifier.look(None)
    home.look(failed, after=60)
    home.look(failed, after=2 * HOUR)
    assert len(home.told) == 1


@ON_SQLITE
def test_quiet_hours_are_kept_and_lose_nothing(home: Home) -> None:
    here = home.clock.now.astimezone()
    start, end = here - timedelta(hours=1), here + timedelta(hours=3)
    home.notifier = home.notifier_with(quiet_hours=f"{start:%H:%M}-{end:%H:%M}")
    home.add_album("Album", 2)
    for _ in range(2):
        home.look(after=HOUR)
    assert home.told == []
    home.look(after=2 * HOUR)
    assert len(home.told) == 1


@ON_SQLITE
def test_only_the_chosen_events_are_told(home: Home) -> None:
    home.notifier = home.notifier_with(events="failed, needs review")
    home.look()
    home.add_album("Album", 2)
    home.add_album("Lost", 1, status=TrackStatus.FAILED)
    home.look()
    home.look(after=HOUR)
    assert [title for title, _ in home.told] == ["Shanty: A track has failed"]


def test_each_event_of_the_settings_has_its_words() -> None:
    assert set(NATURES) == set(get_args(EventName))
