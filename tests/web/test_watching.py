"""What is watched: shown album by album, changed, and taken back, on a page and by the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.config.settings import load_settings
from shanty.db import Database, open_database
from shanty.models import TrackStatus
from tests.world.discographies import Watcher, make_artist, make_group, make_release, serve
from tests.world.hostile_metadata import HOSTILE, Reader
from tests.world.one_discography import ARTIST, EP, FIRST, SECOND
from tests.world.page_server import Pages, serve_pages
from tests.world.service_home import wait_until
from tests.world.shell import Shell

COMING = make_release(make_group(ARTIST, "Third", date="2999-05"), ["Nine"], date="2999-05")


@pytest.fixture
def database(home: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{home / 'home' / 'shanty.db'}")
    yield opened
    opened.dispose()


def test_a_rule_is_shown_changed_and_taken_back(home: Path, database: Database) -> None:
    with serve(FIRST, SECOND, EP, COMING) as server:
        watcher = Watcher(database, server.url)
        rule_id = watcher.watch(ARTIST)
        watcher.set_status("One", TrackStatus.FAILED)
        catalogue = {"url": server.url, "rate": 1000.0}
        with serve_pages(load_settings(musicbrainz=catalogue)) as pages:
            check_what_is_shown(pages, rule_id)
            check_leaving_out(pages, rule_id, watcher)
            check_editing(pages, rule_id, watcher)
            told = pages.follow(pages.post(f"/watching/{rule_id}/remove")).text
            assert "Somebody is no longer watched" in told and "Nothing is watched yet" in told
            assert pages.api(f"/watching/{rule_id}").status == 404
            assert pages.get(f"/watching/{rule_id}").status == 404
            assert "no watch rule" in pages.follow(pages.post("/watching/99/remove")).text


def test_two_artists_of_one_name_are_told_apart(
    home: Path,
    database: Database,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for key, what in (("one", "60s UK band"), ("other", "US grunge band")):
        artist = replace(make_artist(key, disambiguation=what), name="Nirvana")
        with database.begin() as tx:
            Catalog(database).discographies.store_artist(tx, artist)
            Catalog(database).rules.add(tx, "artist", artist.mbid, artist.name)
    with serve_pages(load_settings()) as pages:
        listed, shown = pages.get("/watching").text, pages.get("/watching/1").text
        (_, first) = pages.api("/watching").json()["items"]
    assert "Nirvana (60s UK band)" in listed and "Nirvana (US grunge band)" in listed
    assert '<h1 dir="auto">Nirvana (60s UK band)</h1>' in shown
    assert (first["name"], first["told_apart_by"]) == ("Nirvana", "60s UK band")
    shanty = Shell(capsys, monkeypatch)
    assert shanty("watch", "ls") == 0
    assert "Nirvana (60s UK" in " ".join(shanty.out.split())
    assert shanty("watch", "show", "2") == 0
    assert "Nirvana (US grunge band) (" in shanty.out


def check_what_is_shown(pages: Pages, rule_id: int) -> None:
    listed = pages.get("/watching").text
    assert "Somebody" in listed and "1 failed" in listed and "of 3" in listed
    assert "2999-05" in listed and "Third" in listed
    assert "Somebody" in pages.get("/watching?q=some+body").text
    assert "Nothing found" in pages.get("/watching?q=nobody").text
    page = pages.get(f"/watching/{rule_id}").text
    for text in ("First", "Second", "Third", "announced", "One", "Two", "Three", "failed"):
        assert text in page, text
    assert "Third" in pages.get("/watching/announced").text
    (rule,) = pages.api("/watching?q=somebody").json()["items"]
    assert (rule["id"], rule["asks_for"], rule["tracks"]["failed"]) == (rule_id, "albums", 1)
    one = pages.api(f"/watching/{rule_id}").json()
    assert [album["title"] for album in one["of_albums"]] == ["First", "Second", "Third"]
    assert [song["status"] for song in one["of_albums"][0]["songs"]] == ["failed", "wanted"]
    second = pages.api(f"/watching/{rule_id}?limit=1&offset=1").json()
    assert (second["of_albums"], second["number_of_albums"]) == (one["of_albums"][1:2], 3)
    third = pages.get(f"/watching/{rule_id}?offset=2").text
    assert "Third" in third and "Second" not in third and "3–3 of 3" in third, "a part of them"
    assert pages.api("/watching/announced").json()["items"][0]["date"] == "2999-05"
    assert pages.api("/watching?q=nobody").json()["total"] == 0
    half = {"kind": "album", "mbid": "\ud800"}
    assert pages.api("/wishes", "POST", half).json()["error"]["type"] == "wrong_input"


def check_leaving_out(pages: Pages, rule_id: int, watcher: Watcher) -> None:
    group, song = FIRST.release_group.mbid, SECOND.media[0].tracks[0].recording.mbid
    where = f"/watching/{rule_id}"
    told = pages.follow(pages.post(f"{where}/exclude", part=group)).text
    assert "2 tracks no longer wanted" in told and "Want again: First" in told
    assert pages.api(f"{where}/exclude", "POST", {"part": song}).status == 200
    assert not watcher.wanted()
    assert {one["name"] for one in pages.api(where).json()["left_out"]} == {"First", "Three"}
    told = pages.follow(pages.post(f"{where}/include", part=group)).text
    assert "is wanted again" in told
    assert pages.api(f"{where}/include", "POST", {"part": "Three"}).status == 200
    wait_until(lambda: set(watcher.wanted()) >= {"One", "Two", "Three"}, "all is wanted")
    wrong = pages.follow(pages.post(f"{where}/exclude", part="nothing like it"))
    assert 'role="alert"' in wrong.text and "has no album or song" in wrong.text
    assert pages.api(f"{where}/include", "POST", {"part": "nothing"}).status == 404


def check_editing(pages: Pages, rule_id: int, watcher: Watcher) -> None:
    where = f"/watching/{rule_id}"
    told = pages.follow(pages.post(where, types="EP", from_date="2001-01-01")).text
    assert "from now on EPs, since 2001-01-01, not monitored" in told
    wait_until(lambda: set(watcher.wanted()) == {"Four"}, "the EP is wanted")
    assert "choose at least one type" in pages.follow(pages.post(where)).text
    assert "is no date" in pages.follow(pages.post(where, types="EP", from_date="soon")).text
    assert pages.api(where, "PATCH", {"types": ["polka"]}).status == 409
    done = pages.api(where, "PATCH", {"types": ["album"], "from_date": "", "monitored": True})
    assert "from now on albums." in done.json()["message"]
    assert "nothing changes" in pages.api(where, "PATCH", {}).json()["message"]


def test_an_artist_who_has_nothing_of_it_says_what_there_is(home: Path, database: Database) -> None:
    with serve(EP) as server:
        rule_id = Watcher(database, server.url).watch(ARTIST)
        with serve_pages(load_settings(musicbrainz={"url": server.url})) as pages:
            page = pages.get(f"/watching/{rule_id}").text
            assert "has nothing of what you ask for" in page and "1 EP" in page


def test_hostile_names_are_text(home: Path, database: Database) -> None:
    albums = [
        make_release(make_group(make_artist(name), name or "x", date="2001"), [name])
        for name in HOSTILE
    ]
    with serve(*albums) as server:
        watcher = Watcher(database, server.url)
        ids = [watcher.watch(make_artist(name)) for name in HOSTILE]
        with serve_pages(load_settings()) as pages:
            listed = Reader(pages.get("/watching").text)
            assert all(name in listed.text for name in HOSTILE)
            for path in ("/watching", *(f"/watching/{number}" for number in ids)):
                page = Reader(pages.get(path).text)
                assert len([tag for tag, _ in page.tags if tag == "script"]) == 1, "ours"
                for _, attributes in page.tags:
                    assert not [name for name in attributes if name.startswith("on")]
