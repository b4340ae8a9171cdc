"""Discographies out of recorded answers of the real server, checked against the answers themselves.

What is expected is read from the XML with ElementTree here, not with our own parser.
"""

from __future__ import annotations

import copy
import os
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from shanty.config.sections import CatalogueSettings
from shanty.db import Database
from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from shanty.music.entities import Artist, ReleaseGroup
from shanty.watching.expansion import NO_EDITIONS
from tests.world.discographies import Watcher

NS = "{http://musicbrainz.org/ns/mmd-2.0#}"
FIXTURES = Path(
    os.environ.get("SHANTY_FIXTURES")
    or Path(__file__).resolve().parent.parent.parent.parent / "shared" / "fixtures"
)
XML_DIR = FIXTURES / "musicbrainz" / "xml"
DERIVED_DIR = FIXTURES / "musicbrainz" / "xml-derived"
KASABIAN = "69b39eab-6577-46a4-a9f5-817839092033"
EMPIRE = "6f33e0f0-cde2-38f9-9aee-2c60af8d1a61"
EMPIRE_EDITION = "2225dd4c-ae9a-403b-8ea0-9e05014c778f"
BEATLES = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
PLUS = "05ce100c-eddf-4967-8d7e-33fc0883fe39"
MADE_UP_GROUP = "00000000-0000-4000-8000-000000000001"

pytestmark = pytest.mark.skipif(not XML_DIR.exists(), reason="no recorded answers here")


def read(path: Path) -> ET.Element:
    """The entity or list in an answer."""
    return next(iter(ET.parse(path).getroot()))


def recorded_releases() -> list[Path]:
    """Answers that hold one release with its recordings."""
    if not XML_DIR.exists():
        return []
    paths = [*sorted(XML_DIR.glob("*/*.xml")), *sorted(DERIVED_DIR.glob("*.xml"))]
    return [
        path
        for path in paths
        if path.read_bytes().count(b"<recording ") and read(path).tag == f"{NS}release"
    ]


@contextmanager
def serve(answers: dict[str, Callable[[Request], ET.Element | None]]) -> Iterator[str]:
    """A server with an answer for each path; 404 where there is none."""

    def answer(request: Request) -> Answer:
        find = answers.get(request.path.removeprefix("/ws/2/").strip("/"))
        found = find and find(request)
        if found is None:
            return Answer(404, b"<error><text>Not Found</text></error>", "application/xml")
        root = ET.Element(f"{NS}metadata")
        root.append(found)
        return Answer(200, ET.tostring(root), "application/xml")

    with Listener(answer) as listener:
        yield listener.base_url


def as_list(kind: str, entities: list[ET.Element], count: int | None = None) -> ET.Element:
    element = ET.Element(f"{NS}{kind}-list", {"count": str(count or len(entities))})
    element.extend(entities)
    return element


def on_first_page(page: ET.Element) -> Callable[[Request], ET.Element]:
    """The page that was recorded, and nothing on those that were not."""
    rest = ET.Element(page.tag, {"count": page.get("count", "0")})
    return lambda request: rest if int(request.query.get("offset", "0")) else page


def expected_tracklist(release: ET.Element) -> list[tuple[str, str, str]]:
    """(recording, title, place) of every track with music, as the answer has them."""
    found: dict[str, tuple[str, str, str]] = {}
    for medium in release.iter(f"{NS}medium"):
        music = [*medium.findall(f"{NS}pregap"), *medium.findall(f"{NS}track-list/{NS}track")]
        tracks = music or medium.findall(f"{NS}data-track-list/{NS}track")
        if (medium.findtext(f"{NS}format") or "").startswith(("DVD-Video", "VHS")):
            continue
        for track in tracks:
            recording = track.find(f"{NS}recording")
            assert recording is not None
            title = track.findtext(f"{NS}title") or recording.findtext(f"{NS}title") or ""
            is_video = recording.findtext(f"{NS}video") == "true"
            if is_video or title in ("[silence]", "[data track]"):
                continue
            disc = medium.findtext(f"{NS}position") or "1"
            place = f"{disc}.{track.findtext(f'{NS}position')}"
            found.setdefault(recording.get("id", ""), (recording.get("id", ""), title, place))
    return sorted(found.values())


def wanted_tracklist(watcher: Watcher) -> list[tuple[str, str, str]]:
    found = []
    for track in watcher.catalog.tracks.list_tracks():
        placement = watcher.catalog.tracks.get_placement(track.id)
        place = f"{placement.medium.position}.{placement.track.position}"
        found.append((track.recording_mbid, track.title, place))
    return sorted(found)


def test_there_are_recorded_releases() -> None:
    assert len(recorded_releases()) >= 20


@pytest.mark.parametrize("path", recorded_releases(), ids=lambda path: path.stem[:60])
def test_the_tracklist_of_an_album(sqlite_database: Database, path: Path) -> None:
    release = read(path)
    group = release.find(f"{NS}release-group")
    if group is None:  # was not asked for when it was recorded
        group = ET.SubElement(release, f"{NS}release-group", {"id": MADE_UP_GROUP})
        ET.SubElement(group, f"{NS}title").text = release.findtext(f"{NS}title")
    mbid = group.get("id", "")
    editions = as_list("release", [release])
    with serve({"release": on_first_page(editions)}) as url:
        watcher = Watcher(sqlite_database, url)
        watcher.watch_album(ReleaseGroup(mbid, ""))
    expected = expected_tracklist(release)
    assert wanted_tracklist(watcher) == expected
    assert expected


def studio_albums(page: ET.Element) -> set[str]:
    return {
        group.get("id", "")
        for group in page.findall(f"{NS}release-group")
        if group.findtext(f"{NS}primary-type") == "Album"
        and group.find(f"{NS}secondary-type-list") is None
    }


def test_from_a_searched_artist_to_an_albums_tracks(database: Database) -> None:
    local = XML_DIR / "localhots"
    listing = read(local / f"artist__release_groups_{KASABIAN}.xml")
    search = read(local / "artist__search_kasabian.xml")
    editions = read(local / f"release__list_{EMPIRE}.xml")
    full = read(local / f"release__find_{EMPIRE_EDITION}_tracks.xml")
    (bare,) = [one for one in editions if one.get("id") == EMPIRE_EDITION]
    bare.remove(bare.find(f"{NS}medium-list"))  # type: ignore[arg-type]
    bare.append(copy.deepcopy(full.find(f"{NS}medium-list")))  # type: ignore[arg-type]

    def browse_releases(request: Request) -> ET.Element:
        # Only this album's editions were recorded; of the others the server has none here.
        return editions if request.query["release-group"] == EMPIRE else as_list("release", [])

    answers = {
        "artist": lambda _request: search,
        "release-group": on_first_page(listing),
        "release": browse_releases,
    }
    with serve(answers) as url:
        watcher = Watcher(database, url)
        found = watcher.musicbrainz.search_artists("kasabian")
        assert [hit.value.mbid for hit in found.items] == [
            artist.get("id") for artist in search.findall(f"{NS}artist")
        ]
        best = found.items[0].value
        assert (best.mbid, best.country, best.begin_date) == (KASABIAN, "GB", "1997")
        rule_id = watcher.watch(best)
    with database.read() as connection:
        tied = watcher.catalog.rules.tied_groups(connection, rule_id)
    assert set(tied) == studio_albums(listing)
    assert [mbid for mbid, is_taken_up in tied.items() if is_taken_up] == [EMPIRE]
    notes = {album.group_mbid: album.note for album in watcher.catalog.rule_albums.of_rule(rule_id)}
    others = set(tied) - {EMPIRE}
    assert notes == {EMPIRE: ""} | dict.fromkeys(others, NO_EDITIONS), "they are asked for again"
    assert wanted_tracklist(watcher) == expected_tracklist(full)
    assert len(wanted_tracklist(watcher)) == 11
    albums = {track.release_key for track in watcher.catalog.tracks.list_tracks()}
    assert albums == {EMPIRE_EDITION}, "the first official one with the usual tracks"


def one_track(group_mbid: str) -> ET.Element:
    """An edition of an album of which none was recorded, with one track of its own."""
    release = ET.Element(f"{NS}release", {"id": str(uuid5(UUID(group_mbid), "release"))})
    ET.SubElement(release, f"{NS}title").text = "Album"
    ET.SubElement(release, f"{NS}release-group", {"id": group_mbid})
    media = ET.SubElement(release, f"{NS}medium-list", {"count": "1"})
    medium = ET.SubElement(media, f"{NS}medium")
    ET.SubElement(medium, f"{NS}position").text = "1"
    ET.SubElement(medium, f"{NS}track-list", {"count": "1"})
    add_tracks(release)
    return release


def add_tracks(release: ET.Element) -> None:
    """Put in the tracks of a release of which only their numbers were recorded."""
    for medium in release.iter(f"{NS}medium"):
        tracks = medium.find(f"{NS}track-list")
        assert tracks is not None
        assert not len(tracks), "they were recorded"
        for number in range(1, int(tracks.get("count", "0")) + 1):
            place = f"{medium.findtext(f'{NS}position')}.{number}"
            mbids = [str(uuid5(UUID(release.get("id")), f"{kind} {place}")) for kind in "tr"]
            track = ET.SubElement(tracks, f"{NS}track", {"id": mbids[0]})
            ET.SubElement(track, f"{NS}position").text = str(number)
            recording = ET.SubElement(track, f"{NS}recording", {"id": mbids[1]})
            ET.SubElement(recording, f"{NS}title").text = f"Song {place}"


def test_which_of_a_long_discography_is_meant(database: Database) -> None:
    listing = read(DERIVED_DIR / "beatles__b-browse-release-groups.xml")
    answers = {
        "release-group": on_first_page(listing),
        "release": lambda request: as_list("release", [one_track(request.query["release-group"])]),
    }
    with serve(answers) as url:
        watcher = Watcher(database, url)
        rule_id = watcher.watch(Artist(BEATLES, "The Beatles"))
        with database.read() as connection:
            tied = watcher.catalog.rules.tied_groups(connection, rule_id)
        assert set(tied) == studio_albums(listing)
        assert len(tied) == 18
        assert all(tied.values())
        requests = watcher.musicbrainz.requests_made
        watcher.watch(Artist(BEATLES, "The Beatles"), also=("Compilation",))
        assert watcher.musicbrainz.requests_made == requests + 82
    assert watcher.catalog.rules.get(rule_id).groups == 100


def test_the_edition_of_an_album_with_deluxe_ones(database: Database) -> None:
    editions = read(DERIVED_DIR / "ed-sheeran__c-releases-of-release-group.xml")
    full = read(DERIVED_DIR / "ed-sheeran__d-release-full.xml")
    others = [one for one in editions if one.get("id") != full.get("id")]
    assert len(others) == len(list(editions)) - 1
    with serve({"release": on_first_page(as_list("release", [*others, full]))}) as url:
        watcher = Watcher(database, url)
        watcher.watch_album(ReleaseGroup(PLUS, "+"))
        assert watcher.musicbrainz.requests_made == 1
    assert wanted_tracklist(watcher) == expected_tracklist(full)
    known = watcher.catalog.discographies.find_group(PLUS)
    assert known is not None
    assert known.release_key == full.get("id")
    isrcs = {
        recording.get("id"): [isrc.get("id") for isrc in recording.iter(f"{NS}isrc")]
        for recording in full.iter(f"{NS}recording")
    }
    for track in watcher.catalog.tracks.list_tracks():
        placement = watcher.catalog.tracks.get_placement(track.id)
        assert list(placement.recording.isrcs) == isrcs[track.recording_mbid]


def test_a_preferred_country_decides_between_real_editions(database: Database) -> None:
    editions = read(DERIVED_DIR / "ed-sheeran__c-releases-of-release-group.xml")
    for edition in editions:
        add_tracks(edition)
    with serve({"release": on_first_page(editions)}) as url:
        watcher = Watcher(database, url, CatalogueSettings(countries=("US",)))
        watcher.watch_album(ReleaseGroup(PLUS, "+"))
    known = watcher.catalog.discographies.find_group(PLUS)
    assert known is not None
    (american,) = [one for one in editions if one.findtext(f"{NS}country") == "US"]
    assert known.release_key == american.get("id")
