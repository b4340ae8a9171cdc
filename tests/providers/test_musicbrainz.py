"""MusicBrainz through the real musicbrainzngs: refusals, pace, paging, and the bundled world."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import musicbrainzngs.musicbrainz as library
import pytest

from shanty.catalog.releases import choose_release
from shanty.demo.answers import Answer, Request
from shanty.demo.discography import build_discography
from shanty.demo.world import World
from shanty.errors import NotFoundError, PermanentError, TransientError, WaitError
from shanty.providers import musicbrainz as provider
from shanty.providers.http_session import parse_retry_after, user_agent
from shanty.providers.musicbrainz import MusicBrainz
from tests.world.musicbrainz_server import (
    FAST,
    MBID,
    XML,
    client,
    document,
    refuse,
    release_list,
    serve,
)

# Refusals


@pytest.mark.parametrize("status", [503, 429])
def test_a_refusal_is_one_request_and_a_wait(status: int) -> None:
    with serve(refuse(status, Retry_After="7")) as server:
        musicbrainz = client(server)
        with pytest.raises(WaitError) as caught:
            musicbrainz.get_artist(MBID)
    assert len(server.requests) == 1
    assert musicbrainz.requests_made == 1
    assert caught.value.source == "musicbrainz"
    assert caught.value.retry_at is not None
    ahead = (caught.value.retry_at - datetime.now(UTC)).total_seconds()
    assert 0 < ahead <= 7


def test_a_wait_without_retry_after_names_no_time() -> None:
    with serve(refuse(503)) as server, pytest.raises(WaitError) as caught:
        client(server).get_artist(MBID)
    assert caught.value.retry_at is None


@pytest.mark.parametrize(
    ("status", "expected", "words"),
    [
        (404, NotFoundError, f"MusicBrainz has no artist {MBID}"),
        (400, NotFoundError, f"MusicBrainz cannot look up artist {MBID}: Invalid mbid"),
        (403, PermanentError, "refuses to answer (HTTP 403 Forbidden)"),
        (500, TransientError, "has trouble (HTTP 500 Internal Server Error)"),
        (502, TransientError, "has trouble (HTTP 502 Bad Gateway)"),
    ],
)
def test_other_refusals(status: int, expected: type[Exception], words: str) -> None:
    with serve(refuse(status)) as server, pytest.raises(expected) as caught:
        client(server).get_artist(MBID)
    assert words in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [b"<html><p>welcome to the hotel</html>", b"", b"<error><text>odd</text></error>", b"\xff\xfe"],
)
def test_what_is_no_musicbrainz_data_is_transient(body: bytes) -> None:
    with serve(lambda _: Answer(200, body, XML)) as server, pytest.raises(TransientError) as caught:
        client(server).get_artist(MBID)
    assert "something else" in str(caught.value)


def test_the_answer_to_another_question_is_transient() -> None:
    with (
        serve(lambda _: document(f'<label id="{MBID}"/>')) as server,
        pytest.raises(TransientError),
    ):
        client(server).get_artist(MBID)


def test_an_unreachable_server_is_named() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(TransientError) as caught:
            MusicBrainz(url).get_artist(MBID)
    assert str(caught.value) == f"MusicBrainz at {url} cannot be reached: Connection refused"


def test_a_cut_connection_is_transient() -> None:
    whole = document(f'<artist id="{MBID}"><name>Someone</name></artist>')
    cut = Answer(200, whole.body, XML, cut_after=20)
    with serve(lambda _: cut) as server, pytest.raises(TransientError) as caught:
        client(server).get_artist(MBID)
    assert "the connection was cut" in str(caught.value)


def test_retry_after_in_all_its_forms() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert parse_retry_after("90", now) == now + timedelta(seconds=90)
    assert parse_retry_after("1.5", now) == now + timedelta(seconds=1.5)
    assert parse_retry_after("Fri, 02 Jan 2026 03:05:05 GMT", now) == now + timedelta(minutes=1)
    assert parse_retry_after("Fri, 02 Jan 2026 05:05:05 +0200", now) == now + timedelta(minutes=1)
    assert parse_retry_after("Thu, 01 Jan 2026 00:00:00 GMT", now) == now
    assert parse_retry_after("-5", now) == now
    assert parse_retry_after("99999999999999999999", now) == now + timedelta(days=1)
    no_time = "Fri, 31 Dec 9999 23:59:59 -2359"
    for nothing in (None, "", "soon", "nan", "inf", no_time, no_time.replace("9999", "9" * 20)):
        assert parse_retry_after(nothing, now) is None


# Pace and politeness


def test_who_we_are() -> None:
    with serve(lambda _: document(f'<artist id="{MBID}"><name>X</name></artist>')) as server:
        client(server).get_artist(MBID)
    assert server.requests[0].headers["user-agent"] == user_agent("a@example.org")
    assert re.fullmatch(r"shanty/\S+ \( a@example\.org \)", user_agent("a@example.org"))


class FakeClock:
    """Stands for the ``time`` module: only sleeping makes it go on, so load does not matter."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        time.sleep(0.005)  # lets another thread in, if nothing keeps it out
        with self._lock:
            self.now += seconds


def test_requests_keep_their_distance_also_between_clients_and_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(provider, "time", clock)
    # A server of an earlier test may have had the same port, by the real clock.
    monkeypatch.setattr(provider, "_next_request_at", {})
    at: list[float] = []

    def answer(_request: Request) -> Answer:
        at.append(clock.now)
        return document(f'<artist id="{MBID}"><name>X</name></artist>')

    with serve(answer) as server:
        clients = [client(server, rate=0.5) for _ in range(2)]
        threads = [
            threading.Thread(target=one.get_artist, args=(MBID,)) for one in clients for _ in (1, 2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Time that passes by itself counts.
        clock.now += 1.5
        clients[0].get_artist(MBID)
    assert at == [1000.0, 1002.0, 1004.0, 1006.0, 1008.0]


def test_pace_is_asked_before_each_request() -> None:
    paced: list[int] = []
    with serve(lambda _: document(f'<artist id="{MBID}"><name>X</name></artist>')) as server:
        musicbrainz = client(server, pace=lambda: paced.append(len(server.requests)))
        musicbrainz.get_artist(MBID)
        musicbrainz.get_artist(MBID)
    assert paced == [0, 1]


def test_two_servers_at_a_time_do_not_mix() -> None:
    def answer_as(name: str) -> Callable[[Request], Answer]:
        return lambda _: document(f'<artist id="{MBID}"><name>{name}</name></artist>')

    found: dict[str, set[str]] = {"one": set(), "two": set()}
    with serve(answer_as("one")) as one, serve(answer_as("two")) as two:

        def ask(name: str, musicbrainz: MusicBrainz) -> None:
            for _ in range(10):
                found[name].add(musicbrainz.get_artist(MBID).name)

        threads = [
            threading.Thread(target=ask, args=(name, client(server)))
            for name, server in (("one", one), ("two", two))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {"one": {"one"}, "two": {"two"}}


def test_a_url_with_a_slash_at_its_end() -> None:
    with serve(lambda _: document(f'<artist id="{MBID}"><name>X</name></artist>')) as server:
        MusicBrainz(f"{server.url}/", rate=FAST).get_artist(MBID)
    assert server.requests[0].path == f"/ws/2/artist/{MBID}"


def test_browsing_reads_every_page_also_short_ones() -> None:
    def answer(request: Request) -> Answer:
        offset = int(request.query.get("offset", "0"))
        # As the real server does when editions have very many tracks: fewer than asked for.
        return release_list(offset, min(40, 130 - offset), 130)

    with serve(answer) as server:
        musicbrainz = client(server)
        found = musicbrainz.browse_releases(MBID)
    assert [release.title for release in found] == [f"R{number}" for number in range(130)]
    assert musicbrainz.requests_made == 4
    assert all(request.query["limit"] == "100" for request in server.requests)
    assert server.requests[0].query["release-group"] == MBID


def test_browsing_ends_when_a_page_is_empty_whatever_the_count_says() -> None:
    with serve(lambda _: release_list(0, 0, 7)) as server:
        assert client(server).browse_releases(MBID) == []
    assert len(server.requests) == 1


def test_a_recording_on_many_releases_is_browsed_for_the_rest() -> None:
    def answer(request: Request) -> Answer:
        if request.path.startswith("/ws/2/recording/"):
            listed = release_list(0, 25, 25).body.decode()
            inner = re.search(r"<release-list.*</release-list>", listed)
            assert inner is not None
            title = "<title>Everywhere</title>"
            return document(f'<recording id="{MBID}">{title}{inner[0]}</recording>')
        return release_list(0, 60, 60)

    with serve(answer) as server:
        found = client(server).get_recording(MBID)
    assert len(found.releases) == 60
    assert server.requests[1].query["recording"] == MBID
    assert len(server.requests) == 2


@pytest.mark.parametrize("query", ["AC/DC", 'Who? "What" (AND) Where!', "Guns N' Roses: live"])
def test_a_search_is_for_words_not_lucene(query: str) -> None:
    with serve(lambda _: document('<artist-list count="0" offset="0"/>')) as server:
        assert client(server).search_artists(query).items == ()
    sent = server.requests[0].query["query"]
    assert re.search(r"(?<!\\)[/?\"():!]", sent) is None
    assert "AND" not in sent


def test_a_search_for_nothing_costs_nothing() -> None:
    with serve(refuse(500)) as server:
        assert client(server).search_artists("  ").items == ()
    assert server.requests == []


# Against the bundled world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


def test_a_recording_is_found_and_placed(world: World) -> None:
    mbid = world.recordings[0]
    expected = world.expected(mbid)
    musicbrainz = client(world)
    found = musicbrainz.get_recording(mbid)
    assert found.recording == expected.recording
    chosen = choose_release(found.releases)
    assert chosen.release_group.mbid == expected.release.release_group.mbid
    assert chosen.release_group.primary_type == expected.release.release_group.primary_type
    assert musicbrainz.requests_made == 1
    assert musicbrainz.get_release(expected.release.mbid) == expected.release


def test_the_whole_catalogue_comes_through_unchanged(world: World) -> None:
    discography = build_discography(24)
    musicbrainz = client(world)
    for artist in discography.artists:
        assert musicbrainz.get_artist(artist.mbid) == artist
        groups = musicbrainz.browse_release_groups(artist.mbid)
        own = [
            group
            for group in discography.release_groups
            if artist.mbid in group.artist_credit.artist_mbids
        ]
        assert sorted(groups, key=lambda group: group.mbid) == sorted(
            own, key=lambda group: group.mbid
        )
    for group in discography.release_groups:
        expected = [one for one in discography.releases if one.release_group.mbid == group.mbid]
        browsed = musicbrainz.browse_releases(group.mbid)
        assert sorted(one.mbid for one in browsed) == sorted(one.mbid for one in expected)
        by_mbid = {one.mbid: one for one in expected}
        assert all(one == by_mbid[one.mbid] for one in browsed)


def test_searches_find_what_is_there(world: World) -> None:
    expected = world.expected(world.recordings[0])
    musicbrainz = client(world)
    artist = expected.release.artist_credit.parts[0].artist
    assert musicbrainz.search_artists(artist.name).items[0].value == artist
    title = expected.release.release_group.title
    groups = musicbrainz.search_release_groups(title)
    assert expected.release.release_group.mbid in {hit.value.mbid for hit in groups.items}
    recordings = musicbrainz.search_recordings(expected.recording.title, limit=3)
    assert expected.recording.mbid in {hit.value.recording.mbid for hit in recordings.items}


def test_the_private_name_that_is_replaced_is_still_what_it_was() -> None:
    """With another musicbrainzngs this says so before a refused request is repeated."""
    with serve(refuse(503)) as server, pytest.raises(WaitError):
        client(server).get_artist(MBID)
    assert "_safe_read" in library._mb_request.fun.__code__.co_names
