"""What YouTube answers to a search, read by the real extractors of the locked yt-dlp."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from shanty.errors import TransientError
from shanty.providers.ytdlp.search import search
from tests.world import youtube_answers as youtube
from tests.world.music_site import recorded_answers
from tests.world.youtube_answers import Recorder, answered_from_memory


@pytest.fixture
def site() -> Iterator[Recorder]:
    with answered_from_memory() as recorder:
        yield recorder


NOTHING = {"backgroundPromoRenderer": {"title": {"simpleText": "No results found"}}}
SONG = youtube.video("aaaaaaaaaaa", "Low Water", "Anna - Topic")


def test_a_search_is_one_request_and_no_page_of_the_site(site: Recorder) -> None:
    site.answers = [youtube.page(SONG, following="more"), youtube.page(SONG)]
    (found,) = search("ytsearch8", "Anna - Low Water")
    ((url, document),) = site.asked
    assert "/youtubei/v1/search" in url
    assert (document["query"], document["params"]) == ("Anna - Low Water", youtube.VIDEOS_ONLY)
    assert (found.source, found.source_id, found.channel, found.duration_seconds) == (
        "Youtube",
        "aaaaaaaaaaa",
        "Anna - Topic",
        187.0,
    )


def test_what_is_no_recording_takes_nobody_s_place(site: Recorder) -> None:
    live = youtube.video("live0000000", "On air", "Anna", "", **youtube.overlay("LIVE"))
    soon = youtube.video("soon0000000", "Soon", "Anna", "", upcomingEventData={"startTime": "9"})
    bare = youtube.video("bare0000000", "No length", "Anna", "")
    others = [
        youtube.short("short000000"),
        youtube.channel("UC" + "x" * 22),
        youtube.playlist("PL" + "x" * 16),
        live,
        soon,
        bare,
    ]
    songs = [youtube.video(f"song{number:07}", "Low Water", "Anna") for number in range(4)]
    site.answers = [youtube.page(*others, *songs)]
    assert [one.source_id for one in search("ytsearch3", "x")] == [
        f"song{number:07}" for number in range(3)
    ]
    assert len(search("ytsearch", "x")) == 1


def test_the_mark_of_a_channel_is_read(site: Recorder) -> None:
    site.answers = [
        youtube.page(
            youtube.video("a" * 11, "Low Water", "Anna", **youtube.badge("VERIFIED_ARTIST")),
            youtube.video("b" * 11, "Low Water", "Label", **youtube.badge("VERIFIED")),
            youtube.video("c" * 11, "Low Water", "Anybody"),
        )
    ]
    assert [one.is_verified for one in search("ytsearch8", "x")] == [True, True, None]


def test_nothing_found_is_no_failure(site: Recorder) -> None:
    site.answers = [youtube.page(NOTHING)]
    assert search("ytsearch8", "x") == []


SECTIONS = youtube.page()
SECTIONS["contents"]["twoColumnSearchResultsRenderer"]["primaryContents"] = {
    "sectionListRenderer": {"contents": []}
}
ONLY_MORE = youtube.page(following="more")
del ONLY_MORE["contents"]["twoColumnSearchResultsRenderer"]["primaryContents"][
    "sectionListRenderer"
]["contents"][0]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"responseContext": {}},
        {"responseContext": {}, "trackingParams": "x", "estimatedResults": "7"},
        {"contents": {}},
        {"contents": {"twoColumnSearchResultsRenderer": {}}},
        {"contents": {"twoColumnSearchResultsRenderer": {"primaryContents": {}}}},
        {"contents": {"messageRenderer": {"text": {"simpleText": "x"}}}},
        SECTIONS,
        ONLY_MORE,
    ],
)
def test_an_incomplete_answer_is_a_failure_of_the_site(site: Recorder, answer: Any) -> None:
    site.answers = [answer]
    with pytest.raises(TransientError, match="incomplete") as caught:
        search("ytsearch8", "x")
    assert caught.value.is_of_source
    assert len(site.asked) == 1


def test_results_without_any_length_are_not_understood(site: Recorder) -> None:
    site.answers = [youtube.page(*(youtube.video(c * 11, "x", "Anna", "") for c in "abc"))]
    with pytest.raises(TransientError, match="length") as caught:
        search("ytsearch8", "x")
    assert caught.value.is_of_source


RECORDED = recorded_answers("youtube")


def read_recorded(site: Recorder, recorded: Sequence[tuple[dict[str, Any], Any]]) -> None:
    verified = number = 0
    for one, answer in recorded:
        site.answers, site.asked = [answer], []
        found = search("ytsearch50", one["query"])
        assert len(site.asked) == 1
        assert found, one["file"]
        for candidate in found:
            assert candidate.source == "Youtube"
            assert candidate.url == f"https://www.youtube.com/watch?v={candidate.source_id}"
            assert candidate.title
            assert candidate.channel
            assert candidate.duration_seconds
            number += 1
            verified += bool(candidate.is_verified)
    # A version of yt-dlp that no longer reads a field would lose all of it.
    assert number > 15 * len(recorded)
    assert verified > number / 4


@pytest.mark.skipif(not RECORDED, reason="no collected fixtures here")
def test_some_recorded_answers_are_read(site: Recorder) -> None:
    read_recorded(site, RECORDED[:3])


@pytest.mark.proof
@pytest.mark.skipif(not RECORDED, reason="no collected fixtures here")
def test_all_recorded_answers_are_read(site: Recorder) -> None:
    read_recorded(site, RECORDED)
