"""MusicBrainz through the real musicbrainzngs, against loopback servers and recorded answers."""

from __future__ import annotations

import csv
import os
import re
import socket
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import musicbrainzngs.musicbrainz as library
import pytest

from shanty.demo.answers import Answer, Request
from shanty.demo.discography import build_discography
from shanty.demo.listener import Listener
from shanty.demo.world import World
from shanty.entities import (
    VARIOUS_ARTISTS_MBID,
    Artist,
    ArtistCredit,
    CreditedArtist,
    Release,
    ReleaseGroup,
)
from shanty.errors import NotFoundError, PermanentError, TransientError, WaitError
from shanty.providers import musicbrainz as provider
from shanty.providers.http_session import parse_retry_after, user_agent
from shanty.providers.musicbrainz import MusicBrainz
from shanty.providers.musicbrainz_values import parse_artist_credit, parse_date
from shanty.releases import choose_release

MBID = "b3015bab-1540-4d4e-9f30-14872a1525f7"
FAST = 100_000.0
XML = "application/xml; charset=utf-8"
NS = "{http://musicbrainz.org/ns/mmd-2.0#}"
FIXTURES = Path(
    os.environ.get("SHANTY_FIXTURES")
    or Path(__file__).resolve().parent.parent.parent / "shared" / "fixtures"
)


class Server:
    """Answers every request with what ``answer`` returns, and remembers the requests."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self.requests: list[Request] = []
        self.answer = answer
        self.url = ""

    def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.answer(request)


@contextmanager
def serve(answer: Callable[[Request], Answer]) -> Iterator[Server]:
    server = Server(answer)
    with Listener(server.handle, 0) as listener:
        server.url = listener.base_url
        yield server


def document(inner: str) -> Answer:
    text = f'<metadata xmlns="http://musicbrainz.org/ns/mmd-2.0#">{inner}</metadata>'
    return Answer(200, text.encode(), XML)


def client(server: Server | World, **options: Any) -> MusicBrainz:
    url = server.url if isinstance(server, Server) else server.base_url
    return MusicBrainz(url, **{"contact": "a@example.org", "rate": FAST, **options})


def refuse(status: int, **headers: str) -> Callable[[Request], Answer]:
    body = b"<error><text>Invalid mbid.</text><text>For usage, see elsewhere</text></error>"
    renamed = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: Answer(status, body, XML, renamed)


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
    for nothing in (None, "", "soon", "nan", "inf"):
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


# Paging


def release_list(first: int, count: int, total: int) -> Answer:
    releases = "".join(
        f'<release id="00000000-0000-0000-0000-{number:012}"><title>R{number}</title></release>'
        for number in range(first, first + count)
    )
    return document(f'<release-list count="{total}" offset="{first}">{releases}</release-list>')


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


# Recorded answers of the real server

ENTITIES = ("artist", "recording", "release", "release-group")


def recorded_answers() -> list[Path]:
    manifest = FIXTURES / "musicbrainz" / "MANIFEST.tsv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    kinds = {*ENTITIES, *(f"{entity}-list" for entity in ENTITIES)}
    return [
        FIXTURES / row[0]
        for row in rows[1:]
        if row[0].startswith(("musicbrainz/xml/", "musicbrainz/xml-derived/"))
        and row[3].split(",")[0] in kinds
        and (FIXTURES / row[0]).exists()
    ]


def ask_for(musicbrainz: MusicBrainz, kind: str, mbid: str) -> list[Any]:
    """The entities of an answer of this kind, by the methods that would get such an answer."""
    match kind:
        case "artist":
            return [musicbrainz.get_artist(mbid)]
        case "recording":
            found = musicbrainz.get_recording(mbid)
            return [found.recording]
        case "release":
            return [musicbrainz.get_release(mbid)]
        case "artist-list":
            return [hit.value for hit in musicbrainz.search_artists("x", 100).items]
        case "recording-list":
            hits = musicbrainz.search_recordings("x", 100).items
            return [hit.value.recording for hit in hits]
        case "release-group-list":
            return [hit.value for hit in musicbrainz.search_release_groups("x", 100).items]
        case "release-list":
            return list(musicbrainz.browse_releases(mbid))
    raise AssertionError(kind)


def text_of(element: ET.Element, *path: str) -> str:
    found = element.find("/".join(f"{NS}{part}" for part in path))
    return (found.text or "") if found is not None else ""


def credit_of(element: ET.Element) -> str:
    printed = ""
    for part in element.findall(f"{NS}artist-credit/{NS}name-credit"):
        printed += text_of(part, "name") or text_of(part, "artist", "name")
        printed += part.get("joinphrase") or ""
    return printed


def assert_release(release: Release, element: ET.Element) -> None:
    assert release.title == text_of(element, "title")
    assert release.status == text_of(element, "status")
    assert release.country == text_of(element, "country")
    assert release.artist_credit.name == credit_of(element)
    date = text_of(element, "date")
    assert release.date == date if re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", date) else True
    barcode = element.find(f"{NS}barcode")
    assert release.barcode == (None if barcode is None else (barcode.text or ""))
    media = element.findall(f"{NS}medium-list/{NS}medium")
    assert len(release.media) == len(media)
    for medium, node in zip(release.media, media, strict=True):
        places = ("pregap", f"track-list/{NS}track", f"data-track-list/{NS}track")
        tracks = [track for place in places for track in node.findall(f"{NS}{place}")]
        with_recording = [one for one in tracks if one.find(f"{NS}recording") is not None]
        assert len(medium.tracks) == len(with_recording)
        for track, found in zip(medium.tracks, with_recording, strict=True):
            assert track.recording.mbid == found.find(f"{NS}recording").get("id")  # type: ignore[union-attr]
            assert track.title == (text_of(found, "title") or text_of(found, "recording", "title"))
            assert str(track.position) == text_of(found, "position")
            isrcs = found.findall(f"{NS}recording/{NS}isrc-list/{NS}isrc")
            assert list(track.recording.isrcs) == [one.get("id") for one in isrcs]
            length = text_of(found, "length") or text_of(found, "recording", "length")
            assert track.length_ms == (int(length) if length else None)


def assert_entity(value: Any, element: ET.Element) -> None:
    assert value.mbid == element.get("id")
    match value:
        case Artist():
            assert value.name == text_of(element, "name")
            assert value.sort_name == text_of(element, "sort-name")
        case Release():
            assert_release(value, element)
        case ReleaseGroup():
            assert value.title == text_of(element, "title")
            secondary = element.findall(f"{NS}secondary-type-list/{NS}secondary-type")
            assert [one.text for one in secondary] == list(value.secondary_types) or not secondary
            assert value.primary_type == text_of(element, "primary-type") or not text_of(
                element, "primary-type"
            )
            assert value.first_release_date == text_of(element, "first-release-date")
        case _:
            assert value.title == text_of(element, "title")
            length = text_of(element, "length")
            assert value.length_ms == (int(length) if length else None)
            assert value.artist_credit.name == credit_of(element)
            assert value.is_video == (text_of(element, "video") == "true")
            isrcs = element.findall(f"{NS}isrc-list/{NS}isrc")
            assert list(value.isrcs) == [one.get("id") for one in isrcs]


@pytest.fixture(scope="module")
def replay() -> Iterator[Server]:
    with serve(refuse(404)) as server:
        yield server


@pytest.mark.parametrize("path", recorded_answers(), ids=lambda path: path.name)
def test_every_recorded_answer_is_understood(replay: Server, path: Path) -> None:
    body = path.read_bytes()
    root = ET.fromstring(body)
    element = next(child for child in root if child.tag.removeprefix(NS) in _kinds())
    kind = element.tag.removeprefix(NS)

    def answer(request: Request) -> Answer:
        # Everything on one page, and 25 releases of a recording lead to a browse of them.
        if int(request.query.get("offset", "0")) > 0 or request.query.get("recording"):
            return release_list(0, 0, 0)
        return Answer(200, body, XML)

    replay.answer = answer
    if kind == "release-group":
        wrapped = ET.Element(root.tag)
        ET.SubElement(wrapped, f"{NS}release-group-list", count="1").append(element)
        body = ET.tostring(wrapped)
        found = ask_for(client(replay), "release-group-list", MBID)
        elements = [element]
    else:
        found = ask_for(client(replay), kind, element.get("id", MBID))
        elements = list(element) if kind.endswith("-list") else [element]
    by_mbid = {one.get("id"): one for one in elements}
    assert len(found) == len(elements)
    for value in found:
        assert_entity(value, by_mbid[value.mbid])


def _kinds() -> set[str]:
    return {*ENTITIES, *(f"{entity}-list" for entity in ENTITIES)}


def test_recorded_answers_are_many_when_there_are_any() -> None:
    if not FIXTURES.exists():
        pytest.skip("no recorded answers here")
    assert len(recorded_answers()) >= 100


# Values

PECULIAR = f"""
<release id="{MBID}"><title>Odd One</title><barcode/><date>1991-??-24</date>
 <artist-credit><name-credit joinphrase=" feat. "><name>Printed</name>
   <artist id="a1"><name>Proper</name><sort-name>Proper, The</sort-name></artist></name-credit>
  <name-credit><artist id="a2"><name>Guest</name><sort-name>Guest</sort-name></artist></name-credit>
 </artist-credit>
 <release-group id="g1" type="Live"><title>Odd One</title><primary-type>Album</primary-type>
  <secondary-type-list><secondary-type>Live</secondary-type></secondary-type-list></release-group>
 <label-info-list count="2"><label-info><catalog-number>CAT 1</catalog-number></label-info>
  <label-info><label id="l1"><name>Label</name></label></label-info></label-info-list>
 <medium-list count="2"><medium><position>2</position><format>Enhanced CD</format>
  <pregap id="t0"><position>0</position><number>0</number>
   <recording id="r0"><title>Hidden</title><length>1000</length></recording></pregap>
  <track-list count="1" offset="0"><track id="t1"><position>1</position><number>A1</number>
   <title>Own</title><length>2500</length><recording id="r1"><title>Recording's</title>
   <length>2000</length><video>true</video></recording></track></track-list>
  <data-track-list count="1"><track id="t2"><position>2</position><number>2</number>
   <recording id="r2"><title>Data</title></recording></track></data-track-list></medium>
  <medium><position>3</position><track-list count="9"/></medium></medium-list></release>
"""


def test_the_peculiarities_of_a_release() -> None:
    with serve(lambda _: document(PECULIAR)) as server:
        release = client(server).get_release(MBID)
    assert (release.barcode, release.date) == ("", "1991")
    assert release.artist_credit.name == "Printed feat. Guest"
    assert release.artist_credit.sort_name == "Proper, The feat. Guest"
    group = release.release_group
    assert (group.primary_type, group.secondary_types) == ("Album", ("Live",))
    assert (release.label, release.catalog_number) == ("Label", "CAT 1")
    first, second = release.media
    assert (first.position, first.track_count) == (2, 2)
    assert (second.position, second.track_count, second.tracks) == (3, 9, ())
    seen = [(track.position, track.number, track.title, track.length_ms) for track in first.tracks]
    assert seen == [(0, "0", "Hidden", 1000), (1, "A1", "Own", 2500), (2, "2", "Data", None)]
    recording = first.tracks[1].recording
    assert (recording.title, recording.length_ms, recording.is_video) == ("Recording's", 2000, True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("", ""),
        ("1991", "1991"),
        ("1991-09", "1991-09"),
        ("1991-09-24", "1991-09-24"),
        ("1991-00-00", "1991"),
        ("1991-??-24", "1991"),
        ("????-09", ""),
    ],
)
def test_dates_are_as_much_as_is_known(value: str | None, expected: str) -> None:
    assert parse_date(value) == expected


def test_join_phrases_stay_with_the_name_before() -> None:
    artist = {"id": "a", "name": "A"}
    credit = parse_artist_credit([{"artist": artist}, " x ", "y ", {"artist": artist, "name": "B"}])
    assert credit.name == "A x y B"
    assert parse_artist_credit(None) == ArtistCredit()


# Choosing a release


def made(
    name: str,
    *,
    status: str = "Official",
    kind: str = "Album",
    also: tuple[str, ...] = (),
    date: str = "",
    artist: str = "a",
) -> Release:
    credit = ArtistCredit((CreditedArtist(Artist(artist, artist), artist),))
    group = ReleaseGroup(f"g-{name}", name, credit, kind, also)
    return Release(name, name, credit, group, status=status, date=date)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (made("z", date="2001"), made("a", status="Bootleg", date="1990")),
        (made("z", status="", date="2001"), made("a", status="Promotion", date="1990")),
        (made("z", date="2001"), made("a", kind="Single", date="2000")),
        (made("z", kind="EP", date="2001"), made("a", kind="Single", date="2000")),
        (made("z", kind="Single"), made("a", also=("Compilation",), date="1990")),
        (made("z", kind="Single"), made("a", artist=VARIOUS_ARTISTS_MBID, date="1990")),
        (made("z", date="2001"), made("a", also=("Live",), date="1990")),
        (made("z", also=("Soundtrack",)), made("a", kind="Single", date="1990")),
        (made("z", date="1991-02-03"), made("a", date="1991-02-04")),
        (made("z", date="1991-02-03"), made("a", date="1991")),
        (made("z", date="1991-02-03"), made("a", date="1991-02")),
        (made("z", date="1991"), made("a")),
        (made("a", date="1991"), made("z", date="1991")),
    ],
)
def test_the_better_release_is_chosen(better: Release, worse: Release) -> None:
    assert choose_release([better, worse]) is better
    assert choose_release([worse, better]) is better


def test_no_release_is_no_choice() -> None:
    with pytest.raises(ValueError, match="empty"):
        choose_release([])


def test_the_private_name_that_is_replaced_is_still_what_it_was() -> None:
    """With another musicbrainzngs this says so before a refused request is repeated."""
    with serve(refuse(503)) as server, pytest.raises(WaitError):
        client(server).get_artist(MBID)
    assert "_safe_read" in library._mb_request.fun.__code__.co_names
