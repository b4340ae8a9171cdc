"""The made-up catalogue, and recorded ones, through the real musicbrainzngs."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import musicbrainzngs
import pytest
import requests
from musicbrainzngs import mbxml
from musicbrainzngs import musicbrainz as mb_client

from shanty.demo.answers import Request
from shanty.demo.catalogue import Catalogue, ReplayCatalogue
from shanty.demo.discography import build_discography
from shanty.demo.listener import Listener
from shanty.demo.world import World
from shanty.music.entities import Placement
from tests.world.musicbrainz_client import EVERYTHING, point_musicbrainzngs

FIXTURES = Path(
    os.environ.get(
        "SHANTY_FIXTURES", Path(__file__).parent.parent.parent.parent / "shared" / "fixtures"
    )
)
EVERYTHING += ["artist-credits", "isrcs"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(cache_dir=tmp_path) as world:
        yield world


@pytest.fixture
def mb(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    return point_musicbrainzngs(world.base_url, monkeypatch)


# The catalogue as values


def test_the_default_catalogue_is_four_albums_by_three_artists() -> None:
    discography = build_discography()
    assert len(discography.recordings) == 24
    assert len(discography.release_groups) == 4
    assert len(discography.artists) == 3
    assert len({recording.length_ms for recording in discography.recordings}) == 24
    titles = "\n".join(placement.track.title for placement in discography.placements)
    assert all(mark in titles for mark in "/:?é夜")
    assert max(len(line.encode()) for line in titles.splitlines()) > 255
    assert any(len(placement.release.media) == 2 for placement in discography.placements)
    assert any(placement.track.title != placement.recording.title for placement in
               discography.placements)  # fmt: skip
    assert {release.barcode for release in discography.releases} >= {None, ""}


@pytest.mark.parametrize("tracks", [1, 7, 25, 600, 5000])
def test_a_catalogue_of_any_size_has_distinct_entities(tracks: int) -> None:
    discography = build_discography(tracks)
    assert len(discography.by_recording) == len(discography.placements) == tracks
    ids = [track.mbid for r in discography.releases for m in r.media for track in m.tracks]
    ids += [release.mbid for release in discography.releases]
    ids += [group.mbid for group in discography.release_groups]
    ids += [artist.mbid for artist in discography.artists]
    assert len(set(ids)) == len(ids)
    labels = {(r.artist_credit.name, r.title) for r in discography.recordings}
    assert len(labels) == tracks
    # Another process must see the same catalogue: nothing may hang on hash() or on the clock.
    again = build_discography.__wrapped__(tracks)
    assert again == discography


@pytest.mark.parametrize("tracks", [0, 5001])
def test_a_catalogue_of_no_size_is_refused(tracks: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 5000"):
        build_discography(tracks)


# The catalogue through musicbrainzngs


def credit_phrase(entity: dict[str, Any]) -> str:
    return str(entity["artist-credit-phrase"])


def check_track(parsed: dict[str, Any], placement: Placement) -> None:
    track, recording = placement.track, placement.recording
    assert parsed["id"] == track.mbid
    assert parsed.get("title", parsed["recording"]["title"]) == track.title
    # The server leaves the title out when it is the recording's.
    assert ("title" in parsed) == (track.title != recording.title)
    assert parsed["recording"]["id"] == recording.mbid
    assert parsed["recording"]["isrc-list"] == list(recording.isrcs)
    assert int(parsed["recording"]["length"]) == recording.length_ms
    assert (parsed["number"], int(parsed["position"])) == (track.number, track.position)
    assert credit_phrase(parsed) == track.artist_credit.name
    assert credit_phrase(parsed["recording"]) == recording.artist_credit.name


def test_one_browse_brings_every_track_of_every_edition(world: World, mb: Any) -> None:
    wanted = {placement.track.mbid: placement for placement in world.discography.placements}
    for group in world.discography.release_groups:
        includes = ["recordings", "media", "artist-credits", "isrcs", "labels", "release-groups"]
        answer = mb.browse_releases(release_group=group.mbid, includes=includes, limit=100)
        editions = {r.mbid for r in world.discography.releases if r.release_group == group}
        assert {release["id"] for release in answer["release-list"]} == editions
        for parsed in answer["release-list"]:
            assert parsed["release-group"]["primary-type"] == group.primary_type
            for track in (t for medium in parsed["medium-list"] for t in medium["track-list"]):
                if placement := wanted.pop(track["id"], None):
                    check_track(track, placement)
                    release = placement.release
                    assert parsed["date"] == release.date
                    assert parsed.get("barcode") == release.barcode
                    label = parsed["label-info-list"][0]
                    assert label["label"]["name"] == release.label
                    assert label["catalog-number"] == release.catalog_number
    assert not wanted
    assert world.requests.total("catalogue") == 4


def test_lookups_show_what_inc_asks_for(world: World, mb: Any) -> None:
    placement = world.discography.placements[4]
    release = placement.release
    bare = mb.get_release_by_id(release.mbid)["release"]
    assert bare["title"] == release.title
    assert not {"artist-credit", "medium-list", "label-info-list", "release-group"} & set(bare)
    media = mb.get_release_by_id(release.mbid, includes=["media"])["release"]["medium-list"]
    assert [medium["track-count"] for medium in media] == [m.track_count for m in release.media]
    assert not any(medium.get("track-list") for medium in media)
    full = mb.get_release_by_id(release.mbid, includes=EVERYTHING)["release"]
    check_track(full["medium-list"][0]["track-list"][4], placement)
    assert credit_phrase(full) == release.artist_credit.name

    includes = ["artists", "releases", "media", "isrcs", "artist-credits"]
    for wanted in world.discography.placements:
        answer = mb.get_recording_by_id(wanted.recording.mbid, includes=includes)["recording"]
        assert answer["title"] == wanted.recording.title
        assert credit_phrase(answer) == wanted.recording.artist_credit.name
        found = {entry["id"]: entry for entry in answer["release-list"]}[wanted.release.mbid]
        (medium,) = found["medium-list"]
        assert int(medium["position"]) == wanted.medium.position
        assert [track["id"] for track in medium["track-list"]] == [wanted.track.mbid]
    assert "artist-credit" not in mb.get_recording_by_id(wanted.recording.mbid)["recording"]


def test_renamed_and_joined_credits_survive(world: World, mb: Any) -> None:
    (corridor,) = (p for p in world.discography.placements if p.recording.title == "Corridor")
    release = mb.get_release_by_id(corridor.release.mbid, includes=EVERYTHING)["release"]
    (track,) = (
        t for t in release["medium-list"][0]["track-list"] if t["id"] == corridor.track.mbid
    )
    first, join_phrase, second = track["artist-credit"]
    assert (first["name"], first["artist"]["name"]) == ("Maren Oestby", "Maren Østby")
    assert join_phrase == " & "
    assert "name" not in second


def test_browsing_is_paged_and_lookups_stop_at_25(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with World(tracks=600, cache_dir=tmp_path) as world:
        mb = point_musicbrainzngs(world.base_url, monkeypatch)
        artist = world.discography.artists[5].mbid
        found: list[str] = []
        while True:
            answer = mb.browse_recordings(artist=artist, limit=10, offset=len(found))
            found += [recording["id"] for recording in answer["recording-list"]]
            if len(found) >= answer["recording-count"]:
                break
        theirs = {
            r.mbid for r in world.discography.recordings if artist in r.artist_credit.artist_mbids
        }
        assert len(found) == len(theirs) > 25
        assert set(found) == theirs
        looked_up = mb.get_artist_by_id(artist, includes=["recordings", "release-groups"])
        assert len(looked_up["artist"]["recording-list"]) == 25
        assert looked_up["artist"]["recording-count"] == len(theirs)
        assert looked_up["artist"]["release-group-count"] >= 3


def test_browsing_honours_type_and_status(world: World, mb: Any) -> None:
    (artist,) = (a.mbid for a in world.discography.artists if a.name == "月光放送局")
    assert mb.browse_release_groups(artist=artist)["release-group-count"] == 2
    answer = mb.browse_release_groups(artist=artist, release_type=["ep"])
    assert [group["title"] for group in answer["release-group-list"]] == ["夜の周波数"]
    answer = mb.browse_release_groups(artist=artist, release_type=["compilation"])
    assert [group["title"] for group in answer["release-group-list"]] == ["Three Rooms"]
    recording = world.recordings[0]
    assert mb.browse_releases(recording=recording, release_status="official")["release-count"] == 2
    assert mb.browse_releases(recording=recording, release_status="bootleg")["release-count"] == 0


def test_search_finds_each_kind_of_entity_best_first(world: World, mb: Any) -> None:
    best = mb.search_artists("ostby")["artist-list"][0]
    assert (best["name"], best["ext:score"]) == ("Maren Østby", "100")
    best = mb.search_release_groups(releasegroup="cartes & territoires")["release-group-list"][0]
    assert best["id"] == world.discography.release_groups[1].mbid
    best = mb.search_releases('release:"Low Water" AND artist:"Maren Østby"')["release-list"][0]
    assert best["release-group"]["title"] == "Low Water"
    for placement in world.discography.placements:
        recording = placement.recording
        answer = mb.search_recordings(
            recording=recording.title, artist=recording.artist_credit.name, strict=True, limit=3
        )
        assert answer["recording-list"][0]["id"] == recording.mbid
        assert answer["recording-list"][0]["ext:score"] == "100"
        assert len(answer["recording-list"]) <= 3
    assert mb.search_recordings("zzz qqq")["recording-count"] == 0
    assert mb.search_recordings(rid=world.recordings[3])["recording-list"][0]["title"] == "Sjøsyk"


def test_unknown_and_invalid_requests_get_the_error_bodies(world: World, mb: Any) -> None:
    with pytest.raises(musicbrainzngs.ResponseError) as unknown:
        mb.get_recording_by_id("00000000-0000-4000-8000-000000000000")
    assert unknown.value.cause.code == 404
    assert b"<text>Not Found</text>" in unknown.value.cause.read()
    with pytest.raises(musicbrainzngs.ResponseError) as invalid:
        mb.get_artist_by_id("not-an-mbid")
    assert invalid.value.cause.code == 400
    answer = requests.get(f"{world.base_url}/ws/2/artist/{world.recordings[0]}?inc=coffee")
    assert answer.status_code == 400
    assert "coffee is not a valid inc parameter for the artist resource." in answer.text


def test_a_busy_catalogue_recovers(world: World, mb: Any) -> None:
    world.faults.set("unavailable", "catalogue", times=2, value=3)
    assert mb.get_recording_by_id(world.recordings[0])["recording"]["title"] == "Harbour Lights"
    assert world.requests.of("catalogue", f"recording/{world.recordings[0]}") == 3
    world.faults.set("unavailable", world.recordings[1], value=3)
    with pytest.raises(musicbrainzngs.NetworkError):
        mb.get_recording_by_id(world.recordings[1])
    answer = requests.get(f"{world.base_url}/ws/2/recording/{world.recordings[1]}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert "exceeding the allowable rate limit" in answer.text


# Recorded answers


def ask_musicbrainzngs(request: str) -> Any:
    """Send a request as it was recorded; past the library's checks where it is newer than them."""
    parts = urlsplit(request)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    path = parts.path.removeprefix("/ws/2/")
    entity, _, identifier = path.partition("/")
    function = getattr(musicbrainzngs, f"get_{entity.replace('-', '_')}_by_id", None)
    if function is not None and identifier and set(query) <= {"inc"}:
        includes = [name for name in re.split(r"[ +]+", query.get("inc", "")) if name]
        try:
            return function(identifier, includes=includes)
        except musicbrainzngs.UsageError:
            pass
    return mb_client._mb_request(path, args=query)


def check_replay(responses: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener(ReplayCatalogue(responses).answer) as listener:
        point_musicbrainzngs(listener.base_url, monkeypatch)
        for request, body in responses.items():
            expected = mbxml.parse_message(body)
            assert ask_musicbrainzngs(request) == expected, request
        with pytest.raises(musicbrainzngs.ResponseError):
            ask_musicbrainzngs("/ws/2/artist/never-recorded")


def test_recorded_answers_come_back_byte_for_byte(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(world.discography)
    responses = {}
    for release in world.discography.releases:
        path, inc = f"/ws/2/release/{release.mbid}", "recordings media artist-credits"
        answer = catalogue.answer(Request("GET", path, {"inc": inc}))
        responses[f"{path}?inc=artist-credits+media+recordings"] = answer.body
    assert all(len(mbxml.parse_message(body)["release"]) > 5 for body in responses.values())
    check_replay(responses, monkeypatch)


def read_recorded_responses() -> dict[str, bytes]:
    """Every recorded answer that the library parses, under the request it answered."""
    names: list[str] = []
    responses: dict[str, bytes] = {}
    with (FIXTURES / "musicbrainz" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            columns = list(row.values())
            name, request, parsed = columns[0], columns[2], columns[3]
            if not name.endswith(".xml") or "RAISES" in parsed:
                continue
            # What was not recorded, or cannot be sent by this client, gets a request of its own.
            request = re.sub(r"\s*\((?:PROJECTION|query|relations).*\)$", "", request)
            parts = urlsplit(request)
            pairs = parse_qsl(parts.query, keep_blank_values=True)
            is_new = request.startswith("/ws/2/") and len(dict(pairs)) == len(pairs)
            key = f"{parts.path}?{urlencode(pairs)}" if pairs else parts.path
            if not is_new or key in responses:
                key = f"/ws/2/release?query={quote(name, safe='')}"
            responses[key] = (FIXTURES / name).read_bytes()
            names.append(name)
    assert len(responses) == len(names), "two recorded answers for one request"
    return responses


@pytest.mark.skipif(not (FIXTURES / "musicbrainz").is_dir(), reason="the real data is not here")
def test_every_recorded_real_answer_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    responses = read_recorded_responses()
    assert len(responses) > 200
    check_replay(responses, monkeypatch)
