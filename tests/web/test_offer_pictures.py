"""The pictures of what can be added: fetched behind the list, kept, and never in its way."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from shanty.config.settings import Settings, load_settings
from shanty.db import open_database
from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from shanty.demo.world import World
from shanty.library.small_covers import SmallCovers
from shanty.sources.opening import open_circuits, open_musicbrainz
from shanty.tags.pictures import fit_picture
from shanty.watching.expansion import Expansion
from shanty.watching.watch import Wish, watch_artist
from tests.world.browser import CHROMIUM, open_browser
from tests.world.page_server import Answer as Answered
from tests.world.page_server import Pages, serve_pages
from tests.world.picture_bombs import encode, png

NOBODY = "00000000-0000-4000-8000-000000000000"
PATHS = re.compile(r'src="(/pictures/(?:artist|album)/[0-9a-f-]{36})"')


def settings_of(world: World, coverart: str = "") -> Settings:
    catalogue = {"url": world.base_url, "rate": 1000.0}
    return load_settings(musicbrainz=catalogue, coverart={"url": coverart or world.base_url})


def await_picture(pages: Pages, path: str) -> Answered:
    """Ask until it is known whether there is a picture, as the pages' module does."""
    deadline = time.monotonic() + 60
    while (answer := pages.get(path)).status == 202:
        assert answer.headers["cache-control"] == "no-store" and not answer.body
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert answer.status == 200, answer
    return answer


def is_nothing(answer: Answered) -> bool:
    return answer.headers["content-type"] == "image/svg+xml"


def test_artists_albums_and_songs_have_pictures(home: Path) -> None:
    with World(2, home, with_scene=True) as world, serve_pages(settings_of(world)) as pages:
        paths = PATHS.findall(pages.get("/add?q=Nachtfalter").text)
        assert len(paths) == 2, "two artists of one name"
        asked = world.requests.total("catalogue")
        faces = [await_picture(pages, path).body for path in paths]
        assert all(face.startswith(b"\xff\xd8\xff") for face in faces) and len(set(faces)) == 2
        assert world.requests.total("catalogue") == asked + 1, "one request for all of a list"
        albums = PATHS.findall(pages.get("/add?q=Vesper+Kilowatt&kind=album").text)
        shown = [not is_nothing(await_picture(pages, path)) for path in albums]
        assert any(shown) and not all(shown), "some of them have no cover"
        songs = set(PATHS.findall(pages.get("/add?q=Vesper+Kilowatt&kind=track").text))
        assert songs & set(albums), "a song has the cover of its album"
        fetched = world.requests.total("coverart")
    with World(2, home, with_scene=True) as world, serve_pages(settings_of(world)) as pages:
        assert pages.get(paths[0]).body == faces[0] and all(
            pages.get(path).status == 200 for path in albums
        )
        assert fetched and not world.requests.total("coverart"), "what was fetched is kept"


def test_artists_that_are_still_looked_up_are_asked_for_together(home: Path) -> None:
    with World(2, home, with_scene=True) as world, serve_pages(settings_of(world)) as pages:
        database = open_database(pages.settings.resolved_database_url)
        musicbrainz = open_musicbrainz(pages.settings, database)
        expansion = Expansion(database, musicbrainz, pages.settings.catalogue)
        for hit in musicbrainz.search_artists("Nachtfalter", 2).items:
            watch_artist(hit.value, Wish(), expansion)
        database.dispose()
        asked = world.requests.total("catalogue")
        paths = PATHS.findall(pages.get("/watching").text)
        assert len(paths) == 2
        assert not any(is_nothing(await_picture(pages, path)) for path in paths)
        assert world.requests.total("catalogue") == asked + 1
        kept = pages.settings.home / "small-covers" / f"{Path(paths[0]).name}.jpg"
        kept.unlink()  # as if it had become too old
        await_picture(pages, paths[0])
        assert world.requests.total("catalogue") == asked + 2, "there may be albums by now"


def test_what_is_not_answered_costs_only_the_picture(home: Path) -> None:
    with World(2, home, with_scene=True) as world:
        world.faults.set("unavailable", "coverart")
        with serve_pages(settings_of(world)) as pages:
            (path, *_) = PATHS.findall(pages.get("/add?q=Vesper+Kilowatt").text)
            assert is_nothing(await_picture(pages, path))
            asked = world.requests.total("coverart")
            assert is_nothing(pages.get(path)) and world.requests.total("coverart") == asked
            database = open_database(pages.settings.resolved_database_url)
            paused = open_circuits(pages.settings, database).list_all()
            assert [one.name for one in paused] == ["coverart"], "downloads know of it too"
            database.dispose()
            assert pages.get(f"/pictures/artist/{NOBODY}x").status == 404
            assert pages.get("/pictures/artist/..%2F..%2Fsecret").status == 404
            assert pages.get(f"/pictures/nothing/{NOBODY}").status == 422


def test_a_list_is_there_while_pictures_hang(home: Path) -> None:
    with World(2, home, with_scene=True) as world:
        world.faults.set("hang", "coverart")
        with serve_pages(settings_of(world)) as pages:
            for _ in range(2):
                page = pages.get("/add?q=Vesper+Kilowatt&kind=album")
                assert page.status == 200
                answers = [pages.get(path) for path in PATHS.findall(page.text)]
                assert answers
                assert all(one.status == 202 or is_nothing(one) for one in answers)


HOSTILE: dict[str, Callable[[], tuple[bytes, str]]] = {
    "a page instead": lambda: (b"<script>alert(1)</script>", "image/jpeg"),
    "cut off": lambda: (encode("RGB", (200, 200), "JPEG")[:200], "image/jpeg"),
    "a bomb": lambda: (png(20_000, 20_000, colour=0, bits=1), "image/png"),
    "too large": lambda: (b"\xff\xd8\xff" + bytes(2**21), "image/jpeg"),
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_picture_is_not_shown(home: Path, sent: Callable[[], Any]) -> None:
    body, kind = sent()
    with (
        World(2, home, with_scene=True) as world,
        Listener(lambda _: Answer(200, body, kind)) as coverart,
        serve_pages(settings_of(world, coverart.base_url)) as pages,
    ):
        assert is_nothing(await_picture(pages, f"/pictures/album/{NOBODY}"))


def test_a_picture_is_made_small(home: Path) -> None:
    large = encode("RGB", (1400, 700), "PNG")

    def answer(_: Request) -> Answer:
        return Answer(200, large, "image/png")

    with (
        World(2, home, with_scene=True) as world,
        Listener(answer) as coverart,
        serve_pages(settings_of(world, coverart.base_url)) as pages,
    ):
        found = await_picture(pages, f"/pictures/album/{NOBODY}")
        assert found.headers["content-type"] == "image/jpeg"
        cover = fit_picture(found.body, pages.settings.art)
        assert (cover.width, cover.height) == (250, 125)
        again = pages.get(f"/pictures/album/{NOBODY}", If_None_Match=found.headers["etag"])
        assert again.status == 304 and not again.body


def test_the_folder_of_pictures_is_bounded(tmp_path: Path) -> None:
    picture = encode("RGB", (50, 50), "JPEG")
    kept = SmallCovers(tmp_path / "few", most_bytes=10 * len(picture), most_files=100)
    for number in range(30):
        assert kept.keep(str(number), picture) == picture
        assert sum(one.stat().st_size for one in (tmp_path / "few").iterdir()) <= 10 * len(picture)
    assert kept.find("29") == picture and kept.find("0") is None, "the oldest go first"
    many = SmallCovers(tmp_path / "many", most_bytes=2**20, most_files=10)
    for number in range(30):
        assert many.keep(str(number), None) == b""
        assert len(list((tmp_path / "many").iterdir())) <= 10
    assert many.find("29") == b""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_pictures_appear_on_a_page_that_does_not_search_again(home: Path) -> None:
    with (
        World(2, home, with_scene=True) as world,
        serve_pages(settings_of(world)) as pages,
        open_browser() as page,
    ):
        page.goto(f"{pages.url}/add?q=Vesper+Kilowatt")
        page.get_by_label("Secret or password").fill(pages.secret)
        page.get_by_role("button", name="Log in").click()
        picture = page.locator(".offer .portrait img").first
        expect(picture).to_have_js_property("naturalWidth", 250)
        page.wait_for_timeout(3000)  # the search itself has changed the database
        asked = world.requests.total("catalogue")
        assert asked == 2, "one for the search, one for the albums of what was found"
