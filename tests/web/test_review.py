"""The review in a browser: what is shown, what is heard, what is decided, and thinking again."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import mutagen.mp3
import pytest

from shanty.config.settings import load_settings
from shanty.demo.faults import ORIGIN, FaultKind
from shanty.demo.offers import RIGHT_KINDS, OfferKind
from shanty.demo.world import World
from shanty.models import Candidate, CandidateStatus, Stage, TrackStatus, WantedTrack
from shanty.stages.execution import Fate
from tests.world.browser import CHROMIUM, open_browser
from tests.world.hostile_metadata import HOSTILE, Reader
from tests.world.page_server import Answer, Pages, serve_pages
from tests.world.stage_bench import Bench

DOUBTFUL = (3, 5)
pytestmark = pytest.mark.usefixtures("no_faults")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(12, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        for number in DOUBTFUL:
            doubt(made, made.recordings[number])
        yield made


def doubt(world: World, recording_mbid: str) -> None:
    """Offer two uploads whose titles give no artist, and no right one."""
    offers = world.offers(recording_mbid)
    unnamed = [
        replace(
            offers[0],
            id=f"un{recording_mbid[:8]}{number}",
            kind=OfferKind.COVER,
            title=world.expected(recording_mbid).recording.title,
            channel=f"uploads {number}",
            sound=f"somebody else {number}",
            track="",
            artists=(),
            album="",
        )
        for number in range(2)
    ]
    decoys = [one for one in offers if one.kind not in RIGHT_KINDS]
    world.replace_offers(recording_mbid, (*unnamed, *decoys))


@pytest.fixture
def pages(bench: Bench, database_url: str) -> Iterator[Pages]:
    own = bench.services.settings
    settings = load_settings(
        home=own.home, library={"path": own.library.path}, database_url=database_url
    )
    with serve_pages(settings) as served:
        yield served


def park(bench: Bench, *numbers: int) -> list[WantedTrack]:
    """Doubtful tracks, in review."""
    found = []
    for number in numbers or DOUBTFUL:
        track_id = bench.want(number)
        assert bench.run(bench.claim()).fate is Fate.REVIEW
        found.append(bench.catalog.tracks.get(track_id))
    return sorted(found, key=lambda one: (one.artist, one.album, one.title))


def left(bench: Bench, track: WantedTrack) -> list[Candidate]:
    candidates = bench.catalog.candidates.of_track(track.id)
    return [one for one in candidates if one.status is not CandidateStatus.REJECTED]


def state_of(bench: Bench, track: WantedTrack) -> tuple[Any, ...]:
    """All that a decision may change."""
    return (
        bench.catalog.tracks.get(track.id),
        bench.catalog.candidates.of_track(track.id),
        bench.catalog.looks.find(track.id, Stage.DOWNLOAD),
        [one.id for one in bench.queue.overview.list_items() if one.completed_at is None],
    )


def undo_path(page: Answer) -> str:
    (path,) = re.findall(r'action="(/review/undo/[^"]+)"', page.text)
    return path


def call(pages: Pages, path: str, **body: Any) -> Answer:
    return pages.api(path, "POST", body)


def test_a_track_is_shown_with_what_speaks_for_each_candidate(bench: Bench, pages: Pages) -> None:
    assert "Nothing to review" in pages.get("/review").text
    first, second = park(bench)
    page = pages.get("/review").text
    assert first.title in page and "1 of 2" in page and f'href="/review/{second.id}"' in page
    assert "length +0 s" in page and "same title" in page and "artist not named" in page
    for one in left(bench, first):
        assert f'href="/review/{first.id}/candidates/{one.id}/preview"' in page
    assert page.count(" checked") == 1, "the best one is chosen already"
    assert "2 of 2" in pages.get(f"/review/{second.id}").text
    wanted = bench.want(0)
    assert "no longer waits" in pages.get(f"/review/{wanted}").text
    for number in ("999", "0", str(2**70)):
        assert pages.get(f"/review/{number}").status in (404, 422)

    listed = pages.api("/review?limit=1").json()
    assert (listed["total"], listed["items"][0]["id"]) == (2, first.id)
    whole = pages.api(f"/review/{first.id}").json()
    assert len(whole["candidates"]) > 1 and whole["neighbour_id"] is None
    assert {"text": "length +0 s", "tone": "for"} in whole["candidates"][0]["evidence"]
    assert pages.api(f"/review/{wanted}").status == 409


@pytest.mark.postgresql_too
def test_each_decision_can_be_taken_back_whole(bench: Bench, pages: Pages) -> None:
    track, _ = park(bench)
    before = state_of(bench, track)
    form = {"candidate": str(left(bench, track)[1].id), "url": "http://127.0.0.1:9/own"}
    for what in ("take", "pass", "none", "own"):
        page = pages.follow(pages.post(f"/review/{track.id}", what=what, **form))
        assert state_of(bench, track) != before, what
        if what in ("take", "own"):
            assert bench.status(track.id) is TrackStatus.WANTED
            assert bench.queue.items.claim(bench.worker_id, 1) == [], "it rests for ten seconds"
        again = pages.follow(pages.post(undo_path(page)))
        assert "is taken back" in again.text and track.title in again.text
        assert state_of(bench, track) == before, what
        late = pages.follow(pages.post(undo_path(page)))
        assert "10 seconds only" in late.text and state_of(bench, track) == before


def test_decisions_lead_from_track_to_track(bench: Bench, pages: Pages) -> None:
    first, second = park(bench)
    best, other = left(bench, first)[:2]
    passed = pages.follow(pages.post(f"/review/{first.id}", what="pass", candidate=str(best.id)))
    assert "there is another to decide on" in passed.text and first.title in passed.text
    rejected = {one.id for one in bench.catalog.candidates.of_track(first.id)} - {
        one.id for one in left(bench, first)
    }
    assert best.id in rejected and other.id not in rejected
    taken = pages.follow(pages.post(f"/review/{first.id}", what="take", candidate=str(other.id)))
    assert f'id="wanted" dir="auto">{second.title}' in taken.text
    wrong = pages.follow(pages.post(f"/review/{first.id}", what="take"))
    assert "is not in review: it is wanted" in wrong.text
    wrong = pages.follow(pages.post(f"/review/{second.id}", what="own", url="javascript:alert(1)"))
    assert "is no address" in wrong.text
    done = pages.follow(pages.post(f"/review/{second.id}", what="none"))
    assert "Nothing to review" in done.text and bench.status(second.id) is TrackStatus.FAILED


def test_all_above_a_score_are_taken_and_taken_back_at_once(bench: Bench, pages: Pages) -> None:
    tracks = park(bench)
    before = [state_of(bench, one) for one in tracks]
    least = min(left(bench, one)[0].score for one in tracks)
    page = pages.get("/review").text
    assert re.search(r'<option value="0\.\d+">\d+ % – 2 tracks', page)
    nothing = pages.follow(pages.post("/review/above", above="1"))
    assert "no track in review has a best candidate of such a score" in nothing.text
    taken = pages.follow(pages.post("/review/above", above=str(least)))
    assert "2 tracks will be downloaded next" in taken.text
    pages.post(undo_path(taken))
    assert [state_of(bench, one) for one in tracks] == before


def test_it_is_too_late_once_the_download_has_begun(bench: Bench, pages: Pages) -> None:
    track, _ = park(bench)
    page = pages.follow(pages.post(f"/review/{track.id}", what="take"))
    later = bench.services.queue.items
    later._clock = lambda: datetime.now(UTC) + timedelta(seconds=11)
    assert [one.track_id for one in later.claim(bench.worker_id, 1)] == [track.id]
    before = state_of(bench, track)
    told = pages.follow(pages.post(undo_path(page)))
    assert "too late" in told.text and state_of(bench, track) == before


def test_the_same_by_the_api(bench: Bench, pages: Pages) -> None:
    first, second = park(bench)
    before = state_of(bench, first)
    best = left(bench, first)[0]
    for path, body in (
        ("accept", {}),
        ("accept", {"candidate": best.id}),
        ("accept", {"url": "http://127.0.0.1:9/own"}),
        ("reject", {"candidate": best.id}),
        ("reject", {"all": True}),
    ):
        done = call(pages, f"/review/{first.id}/{path}", **body)
        assert done.status == 200 and first.title in done.json()["message"], done.text
        undone = call(pages, f"/review/undo/{done.json()['undo']}")
        assert undone.status == 200 and state_of(bench, first) == before
    assert call(pages, "/review/accept", above=0.1).json()["message"].startswith("2 tracks")
    assert call(pages, "/review/accept", above=0.1).status == 404
    for body, status in (
        ({"candidate": best.id, "url": "http://x/"}, 409),
        ({"candidate": 999}, 409),
        ({"candidate": 2**70}, 422),
        ({"url": "file:///etc/passwd"}, 409),
    ):
        assert call(pages, f"/review/{second.id}/accept", **body).status == status, body
    assert call(pages, "/review/undo/nothing").status == 409


def test_a_preview_is_streamed_in_parts_and_not_kept(
    bench: Bench, pages: Pages, world: World
) -> None:
    track, _ = park(bench)
    path = f"/review/{track.id}/candidates/{left(bench, track)[0].id}/preview"
    world.requests.reset()
    whole = pages.get(path)
    assert (whole.status, whole.headers["content-type"]) == (200, "audio/mpeg")
    assert "no-store" in whole.headers["cache-control"]
    sound = mutagen.mp3.MP3(io.BytesIO(whole.body)).info
    assert 1 < sound.length <= 90.5 and sound.bitrate == 128_000
    assert world.requests.total("watch") == 1
    size = len(whole.body)
    for asks, first, last in (
        ("bytes=0-", 0, size - 1),
        ("bytes=100-199", 100, 199),
        ("bytes=-50", size - 50, size - 1),
        (f"bytes=5-{size * 2}", 5, size - 1),
    ):
        part = pages.get(path, Range=asks)
        assert part.status == 206 and part.body == whole.body[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    assert pages.get(path, Range=f"bytes={size}-").status == 416
    for odd in ("bytes=9-5", "bytes=-", "seconds=1-2", "bytes=0-1,5-6", "bytes=x-"):
        assert pages.get(path, Range=odd).status == 200, odd
    assert world.requests.total("watch") == 1, "the site is asked once"
    home = pages.settings.home
    assert list((home / "previews").iterdir()) == []
    assert pages.api(path).body == whole.body
    assert pages.api(f"/review/{track.id}/candidates/1{track.id}9/preview").status == 404
    assert pages.ask(path, Cookie=pages.session, Sec_Fetch_Site="cross-site").status == 403


def test_a_source_that_refuses_is_told_and_then_left_alone(
    bench: Bench, pages: Pages, world: World
) -> None:
    track, _ = park(bench)
    one, other = left(bench, track)[:2]
    world.faults.set(FaultKind.RATE_LIMITED, ORIGIN)
    address = f"/review/{track.id}/candidates/{{}}/preview"
    refused = pages.get(address.format(one.id))
    assert refused.status == 503 and "ShantyDemo" in refused.text
    world.faults.clear()
    world.requests.reset()
    paused = pages.ask(address.format(other.id), Cookie=pages.session)
    assert paused.status == 503 and "is paused" in paused.json()["error"]["message"]


def test_hostile_uploads_are_text(bench: Bench, pages: Pages) -> None:
    track, _ = park(bench)
    with bench.database.begin() as tx:
        bench.catalog.candidates.record(
            tx,
            track.id,
            [
                Candidate("made", f"{n}", "javascript:alert(1)", name, channel=name, score=0.1)
                for n, name in enumerate(HOSTILE)
            ],
        )
    found = Reader(pages.get(f"/review/{track.id}").text)
    assert len([tag for tag, _ in found.tags if tag == "script"]) == 1, "ours"
    for tag, attributes in found.tags:
        assert tag not in ("iframe", "object", "style"), tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action"):
            value = attributes.get(name) or "/"
            assert value.startswith(("/", "#", "?", "http://")), attributes
    assert all(name in found.text for name in HOSTILE)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_a_browser_plays_takes_and_thinks_again(bench: Bench, pages: Pages) -> None:
    first, second = park(bench)
    with open_browser() as page:
        name, _, value = pages.session.partition("=")
        page.context.add_cookies([{"name": name, "value": value, "url": pages.url}])
        page.goto(f"{pages.url}/review")
        page.keyboard.press("1")
        until = time.monotonic() + 30
        while page.locator("#player audio").evaluate("one => one.currentTime") < 0.3:
            assert time.monotonic() < until, "nothing is heard"
        assert page.locator(".hit .is-playing").count() == 1
        page.keyboard.press("a")
        page.wait_for_url(f"**/review/{second.id}*")
        assert page.locator("#player").is_hidden(), "a preview ends with its page"
        assert bench.status(first.id) is TrackStatus.WANTED
        page.keyboard.press("u")
        page.wait_for_url(f"**/review/{first.id}*")
        assert bench.status(first.id) is TrackStatus.NEEDS_REVIEW
