"""Checks of whoever is told: the channels for notices, and the media servers.

Owns what their records mean to a person. Nobody is told anything for a check: `shanty notify test`
sends a notice, and a media server would look through its whole library.
"""

from __future__ import annotations

from collections.abc import Iterator

from shanty.catalog import Catalog
from shanty.clock import describe_moment, utc_now
from shanty.config.settings import Settings
from shanty.db import Database, open_database
from shanty.diagnosis.event_log import log_path
from shanty.diagnosis.findings import Finding, green, red, yellow
from shanty.diagnosis.notices.channels import Channel
from shanty.diagnosis.notices.record import Record
from shanty.errors import ConfigError, DatabaseError
from shanty.sources.media_servers import MediaServers

_NOTICES, _SERVERS = "notices", "media servers"


def check_notices(settings: Settings) -> Iterator[Finding]:
    """Whether each channel took what it was last told."""
    if not settings.notify.urls:
        yield green(_NOTICES, "nobody is told: notify.urls is empty")
        return
    database = _open(settings)
    try:
        record = Record(database) if database is not None else None
        for url in settings.notify.urls:
            try:
                channel = Channel(url.get_secret_value())
            except ConfigError as error:
                yield red(
                    _NOTICES, str(error), "correct that address; `shanty notify test` tries it"
                )
                continue
            result = record.last_result(channel.key) if record is not None else None
            if result is None or (result.told_at, result.tried_at) == (None, None):
                yield green(_NOTICES, f"{channel.label}: there was nothing to tell so far")
            elif result.tried_at is not None:
                tried = describe_moment(result.tried_at)
                said = f"{channel.label} has not taken the last notice, which was sent {tried}"
                yield yellow(_NOTICES, said, "`shanty notify test` says why; nothing is lost")
            elif result.told_at is not None:
                yield green(_NOTICES, f"{channel.label}: told {describe_moment(result.told_at)}")
    finally:
        if database is not None:
            database.dispose()


def check_media_servers(settings: Settings) -> Iterator[Finding]:
    """Whether each media server took what it was last told."""
    if not settings.media_servers.urls:
        yield green(_SERVERS, "none is told: media_servers.urls is empty")
        return
    database = _open(settings)
    try:
        if database is None:
            yield green(_SERVERS, "there was nothing to tell so far")
            return
        servers = MediaServers(settings, database)
        states = Catalog(database).library_news.list_states()
        for key, label in servers.labels.items():
            state = states.get(key)
            if state is None or (state.retry_at is None and state.told_at is None):
                yield green(_SERVERS, f"{label}: there was nothing to tell so far")
            elif state.retry_at is None:
                assert state.told_at is not None
                until = describe_moment(state.told_at)
                yield green(_SERVERS, f"{label}: knows what has changed until {until}")
            else:
                again = "soon" if state.retry_at < utc_now() else describe_moment(state.retry_at)
                said = f"{label} has not taken the last changes; it is told again {again}"
                remedy = f"is it up, and is its address right? {log_path(settings.home)} says why"
                yield yellow(_SERVERS, said, remedy)
    except ConfigError as error:
        yield red(_SERVERS, str(error), "correct that address")
    finally:
        if database is not None:
            database.dispose()


def _open(settings: Settings) -> Database | None:
    """The database; None if it cannot be used, which another check tells of."""
    try:
        return open_database(settings.resolved_database_url)
    except DatabaseError:
        return None
