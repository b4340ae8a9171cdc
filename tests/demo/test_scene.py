"""The scene of the offline world: what can be watched, and how it changes meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import musicbrainzngs
import pytest
import requests

from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.demo import scene
from shanty.demo.discography import Discography, build_discography, build_scene, list_scene_artists
from shanty.demo.names import Album, Song
from shanty.demo.pressing import Press, make_mbid
from shanty.demo.world import World
from shanty.music.entities import VARIOUS_ARTISTS_MBID, Artist, Placement, Release
from shanty.stages import load_stages
from shanty.stages.execution import execute
from shanty.stages.services import open_services
from shanty.tags.tagging import build_tags, read_tags
from tests.world.musicbrainz_client import EVERYTHING, point_musicbrainzngs

BROWSED = ["recordings", "media", "artist-credits", "isrcs", "labels", "release-groups"]


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.getbasetemp() / "audio"
    with World(cache_dir=folder, with_scene=True) as made, made.activated():
        yield made


@pytest.fixture
def mb(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    return point_musicbrainzngs(world.base_url, monkeypatch)


def scene_of(world: World) -> Discography:
    assert world.scene is not None
    return world.scene


def artist(word: str) -> Artist:
    return list_scene_artists()[word]


def find_release(world: World, title: str, number: int = 0) -> Release:
    return [release for release in scene_of(world).releases if release.title == title][number]


def find_track(world: World, title: str, on: str) -> Placement:
    (found,) = (
        placement
        for placement in scene_of(world).placements
        if (placement.recording.title, placement.release.title) == (title, on)
    )
    return found


# The catalogue as values


def test_the_scene_is_beside_the_default_catalogue_and_only_when_asked_for() -> None:
    plain, rich = World(), World(with_scene=True)
    assert plain.scene is None
    assert plain.recordings == rich.recordings
    assert len(plain.recordings) == 24
    mine = {recording.mbid for recording in scene_of(rich).recordings}
    assert not mine & set(rich.recordings)
    assert plain.truth == {mbid: rich.truth[mbid] for mbid in plain.recordings}
    assert set(rich.truth) == mine | set(rich.recordings)
    with pytest.raises(KeyError):
        plain.expected(next(iter(mine)))
    assert {rich.expected(mbid).recording.mbid for mbid in mine} == mine


def test_the_scene_has_one_of_everything() -> None:
    today = date(2026, 3, 1)
    made = build_scene(today)
    kinds = {(group.primary_type, *group.secondary_types) for group in made.release_groups}
    assert kinds == {
        ("Album",),
        ("EP",),
        ("Single",),
        ("Single", "Remix"),
        ("Album", "Live"),
        ("Album", "Compilation"),
    }
    by_group: dict[str, list[Release]] = {}
    for release in made.releases:
        by_group.setdefault(release.release_group.mbid, []).append(release)
    assert sorted(len(editions) for editions in by_group.values())[-2:] == [2, 2]
    assert any(len(release.media) == 2 for release in made.releases)
    assert {release.status for release in made.releases} == {"Official", "Bootleg"}
    assert [r.title for r in made.releases if r.date > today.isoformat()] == ["Shortwave"]
    various = [r for r in made.releases if VARIOUS_ARTISTS_MBID in r.artist_credit.artist_mbids]
    assert len({t.artist_credit.name for t in various[0].media[0].tracks}) == 4
    namesakes = [artist for artist in made.artists if artist.name == "Nachtfalter"]
    assert len({one.mbid for one in namesakes}) == len({one.disambiguation for one in namesakes})
    assert len(namesakes) == 2
    tracks = [p.track for p in made.placements]
    assert sum(track.recording.is_video for track in tracks) == 1
    assert [track.title for track in tracks if track.position == 0] == ["Hello, Static"]
    assert "[untitled]" in {track.title for track in tracks}
    assert len(made.data_tracks) == 1
    ids = [track.mbid for r in made.releases for m in r.media for track in m.tracks]
    assert len(ids) == len(set(ids))
    lengths = [r.length_ms for r in (*made.recordings, *build_discography().recordings)]
    assert len(set(lengths)) == len(lengths)
    silent = make_mbid("artist", scene.SILENT)
    assert silent in {one.mbid for one in made.artists}
    assert not [r for r in made.recordings if silent in r.artist_credit.artist_mbids]


def test_only_the_date_of_the_upcoming_album_depends_on_the_day() -> None:
    one, other = build_scene(date(2026, 3, 1)), build_scene(date(2026, 3, 20))
    moved = {r.mbid: r.date for r in one.releases if r not in other.releases}
    assert list(moved.values()) == ["2026-03-31"]
    assert {r.mbid for r in one.releases} == {r.mbid for r in other.releases}
    assert one.recordings == other.recordings


def test_a_song_of_a_single_that_is_on_the_album_is_expected_there(world: World) -> None:
    (single,) = [
        r for r in scene_of(world).releases if r.title == "Switchboard" and "Vinyl" in str(r.media)
    ]
    song, b_side = single.media[0].tracks
    assert world.expected(song.recording.mbid).release.title == "Cathode Garden"
    assert world.expected(b_side.recording.mbid).release == single
    album, deluxe = (find_release(world, "Cathode Garden", number) for number in (0, 1))
    assert album.release_group == deluxe.release_group
    repeated = [t.recording for t in deluxe.media[0].tracks]
    on_album = [t.recording for t in album.media[0].tracks if t.position]
    assert repeated == [recording for recording in on_album if not recording.is_video]


# Through musicbrainzngs


def test_an_artist_is_served_with_what_tells_namesakes_apart(world: World, mb: Any) -> None:
    polar = mb.get_artist_by_id(artist(scene.POLAR).mbid)["artist"]
    assert (polar["name"], polar["sort-name"]) == (scene.POLAR, "Polyarnaya Stantsiya")
    assert (polar["type"], polar["country"]) == ("Group", "FI")
    assert polar["area"]["name"] == "Finland"
    assert polar["life-span"] == {"begin": "2003", "end": "2015-12-31", "ended": "true"}
    found = mb.search_artists("nachtfalter")["artist-list"]
    assert {one["disambiguation"] for one in found if one["name"] == "Nachtfalter"} == {
        "German darkwave duo",
        "Austrian cellist Lena Auer",
    }
    assert {one["life-span"]["begin"] for one in found} == {"1998", "1987-11-02"}
    assert mb.search_artists("полярная")["artist-list"][0]["id"] == artist(scene.POLAR).mbid
    only = mb.search_artists(artist="nachtfalter", country="AT", strict=True)["artist-list"]
    assert [one["id"] for one in only] == [artist(scene.CELLIST).mbid]
    assert mb.browse_release_groups(artist=artist(scene.SILENT).mbid)["release-group-count"] == 0


def test_release_groups_are_browsed_by_type_and_page(world: World, mb: Any) -> None:
    vesper = artist(scene.VESPER).mbid
    found: list[dict[str, Any]] = []
    while True:
        page = mb.browse_release_groups(artist=vesper, limit=4, offset=len(found))
        found += page["release-group-list"]
        if len(found) >= page["release-group-count"]:
            break
    expected = {
        group.mbid
        for group in scene_of(world).release_groups
        if vesper in group.artist_credit.artist_mbids
    }
    assert {group["id"] for group in found} == expected
    assert len(found) == len(expected) == 9
    live = mb.browse_release_groups(artist=vesper, release_type=["live"])["release-group-list"]
    assert {group["title"] for group in live} == {"Live at the Valve Works", "Valve Works Bootleg"}
    assert all(group["secondary-type-list"] == ["Live"] for group in live)
    dates = {group["title"]: group["first-release-date"] for group in found}
    assert dates["Dial Tones"] == "2014-02"
    assert dates["Shortwave"] > datetime.now(UTC).date().isoformat()
    various = mb.browse_release_groups(artist=VARIOUS_ARTISTS_MBID)["release-group-list"]
    assert [group["disambiguation"] for group in various] == ["benefit for the lighthouse keepers"]


def test_pregap_and_data_tracks_come_in_lists_of_their_own(world: World, mb: Any) -> None:
    album = find_release(world, "Cathode Garden")
    (medium,) = mb.get_release_by_id(album.mbid, includes=EVERYTHING)["release"]["medium-list"]
    assert medium["pregap"]["recording"]["title"] == "Hello, Static"
    assert (medium["pregap"]["position"], medium["pregap"]["number"]) == ("0", "0")
    assert (medium["track-count"], medium["data-track-count"]) == (5, 1)
    assert [track["position"] for track in medium["track-list"]] == list("12345")
    (film,) = medium["data-track-list"]
    assert (film["position"], film["recording"]["video"]) == ("6", "true")
    assert film["recording"]["disambiguation"] == "short film"
    # The whole in one request, and each of them found by its recording.
    answer = mb.browse_releases(release_group=album.release_group.mbid, includes=BROWSED)
    assert len(answer["release-list"]) == 2
    for title, key in (("Hello, Static", "pregap"), ("Tuning In", "data-track-list")):
        recording = find_track(world, title, "Cathode Garden").recording
        found = mb.get_recording_by_id(recording.mbid, includes=["releases", "media"])["recording"]
        (only,) = found["release-list"][0]["medium-list"]
        track = only[key] if key == "pregap" else only[key][0]
        assert track["title"] == title
        assert not only["track-list"]
        assert only["track-count"] == 5


def test_a_merged_artist_answers_under_its_new_mbid(world: World, mb: Any) -> None:
    old, vesper = make_mbid("artist", "Vesper Kilowatts"), artist(scene.VESPER)
    assert mb.get_artist_by_id(old)["artist"]["id"] == vesper.mbid
    answer = requests.get(f"{world.base_url}/ws/2/artist/{old}?inc=aliases", allow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/ws/2/artist/{vesper.mbid}?inc=aliases"
    browsed = mb.browse_release_groups(artist=old)
    assert browsed == mb.browse_release_groups(artist=vesper.mbid)
    assert browsed["release-group-count"] == 9


# Changes while it runs


def new_single(title: str = "Ground Loop", *songs: str) -> Release:
    album = Album(
        title=title,
        credit=(scene.VESPER,),
        date=datetime.now(UTC).date().isoformat(),
        stamp="new",
        country="GB",
        label="Tin Kettle",
        medium_format="Digital Media",
        primary_type="Single",
        discs=(tuple(Song(song) for song in (songs or (title,))),),
    )
    return Press(list_scene_artists(), first_number=20_900).press(album)


def test_a_release_may_come_out_while_the_world_runs(world: World, mb: Any) -> None:
    vesper = artist(scene.VESPER).mbid
    single = new_single()
    world.publish(single)
    titles = {
        group["title"] for group in mb.browse_release_groups(artist=vesper)["release-group-list"]
    }
    assert "Ground Loop" in titles
    recording = single.media[0].tracks[0].recording
    assert world.expected(recording.mbid).release == single
    assert requests.get(f"{world.base_url}/watch?v={world.offers(recording.mbid)[0].id}").ok
    group = single.release_group.mbid
    assert requests.get(f"{world.base_url}/release-group/{group}/front-250").ok
    # Its tracklist changes: what is gone from it stays in the catalogue.
    world.publish(new_single("Ground Loop", "Hum", "Buzz"))
    (release,) = mb.browse_releases(release_group=group, includes=BROWSED)["release-list"]
    tracks = release["medium-list"][0]["track-list"]
    assert [track["recording"]["title"] for track in tracks] == ["Hum", "Buzz"]
    found = mb.get_recording_by_id(recording.mbid, includes=["releases"])["recording"]
    assert found["release-list"] == []


def test_entities_may_be_merged_and_deleted(world: World, mb: Any) -> None:
    world.publish(new_single())
    world.publish(new_single("Ground Loops"))
    one, two = (
        mb.search_release_groups(f'releasegroup:"{title}"')["release-group-list"][0]["id"]
        for title in ("Ground Loop", "Ground Loops")
    )
    world.merge("release-group", two, one)
    assert mb.get_release_group_by_id(two)["release-group"]["id"] == one
    assert mb.browse_releases(release_group=one)["release-count"] == 2
    singles = new_single(), new_single("Ground Loops")
    kept, gone = (single.media[0].tracks[0].recording for single in singles)
    world.merge("recording", gone.mbid, kept.mbid)
    found = mb.get_recording_by_id(gone.mbid, includes=["releases"])["recording"]
    assert (found["id"], len(found["release-list"])) == (kept.mbid, 2)
    world.publish(new_single("Ground Loop 3"))
    third = new_single("Ground Loop 3").release_group.mbid
    world.merge("release-group", one, third)
    assert mb.browse_releases(release_group=two) == mb.browse_releases(release_group=third)
    assert mb.browse_releases(release_group=two)["release-count"] == 3
    one = third
    with pytest.raises(KeyError, match="credited"):
        world.merge("artist", artist(scene.IDA).mbid, artist(scene.VESPER).mbid)
    world.remove("release-group", one)
    for kind, mbid in (("release_group", one), ("release", singles[0].mbid)):
        with pytest.raises(musicbrainzngs.ResponseError) as refused:
            getattr(mb, f"get_{kind}_by_id")(mbid)
        assert refused.value.cause.code == 404


def test_a_process_of_its_own_serves_the_scene(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shanty.demo.server", "--tracks", "1", "--scene"]
    with subprocess.Popen(
        [*command, "--cache-dir", str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        answer = requests.get(f"{base_url}/ws/2/artist/{artist(scene.VESPER).mbid}")
        process.terminate()
    assert "<country>GB</country>" in answer.text


# From the catalogue into a library


# One of each kind in every run of the suite: all of them take a quarter of a minute.
PECULIAR = (
    ("Hello, Static", "Cathode Garden"),
    ("Tuning In", "Cathode Garden"),
    ("Switchboard", "Cathode Garden"),
    ("Switchboard", "Live at the Valve Works"),
    ("Switchboard (Nachtfalter remix)", "Switchboard Rewired"),
    ("[untitled]", "Long Wave"),
    ("Ёлка / Иней", "Белая ночь"),
    ("Erste Suite: Dämmerung", "Sechs Suiten im Dunkeln"),
    ("Keeper's Daughter", "Signal Fires"),
    ("Skip Zone", "Shortwave"),
)


@pytest.mark.parametrize("which", ["peculiar", pytest.param("all", marks=pytest.mark.proof)])
def test_tracks_of_the_scene_can_be_brought_into_a_library(
    which: str, world: World, tmp_path: Path, sqlite_url: str
) -> None:
    placements = list(scene_of(world).placements)
    if which == "peculiar":
        placements = [find_track(world, title, on) for title, on in PECULIAR]
    database = open_database(sqlite_url)
    (tmp_path / "library").mkdir()
    settings = load_settings(home=tmp_path / "home", library={"path": tmp_path / "library"})
    services = open_services(settings, database, run_id="test")
    with database.begin() as tx:
        for placement in placements:
            services.catalog.tracks.want(tx, placement)
        services.queue.items.enqueue_wanted(tx)
    worker, stages = services.queue.workers.register(), load_stages()
    while items := services.queue.items.claim(worker, 1):
        outcome = execute(items[0], services, stages)
        while outcome.next_item is not None:
            outcome = execute(outcome.next_item, services, stages)
    filed = {track.recording_mbid: file for track, file in services.catalog.files.list_library()}
    assert set(filed) == {placement.recording.mbid for placement in placements}
    for mbid, file in filed.items():
        assert read_tags(file.path) == build_tags(world.expected(mbid)), file.path
    database.dispose()
