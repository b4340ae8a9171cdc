"""What MusicBrainz' answers are understood as: recorded ones of the real server, and odd ones."""

from __future__ import annotations

import csv
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shanty.demo.answers import Answer, Request
from shanty.music.entities import Artist, ArtistCredit, Release, ReleaseGroup
from shanty.providers.musicbrainz import MusicBrainz
from shanty.providers.musicbrainz_values import parse_artist_credit, parse_date
from tests.world.musicbrainz_server import (
    MBID,
    XML,
    Server,
    client,
    document,
    refuse,
    release_list,
    serve,
)

NS = "{http://musicbrainz.org/ns/mmd-2.0#}"
FIXTURES = Path(
    os.environ.get("SHANTY_FIXTURES")
    or Path(__file__).resolve().parent.parent.parent.parent / "shared" / "fixtures"
)


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
