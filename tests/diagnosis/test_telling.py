"""Whether each channel and each media server took what it was last told, as `doctor` says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.clock import utc_now
from shanty.config.settings import Settings, load_settings
from shanty.db import Database, open_database
from shanty.diagnosis.findings import Check, Level
from shanty.diagnosis.notices.events import Event
from shanty.diagnosis.notices.notifier import Notifier
from shanty.diagnosis.telling import check_media_servers, check_notices
from shanty.sources.media_servers import MediaServers
from shanty.workqueue import WorkQueue
from tests.world.databases import Clock
from tests.world.filed_library import FiledLibrary, make_placements
from tests.world.receivers import HttpReceiver, http_receiver

LATE = Event("job late", "backup", "backup should have run 2 h ago")


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as made:
        made.status, made.answer = 204, b""
        yield made


@pytest.fixture
def settings(tmp_path: Path, receiver: HttpReceiver) -> Settings:
    return load_settings(
        home=tmp_path / "home",
        library={"path": tmp_path / "library"},
        notify={"urls": [f"json://me:hidden@{receiver.host}"]},
        media_servers={"urls": [f"jellyfin://hidden@{receiver.host}"]},
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    settings.home.mkdir()
    opened = open_database(settings.resolved_database_url)
    yield opened
    opened.dispose()


def see(check: Check, settings: Settings) -> tuple[Level, str]:
    [finding] = check(settings)
    assert "hidden" not in finding.message + finding.remedy
    return finding.level, finding.message


def test_a_channel_that_takes_nothing_is_yellow_until_it_does(
    settings: Settings, database: Database, receiver: HttpReceiver
) -> None:
    assert see(check_notices, settings) == (
        Level.GREEN,
        "json://127.0.0.1: there was nothing to tell so far",
    )
    clock = Clock()
    clock.now = utc_now()
    notifier = Notifier(settings, database, WorkQueue(database), clock)
    receiver.status = 500
    notifier.look([LATE], is_last=True)
    level, said = see(check_notices, settings)
    assert level is Level.YELLOW
    assert "has not taken the last notice" in said
    receiver.status = 204
    clock.advance(600)
    notifier.look([LATE], is_last=True)
    assert see(check_notices, settings)[1].startswith("json://127.0.0.1: told ")


def test_a_media_server_that_takes_nothing_is_yellow_until_it_does(
    settings: Settings,
    database: Database,
    receiver: HttpReceiver,
    tmp_path: Path,
    made_audio: dict[str, Path],
) -> None:
    clock = Clock()
    clock.now = utc_now()
    servers = MediaServers(settings, database, clock)
    servers.look()
    label = f"jellyfin at {receiver.host}"
    assert see(check_media_servers, settings)[1] == f"{label}: there was nothing to tell so far"
    library = FiledLibrary(tmp_path, database)
    library.file(make_placements("One"), made_audio["opus"])
    receiver.status = 500
    servers.look(is_last=True)
    level, said = see(check_media_servers, settings)
    assert level is Level.YELLOW
    assert said.startswith(f"{label} has not taken the last changes; it is told again in ")
    receiver.status = 204
    clock.advance(3600)
    servers.look(is_last=True)
    assert see(check_media_servers, settings)[1].startswith(f"{label}: knows what has changed")
    assert Catalog(database).library_news.list_states().keys() == servers.labels.keys()


def test_wrong_addresses_are_red_and_none_are_fine(tmp_path: Path) -> None:
    wrong = load_settings(
        home=tmp_path / "home",
        notify={"urls": ["winamp://hidden@host"]},
        media_servers={"urls": ["winamp://hidden@host"]},
    )
    assert {see(check, wrong)[0] for check in (check_notices, check_media_servers)} == {Level.RED}
    none = load_settings(home=tmp_path / "home")
    assert see(check_notices, none) == (Level.GREEN, "nobody is told: notify.urls is empty")
    assert see(check_media_servers, none)[0] is Level.GREEN
