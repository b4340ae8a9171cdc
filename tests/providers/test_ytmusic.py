"""YouTube Music's search, through the real ``ytmusicapi``, over HTTP on loopback."""

from __future__ import annotations

import json
import locale
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shanty.demo.answers import Answer, json_answer
from shanty.errors import PermanentError, StageError, TransientError, UnreachableError, WaitError
from shanty.models import Candidate, UploadKind
from shanty.providers import ytmusic
from shanty.providers.http_bounds import Bounds
from shanty.providers.ytmusic import HOME_URL, MissingError, YouTubeMusic
from tests.world.music_site import NOTHING, MusicSite, page, recorded_answers, shelf, song

SONG = song("aaaaaaaaaaa", "Low Water", "Anna", "Berta", {"album": "Tides"}, "3:07")


@pytest.fixture
def site() -> Iterator[MusicSite]:
    with MusicSite().opened() as site:
        yield site


def find(site: MusicSite, kind: ytmusic.Shelf = "songs") -> list[Candidate]:
    return YouTubeMusic(site.url).search("anything", kind, "Youtube")


# What an answer says


def test_a_song_is_read_with_all_that_is_said_of_it(site: MusicSite) -> None:
    site.say(page(shelf(SONG)))
    (found,) = find(site)
    assert found == Candidate(
        source="Youtube",
        source_id="aaaaaaaaaaa",
        url=f"{site.url}/watch?v=aaaaaaaaaaa",
        title="Low Water",
        uploader="Anna - Topic",
        channel="Anna - Topic",
        album="Tides",
        artists=("Anna", "Berta"),
        track="Low Water",
        duration_seconds=187.0,
        kind=UploadKind.AUDIO,
        is_explicit=False,
    )


def test_what_is_found_there_is_fetched_from_youtube() -> None:
    assert YouTubeMusic().uploads_url == "https://www.youtube.com"
    assert YouTubeMusic(f"{HOME_URL}/").uploads_url == "https://www.youtube.com"


@pytest.mark.parametrize(
    ("said", "kind", "artists"),
    [
        ("ATV", UploadKind.AUDIO, ("Anna",)),
        ("OMV", UploadKind.OFFICIAL_VIDEO, ("Anna",)),
        ("OFFICIAL_SOURCE_MUSIC", UploadKind.OFFICIAL_VIDEO, ()),
        ("UGC", UploadKind.USER, ()),
        ("SOMETHING_NEW", UploadKind.UNKNOWN, ()),
        ("", UploadKind.UNKNOWN, ()),
    ],
)
def test_the_kind_of_an_upload_says_whose_name_it_bears(
    site: MusicSite, said: str, kind: UploadKind, artists: tuple[str, ...]
) -> None:
    site.say(page(shelf(song("a", "Low Water", "Anna", "3:07", kind=said), title="Videos")))
    (found,) = find(site, "videos")
    assert (found.kind, found.artists) == (kind, artists)
    assert found.channel.removesuffix(" - Topic") == "Anna"
    assert bool(found.track) == (kind is UploadKind.AUDIO)


def test_what_is_no_recording_is_left_out(site: MusicSite) -> None:
    grey = {"musicItemRendererDisplayPolicy": "MUSIC_ITEM_RENDERER_DISPLAY_POLICY_GREY_OUT"}
    rows = [
        song("live0000000", "On air", "Anna"),  # without a length
        song("gone0000000", "Gone", "Anna", "3:07", **grey),
        song("talk0000000", "Talk", "Anna", "1:02:03", kind="PODCAST_EPISODE"),
        song("", "No address", "Anna", "3:07"),
        SONG,
    ]
    site.say(page(shelf(*rows)))
    assert [one.source_id for one in find(site)] == ["aaaaaaaaaaa"]


@pytest.mark.parametrize("title", ["Titel", "Låtar", "Müzik", "曲", "שירים", "Músicas"])
def test_a_shelf_counts_whatever_its_title_is_called(site: MusicSite, title: str) -> None:
    site.say(page(shelf(SONG, title=title)))
    assert len(find(site)) == 1


def test_texts_can_be_stored(site: MusicSite) -> None:
    site.say(page(shelf(song("a", "half \ud83d and \0", "An\0na", "3:07"))))
    (found,) = find(site)
    found.title.encode()
    assert "\0" not in found.title + found.channel + "".join(found.artists)


def test_nothing_found_is_no_failure(site: MusicSite) -> None:
    site.say(page(NOTHING))
    assert find(site) == []


SECTIONS: dict[str, Any] = {"sectionListRenderer": {"contents": []}}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"responseContext": {"visitorData": "x"}},
        {"responseContext": {}, "trackingParams": "x"},
        {"contents": None},
        {"contents": {}},
        {"contents": []},
        {"contents": {"tabbedSearchResultsRenderer": {}}},
        {"contents": {"tabbedSearchResultsRenderer": {"tabs": []}}},
        {"contents": {"tabbedSearchResultsRenderer": {"tabs": [{"tabRenderer": {}}]}}},
        page(),
        page({}),
        {"contents": SECTIONS},
        {"contents": {"sectionListRenderer": {"contents": "text"}}},
        {"error": {"code": 400, "message": "no"}},
        {"continuationContents": {}},
        [],
        "text",
        None,
    ],
)
def test_an_incomplete_answer_is_a_failure_of_the_site(site: MusicSite, answer: Any) -> None:
    site.say(answer)
    with pytest.raises(TransientError, match=r"incomplete|not understood") as caught:
        find(site)
    assert caught.value.is_of_source


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"flexColumns": []},
        {"flexColumns": "x"},
        song("a", "Low Water", "Anna", "drei Minuten"),
        {**SONG, "overlay": {}},
    ],
)
def test_rows_of_another_form_are_a_failure_and_not_nothing(
    site: MusicSite, row: dict[str, Any]
) -> None:
    site.say(page(shelf(row, row)))
    with pytest.raises(TransientError, match="not understood") as caught:
        find(site)
    assert caught.value.is_of_source
    assert len(str(caught.value)) < 200


# How the site is asked


def test_a_search_is_one_request_by_nobody(site: MusicSite) -> None:
    more = {"nextContinuationData": {"continuation": "more"}}
    long = shelf(SONG)
    long["musicShelfRenderer"]["continuations"] = [more]
    site.say(page(long))
    music = YouTubeMusic(site.url)
    music.search("GBAYE0601498", "songs", "Youtube")
    music.search("Anna - Low Water", "videos", "Youtube")
    assert [(one.method, one.path) for one in site.asked] == [("POST", "/youtubei/v1/search")] * 2
    first, second = (json.loads(one.body) for one in site.asked)
    assert (first["query"], second["query"]) == ("GBAYE0601498", "Anna - Low Water")
    assert first["params"].startswith("EgWKAQII")
    assert second["params"].startswith("EgWKAQIQ")
    assert first["context"]["client"]["hl"] == "en"
    for one in site.asked:
        assert "cookie" not in one.headers
        assert "authorization" not in one.headers
        assert "content-encoding" not in one.headers


def test_the_locale_of_the_process_stays(site: MusicSite) -> None:
    site.say(page(NOTHING))
    before = locale.setlocale(locale.LC_ALL)
    find(site)
    assert locale.setlocale(locale.LC_ALL) == before


PAGE = b"\xef\xbb\xbf\n <!DOCTYPE html><p>Please log in"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(429, b"", headers={"Retry-After": "120"}), WaitError),
        (Answer(503, b""), WaitError),
        (Answer(500, b"{}"), TransientError),
        (Answer(403, b"{}"), TransientError),
        (Answer(404, PAGE), TransientError),
        (Answer(200, PAGE, "text/html"), UnreachableError),
        (Answer(302, b"", headers={"Location": "http://127.0.0.1:1/login"}), UnreachableError),
        (Answer(200, b'{"contents": ', "application/json"), TransientError),
        (Answer(200, b"[" * 100_000, "application/json"), TransientError),
        (Answer(200, b" " * 1000, "application/json", cut_after=10), UnreachableError),
    ],
)
def test_every_failure_has_its_class(
    site: MusicSite, answer: Answer, kind: type[StageError]
) -> None:
    site.answers = [answer]
    with pytest.raises(kind) as caught:
        find(site)
    assert len(site.asked) == 1
    error = caught.value
    if isinstance(error, WaitError):
        assert error.source == "ytmusic"
        if answer.headers:
            assert error.retry_at is not None
            assert 100 < (error.retry_at - datetime.now(UTC)).total_seconds() <= 120
    else:
        assert isinstance(error, TransientError)
        assert error.is_of_source


def test_a_site_that_trickles_or_does_not_end_is_cut(
    site: MusicSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = Bounds(total_seconds=0.5, answer_seconds=0.5)
    site.answers = [Answer(200, b" " * 100, "application/json", seconds=30.0)]
    with pytest.raises(UnreachableError):
        YouTubeMusic(site.url, bounds=bounds).search("x", "songs", "Youtube")
    monkeypatch.setattr(ytmusic, "MAX_ANSWER_BYTES", 1000)
    site.answers = [json_answer({"contents": "x" * 2000})]
    with pytest.raises(PermanentError):
        find(site)


def test_without_ytmusicapi_it_says_so_and_asks_nobody(
    site: MusicSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ytmusicapi", None)
    with pytest.raises(MissingError, match="ytmusicapi cannot be used"):
        find(site)
    assert site.asked == []


# What the real site has answered

RECORDED = [
    (one, answer)
    for one, answer in recorded_answers("music")
    if str(one["params"]).startswith("EgWKAQI")
]


@pytest.mark.skipif(not RECORDED, reason="no collected fixtures here")
def test_recorded_answers_are_read_to_the_last_row(site: MusicSite) -> None:
    music = YouTubeMusic(site.url)
    kinds, nameless = set(), 0
    for one, answer in RECORDED:
        site.say(answer)
        asked: ytmusic.Shelf = "songs" if one["params"].startswith("EgWKAQII") else "videos"
        if "contents" not in answer:  # a further page: never asked for, and no first one
            with pytest.raises(TransientError, match="incomplete"):
                music.search(one["query"], asked, "Youtube")
            continue
        rows = json.dumps(answer).count('"musicResponsiveListItemRenderer"')
        found = music.search(one["query"], asked, "Youtube")
        assert len(found) == rows, one["file"]
        for candidate in found:
            assert candidate.title
            assert candidate.duration_seconds
            assert bool(candidate.album) == (asked == "songs")
            nameless += not candidate.channel
            kinds.add((asked, candidate.kind))
    assert kinds == {
        ("songs", UploadKind.AUDIO),
        ("videos", UploadKind.OFFICIAL_VIDEO),
        ("videos", UploadKind.USER),
    }
    # "999.9 and somebody", which is no link, is taken for a number of views.
    assert nameless == 1
