"""Playlists: their order, form and owner, and that nobody else's is ever touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanty.db import Database
from shanty.library.m3u import Entry, find_marked, render, write_playlist
from shanty.library.playlists import PlaylistReport, refresh_playlists
from shanty.music.entities import Placement
from shanty.tracks.maintenance import tidy
from shanty.watching.watch import unwatch
from tests.world.databases import ON_SQLITE
from tests.world.discographies import make_artist, make_group, make_release
from tests.world.filed_library import make_placements
from tests.world.watched_library import Watched


@pytest.fixture
def library(database: Database, tmp_path: Path, made_audio: dict[str, Path]) -> Watched:
    return Watched(tmp_path, database, made_audio["mp3"])


def album(title: str, date: str, *discs: list[str]) -> list[Placement]:
    release = make_release(make_group(make_artist("Anna"), title, date=date), *discs)
    return [
        Placement(release, medium, track) for medium in release.media for track in medium.tracks
    ]


def test_an_artist_is_in_the_order_of_the_releases(library: Watched) -> None:
    late = album("A late one", "2011-02", ["Z", "A"], ["Last"])
    early = album("Before", "1999", ["Only"])
    library.watch("artist", "Anna", *reversed(late), *early)
    assert library.update() == PlaylistReport(written=1)
    lines = library.read("Anna.m3u8").splitlines()
    assert lines[0] == "#EXTM3U"
    assert lines[1].startswith("#SHANTY artist:")
    assert lines[2:] == [
        "#EXTINF:1,Anna - Only",
        "../Anna/Before (1999)/01 Only.mp3",
        "#EXTINF:1,Anna - Z",
        "../Anna/A late one (2011)/1-01 Z.mp3",
        "#EXTINF:1,Anna - A",
        "../Anna/A late one (2011)/1-02 A.mp3",
        "#EXTINF:1,Anna - Last",
        "../Anna/A late one (2011)/2-01 Last.mp3",
    ]
    for path in library.paths_in("Anna.m3u8"):
        assert (library.settings.playlists_dir / path).is_file()


@ON_SQLITE
@pytest.mark.parametrize("filed_on", ["1990", "2024"], ids=["an older album", "a newer album"])
def test_an_album_is_in_its_own_order_wherever_its_songs_are_filed(
    library: Watched, filed_on: str
) -> None:
    hits = album("Hits", "2010", ["One", "Two"], ["Three"])
    elsewhere = album("Elsewhere", filed_on, ["Other", "Two"])
    library.watch(
        "album",
        "Anna – Hits",
        hits[2],
        elsewhere[1],
        hits[0],
        mbid=hits[0].release.release_group.mbid,
    )
    with library.database.begin() as tx:
        catalog = library.catalog
        catalog.discographies.store_group(tx, hits[0].release.release_group)
        key = catalog.editions.store(tx, hits[0].release)
        catalog.discographies.choose_edition(tx, hits[0].release.release_group.mbid, key)
    library.update()
    shown = [line for line in library.read("Anna – Hits.m3u8").splitlines() if "EXTINF" in line]
    assert [line.rpartition(" - ")[2] for line in shown] == ["One", "Two", "Three"]


def test_only_what_changed_is_written(library: Watched) -> None:
    one, two = make_placements("One", "Two")
    rule_id = library.watch("album", "Anna – First", one)
    library.watch("track", "Anna – Other", *make_placements("Other", album="Second"))
    assert library.update().written == 2
    folder = library.settings.playlists_dir
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert library.update() == PlaylistReport()
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    track_ids = library.file([two], library.audio)
    with library.database.begin() as tx:
        library.catalog.rules.tie_tracks(tx, rule_id, track_ids)
    assert library.update() == PlaylistReport(written=1)
    assert [Path(path).stem for path in library.paths_in("Anna – First.m3u8")] == [
        "01 One",
        "02 Two",
    ]


@ON_SQLITE
def test_a_file_that_was_moved_is_followed(library: Watched) -> None:
    library.watch("album", "First", *make_placements("One"))
    library.update()
    (track,) = library.catalog.tracks.list_tracks()
    file = library.catalog.files.of_track(track.id)
    assert file is not None
    moved = file.path.rename(file.path.with_name("Moved.mp3"))
    with library.database.begin() as tx:
        library.catalog.files.record(tx, replace(file, path=moved))
    assert library.update() == PlaylistReport(written=1)
    assert library.paths_in("First.m3u8") == ["../Anna/First (2001)/Moved.mp3"]


def test_a_playlist_is_removed_with_its_rule(library: Watched) -> None:
    kept = library.watch("artist", "Anna", *make_placements("One"))
    gone = library.watch("artist", "Berta", *make_placements("Two", artist="Berta"))
    library.update()
    (library.settings.playlists_dir / "mine.m3u8").write_text("#EXTM3U\nx.mp3\n")
    unwatch(gone, database=library.database, queue=library.queue)
    assert library.update() == PlaylistReport(removed=1)
    assert library.names == ["Anna.m3u8", "mine.m3u8"]
    unwatch(kept, database=library.database, queue=library.queue)
    tidied = tidy(library.queue, library.catalog, library.database, library.settings)
    assert tidied["playlists changed"] == 1
    assert library.names == ["mine.m3u8"]


def rewritten(path: Path) -> None:
    path.write_text(path.read_text() + "more.mp3\n")


def replaced(path: Path) -> None:
    path.write_bytes(b"#EXTM3U\n\xff\n")


def renamed(path: Path) -> None:
    path.rename(path.with_name("Best of.m3u8"))


def copied(path: Path) -> None:
    path.with_name("Best of.m3u8").write_bytes(path.read_bytes())


@ON_SQLITE
@pytest.mark.parametrize(
    ("by_hand", "names"),
    [
        (rewritten, ["Anna.m3u8"]),
        (replaced, ["Anna (artist).m3u8", "Anna.m3u8"]),
        (renamed, ["Best of.m3u8"]),
        (copied, ["Anna.m3u8", "Best of.m3u8"]),
    ],
)
def test_a_playlist_that_a_person_has_changed_is_left_alone(
    library: Watched, by_hand: Callable[[Path], None], names: list[str]
) -> None:
    rule_id = library.watch("artist", "Anna", *make_placements("One"))
    library.update()
    by_hand(library.settings.playlists_dir / "Anna.m3u8")
    before = {name: library.read_bytes(name) for name in library.names}
    library.update()
    library.update()
    assert library.names == names
    assert {name: library.read_bytes(name) for name in before} == before
    unwatch(rule_id, database=library.database, queue=library.queue)
    library.update()
    theirs = {"Anna.m3u8", "Best of.m3u8"} if by_hand is not copied else {"Best of.m3u8"}
    assert library.names == sorted(theirs & set(names))


@ON_SQLITE
def test_names_are_safe_and_none_is_given_twice(library: Watched) -> None:
    names = ["AC/DC", "ac/dc", "AC_DC", "..", "CON", "x" * 400, "Beyonce\u0301", "Beyonc\xe9", ""]
    for number, name in enumerate(names):
        songs = make_placements(f"Song {number}", album=f"Album {number}")
        library.watch("artist", name, *songs, mbid=f"mbid-{number}")
    assert library.update().written == len(names)
    given = library.names
    assert len({name.casefold() for name in given}) == len(names)
    assert all(len(name.encode()) <= 255 and "/" not in name for name in given)
    assert not any(name.startswith((".", "CON.")) for name in given)
    assert library.update() == PlaylistReport(), "names are not stable"
    assert library.names == given
    assert library.settings.playlists_dir.parent == library.library_dir
    assert not list(library.library_dir.parent.glob("*.m3u8"))


@ON_SQLITE
def test_a_rule_of_another_name_has_a_playlist_of_another_name(library: Watched) -> None:
    library.watch("artist", "Prince", *make_placements("One"), mbid="m")
    library.update()
    library.watch("artist", "The Artist", mbid="m")
    assert library.update() == PlaylistReport(written=1, removed=1)
    assert library.names == ["The Artist.m3u8"]


@ON_SQLITE
def test_without_the_librarys_disk_nothing_happens(library: Watched) -> None:
    rule_id = library.watch("artist", "Anna", *make_placements("One"))
    library.update()
    away = library.library_dir.rename(library.library_dir.with_name("unmounted"))
    unwatch(rule_id, database=library.database, queue=library.queue)
    library.library_dir.mkdir()
    assert library.update() == PlaylistReport()
    assert list(library.library_dir.iterdir()) == []
    library.library_dir.rmdir()
    away.rename(library.library_dir)
    assert library.update() == PlaylistReport(removed=1)


@ON_SQLITE
def test_playlists_are_off_unless_switched_on(library: Watched) -> None:
    library.watch("artist", "Anna", *make_placements("One"))
    library.set_playlists(enabled=False)
    assert library.update() == PlaylistReport()
    assert library.names == []


@ON_SQLITE
def test_playlists_can_be_limited_to_some_kinds(library: Watched) -> None:
    library.watch("artist", "Anna", *make_placements("One"))
    library.watch("track", "Anna – Two", *make_placements("Two", album="Second"))
    assert library.update().written == 2
    library.set_playlists(kinds=("artist", "album"))
    assert library.update() == PlaylistReport(removed=1)
    assert library.names == ["Anna.m3u8"]


@ON_SQLITE
def test_playlists_may_lie_in_another_folder(library: Watched, tmp_path: Path) -> None:
    library.watch("artist", "Anna", *make_placements("One"))
    library.set_playlists(folder=tmp_path / "elsewhere" / "lists")
    assert refresh_playlists(library.settings, library.catalog) == 1
    assert library.paths_in("Anna.m3u8") == ["../../library/Anna/First (2001)/01 One.mp3"]
    (tmp_path / "file").touch()
    library.set_playlists(folder=tmp_path / "file" / "lists")
    assert refresh_playlists(library.settings, library.catalog) == 0, "an error ends the run"


HOSTILE = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(
    ["a\nb", "x\r#EXTM3U", "\u2028", "\x85y", "#EXTINF:1,z", "\ud800", "", " "]
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_name_can_add_a_line_to_a_playlist(artist: str, title: str, name: str) -> None:
    folder = Path("/music/lists")
    path = folder / (name.replace("/", "").replace("\0", "") or "x")
    text = render("artist:m", [Entry(path, artist, title, 7)], folder / "x.m3u8")
    text.encode()
    lines = text.splitlines()
    assert len(lines) in (2, 4), "a line was injected"
    if len(lines) == 4:
        assert lines[2].startswith("#EXTINF:7,")
        assert not lines[3].startswith("#")
        assert (folder / lines[3]).name == path.name


def test_a_mark_is_only_believed_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.m3u8"
    assert write_playlist(path, render("artist:m", [], path))
    assert [(one.owner, one.is_intact) for one in find_marked(tmp_path)] == [("artist:m", True)]
    assert not write_playlist(path, path.read_text())
    (tmp_path / "b.m3u8").write_text("#EXTM3U\nfirst.mp3\n" + path.read_text())
    (tmp_path / "c.m3u8").symlink_to(path)
    (tmp_path / "d.m3u8").mkdir()
    (tmp_path / "e.m3u8").write_bytes(b"#EXTM3U\n#SHANTY \xff")
    assert [one.path for one in find_marked(tmp_path)] == [path]
    assert find_marked(tmp_path / "nowhere") == []
