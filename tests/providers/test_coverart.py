"""Cover art over loopback: which addresses are asked, and what is taken for a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from shanty.demo.world import World
from shanty.errors import PermanentError, TransientError, WaitError
from shanty.providers import coverart
from shanty.providers.coverart import CoverArt

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 50
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 50


@contextmanager
def serve(
    answers: dict[str, Answer | Callable[[], Answer]],
) -> Iterator[tuple[CoverArt, list[str]]]:
    """Serves by path, 404 for the rest; gives the client and the paths that were asked for."""
    asked: list[str] = []

    def answer(request: Request) -> Answer:
        asked.append(request.path)
        found = answers.get(request.path, Answer(404, b"none\n"))
        return found() if callable(found) else found

    with Listener(answer, 0) as listener:
        yield CoverArt(listener.base_url), asked


def picture(data: bytes = JPEG, kind: str = "image/jpeg") -> Answer:
    return Answer(200, data, kind)


@pytest.mark.parametrize(("data", "mime"), [(JPEG, "image/jpeg"), (PNG, "image/png")])
def test_the_type_is_that_of_the_bytes(data: bytes, mime: str) -> None:
    with serve({"/release-group/g/front-1200": picture(data, "image/gif")}) as (covers, asked):
        assert covers.front("g", "r") == (data, mime)
    assert asked == ["/release-group/g/front-1200"]


def test_every_place_is_tried_in_order() -> None:
    with serve({"/release/r/front": picture(PNG)}) as (covers, asked):
        assert covers.front("g", "r") == (PNG, "image/png")
    assert asked == [
        "/release-group/g/front-1200",
        "/release-group/g/front",
        "/release/r/front-1200",
        "/release/r/front",
    ]


def test_no_cover_is_none_and_an_unknown_id_is_not_asked_for() -> None:
    with serve({}) as (covers, asked):
        assert covers.front("", "r") is None
        assert covers.front("", "") is None
    assert asked == ["/release/r/front-1200", "/release/r/front"]


def test_redirects_are_followed() -> None:
    there = Answer(307, b"", headers={"Location": "/elsewhere.jpg"})
    with serve({"/release-group/g/front-1200": there, "/elsewhere.jpg": picture()}) as (covers, _):
        assert covers.front("g", "r") == (JPEG, "image/jpeg")


def test_redirects_in_circles_are_an_error() -> None:
    there = Answer(307, b"", headers={"Location": "/release-group/g/front-1200"})
    with (
        serve({"/release-group/g/front-1200": there}) as (covers, _),
        pytest.raises(TransientError, match="in circles"),
    ):
        covers.front("g", "r")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(503, headers={"Retry-After": "5"}), WaitError),
        (Answer(429), WaitError),
        (Answer(500), TransientError),
        (picture(b"<html>hotel</html>", "text/html"), TransientError),
        (picture(b"", "text/html"), TransientError),
        (Answer(200, JPEG, "image/jpeg", cut_after=20), TransientError),
    ],
)
def test_trouble_is_told_apart_from_no_cover(answer: Answer, expected: type[Exception]) -> None:
    with (
        serve({"/release-group/g/front-1200": answer}) as (covers, asked),
        pytest.raises(expected) as caught,
    ):
        covers.front("g", "r")
    assert getattr(caught.value, "source", "coverart") == "coverart"
    assert len(asked) == 1


def test_a_picture_of_another_kind_or_size_is_left_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(coverart, "MAX_COVER_BYTES", 1000)
    answers: dict[str, Answer | Callable[[], Answer]] = {
        "/release-group/g/front-1200": picture(JPEG + bytes(1000)),
        "/release-group/g/front": picture(b"%PDF-1.4" + bytes(9), "image/pdf"),
    }
    with serve({**answers, "/release/r/front": picture(PNG)}) as (covers, _):
        assert covers.front("g", "r") == (PNG, "image/png")
    with (
        serve(answers) as (covers, _),
        pytest.raises(PermanentError, match="of no kind that is read"),
    ):
        covers.front("g", "r")


def test_against_the_world() -> None:
    with World() as world:
        covers = CoverArt(world.base_url)
        found = {}
        for group in world.discography.release_groups:
            found[group.mbid] = covers.front(group.mbid, "")
        without = {mbid for mbid, cover in found.items() if cover is None}
        assert without == {
            group.mbid
            for group in world.discography.release_groups
            if group.mbid in world.discography.without_cover
        }
        world.faults.set("unavailable", "coverart", value=3)
        with pytest.raises(WaitError) as caught:
            covers.front(world.discography.release_groups[0].mbid, "")
    assert caught.value.retry_at is not None
    assert any(cover is not None for cover in found.values())
