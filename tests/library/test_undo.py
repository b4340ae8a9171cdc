"""Undoing what was done to files: exactly, newest first, and without overwriting."""

from __future__ import annotations

from pathlib import Path

import pytest

from shanty.catalog import Action
from shanty.clock import utc_now
from shanty.errors import NotFoundError, ShantyError
from shanty.library.scan import ScanReport, scan_library
from shanty.library.trash import empty_trash
from shanty.library.undo import UndoReport, find_acts, undo
from shanty.models import CandidateStatus, Stage, Status, TrackStatus
from shanty.tags.tagging import build_tags
from shanty.tracks.review import reject_filed
from tests.world.filed_library import FiledLibrary, by_hand, make_placements, put_there


def undo_run(library: FiledLibrary, what: str, run_id: str, **options: bool) -> UndoReport:
    report = undo(find_acts(what, library.catalog), by_hand(library, run_id), **options)
    library.check_catalogue()
    return report


@pytest.mark.postgresql_too
def test_a_run_that_filed_is_undone_and_redone(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    ids = library.file(make_placements("One", "Two"), made_audio["opus"])
    before = library.tree()
    assert undo_run(library, "first-run", "back", is_dry=True).refused == []
    assert library.tree() == before, "a dry run changes nothing"
    report = undo_run(library, "first-run", "back")
    assert report.refused == []
    assert library.tree() == {}, "no file and no folder is left"
    assert {library.status(track_id) for track_id in ids} == {TrackStatus.REMOVED}
    with library.database.begin() as tx:
        assert library.queue.items.enqueue_wanted(tx) == 0
    with pytest.raises(ShantyError, match=r"undone already.*shanty undo back"):
        find_acts("first-run", library.catalog)
    assert undo_run(library, "back", "again").refused == []
    assert library.tree() == before
    assert {library.status(track_id) for track_id in ids} == {TrackStatus.IN_LIBRARY}
    assert undo_run(library, "again", "back-again").refused == []
    assert library.tree() == {}


def test_a_removed_track_is_wanted_again_if_a_person_asks(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (placement,) = make_placements("One")
    (track_id,) = library.file([placement], made_audio["opus"])
    undo_run(library, "first-run", "back")
    with library.database.begin() as tx:
        library.catalog.tracks.want_all(tx, [placement])  # as the monitor does
    assert library.status(track_id) is TrackStatus.REMOVED
    with library.database.begin() as tx:
        library.catalog.tracks.want(tx, placement)  # as `watch add track` does
    assert library.status(track_id) is TrackStatus.WANTED


def test_undoing_a_track_undoes_its_last_run_and_keeps_the_albums_cover(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    one, _ = library.file(make_placements("One", "Two"), made_audio["mp3"])
    before = library.tree()
    path = library.path(one)
    (other,) = make_placements("Other")
    by_hand(library, "retag").write_tags(one, path, build_tags(other))
    by_hand(library, "rename").rename(one, path, path.with_name("x.mp3"))
    assert [entry.action for entry in undo_run(library, "One", "u1").undone] == [Action.RENAME]
    assert [entry.action for entry in undo_run(library, "One", "u2").undone] == [Action.TAG]
    assert library.tree() == before
    report = undo_run(library, "One", "u3")
    assert [entry.action for entry in report.undone] == [Action.TAG, Action.PLACE]
    assert sorted(path.name for path in path.parent.iterdir()) == ["02 Two.mp3", "cover.jpg"]
    with pytest.raises(ShantyError, match=r"all that was done.*`shanty undo u3`"):
        find_acts("One", library.catalog)


def test_what_a_person_has_changed_is_left(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["flac"])
    mine = library.path(one).read_bytes() + b"mine"
    library.path(one).write_bytes(mine)
    report = undo(find_acts("first-run", library.catalog), by_hand(library, "back"))
    assert library.path(one).read_bytes() == mine
    assert library.status(two) is TrackStatus.REMOVED
    assert {refusal.entry.track_id for refusal in report.refused} == {one}
    assert "not by Shanty" in report.refused[0].reason


def test_a_file_that_moves_during_the_check_is_left(
    library: FiledLibrary, made_audio: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    path = library.path(track_id)
    is_file = Path.is_file

    def go(self: Path) -> bool:
        was_there = is_file(self)
        if self == path and was_there:
            path.rename(path.with_name("elsewhere.opus"))
        return was_there

    monkeypatch.setattr(Path, "is_file", go)
    report = undo(find_acts("first-run", library.catalog), by_hand(library, "back"))
    assert path not in {entry.target_path for entry in report.undone}
    assert any("No such file" in one.reason for one in report.refused)


def test_a_rename_is_not_undone_if_the_old_name_is_taken(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["ogg"])
    path = library.path(track_id)
    by_hand(library, "rename").rename(track_id, path, path.with_name("x.ogg"))
    path.write_bytes(b"mine")
    for is_dry in (True, False):
        (refusal,) = undo_run(library, "rename", "back", is_dry=is_dry).refused
        assert "taken" in refusal.reason
    assert path.read_bytes() == b"mine"


def test_undoing_an_older_run_names_the_newer_one_in_its_way(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["m4a"])
    path = library.path(track_id)
    by_hand(library, "rename-5").rename(track_id, path, path.with_name("x.m4a"))
    report = undo_run(library, "first-run", "back")
    assert "rename-5" in report.refused[0].reason
    (other,) = make_placements("Other")
    by_hand(library, "retag-6").write_tags(track_id, library.path(track_id), build_tags(other))
    assert undo_run(library, "rename-5", "back").refused == []
    assert library.path(track_id) == path
    report = undo_run(library, "first-run", "back-2")
    assert [one.entry.action for one in report.refused] == [Action.TAG, Action.PLACE]


def test_what_is_gone_from_the_trash_or_pruned_cannot_be_undone(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    acts = by_hand(library, "retag")
    (other,) = make_placements("Other")
    acts.write_tags(track_id, library.path(track_id), build_tags(other))
    library.catalog.journal_pruning.prune(
        older_than=library.settings.library.undo_retention, largest=0
    )
    (refusal,) = undo_run(library, "retag", "back").refused
    assert "no longer kept" in refusal.reason
    by_hand(library, "gone").trash(library.path(track_id), "test", track_id=track_id)
    assert empty_trash(acts, utc_now() - library.settings.library.trash_retention) == 0
    assert empty_trash(acts) == 1
    (refusal,) = undo_run(library, "gone", "back").refused
    assert "no longer there" in refusal.reason
    assert not library.settings.library.trash_dir.exists() or not any(
        library.settings.library.trash_dir.iterdir()
    )


def test_a_wrong_file_is_rejected_fetched_anew_and_taken_back(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    before, file = library.tree(), library.catalog.files.of_track(track_id)
    first, second = library.catalog.candidates.of_track(track_id)
    assert file is not None
    assert file.candidate_id == first.id
    track = library.catalog.tracks.get(track_id)
    assert reject_filed(track, by_hand(library, "reject-1")) == 1
    library.check_catalogue()
    first, second = library.catalog.candidates.of_track(track_id)
    assert (first.status, second.status) == (CandidateStatus.REJECTED, CandidateStatus.FOUND)
    assert library.status(track_id) is TrackStatus.WANTED
    (item,) = library.queue.overview.list_items(stage=Stage.DOWNLOAD)
    assert (item.status, item.priority) == (Status.PENDING, 0)
    assert undo_run(library, "reject-1", "back").refused == []
    assert library.tree() == before
    assert library.catalog.files.of_track(track_id) == file
    assert library.catalog.candidates.of_track(track_id)[0].status is CandidateStatus.CHOSEN
    (item,) = library.queue.overview.list_items(stage=Stage.DOWNLOAD)
    assert item.status is Status.CANCELLED
    # And again, this time for good: the next one is fetched.
    reject_filed(library.catalog.tracks.get(track_id), by_hand(library, "reject-2"))
    library.stage(track_id, made_audio["mp3"])
    library.work("second-run")
    library.check_catalogue()
    assert library.path(track_id).suffix == ".mp3"
    (refusal,) = undo_run(library, "reject-2", "too-late").refused
    assert "another file by now" in refusal.reason


def test_a_file_that_is_not_ours_is_not_rejected(library: FiledLibrary) -> None:
    (placement,) = make_placements("One")
    with library.database.begin() as tx:
        track_id = library.catalog.tracks.want(tx, placement)
    with pytest.raises(ShantyError, match="Shanty has not filed it"):
        reject_filed(library.catalog.tracks.get(track_id), by_hand(library))


@pytest.mark.parametrize("is_scanned", [True, False])
def test_a_persons_file_is_the_tracks_again_if_an_upgrade_is_undone(
    is_scanned: bool, library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    """After an upgrade is undone, nobody wants the song again, and playlists have it."""
    settings = library.settings.library.model_copy(update={"duplicates": "upgrade"})
    library.settings = library.settings.model_copy(update={"library": settings})
    (placement,) = make_placements("One")
    mine = put_there(library, placement, made_audio["mp3"])

    def scan() -> ScanReport:
        return scan_library(
            library.library_dir,
            settings=library.settings,
            database=library.database,
            queue=library.queue,
        )

    if is_scanned:
        scan()
    theirs = library.tree()
    (track_id,) = library.file([placement], made_audio["flac"])
    ours = library.tree()
    file = library.catalog.files.of_track(track_id)
    for run, back, again in (("first-run", "undo", "redo"), ("redo", "undo-2", "redo-2")):
        assert undo_run(library, run, back).refused == []
        assert library.tree() == theirs
        assert library.status(track_id) is TrackStatus.IN_LIBRARY
        assert [one.path for _, one in library.catalog.files.list_library()] == [mine]
        report = scan()
        assert (report.read, report.recognised, report.wanted_again) == (0, 1, 0)
        assert undo_run(library, back, again).refused == []
        assert library.tree() == ours
        assert library.status(track_id) is TrackStatus.IN_LIBRARY
        assert library.catalog.files.of_track(track_id) == file
        assert scan().wanted_again == 0
    by_hand(library, "gone").trash(
        library.path(track_id), "x", track_id=track_id, track_status=TrackStatus.REMOVED
    )
    (rival,) = [one for one in library.catalog.trash.list_trash() if one.original_path == mine]
    by_hand(library, "restored").restore(rival)
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    undo_run(library, "restored", "removed")
    assert library.status(track_id) is TrackStatus.REMOVED


def test_restored_lyrics_do_not_bring_a_removed_track_back(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    acts = by_hand(library)
    lyrics = library.path(track_id).with_suffix(".lrc")
    acts.add_file(track_id, lyrics, b"la")
    acts.trash(lyrics, "the same", track_id=track_id)
    acts.trash(library.path(track_id), "x", track_id=track_id, track_status=TrackStatus.REMOVED)
    (trashed,) = [one for one in library.catalog.trash.list_trash() if one.original_path == lyrics]
    acts.restore(trashed)
    assert library.status(track_id) is TrackStatus.REMOVED
    assert library.catalog.files.list_library() == []


@pytest.mark.parametrize("what", ["", "nonsense", "first", "%", "\0", "☠" * 300])
def test_nonsense_is_no_run(what: str, library: FiledLibrary, made_audio: dict[str, Path]) -> None:
    library.file(make_placements("One"), made_audio["opus"])
    with pytest.raises(NotFoundError):
        find_acts(what, library.catalog)
