"""Scanning music that a person has already: what is recognised, and what is still wanted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mutagen
import pytest
from mutagen.id3 import TPE1
from sqlalchemy import select

from shanty.catalog.sameness import MatchableTrack
from shanty.db.tables import work_queue
from shanty.demo.discography import build_scene
from shanty.library.scan import ScanReport
from shanty.library.track_index import TrackIndex
from shanty.models import Status, TrackFile, TrackStatus
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, Placement
from shanty.tags.identity import read_identity
from shanty.tags.tagging import TagSet, write_tags
from tests.world.databases import claim_one
from tests.world.owned_music import OTHER_MBID, PLACEMENTS, Collection, named


def snapshot(folder: Path) -> dict[Path, tuple[bytes, int]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


# What is recognised


def test_files_are_recognised_by_recording_isrc_and_name_and_never_touched(
    music: Collection,
) -> None:
    one, two, three, four = PLACEMENTS[:4]
    ids = music.want(one, two, three, four)
    by_recording = music.add("a/1.flac", TagSet(recording_mbid=one.recording.mbid.upper()))
    isrc = two.recording.isrcs[0]
    by_isrc = music.add("a/2.mp3", TagSet(isrcs=(f"{isrc[:2]}-{isrc[2:5]}-{isrc[5:]}".lower(),)))
    by_name = music.add("b/3.m4a", named(three))
    music.add("b/4.opus", TagSet(title="Something else", artist="Nobody"))
    before = snapshot(music.folder)
    report = music.scan()
    assert (report.seen, report.read, report.recognised, report.marked) == (4, 4, 3, 3)
    assert (report.unreadable, report.vanished) == ([], [])
    assert [music.status(track_id) for track_id in ids] == [
        *[TrackStatus.IN_LIBRARY] * 3,
        TrackStatus.WANTED,
    ]
    assert music.paths() == {
        one.recording.mbid: by_recording,
        two.recording.mbid: by_isrc,
        three.recording.mbid: by_name,
    }
    assert snapshot(music.folder) == before
    assert music.live_items() == 1


LENGTH_MS = 1000  # of every file that a test adds


def wanted_song(title: str, artist: str, *, length_ms: int = LENGTH_MS) -> Placement:
    placement = PLACEMENTS[0]
    credit = ArtistCredit((CreditedArtist(Artist("a" * 36, artist), artist),))
    recording = replace(
        placement.recording, title=title, artist_credit=credit, length_ms=length_ms, isrcs=(ISRC,)
    )
    track = replace(
        placement.track, title=title, artist_credit=credit, recording=recording, length_ms=length_ms
    )
    medium = replace(placement.medium, tracks=(track,))
    release = replace(placement.release, media=(medium,))
    return replace(placement, release=release, medium=medium, track=track)


ISRC = "GBAYE0000001"
SAME = [
    ("Glow (feat. Miguel Ray)", ("Dua Sol",), "Glow", "Dua Sol feat. Miguel Ray"),
    ("Glow", ("Dua Sol", "Miguel Ray"), "Glow", "Dua Sol & Miguel Ray"),
    ("Glow", ("Miguel Ray", "Dua Sol"), "Glow", "Dua Sol feat. Miguel Ray"),
    ("Polished - 2011 Remaster", ("X",), "Polished", "X"),
    ("Polished [Remastered 2011] (feat. Y)", ("X",), "Polished", "X"),
    ("First Love (2014 Remastered)", ("宇多田ヒカル",), "First Love", "宇多田ヒカル"),
    ("Rude [Explicit]", ("X",), "Rude", "X"),
    ("Album Cut (Album Version)", ("X",), "Album Cut", "X"),
    ("Suite, Pt. 2", ("X",), "Suite, Part 2", "X"),
    ("Lueur (avec Miguel Ray)", ("Dua Sol",), "Lueur", "Dua Sol avec Miguel Ray"),
    ("Brillo [con Miguel Ray]", ("Dua Sol",), "Brillo", "Dua Sol con Miguel Ray"),
    ("Leuchten", ("Dua Sol", "Miguel Ray"), "Leuchten", "Dua Sol mit Miguel Ray"),
    ("Ночь (Ремастер 2011)", ("X",), "Ночь", "X"),
    ("夜 (2011 リマスター)", ("X",), "夜", "X"),
    ("Album Cut - Album Version / Remastered", ("X",), "Album Cut", "X"),
]
OTHER = [
    ("Suite, Pt. 3", ("X",), "Suite, Part 2", "X"),
    ("Song (Live)", ("X",), "Song", "X"),
    ("Song - Acoustic", ("X",), "Song", "X"),
    ("Song (Remix)", ("X",), "Song", "X"),
    ("Song - Remastered / Live", ("X",), "Song", "X"),
    ("Song (avec Y)", ("X",), "Song", "X avec Z"),
    ("Song", ("Simon",), "Song", "Simon & Garfunkel"),
    ("Song", ("Y",), "Song", "X"),
]


@pytest.mark.parametrize("extension", ["flac", "mp3", "m4a"])
def test_a_song_is_recognised_however_its_tags_are_written(
    extension: str, music: Collection
) -> None:
    """One test of all of them, each in a catalogue of its own track."""
    index = []
    for number, (title, artists, wanted_title, wanted_artist) in enumerate([*SAME, *OTHER]):
        path = music.add(f"{number}.{extension}", TagSet(title=title, artist=artists[0]))
        name_artists(path, artists)
        track = MatchableTrack(
            number, OTHER_MBID, (), wanted_artist, (wanted_title,), "", LENGTH_MS
        )
        index.append(TrackIndex([track]).match(read_identity(path)).track_id)
    assert index == [*range(len(SAME)), *[None] * len(OTHER)]


def name_artists(path: Path, artists: tuple[str, ...]) -> None:
    """Give a file a value for each artist, as several programs do."""
    audio = mutagen.File(path)
    if path.suffix == ".mp3":
        audio.tags["TPE1"] = TPE1(encoding=3, text=list(artists))
    else:
        audio.tags["\xa9ART" if path.suffix == ".m4a" else "artist"] = list(artists)
    audio.save()


def test_an_isrc_never_beats_the_recording_the_length_and_the_title(music: Collection) -> None:
    (track_id,) = music.want(wanted_song("Copper Wire", "X", length_ms=20_000))
    music.add("long.flac", TagSet(title="Copper Wire", artist="X", isrcs=(ISRC,)))
    report = music.scan()
    (found,) = report.files
    assert found.match.track_id is None
    (doubt,) = found.match.doubts
    assert doubt.track_id == track_id
    assert doubt.reason == "it is 1 s long, not 20 s"
    assert music.status(track_id) is TrackStatus.WANTED


@pytest.mark.parametrize(
    ("tags", "doubts"),
    [
        (TagSet(isrcs=(ISRC,)), ""),
        (TagSet(title="Copper wires", artist="X", isrcs=(ISRC,)), ""),
        (TagSet(title="銅線", artist="X", isrcs=(ISRC,)), ""),
        (TagSet(title="Night Bus", artist="X", isrcs=(ISRC,)), "its title is 'Night Bus'"),
        (TagSet(recording_mbid=OTHER_MBID, isrcs=(ISRC,)), "it names another recording"),
    ],
)
@pytest.mark.parametrize("is_wanted_first", [True, False])
def test_what_speaks_against_an_isrc(
    tags: TagSet, doubts: str, is_wanted_first: bool, music: Collection
) -> None:
    music.add("1.flac", tags)
    wanted = wanted_song("Copper Wire", "X")
    if not is_wanted_first:
        music.scan()
    (track_id,) = music.want(wanted)
    report = music.scan()
    status = TrackStatus.WANTED if doubts else TrackStatus.IN_LIBRARY
    assert music.status(track_id) is status
    if is_wanted_first and doubts:
        assert report.files[0].match.doubts[0].reason.startswith(doubts)


def test_a_file_that_names_another_recording_is_believed(music: Collection) -> None:
    one, two = PLACEMENTS[:2]
    ids = music.want(one, two)
    music.add("1.flac", named(one, recording_mbid=OTHER_MBID))
    music.add("2.flac", named(one, recording_mbid=two.recording.mbid))
    music.add("3.flac", named(one, recording_mbid="no MBID at all"))
    assert music.scan().recognised == 2
    assert music.paths()[two.recording.mbid].name == "2.flac"
    assert music.paths()[one.recording.mbid].name == "3.flac"
    assert {music.status(track_id) for track_id in ids} == {TrackStatus.IN_LIBRARY}


@pytest.mark.parametrize("is_wanted_first", [True, False])
def test_a_recording_that_was_merged_later_is_recognised_by_its_album(
    is_wanted_first: bool, music: Collection
) -> None:
    placement = PLACEMENTS[0]
    music.add("1.flac", named(placement, recording_mbid=OTHER_MBID, album="LOW WATER"))
    if not is_wanted_first:
        music.scan()
    (track_id,) = music.want(placement)
    music.scan()
    assert music.status(track_id) is TrackStatus.IN_LIBRARY


def test_names_are_folded_and_lengths_may_differ_by_three_seconds(music: Collection) -> None:
    original = PLACEMENTS[3]  # Sjøsyk, by Maren Østby; the files are a second long
    fits, too_long, unknown = (
        replace(
            original,
            track=replace(
                original.track,
                length_ms=None,
                recording=replace(original.recording, mbid=mbid, length_ms=length_ms, isrcs=()),
            ),
        )
        for mbid, length_ms in (
            (original.recording.mbid, 3990),
            (OTHER_MBID, 4200),
            (OTHER_MBID.replace("9", "8"), None),
        )
    )
    music.add("x.mp3", TagSet(title="SJØSYK!", artist="maren  Østby"))
    other, third = music.want(too_long, unknown)
    assert music.scan().marked == 0
    # The file is known now; what is wanted later is held against the same measure.
    again, track_id = music.want(too_long, fits)
    assert again == other
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    assert music.status(other) is music.status(third) is TrackStatus.WANTED
    music.add("y.mp3", TagSet(title="sjøsyk", artist="Maren Østby"))
    assert music.scan().recognised == 2
    assert music.status(other) is TrackStatus.WANTED


def test_the_files_album_decides_between_two_recordings_of_one_name(
    music: Collection,
) -> None:
    from datetime import date

    placements = [
        replace(
            found, track=replace(found.track, recording=replace(found.recording, length_ms=1500))
        )
        for found in build_scene(date(2026, 1, 1)).placements
        if found.recording.title == "Switchboard"
    ]
    studio, live = music.want(*placements)
    music.add("x.ogg", named(placements[1], album="live at the valve works"))
    music.scan()
    assert music.status(studio) is TrackStatus.WANTED
    assert music.status(live) is TrackStatus.IN_LIBRARY


# What is wanted when


def test_a_staged_file_is_forgotten_if_a_scan_finds_the_track(music: Collection) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    staged = music.settings.incoming_dir / str(track_id) / "x.flac"
    with music.database.begin() as tx:
        music.catalog.files.record(tx, TrackFile(track_id, staged, False, None))
    music.add("x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    assert music.scan().marked == 1
    assert music.catalog.files.of_track(track_id) is None


def test_queued_work_is_cancelled_and_work_under_way_is_left_alone(music: Collection) -> None:
    queued, active = music.want(*PLACEMENTS[:2])
    worker = music.queue.workers.register()
    first, second = (claim_one(music.queue, worker) for _ in range(2))
    music.queue.items.give_back(worker)
    item = claim_one(music.queue, worker)
    assert {first.track_id, second.track_id} == {queued, active}
    active, queued = item.track_id, ({queued, active} - {item.track_id}).pop()
    for number, placement in enumerate(PLACEMENTS[:2]):
        music.add(f"{number}.flac", TagSet(recording_mbid=placement.recording.mbid))
    assert music.scan().marked == 1
    assert music.status(queued) is TrackStatus.IN_LIBRARY
    assert music.status(active) is TrackStatus.WANTED
    with music.database.read() as connection:
        rows = connection.execute(select(work_queue.c.track_id, work_queue.c.status)).all()
    assert dict(map(tuple, rows)) == {active: Status.ACTIVE, queued: Status.CANCELLED}
    # Once nobody works on it, the next scan settles it.
    music.queue.items.give_back(worker)
    assert music.scan().marked == 1
    assert music.status(active) is TrackStatus.IN_LIBRARY
    assert music.live_items() == 0


@pytest.mark.parametrize("status", [TrackStatus.NEEDS_REVIEW, TrackStatus.FAILED])
def test_a_failed_track_is_in_the_library_once_a_scan_finds_it(
    status: TrackStatus, music: Collection
) -> None:
    (track_id,) = music.want(PLACEMENTS[0])
    with music.database.begin() as tx:
        music.queue.by_hand.cancel_tracks(tx, [track_id], "")
        music.catalog.tracks.set_status(tx, track_id, status, "no luck")
    music.add("x.flac", TagSet(recording_mbid=PLACEMENTS[0].recording.mbid))
    music.scan()
    track = music.catalog.tracks.get(track_id)
    assert (track.status, track.reason) == (TrackStatus.IN_LIBRARY, "")


@pytest.mark.parametrize("known_by", ["recording", "isrc", "name", "nothing"])
def test_a_track_wanted_after_the_scan_is_in_the_library_at_once(
    known_by: str, music: Collection
) -> None:
    placement = PLACEMENTS[2]
    recording = placement.recording
    tags = {
        "recording": named(placement, recording_mbid=recording.mbid),
        "isrc": TagSet(isrcs=recording.isrcs),
        "name": named(placement),
        "nothing": named(placement, recording_mbid=OTHER_MBID),
    }
    path = music.add("x.mp3", tags[known_by])
    assert music.scan().recognised == 0
    (track_id,) = music.want(placement)
    if known_by == "nothing":
        assert music.status(track_id) is TrackStatus.WANTED
        assert music.live_items() == 1
        return
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    assert music.live_items() == 0
    assert music.paths() == {recording.mbid: path}
    # And when its rule is taken back and made anew.
    with music.database.begin() as tx:
        music.catalog.tracks.set_status(tx, track_id, TrackStatus.WITHDRAWN)
    music.want(placement)
    assert music.status(track_id) is TrackStatus.IN_LIBRARY
    assert music.scan().recognised == 1


def test_a_file_belongs_to_the_one_track_that_it_names(music: Collection) -> None:
    """Two recordings share an ISRC: the file is the one it names, whichever was wanted first."""
    one, two = PLACEMENTS[:2]
    recording = replace(two.recording, isrcs=one.recording.isrcs)
    two = replace(two, track=replace(two.track, recording=recording))
    tags = TagSet(recording_mbid=recording.mbid, isrcs=recording.isrcs)
    path = music.add("x.flac", tags)
    (first,) = music.want(one)
    music.scan()
    assert music.status(first) is TrackStatus.WANTED
    (second,) = music.want(two)
    assert music.status(second) is TrackStatus.IN_LIBRARY
    assert music.status(first) is TrackStatus.WANTED
    assert music.paths() == {recording.mbid: path}
    # The other one does not get it back.
    music.want(one)
    write_tags(path, replace(tags, title="Touched"))
    music.scan()
    assert music.paths() == {recording.mbid: path}
    assert music.status(first) is TrackStatus.WANTED


def test_a_track_wanted_during_the_scan_is_not_missed(music: Collection) -> None:
    for number, placement in enumerate(PLACEMENTS[:3]):
        music.add(f"{number}.flac", named(placement))
    wanted: list[int] = []

    def want_once(report: ScanReport) -> None:
        if report.read == 1:
            wanted.extend(music.want(PLACEMENTS[0], PLACEMENTS[2]))

    assert music.scan(on_progress=want_once).marked == 2
    assert {music.status(track_id) for track_id in wanted} == {TrackStatus.IN_LIBRARY}
