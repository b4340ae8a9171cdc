"""Adding on a page, and steering the queue there: over real HTTP, with a real catalogue server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from shanty.catalog import Catalog
from shanty.config.settings import load_settings
from shanty.db import Database, open_database
from shanty.demo.world import World
from shanty.models import Stage, Status, TrackStatus
from shanty.sources.circuits import Circuits
from shanty.workqueue import WorkQueue
from tests.world.filed_library import make_placements
from tests.world.hostile_metadata import Reader
from tests.world.page_server import Pages, serve_pages


@pytest.fixture
def database(home: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{home / 'home' / 'shanty.db'}")
    yield opened
    opened.dispose()


def test_what_is_found_is_added_and_looked_up(home: Path, database: Database) -> None:
    with World(2, home, with_scene=True) as world:
        catalogue = {"url": world.base_url, "rate": 1000.0}
        with serve_pages(load_settings(musicbrainz=catalogue)) as pages:
            assert "What would you like to hear?" in pages.get("/add").text
            for path in ("/", "/library", "/watching"):
                assert 'href="/add">Add music</a>' in pages.get(path).text, "the way in"
            page = pages.get("/add?q=Vesper+Kilowatt").text
            (offer, *_) = pages.api("/wishes?q=Vesper%20Kilowatt").json()
            assert offer["name"] == "Vesper Kilowatt" and offer["rule_id"] is None
            assert offer["mbid"] in page and "you have it" not in page
            check_choosing(pages, database, offer)
            done = pages.post("/add", kind="artist", mbid=offer["mbid"], q="Vesper Kilowatt")
            told = pages.follow(done).text
            assert "Vesper Kilowatt is wanted" in told and "you have it" in told
            assert "is wanted" not in pages.get(done.headers["location"]).text, "told twice"
            deadline = time.monotonic() + 60
            while not Catalog(database).tracks.count()[TrackStatus.WANTED]:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            check_what_is_here(pages, Catalog(database), database)
            for text in (offer["mbid"], f"https://musicbrainz.org/artist/{offer['mbid']}"):
                assert pages.api(f"/wishes?q={text}").json()[0]["name"] == "Vesper Kilowatt"
            assert "Nothing found" in pages.get("/add?q=qqqqqqqq&kind=album").text
            wrong = pages.get(f"/add?q=https://musicbrainz.org/label/{offer['mbid']}").text
            assert 'role="alert"' in wrong
            check_a_list(pages, database)
            nobody = pages.post("/add", kind="artist", mbid="no-mbid")
            assert 'role="alert"' in pages.follow(nobody).text


def check_what_is_here(pages: Pages, catalog: Catalog, database: Database) -> None:
    """A song in the library, and its album, lead to where they are; no other does."""
    track, *_ = catalog.tracks.list_tracks(TrackStatus.WANTED)
    asked = [
        ("track", urlencode({"kind": "track", "q": track.recording_mbid})),
        ("album", urlencode({"kind": "album", "q": f"{track.artist} - {track.album}"})),
    ]
    for kind, query in asked:
        assert pages.api(f"/wishes?{query}").json()[0]["release_key"] is None, kind
    with database.begin() as tx:
        catalog.tracks.set_status(tx, track.id, TrackStatus.IN_LIBRARY)
    for kind, query in asked:
        assert pages.api(f"/wishes?{query}").json()[0]["release_key"] == track.release_key, kind
        page = pages.get(f"/add?{query}").text
        assert page.count(f'href="/library/{track.release_key}">in the library') == 1, kind


def check_a_list(pages: Pages, database: Database) -> None:
    """Each line of a list is looked up, and what has a tick is added."""
    lines = "Ida Marsh\n\n  Vesper Kilowatt \nqqqqqqqq <b>\nhttps://example.org/nothing\nIda Marsh"
    page = pages.get(f"/add?{urlencode({'kind': 'artist', 'lines': lines})}").text
    assert page.count('name="mbids"') == 2 and page.count("you have it") == 1
    assert "knows nothing like this" in page and "qqqqqqqq &lt;b&gt;" in page
    (ticked,) = re.findall(r'name="mbids" value="([0-9a-f-]{36})" checked', page)
    told = pages.follow(pages.post("/add/list", kind="artist", mbids=ticked)).text
    assert "1 wish added" in told and "Ida Marsh" in told
    assert Catalog(database).rules.find("artist", ticked) is not None
    told = pages.follow(pages.post("/add/list", kind="artist", mbids="no-mbid")).text
    assert "0 added; 1 could not be added" in told
    many = urlencode({"lines": "\n".join(map(str, range(21)))})
    assert "20 at a time" in pages.get(f"/add?{many}").text


def check_choosing(pages: Pages, database: Database, offer: dict[str, Any]) -> None:
    """An artist's albums are shown with what they cost, and one without a tick stays out."""
    where = f"/add/artist/{offer['mbid']}"
    page = pages.get(f"{where}?types=Album&types=EP&types=Single").text
    shown = re.findall(r'name="shown" value="([0-9a-f-]{36})"', page)
    assert len(shown) > 1 and page.count('name="albums"') == len(shown)
    found = pages.api(f"/wishes/artists/{offer['mbid']}?types=album&types=ep&types=single").json()
    assert found["summary"] in Reader(page).text and found["tracks"] > 0
    one = pages.post(f"{where}/estimate", albums=shown[0]).text
    assert Reader(one).text.strip().startswith("1 album, ")
    assert Reader(pages.post(f"{where}/estimate").text).text.strip().startswith("0 albums")
    wanted = {"kind": "artist", "mbid": offer["mbid"], "types": "Album"}
    assert "no album is ticked" in pages.follow(pages.post("/add", shown=shown[0], **wanted)).text
    document = {"kind": "artist", "mbid": offer["mbid"], "without": [offer["mbid"]]}
    assert pages.api("/wishes", "POST", document).status == 404
    assert Catalog(database).rules.find("artist", offer["mbid"]) is None, "nothing is half done"
    document |= {"types": ["album", "ep", "single"], "without": shown[1:]}
    rule_id = pages.api("/wishes", "POST", document).json()["rule_id"]
    left_out = {one.mbid for one in Catalog(database).exclusions.of_rule(rule_id)}
    assert left_out == set(shown[1:])
    assert 'role="alert"' in pages.follow(pages.get("/add/artist/no-mbid")).text
    assert pages.follow(pages.get(f"{where}?types=polka")).text.count('role="alert"') == 1


def test_the_queue_is_shown_and_steered(home: Path, database: Database) -> None:
    catalog, queue = Catalog(database), WorkQueue(database)
    with database.begin() as tx:
        for placement in make_placements("One", "Two", "Three"):
            catalog.tracks.want(tx, placement)
        queue.items.enqueue_wanted(tx)
    with serve_pages(load_settings()) as pages:
        check_steering(pages, queue)
        Circuits(database).open("youtube", "it asked us to wait")
        assert "youtube" in pages.get("/queue").text
        tried = pages.follow(pages.post("/sources/youtube"))
        assert "asked again with the next request" in tried.text
        assert "no source" in pages.follow(pages.post("/sources/nobody")).text


def check_steering(pages: Pages, queue: WorkQueue) -> None:
    page = pages.get("/queue").text
    assert all(title in page for title in ("One", "Two", "Three"))
    empty = pages.get("/queue?status=failed").text
    assert "Nothing here" in empty and "Try again" not in empty, "nothing is there to be tried"
    (first, *_) = pages.api("/queue").json()["items"]
    assert "say which" in pages.follow(pages.post("/queue", what="cancel")).text
    done = pages.follow(pages.post("/queue", what="cancel", items=str(first["id"])))
    assert "1 track cancelled" in done.text
    assert queue.overview.get(first["id"]).status is Status.CANCELLED
    pages.post("/queue", what="retry", status="cancelled")
    assert queue.overview.get(first["id"]).status is Status.PENDING
    assert "no work item" in pages.follow(pages.post("/queue", what="retry", items="999")).text
    pages.post("/queue/stages/download", pause="true")
    assert queue.by_hand.paused() == {Stage.DOWNLOAD}
    now = pages.get("/").text
    assert "is paused" in now and "Paused: download; 3 tracks wait" in now
    assert 'href="/queue#stages"' in now, "it leads to where it goes on"
    pages.post("/queue/stages/download")
    assert queue.by_hand.paused() == set()
    assert pages.ask("/queue", method="POST", Cookie=pages.session).status == 403
