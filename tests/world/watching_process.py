"""Takes up a rule, or runs the monitor, in a separate process, for tests that kill it.

``SHANTY_TEST_KILL`` says where it kills itself (kill -9, so that nothing can clean up):
``MOMENT:NUMBER``, at the NUMBER-th time that the moment comes. The moments:

- ``asking``: a request is about to be sent
- ``answered``: its answer has come, and is written nowhere yet
- ``committing``: a transaction is about to be committed
- ``committed``: it is
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from shanty.config.sections import CatalogueSettings
from shanty.db import Database, open_database
from shanty.providers.musicbrainz import MusicBrainz
from shanty.watching.expansion import Expansion
from shanty.watching.monitor import Monitor
from tests.world.pipeline_process import kill

FAST = 100_000.0


class KillPoint:
    """Kills at the chosen moment."""

    def __init__(self, text: str):
        self._moment, _, number = text.partition(":")
        self._left = int(number or 0)

    def reached(self, moment: str) -> None:
        """Count the moment; die if it is the chosen one."""
        if moment == self._moment:
            self._left -= 1
            if self._left == 0:
                kill()


def watch(point: KillPoint) -> None:
    """Put the kill point around every request and every write transaction."""
    read, begin = MusicBrainz._read, Database.begin

    def watched_read(self: MusicBrainz, *args: Any) -> bytes:
        point.reached("asking")
        answer = read(self, *args)
        point.reached("answered")
        return answer

    @contextmanager
    def watched_begin(self: Database) -> Iterator[Any]:
        with begin(self) as tx:
            yield tx
            point.reached("committing")
        point.reached("committed")

    MusicBrainz._read = watched_read  # type: ignore[method-assign]
    Database.begin = watched_begin  # type: ignore[method-assign]


def work(database_url: str, server_url: str, what: str, argument: str) -> None:
    """``expand`` a rule, or run the ``monitor`` as of a time."""
    database = open_database(database_url)
    musicbrainz = MusicBrainz(server_url, rate=FAST)
    watch(KillPoint(os.environ.get("SHANTY_TEST_KILL", "")))
    if what == "expand":
        Expansion(database, musicbrainz, CatalogueSettings()).expand(int(argument))
    else:
        now = datetime.fromisoformat(argument)
        report = Monitor(database, musicbrainz, CatalogueSettings(), lambda: now).run()
        assert not report.failures, report.failures
