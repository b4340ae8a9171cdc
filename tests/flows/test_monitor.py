"""The monitor flow on a real Prefect server: what it queues, what it says, and two at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.opening import open_state
from flows.server.jobs import SKIPPED
from shanty.demo.world import World
from shanty.models import Priority
from shanty.sources.opening import open_musicbrainz
from shanty.watching.expansion import Expansion
from shanty.watching.watch import Wish, watch_artist
from tests.world.discographies import make_group, make_release

pytestmark = pytest.mark.takes(seconds=30)


def test_the_monitor_queues_what_is_new_and_says_so(
    prefect_server: str, home: Path, tmp_path: Path
) -> None:
    from flows.monitor import JOB, monitor

    with World(6, tmp_path / "audio") as world, world.activated():
        state = open_state()
        artist = world.discography.artists[0]
        musicbrainz = open_musicbrainz(state.settings, state.database)
        expansion = Expansion(state.database, musicbrainz, state.settings.catalogue)
        watch_artist(artist, Wish(), expansion)
        # The wish was interrupted here; its six tracks come by themselves.
        first = monitor(return_state=True)
        assert first.message == (
            "1 artist looked at, 0 new albums, 6 tracks newly wanted, 2 requests made; "
            "6 tracks newly queued"
        )
        world.publish(make_release(make_group(artist, "New", date="2026-01-02"), ["Newest"]))
        assert monitor(return_state=True).message.startswith(
            "1 artist looked at, 0 new albums, 0 tracks newly wanted, 0 requests made"
        ), "what it knows is young enough"
        with state.database.begin() as tx:
            known = state.catalog.discographies.find_artist(artist.mbid)
            assert known is not None
            assert known.listed_at is not None
            before = known.listed_at - 2 * state.settings.catalogue.listing_age
            state.catalog.discographies.store_groups_page(
                tx, artist.mbid, [], began_at=before, next_offset=None
            )
        assert monitor(return_state=True).message.startswith(
            "1 artist looked at, 1 new album, 1 track newly wanted, 2 requests made"
        )
        newest, *others = state.queue.overview.list_items(status="pending")
        assert (newest.label, newest.priority) == ("Maren Østby – Newest", Priority.NEW_RELEASE)
        assert len(others) == 6
        state.queue.workers.register("another run", JOB, home=str(state.settings.home))
        again = monitor(return_state=True)
        assert again.message == "nothing to do: run another run is at work already"
        assert again.name == SKIPPED, "it is no run of the job"
