"""The songs of a wish, album by album: each with its state, and what is filed elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.errors import NotFoundError
from shanty.models import TrackStatus
from shanty.tracks.wishes import WishedAlbum, list_wished_albums
from shanty.watching.exclusion import exclude
from shanty.watching.watch import watch_recording
from shanty.workqueue import WorkQueue
from tests.world.databases import ON_SQLITE
from tests.world.discographies import Watcher, make_group, make_recording, make_release, serve
from tests.world.one_discography import ARTIST, FIRST

BEST = make_release(make_group(ARTIST, "Best", date="2009"), ["New", "Two"], ["Last"])


def shown(albums: list[WishedAlbum]) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    return [
        (
            one.album.title if one.album is not None else "",
            [
                (place.number, place.song.track.title, place.song.state.value, place.elsewhere)
                for place in one.places
            ],
        )
        for one in albums
    ]


@ON_SQLITE
def test_every_song_is_at_its_place_with_its_state(database: Database, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home", library={"path": tmp_path / "library"})
    queue = WorkQueue(database)
    with serve(FIRST, BEST) as server:
        watcher = Watcher(database, server.url)
        rule_id = watcher.watch(ARTIST)
        expansion = watcher.expansion()
        alone = watch_recording(make_recording(ARTIST, "Last").mbid, expansion)
        expansion.expand(alone)
    watcher.set_status("One", TrackStatus.FAILED)
    watcher.set_status("New", TrackStatus.WITHDRAWN)
    assert shown(list_wished_albums(settings, database, queue, rule_id)[0]) == [
        ("First", [("01", "One", "failed", ""), ("02", "Two", "wanted", "")]),
        (
            "Best",
            [
                ("1-01", "New", "withdrawn", ""),
                ("1-02", "Two", "wanted", "First"),
                ("2-01", "Last", "wanted", ""),
            ],
        ),
    ]
    whole, number = list_wished_albums(settings, database, queue, rule_id)
    parts = [
        list_wished_albums(settings, database, queue, rule_id, offset=at, limit=1)
        for at in range(number)
    ]
    assert number == 2 and parts == [([album], number) for album in whole]
    assert list_wished_albums(settings, database, queue, rule_id, offset=9, limit=1) == ([], 2)
    assert shown(list_wished_albums(settings, database, queue, alone)[0]) == [
        ("", [("", "Last", "wanted", "")])
    ]
    exclude(rule_id, "First", database=database, queue=queue)
    (best,) = shown(list_wished_albums(settings, database, queue, rule_id)[0])
    assert best[1][1] == ("1-02", "Two", "wanted", "First"), "its album says where it goes"
    with pytest.raises(NotFoundError, match="watch rule 99"):
        list_wished_albums(settings, database, queue, 99)
