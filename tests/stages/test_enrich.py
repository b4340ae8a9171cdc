"""Covers and artists' pictures: where they come from, how often we ask for them, where they go."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from shanty.config.service_sections import ArtSettings
from shanty.db import Database
from shanty.demo.answers import Answer
from shanty.library.adopt import adopt, look_at
from shanty.models import CandidateStatus, Priority, Stage, TrackStatus
from shanty.providers.artist_art import ArtistArt
from shanty.stages import load_stages
from shanty.stages.execution import Fate, execute
from shanty.stages.pictures import fetch_cover
from shanty.tags.tagging import read_cover
from tests.world.art_library import GROUP_COVER, ArtLibrary, PictureServer, ids
from tests.world.audio_files import make_audio
from tests.world.filed_library import by_hand, make_placements
from tests.world.tag_samples import picture

RELEASE_COVER = picture("PNG", 200, 200)


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_audio(tmp_path_factory.mktemp("audio") / "tone.opus")


def test_the_release_group_then_the_release_then_none(library: ArtLibrary, audio: Path) -> None:
    both, release_only, neither = (make_placements(f"Song {name}", album=name)[0] for name in "ABC")
    library.server.cover("release-group", ids(both)[0], GROUP_COVER)
    library.server.cover("release", ids(both)[1], RELEASE_COVER)
    library.server.cover("release", ids(release_only)[1], RELEASE_COVER, "image/png")
    tracks = library.file([both, release_only, neither], audio)
    covers = [read_cover(library.path(track)) for track in tracks]
    assert [cover and cover.data for cover in covers] == [GROUP_COVER, RELEASE_COVER, None]
    group, release = ids(release_only)
    own = [path for path in library.server.asked if group in path or release in path]
    assert own == [
        f"/release-group/{group}/front-1200",
        f"/release-group/{group}/front",
        f"/release/{release}/front-1200",
    ]
    assert [name for name in library.names() if "cover" in name] == [
        "Anna/A (2001)/cover.jpg",
        "Anna/B (2001)/cover.png",
    ]


def test_an_album_costs_one_request_or_is_known_to_have_none(
    library: ArtLibrary, audio: Path
) -> None:
    with_cover = make_placements("One", "Two", "Three", album="A")
    without = make_placements("Four", "Five", album="B")
    library.server.cover("release-group", ids(with_cover[0])[0], GROUP_COVER)
    library.file([*with_cover, *without], audio)
    group, release = ids(without[0])
    assert len([path for path in library.server.asked if ids(with_cover[0])[0] in path]) == 1
    assert len([path for path in library.server.asked if group in path]) == 2, "by size"
    assert len([path for path in library.server.asked if release in path]) == 2
    library.server.asked.clear()
    library.file(make_placements("Six", album="B")[:1], audio)
    assert library.server.asked == []


def test_a_picture_that_cannot_be_used_is_left_for_the_next_place(
    library: ArtLibrary, audio: Path
) -> None:
    (placement,) = make_placements("Song")
    group, release = ids(placement)
    library.server.cover("release-group", group, b"\xff\xd8\xff\xe0" + b"only magic" * 30)
    library.server.cover("release", release, RELEASE_COVER)
    (track,) = library.file([placement], audio)
    cover = read_cover(library.path(track))
    assert cover is not None
    assert cover.data == RELEASE_COVER


@pytest.mark.parametrize("data", [GROUP_COVER[:900], b"%PDF-1.4" + bytes(99), b"GIF89a"])
def test_a_hostile_picture_breaks_no_track(data: bytes, library: ArtLibrary, audio: Path) -> None:
    placements = make_placements("One", "Two")
    group = ids(placements[0])[0]
    library.server.cover("release-group", group, data)
    library.server.answers[f"/release-group/{group}/front"] = Answer(200, data, "image/jpeg")
    tracks = library.file(placements, audio)
    assert [read_cover(library.path(track)) for track in tracks] == [None, None]
    asked = list(library.server.asked)
    assert len(asked) == len(set(asked)), "asked for again"
    none_path = library.settings.home / "covers" / f"{group}.none"
    assert "picture" in none_path.read_text() or "cover" in none_path.read_text()
    # It is looked at again the next day, because somebody may have repaired it.
    library.server.cover("release-group", group, GROUP_COVER)
    yesterday = time.time() - 25 * 3600
    os.utime(none_path, (yesterday, yesterday))
    cover = fetch_cover(placements[0], library.services("x"))
    assert cover is not None
    assert cover.data == GROUP_COVER


def test_limits_hold_for_the_tag_and_for_the_file(library: ArtLibrary, audio: Path) -> None:
    (placement,) = make_placements("Song")
    group = ids(placement)[0]
    # The original, for it has none of the size that would do.
    library.server.answers[f"/release-group/{group}/front"] = Answer(200, GROUP_COVER, "image/jpeg")
    library.with_art(max_edge=120, format="png", file_name="folder")
    (track,) = library.file([placement], audio)
    cover = read_cover(library.path(track))
    assert cover is not None
    assert (cover.mime, cover.width, cover.height) == ("image/png", 120, 120)
    assert (library.path(track).parent / "folder.png").read_bytes() == cover.data
    assert library.server.asked[0] == f"/release-group/{group}/front-250"


@pytest.mark.parametrize(("embed", "file"), [(True, False), (False, True), (False, False)])
def test_embedded_or_beside(embed: bool, file: bool, library: ArtLibrary, audio: Path) -> None:
    (placement,) = make_placements("Song")
    library.server.cover("release-group", ids(placement)[0], GROUP_COVER)
    library.with_art(embed=embed, file=file)
    (track,) = library.file([placement], audio)
    assert (read_cover(library.path(track)) is not None) is embed
    assert any("cover.jpg" in name for name in library.names()) is file
    assert bool(library.server.asked) is (embed or file)


def test_a_cover_of_a_persons_own_stays(library: ArtLibrary, audio: Path) -> None:
    one, two = make_placements("One", "Two")
    (track,) = library.file([one], audio)
    own = library.path(track).parent / "cover.jpg"
    own.write_bytes(b"mine")
    library.server.cover("release", ids(two)[1], RELEASE_COVER)
    library.server.cover("release-group", ids(two)[0], GROUP_COVER)
    (library.settings.home / "covers" / f"{ids(two)[0]}.none").unlink()
    (other,) = library.file([two], audio)
    assert own.read_bytes() == b"mine"
    assert read_cover(library.path(other)) is not None


def test_other_settings_put_no_second_cover_beside_the_first(
    library: ArtLibrary, audio: Path
) -> None:
    one, two, three, four = make_placements("One", "Two", "Three", "Four")
    library.server.cover("release-group", ids(one)[0], GROUP_COVER)
    (track,) = library.file([one], audio)
    album = library.path(track).parent
    (album / "back.jpg").write_bytes(b"mine")
    library.with_art(format="png")
    library.file([two], audio)
    for old, new in (("cover.jpg", "on its way.jpg"), ("on its way.jpg", "moved.jpg")):
        by_hand(library).rename(None, album / old, album / new)
    assert library.catalog.journal_pruning.prune(timedelta(0), largest=0) > 0, "as after 90 days"
    library.with_art(format="png", file_name="folder")
    library.file([three], audio)
    assert sorted(path.name for path in album.glob("*.[jp]*g")) == ["back.jpg", "moved.jpg"]
    (album / "moved.jpg").unlink()  # then the new one may come
    library.file([four], audio)
    assert sorted(path.name for path in album.glob("*.[jp]*g")) == ["back.jpg", "folder.png"]


def test_no_cover_file_among_the_songs_of_several_albums(
    tmp_path: Path, sqlite_database: Database, server: PictureServer, audio: Path
) -> None:
    for number, template in enumerate(("{artist} - {title}.{ext}", "{artist}/{title}.{ext}")):
        library = ArtLibrary(tmp_path / str(number), sqlite_database, server, template=template)
        adopt(look_at(library.settings, library.catalog), library.settings, library.catalog)
        names = [f"{n}{number}" for n in ("A", "B")]
        placements = [make_placements(f"Song {name}", album=name)[0] for name in names]
        for placement in placements:
            server.cover("release-group", ids(placement)[0], GROUP_COVER)
        tracks = library.file(placements, audio)
        assert all(read_cover(library.path(track)) for track in tracks)
        covers = [name for name in library.names() if "cover" in name]
        # In a folder that holds one album so far, nobody can tell.
        assert covers in ([], ["Anna/cover.jpg"])
        assert (covers == []) is (number == 0)


TWO_PROCESSES = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
import threading
from shanty.sources.circuits import Circuits
from shanty.config.service_sections import ArtSettings
from shanty.db import open_database
from shanty.music.entities import ArtistCredit, Release, ReleaseGroup
from shanty.providers.coverart import CoverArt
from shanty.stages.pictures import fetch_cover
url, home = sys.argv[1:]
services = SimpleNamespace(
    settings=SimpleNamespace(home=Path(home), art=ArtSettings()),
    coverart=CoverArt(url), stop=threading.Event(),
    circuits=Circuits(open_database("sqlite:///" + home + "/shanty.db")),
)
release = Release("release", "Title", ArtistCredit(), ReleaseGroup("group", "Title"))
placement = SimpleNamespace(release=release)
print(len(fetch_cover(placement, services).data))
"""


def test_two_processes_ask_once(server: PictureServer, tmp_path: Path) -> None:
    server.cover("release-group", "group", GROUP_COVER)
    command = [sys.executable, "-c", TWO_PROCESSES, server.url, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    printed = [process.communicate(timeout=60)[0] for process in running]
    assert [int(text) for text in printed] == [len(GROUP_COVER)] * 2
    assert len(server.asked) == 1


def test_the_artists_picture_once_in_the_artists_folder(library: ArtLibrary, audio: Path) -> None:
    placements = [make_placements(f"Song {name}", album=name)[0] for name in ("A", "B")]
    (mbid,) = placements[0].release.artist_credit.artist_mbids
    server = library.server
    pictures = [
        {"url": f"{server.url}/other.jpg", "likes": "1"},
        {"url": f"{server.url}/best.jpg", "likes": "12"},
    ]
    answer = json.dumps({"artistthumb": pictures}).encode()
    server.answers[f"/v3/music/{mbid}"] = Answer(200, answer, "application/json")
    server.answers["/best.jpg"] = Answer(200, GROUP_COVER, "image/jpeg")
    library.with_art(artist=True, artist_url=server.url)
    library.file(placements, audio)
    assert "Anna/artist.jpg" in library.names()
    assert (library.library_dir / "Anna" / "artist.jpg").read_bytes() == GROUP_COVER
    asked = [path for path in server.asked if "front" not in path]
    assert asked == [f"/v3/music/{mbid}", "/best.jpg"]


@pytest.mark.parametrize("artist", ["What?", "AC:DC", "Sigur Rós. "])
@pytest.mark.parametrize("is_safe", [True, False])
def test_the_artists_folder_is_found_however_it_is_spelled(
    artist: str,
    is_safe: bool,
    tmp_path: Path,
    sqlite_database: Database,
    server: PictureServer,
    audio: Path,
) -> None:
    library = ArtLibrary(tmp_path, sqlite_database, server, windows_safe=is_safe)
    (placement,) = make_placements("Song", artist=artist)
    (mbid,) = placement.release.artist_credit.artist_mbids
    answer = json.dumps({"artistthumb": [{"url": f"{server.url}/a.jpg", "likes": "1"}]}).encode()
    server.answers[f"/v3/music/{mbid}"] = Answer(200, answer, "application/json")
    server.answers["/a.jpg"] = Answer(200, GROUP_COVER, "image/jpeg")
    library.with_art(artist=True, artist_url=server.url)
    (track,) = library.file([placement], audio)
    assert (library.path(track).parent.parent / "artist.jpg").read_bytes() == GROUP_COVER


@pytest.mark.parametrize(
    "answer", [Answer(404, b"{}"), Answer(401, b"{}"), Answer(200, b'{"name": "Anna"}')]
)
def test_an_artist_without_a_picture_is_asked_for_once(
    answer: Answer, library: ArtLibrary, audio: Path
) -> None:
    placements = make_placements("One", "Two")
    (mbid,) = placements[0].release.artist_credit.artist_mbids
    library.server.answers[f"/v3/music/{mbid}"] = answer
    library.with_art(artist=True, artist_url=library.server.url)
    library.file(placements, audio)
    assert not any("artist" in name for name in library.names())
    assert len([path for path in library.server.asked if "front" not in path]) == 1


def test_the_key_is_needed_for_fanart_and_never_shown() -> None:
    with pytest.raises(ValueError, match="artist_key"):
        ArtSettings(artist=True)
    art = ArtSettings.model_validate({"artist": True, "artist_key": "secret"})
    assert "secret" not in repr(art)
    assert "secret" not in ArtistArt("http://x", key="secret")._service


@pytest.mark.parametrize("answer", [Answer(500), Answer(200, b"<html>"), Answer(200, b"[]")])
def test_trouble_with_artists_pictures_holds_no_track_up(
    answer: Answer, library: ArtLibrary, audio: Path
) -> None:
    (placement,) = make_placements("Song")
    (mbid,) = placement.release.artist_credit.artist_mbids
    library.server.answers[f"/v3/music/{mbid}"] = answer
    library.server.cover("release-group", ids(placement)[0], GROUP_COVER)
    library.with_art(artist=True, artist_url=library.server.url)
    (track,) = library.file([placement], audio)
    assert read_cover(library.path(track)) is not None


def test_a_file_that_cannot_be_read_stays_the_tracks(library: ArtLibrary, audio: Path) -> None:
    placement = make_placements("One")[0]
    library.server.cover("release-group", ids(placement)[0], GROUP_COVER)
    (track_id,) = library.file([placement], audio)
    library.path(track_id).write_bytes(b"no audio at all")
    with library.database.begin() as tx:
        library.queue.items.enqueue(tx, track_id, Stage.ENRICH, priority=Priority.FORCED)
    (item,) = library.queue.items.claim(library.worker_id, 1)
    assert execute(item, library.services("again"), load_stages()).fate is Fate.FAILED
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert library.path(track_id).exists()
    statuses = {one.status for one in library.catalog.candidates.of_track(track_id)}
    assert CandidateStatus.REJECTED not in statuses
