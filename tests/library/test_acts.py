"""Acts on files: recorded before and after, and settled from the disk if interrupted."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from shanty.catalog import Action, EntryStatus
from shanty.catalog.act_details import Added, Renamed
from shanty.clock import utc_now
from shanty.db import Database
from shanty.errors import PermanentError, ShantyError, StageError, TransientError
from shanty.files.checksum import checksum
from shanty.files.delta import apply_delta, make_delta
from shanty.library.acts import BusyError
from shanty.library.scan import scan_library
from shanty.library.trash import empty_trash
from shanty.models import Priority, Stage, TrackStatus
from shanty.stages import load_stages
from shanty.stages.execution import Fate, execute
from shanty.tags.tagging import build_tags, read_tags, write_tags
from shanty.tracks.maintenance import tidy
from tests.world.audio_files import FORMATS, collected_audio
from tests.world.filed_library import FiledLibrary, by_hand, make_placements


@pytest.mark.parametrize("name", FORMATS)
def test_a_delta_gives_the_old_file_back(
    name: str, made_audio: dict[str, Path], tmp_path: Path
) -> None:
    old, new = tmp_path / f"old.{name}", tmp_path / f"new.{name}"
    for path in (old, new):
        path.write_bytes(made_audio[name].read_bytes())
    (placement,) = make_placements("Song")
    write_tags(new, build_tags(placement))
    for one, other in ((old, new), (new, old)):
        delta = make_delta(one, other)
        assert len(delta) < 4000
        assert apply_delta(other, delta, tmp_path / "made") == checksum(one)
        assert checksum(tmp_path / "made") == checksum(one)
        with suppress(ShantyError):
            assert apply_delta(one, delta, tmp_path / "wrong") != checksum(one)


def test_a_delta_between_any_two_files(tmp_path: Path) -> None:
    contents = [b"", b"a", b"ab", b"ba" * 5, os.urandom(300_000), bytes(280_000) + b"x"]
    contents += [contents[4][:100_000] + b"!" + contents[4][100_001:], b"x" + contents[4]]
    paths = [tmp_path / str(number) for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    for old in paths:
        for new in paths:
            delta = make_delta(old, new)
            apply_delta(new, delta, tmp_path / "made")
            assert (tmp_path / "made").read_bytes() == old.read_bytes()


def test_collected_files_are_given_back_too(tmp_path: Path) -> None:
    (placement,) = make_placements("Song")
    changed = 0
    for path in collected_audio()[::13]:
        old, new = tmp_path / "old", tmp_path / "new"
        for copy in (old, new):
            copy.write_bytes(path.read_bytes())
        try:
            write_tags(new, build_tags(placement))
        except ShantyError:
            continue
        changed += 1
        assert apply_delta(new, make_delta(old, new), tmp_path / "made") == checksum(path)
    assert changed > 5 or not collected_audio()


def test_a_filed_track_is_in_the_journal(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("Song"), made_audio["opus"])
    entries = library.catalog.journal.of_run("first-run")
    assert [entry.action for entry in entries] == [Action.TAG, Action.COVER, Action.PLACE]
    assert {entry.status for entry in entries} == {EntryStatus.DONE}
    tag = entries[0]
    assert tag.checksum_after == checksum(library.path(track_id))
    delta = library.catalog.journal.delta_of(tag.id)
    assert delta is not None
    assert len(delta) < 2000
    library.check_catalogue()


def test_a_change_is_changed_back_and_forth(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("Song"), made_audio["m4a"])
    acts = by_hand(library)
    path = library.path(track_id)
    before = path.read_bytes()
    (other,) = make_placements("Another")
    assert acts.write_tags(track_id, path, build_tags(other))
    after = path.read_bytes()
    assert not acts.write_tags(track_id, path, build_tags(other))
    (entry,) = library.catalog.journal.of_run("by-hand")
    acts.change_back(entry)
    assert path.read_bytes() == before
    back, entry = library.catalog.journal.of_run("by-hand")
    assert (entry.status, back.undoes_id, back.is_reversal) == ("undone", entry.id, True)
    acts.change_back(back)
    assert path.read_bytes() == after
    assert read_tags(path) == build_tags(other)
    library.check_catalogue()


def test_what_a_person_has_changed_is_not_changed_back(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("Song"), made_audio["mp3"])
    path = library.path(track_id)
    entry = library.catalog.journal.of_track(track_id)[0]
    mine = path.read_bytes()[:-1] + b"\xff"
    path.write_bytes(mine)
    with pytest.raises(ShantyError):
        by_hand(library).change_back(entry)
    assert path.read_bytes() == mine
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


def test_trash_and_back(library: FiledLibrary, made_audio: dict[str, Path]) -> None:
    (track_id,) = library.file(make_placements("Song"), made_audio["flac"])
    before, file = library.tree(), library.catalog.files.of_track(track_id)
    acts, path = by_hand(library), library.path(track_id)
    acts.trash(path, "no good", track_id=track_id, track_status=TrackStatus.REMOVED)
    assert not path.exists()
    assert library.catalog.files.of_track(track_id) is None
    assert library.status(track_id) is TrackStatus.REMOVED
    (trashed,) = library.catalog.trash.list_trash()
    assert trashed.path.is_relative_to(library.settings.library.trash_dir)
    with library.database.begin() as tx:
        assert library.queue.items.enqueue_wanted(tx) == 0, "it would be fetched again"
    acts.restore(trashed)
    assert library.tree() == before
    restored = library.catalog.files.of_track(track_id)
    assert restored == file
    assert library.status(track_id) is TrackStatus.IN_LIBRARY
    assert library.catalog.trash.list_trash() == []
    assert not library.settings.library.trash_dir.joinpath(trashed.path.parent).exists()


def test_the_trash_overwrites_nothing(library: FiledLibrary) -> None:
    acts = by_hand(library)
    path = library.library_dir / "a.txt"
    for number in range(3):
        path.write_text(str(number))
        acts.trash(path, "test")
    texts = [one.path.read_text() for one in library.catalog.trash.list_trash()]
    assert texts == ["2", "1", "0"]
    path.write_text("here")
    with pytest.raises(PermanentError):
        acts.restore(library.catalog.trash.list_trash()[0])
    assert path.read_text() == "here"
    assert library.catalog.journal.open_entries() == []


def test_a_track_that_is_worked_on_is_left_alone(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("Song"), made_audio["ogg"])
    with library.database.begin() as tx:
        library.queue.items.enqueue(tx, track_id, Stage.ENRICH, priority=Priority.FORCED)
    assert library.queue.items.claim(library.worker_id, 1)
    path = library.path(track_id)
    with pytest.raises(BusyError):
        by_hand(library).rename(track_id, path, path.with_name("other.ogg"))
    assert path.exists()
    assert library.catalog.journal.open_entries() == []


def test_one_act_at_a_time_on_a_track(library: FiledLibrary, made_audio: dict[str, Path]) -> None:
    (track_id,) = library.file(make_placements("Song"), made_audio["ogg"])
    path = library.path(track_id)
    one, other = by_hand(library), by_hand(library)
    entry = one._entry(Action.RENAME, track_id, path, path.with_name("x"), Renamed())
    one._begin(entry)
    with pytest.raises(TransientError):
        other.rename(track_id, path, path.with_name("y.ogg"))
    with pytest.raises(TransientError):
        other._begin(entry)
    assert one.owner is not None
    library.queue.workers.unregister(one.owner)  # it dies
    other.rename(track_id, path, path.with_name("y.ogg"))
    library.check_catalogue()
    assert library.path(track_id).name == "y.ogg"


def test_a_stage_waits_while_its_file_is_renamed(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("Song"), made_audio["ogg"])
    path = library.path(track_id)
    acts = by_hand(library)
    begun = acts._begin(
        acts._entry(Action.RENAME, track_id, path, path.with_name("x.ogg"), Renamed())
    )
    with library.database.begin() as tx:
        library.queue.items.enqueue(tx, track_id, Stage.ENRICH, priority=Priority.FORCED)
    (item,) = library.queue.items.claim(library.worker_id, 1)
    outcome = execute(item, library.services("second"), load_stages())
    assert outcome.fate is Fate.WAITING
    assert "somebody else" in outcome.message
    acts._drop(begun)
    with library.database.begin() as tx:
        library.queue.by_hand.cancel_pending(tx, [track_id], "test")
        library.queue.items.enqueue(tx, track_id, Stage.ENRICH, priority=Priority.FORCED)
    library.work("third")
    library.check_catalogue()


def test_maintenance_settles_empties_and_prunes(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["mp3"])
    acts, path = by_hand(library), library.path(one)
    entry = acts._entry(Action.RENAME, one, path, path.with_name("x.mp3"), Renamed())
    acts._begin(entry)
    path.rename(path.with_name("x.mp3"))  # and then it was killed
    acts.trash(library.path(two), "test", track_id=two, track_status=TrackStatus.REMOVED)
    assert acts.owner is not None
    library.queue.workers.unregister(acts.owner)
    brief = library.settings.library.model_copy(
        update={"trash_retention": timedelta(0), "undo_retention": timedelta(0)}
    )
    settings = library.settings.model_copy(update={"library": brief})
    done = tidy(library.queue, library.catalog, library.database, settings)
    assert done["acts on files settled that were broken off"] == 1
    assert done["files deleted from the trash"] == 1
    assert done["old journal entries pruned"] > 0
    assert library.path(one).name == "x.mp3"
    assert library.catalog.trash.list_trash() == []
    assert len(library.catalog.files.filed_at()) == 2, "that a track was filed is remembered"
    library.check_catalogue()


def test_an_unmounted_library_settles_nothing(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["mp3"])
    acts, path = by_hand(library), library.path(track_id)
    acts._begin(acts._entry(Action.RENAME, track_id, path, path.with_name("x.mp3"), Renamed()))
    elsewhere = library.library_dir.with_name("elsewhere")
    library.library_dir.rename(elsewhere)
    assert acts.settle() == 0
    library.library_dir.mkdir()
    assert acts.settle() == 0
    library.library_dir.rmdir()
    elsewhere.rename(library.library_dir)
    assert acts.settle() == 1
    library.check_catalogue()


def test_an_unreadable_file_does_not_keep_others_from_being_settled(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    one, two = library.file(make_placements("One", "Two"), made_audio["mp3"])
    acts, path, other = by_hand(library), library.path(one), library.path(two)
    refused = path.with_name("x" * 300)  # the system refuses even to look for it
    acts._begin(acts._entry(Action.COVER, one, refused, refused, Added()))
    acts._begin(acts._entry(Action.RENAME, two, other, other.with_name("y.mp3"), Renamed()))
    assert acts.settle() == 1
    with pytest.raises(StageError, match="cannot"):
        acts.settle(one)


def test_a_trash_that_is_not_mounted_is_not_forgotten(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["mp3"])
    acts = by_hand(library)
    acts.trash(library.path(track_id), "test", track_id=track_id, track_status=TrackStatus.REMOVED)
    trash_dir = library.settings.library.trash_dir
    mounted = trash_dir.with_name("mounted")
    trash_dir.rename(mounted)
    trash_dir.mkdir()
    assert empty_trash(acts, utc_now()) == 0
    trash_dir.rmdir()
    mounted.rename(trash_dir)
    acts.restore(library.catalog.trash.list_trash()[0])
    assert library.path(track_id).exists()


@pytest.mark.parametrize("trash", ["Trash", ".hidden"])
def test_a_scan_passes_over_the_trash(
    trash: str, tmp_path: Path, database: Database, made_audio: dict[str, Path]
) -> None:
    library = FiledLibrary(tmp_path, database, trash=tmp_path / "library" / trash)
    (track_id,) = library.file(make_placements("One"), made_audio["mp3"])
    path = library.path(track_id)
    by_hand(library).trash(path, "test", track_id=track_id, track_status=TrackStatus.WANTED)
    scan_library(
        library.library_dir, settings=library.settings, database=database, queue=library.queue
    )
    assert library.status(track_id) is TrackStatus.WANTED


@pytest.mark.usefixtures("trash_elsewhere")
def test_the_trash_may_be_on_another_filesystem(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["mp3"])
    before, path = library.tree(), library.path(track_id)
    acts = by_hand(library)
    acts.trash(path, "test", track_id=track_id, track_status=TrackStatus.REMOVED)
    library.check_catalogue()
    acts.restore(library.catalog.trash.list_trash()[0])
    assert library.tree() == before
    library.check_catalogue()


def test_a_pruned_journal_knows_what_we_have_put_beside_the_music(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    folder = library.path(track_id).parent
    acts = by_hand(library)
    acts.add_file(track_id, folder / "a.lrc", b"la")
    acts.write_file(track_id, folder / "a.lrc", b"la la")
    acts.rename(track_id, folder / "a.lrc", folder / "b.lrc")
    acts.rename(track_id, folder / "b.lrc", folder / "c.lrc")
    acts.rename(None, folder / "cover.jpg", folder / "x.jpg")
    names = ["c.lrc", "x.jpg", "a.lrc", "b.lrc", "cover.jpg"]
    before = [library.catalog.journal.came_by(folder / name) for name in names]
    assert [one is not None for one in before] == [True, True, False, False, False]
    library.catalog.journal_pruning.prune(timedelta(0), largest=0)
    after = [library.catalog.journal.came_by(folder / name) for name in names]
    assert [one and (one.id, one.checksum_after) for one in after] == [
        one and (one.id, one.checksum_after) for one in before
    ]
    kept = {entry.action for entry in library.catalog.journal.of_track(track_id)}
    assert kept == {Action.PLACE, Action.COVER, Action.ADD}
    library.check_catalogue()
