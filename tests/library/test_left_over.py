"""Files that Shanty put beside music follow it, and are reported when the music is gone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from shanty.catalog.lookup import find_track
from shanty.db import Database
from shanty.library.check import Kind
from shanty.library.rename import apply_renames, plan_renames
from shanty.library.undo import find_acts, undo
from shanty.models import Lyrics, TrackStatus
from shanty.music.entities import Placement
from shanty.tracks.review import reject_filed
from tests.world.checked_library import Checked
from tests.world.filed_library import make_placements


class LyricsStandIn:
    def find(self, **_: object) -> Lyrics:
        return Lyrics(plain="la la")


@pytest.fixture
def library(tmp_path: Path, sqlite_database: Database) -> Checked:
    made = Checked(tmp_path, sqlite_database)
    on = made.settings.lyrics.model_copy(update={"enabled": True})
    made.settings = made.settings.model_copy(update={"lyrics": on})
    made.lyrics = LyricsStandIn()  # type: ignore[assignment]
    return made


def rename_album(library: Checked, placement: Placement, title: str) -> None:
    """Rename an album as if somebody had done so in MusicBrainz and the monitor found out."""
    group = replace(placement.release.release_group, title=title)
    release = replace(placement.release, title=title, release_group=group)
    with library.database.begin() as tx:
        library.catalog.editions.store(tx, release)
    apply_renames(plan_renames(library.settings, library.catalog), library.acts("rename"))


def names(library: Checked) -> set[str]:
    found = (path for path in library.library_dir.rglob("*") if path.is_file())
    shown = (str(path.relative_to(library.library_dir)) for path in found)
    return {name for name in shown if not name.startswith(".shanty")}


@pytest.mark.parametrize("has_own", [False, True], ids=["ours alone", "with a person's own"])
def test_all_our_files_follow_a_renamed_album(
    has_own: bool, library: Checked, made_audio: dict[str, Path]
) -> None:
    placements = make_placements("One", "Two")
    library.file(placements, made_audio["opus"])
    folder = library.library_dir / "Anna" / "First (2001)"
    own = {"mine.mp3", "mine.txt", "scan.png"} if has_own else set()
    for name in own:
        (folder / name).write_bytes(b"mine")
    before = library.tree()
    rename_album(library, placements[0], "Second")
    songs = {f"0{n + 1} {song}{end}" for n, song in enumerate(("One", "Two")) for end in SUFFIXES}
    ours = {f"Anna/Second (2001)/{name}" for name in {*songs, "cover.jpg"}}
    assert names(library) == ours | {f"Anna/First (2001)/{name}" for name in own}
    assert Kind.LEFT_OVER not in library.kinds()
    undo(find_acts("rename", library.catalog), library.acts("undo"))
    assert library.tree() == before


SUFFIXES = (".opus", ".txt")


def test_leftovers_of_a_withdrawn_track_are_reported_and_trashed(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["opus"])
    folder = library.path(one).parent
    (folder / "01 One.lrc").write_text("a person's own")
    acts = library.acts("withdraw")
    acts.trash(library.path(one), "test", track_id=one, track_status=TrackStatus.WITHDRAWN)
    (finding,) = library.check()
    assert (finding.kind, finding.path.name, finding.repair) == (Kind.LEFT_OVER, "01 One.txt", "")
    acts.trash(library.path(two), "test", track_id=two, track_status=TrackStatus.WITHDRAWN)
    found = {one.path.name: one.repair for one in library.check(repair=True)}
    assert found == dict.fromkeys(("01 One.txt", "02 Two.txt", "cover.jpg"), "in the trash")
    assert names(library) == {"Anna/First (2001)/01 One.lrc"}
    assert library.check() == []
    assert undo(find_acts("check", library.catalog), library.acts("undo")).refused == []
    assert (folder / "cover.jpg").is_file()


def test_a_leftover_that_a_person_has_changed_is_theirs(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    path = library.path(track_id)
    path.with_suffix(".txt").write_text("better words")
    shutil.copy(path, path.with_name("cover.jpg"))
    library.acts().trash(path, "test", track_id=track_id, track_status=TrackStatus.WITHDRAWN)
    assert library.check(repair=True) == []


def test_a_track_that_is_to_come_again_finds_its_cover(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    track = find_track(str(track_id), library.catalog)
    reject_filed(track, library.acts("reject"))
    assert library.status(track_id) is TrackStatus.WANTED
    assert library.check() == []
    reject = library.catalog.candidates.of_track(track_id)
    assert reject
    with library.database.begin() as tx:
        library.catalog.tracks.set_status(tx, track_id, TrackStatus.FAILED, "none is left")
    assert library.kinds() == [Kind.LEFT_OVER] * 2


def test_music_that_a_person_moved_away_from_its_cover_is_not_gone(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["opus"])
    folder = library.path(one).parent
    elsewhere = library.library_dir / "Elsewhere"
    elsewhere.mkdir()
    for track_id in (one, two):
        path = library.path(track_id)
        path.rename(elsewhere / path.name)
    assert library.kinds() == [Kind.MOVED] * 2
    assert library.kinds(repair=True) == [Kind.MOVED] * 2
    assert library.check(repair=True) == []
    library.acts().trash(
        library.path(one), "test", track_id=one, track_status=TrackStatus.WITHDRAWN
    )
    assert [finding.path.name for finding in library.check()] == ["01 One.txt"]
    assert (folder / "cover.jpg").is_file()


def test_music_that_may_come_back_leaves_no_leftovers(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    """A disk that holds only music is not mounted."""
    template = "{album_artist}/{album}/CD {disc}/{title}.{ext}"
    library.with_template(template)
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    path = library.path(track_id)
    picture = path.parent.with_name("artist.jpg")
    library.acts("art").add_file(track_id, picture, b"artist")
    disk = path.parent.rename(library.library_dir.with_name("away"))
    path.parent.mkdir()
    assert library.kinds(repair=True) == [Kind.MISSING]
    path.parent.rmdir()
    disk.rename(path.parent)
    assert library.check() == []
    disk = path.parent.rename(disk)
    assert library.kinds(repair=True, is_emptied=True) == [Kind.MISSING, Kind.LEFT_OVER]


def test_an_artists_picture_and_disc_folders_are_told_by_what_lies_below(
    library: Checked, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    picture = library.library_dir / "Anna" / "artist.jpg"
    library.acts("art").add_file(track_id, picture, b"artist")
    assert library.check() == []
    library.acts().trash(
        library.path(track_id), "test", track_id=track_id, track_status=TrackStatus.WITHDRAWN
    )
    assert {one.path.name for one in library.check()} == {"artist.jpg", "cover.jpg", "01 One.txt"}
