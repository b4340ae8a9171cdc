"""How Lidarr is asked, and that a hostile or a slow one, or one that is none, harms nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from shanty.demo.answers import Answer, json_answer
from shanty.errors import PermanentError, ShantyError, TransientError, UnreachableError
from shanty.music.entities import Artist, ReleaseGroup
from shanty.providers import lidarr as provider
from shanty.providers.lidarr import Lidarr, LidarrAlbum, LidarrArtist, LidarrProfile
from tests.world.lidarr_server import KEY, LidarrServer, lidarr_server
from tests.world.receivers import http_receiver

ARTIST = Artist("0383dadf-2a4e-4d10-a46a-e9e041da8eb3", "Queen", "Queen", "UK rock group")
ALBUM = ReleaseGroup(
    "9dccb5d3-ebe9-3f9b-b2e4-4dcbd43bff5e",
    "Live Killers",
    primary_type="Album",
    secondary_types=("Live",),
    first_release_date="1979-06-22",
)


@pytest.fixture
def server() -> Iterator[LidarrServer]:
    with lidarr_server() as made:
        yield made


@pytest.mark.parametrize("ending", ["", "/", "/lidarr", "/lidarr/", "/api/v1"])
def test_artists_albums_and_profiles_are_read(server: LidarrServer, ending: str) -> None:
    profile = server.add_profile("Album", "EP", "Studio", "Live")
    number = server.add_artist(ARTIST, [(ALBUM, True)], profile=profile)
    asked = Lidarr(server.url + ending, KEY)
    assert asked.list_profiles() == {profile: LidarrProfile(("Album", "EP"), ("Studio", "Live"))}
    [artist] = asked.list_artists()
    assert artist == LidarrArtist(
        number, ARTIST.mbid, "Queen", "queen", "UK rock group", True, "all", profile
    )
    assert asked.list_albums(artist) == [
        LidarrAlbum(ALBUM.mbid, "Live Killers", "Album", ("Live",), "1979-06-22", True)
    ]


def test_an_address_without_a_scheme_will_do(server: LidarrServer) -> None:
    assert Lidarr(server.url.removeprefix("http://"), KEY).list_artists() == []
    for wrong in ("", "ftp://nas", "http://", "http://nas:port", "http://nas/?apikey=1"):
        with pytest.raises(ShantyError, match="looks like http://nas:8686"):
            Lidarr(wrong, KEY)


def test_a_wrong_key_is_one_sentence_without_the_key(server: LidarrServer) -> None:
    with pytest.raises(PermanentError, match=r"refuses the key .*Settings, General") as caught:
        Lidarr(server.url, "hidden").list_artists()
    assert "hidden" not in str(caught.value)
    with pytest.raises(ShantyError, match="only letters and digits") as caught:
        Lidarr(server.url, "hidden\r\nX: y")
    assert "hidden" not in str(caught.value)


def test_no_redirect_leads_the_key_away(server: LidarrServer) -> None:
    with http_receiver() as other:
        other.answer = b"[]"
        away = {"Location": f"http://{other.host}/api/v1/artist"}
        server.answer = lambda request: Answer(301, headers=away)
        with pytest.raises(PermanentError, match="in the local network"):
            Lidarr(server.url, KEY).list_artists()
        assert other.received == []
    home = {"Location": f"{server.url}/lidarr/api/v1/artist"}

    def answer(request: object) -> Answer:
        server.answer = None
        return Answer(301, headers=home)

    server.answer = answer
    assert Lidarr(server.url, KEY).list_artists() == []  # with the key: else it would refuse


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{}", b"null", b'"list"', b"[" * 100_000, b"\xff\xfe", b'{"message": "x"}'],
)
def test_what_is_no_list_is_no_answer(server: LidarrServer, body: bytes) -> None:
    server.answer = lambda request: Answer(200, body, "application/json")
    with pytest.raises(TransientError, match="something else than its API promises"):
        Lidarr(server.url, KEY).list_artists()


def test_entries_that_make_no_sense_are_read_as_nothing(server: LidarrServer) -> None:
    name = "A\u0000\u001b[31m\ud800" + "x" * 10_000
    nonsense = [
        *(None, 1, "x", [], {}),
        {"id": True, "artistName": 5, "foreignArtistId": "../etc"},
        {"artistName": name, "monitored": "yes"},
    ]
    server.answer = lambda request: json_answer(nonsense)
    asked = Lidarr(server.url, KEY)
    artists = asked.list_artists()
    assert [artist.mbid for artist in artists] == ["", "", ""]
    assert not any(artist.is_monitored for artist in artists)
    assert artists[2].name.isprintable()
    assert len(artists[2].name) <= 500
    assert [album.mbid for album in asked.list_albums(artists[0])] == ["", "", ""]
    assert asked.list_profiles() == {0: LidarrProfile((), ())}
    strange = {
        "primaryAlbumTypes": {"a": 1},
        "secondaryAlbumTypes": [{"albumType": 3, "allowed": 1}],
    }
    server.answer = lambda request: json_answer([{"id": 2, **strange}])
    assert asked.list_profiles() == {2: LidarrProfile((), ())}


def test_an_answer_without_end_is_given_up(
    server: LidarrServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "_MOST_BYTES", 1000)
    server.answer = lambda request: Answer(200, json.dumps(["x" * 2000]).encode())
    with pytest.raises(PermanentError, match="more than 1000 bytes"):
        Lidarr(server.url, KEY).list_artists()
    short = replace(provider._BOUNDS, answer_seconds=0.2)
    monkeypatch.setattr(provider, "_BOUNDS", short)
    server.answer = lambda request: Answer(200, b"[]", silent_seconds=30)
    with pytest.raises(UnreachableError, match="does not answer in time"):
        Lidarr(server.url, KEY).list_artists()
