"""After any sequence of operations, undo restores the tree and the tags exactly."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shanty.catalog import Action
from shanty.db import Database
from shanty.files.checksum import checksum
from shanty.library.rename import apply_renames, plan_renames
from shanty.library.undo import find_acts, undo
from shanty.models import TrackStatus
from shanty.tags.covers import Cover
from shanty.tags.tagging import build_tags
from shanty.tracks.review import reject_filed
from tests.world.audio_files import FORMATS
from tests.world.databases import EMPTIED
from tests.world.filed_library import COVER, FiledLibrary, by_hand, make_placements

TEMPLATES = (
    "{album_artist}/{album} ({year})/{disc:}{track:02} {title}.{ext}",
    "{album_artist}/{title}.{ext}",
    "{title}.{ext}",
    "{album}/{album_artist}/{title} {track}.{ext}",
    "{album_artist}/{album}/{artist}.{ext}",
)
SONGS = ("One", "one", "Two", "Zwei", "三")
ALBUMS = ("First", "first", "Second")
Snapshot = dict[str, str]


class Undoing(RuleBasedStateMachine):
    """A person who does all sorts of things to a library, and undoes them."""

    def __init__(self, folder: Path, database: Database, audio: dict[str, Path]):
        super().__init__()
        shutil.rmtree(folder, ignore_errors=True)
        with database.begin() as tx:
            for table in reversed(EMPTIED):
                tx.execute(table.delete())
        self.library = FiledLibrary(folder, database)
        self.audio = audio
        self.foreign: set[str] = set()
        self.number = 0
        # Runs in force, oldest first: its id, and the library before and after it.
        self.done: list[tuple[str, Snapshot, Snapshot]] = []
        self.undone: list[tuple[str, Snapshot, Snapshot]] = []

    # --- what is looked at ----------------------------------------------------------------------

    def look(self) -> Snapshot:
        """Return every file except a person's own."""
        return {
            name: digest
            for name, digest in self.library.tree().items()
            if digest != "folder" and digest not in self.foreign
        }

    @invariant()
    def catalogue_and_disk_agree(self) -> None:
        self.library.check_catalogue()
        tree = self.library.tree(trash=True)
        for name, what in tree.items():
            if what == "folder" and name != ".shanty-trash":
                assert any(other.startswith(f"{name}/") for other in tree), f"{name} is empty"
            assert ".shanty-parked" not in name
            assert not name.endswith(".tmp")
        assert Counter(tree.values()) >= Counter(self.foreign), "a person's file is lost"

    def run(self, operation: Any) -> None:
        """Do something as a run of its own, and remember what was there before."""
        self.number += 1
        run_id = f"run-{self.number:04}"
        before = self.look()
        operation(run_id)
        after = self.look()
        if self.library.catalog.journal.of_run(run_id):
            self.done.append((run_id, before, after))
            self.undone.clear()
        else:
            assert before == after, "something was done that is not in the journal"

    def filed(self) -> list[int]:
        return [
            track.id for track in self.library.catalog.tracks.list_tracks(TrackStatus.IN_LIBRARY)
        ]

    def pick(self, number: int) -> int:
        filed = self.filed()
        return filed[number % len(filed)]

    # --- what is done ---------------------------------------------------------------------------

    @initialize(kinds=st.lists(st.sampled_from(FORMATS), min_size=2, max_size=2))
    def begin(self, kinds: list[str]) -> None:
        for song, kind in zip(SONGS, kinds, strict=False):
            self.file_song(song, kind)

    @rule(song=st.sampled_from(SONGS), kind=st.sampled_from(FORMATS))
    def organize(self, song: str, kind: str) -> None:
        self.file_song(song, kind)

    def file_song(self, song: str, kind: str, album: str = "First") -> None:
        (placement,) = make_placements(song, album=album)
        with self.library.database.begin() as tx:
            track_id = self.library.catalog.tracks.want(tx, placement)
        if self.library.catalog.files.of_track(track_id) is not None:
            return

        def operation(run_id: str) -> None:
            self.library.download(placement, self.audio[kind])
            self.library.work(run_id)

        with suppress(ValueError):  # every candidate was rejected
            self.run(operation)

    @rule(song=st.sampled_from(SONGS), album=st.sampled_from(ALBUMS))
    def organize_elsewhere(self, song: str, album: str) -> None:
        self.file_song(f"{song} of {album}", "opus", album)

    @precondition(lambda self: self.filed())
    @rule(number=st.integers(0, 9), title=st.text(max_size=9), has_cover=st.booleans())
    def retag(self, number: int, title: str, has_cover: bool) -> None:
        track_id = self.pick(number)
        (placement,) = make_placements(title)
        cover = Cover("image/jpeg", COVER + title.encode()) if has_cover else None
        path = self.library.path(track_id)
        self.run(
            lambda run_id: by_hand(self.library, run_id).write_tags(
                track_id, path, build_tags(placement), cover=cover
            )
        )

    @precondition(lambda self: self.filed())
    @rule(number=st.integers(0, 9), data=st.binary(max_size=9))
    def cover(self, number: int, data: bytes) -> None:
        path = self.library.path(self.pick(number)).parent / "cover.jpg"
        self.run(lambda run_id: by_hand(self.library, run_id).write_file(None, path, COVER + data))

    @precondition(lambda self: self.filed())
    @rule(number=st.integers(0, 9), data=st.binary(max_size=9))
    def lyrics(self, number: int, data: bytes) -> None:
        track_id = self.pick(number)
        path = self.library.path(track_id).with_suffix(".lrc")
        self.run(
            lambda run_id: by_hand(self.library, run_id).add_file(
                track_id, path, data, action=Action.ADD
            )
        )

    @precondition(lambda self: self.filed())
    @rule(template=st.sampled_from(TEMPLATES))
    def rename(self, template: str) -> None:
        self.library.with_template(template)
        plan = plan_renames(self.library.settings, self.library.catalog)

        def operation(run_id: str) -> None:
            assert apply_renames(plan, by_hand(self.library, run_id)).left == []
            assert plan_renames(self.library.settings, self.library.catalog).moves == []

        self.run(operation)

    @precondition(lambda self: self.filed())
    @rule(number=st.integers(0, 9))
    def trash(self, number: int) -> None:
        track_id = self.pick(number)
        path = self.library.path(track_id)
        self.run(
            lambda run_id: by_hand(self.library, run_id).trash(
                path, "test", track_id=track_id, track_status=TrackStatus.REMOVED
            )
        )

    @precondition(lambda self: self.filed())
    @rule(number=st.integers(0, 9))
    def reject(self, number: int) -> None:
        track = self.library.catalog.tracks.get(self.pick(number))
        self.run(lambda run_id: reject_filed(track, by_hand(self.library, run_id)))

    @precondition(lambda self: self.filed())
    @rule(number=st.integers(0, 9), data=st.binary(min_size=1, max_size=9), beside=st.booleans())
    def a_person_adds_a_file(self, number: int, data: bytes, beside: bool) -> None:
        music = self.library.path(self.pick(number))
        path = music.with_suffix(".txt") if beside else music.with_name("notes.txt")
        if path.exists():
            return
        self.number += 1
        path.write_bytes(b"mine %d " % self.number + data)
        self.foreign.add(checksum(path))

    # --- and taken back -------------------------------------------------------------------------

    @precondition(lambda self: self.done)
    @rule()
    def undo(self) -> None:
        run_id, before, after = self.done.pop()
        self.number += 1
        undo_id = f"undo-{self.number:04}"
        dry = undo(find_acts(run_id, self.library.catalog), self.acts(undo_id), is_dry=True)
        assert dry.refused == []
        assert self.look() == after
        report = undo(find_acts(run_id, self.library.catalog), self.acts(undo_id))
        assert report.refused == []
        assert self.look() == before
        self.undone.append((undo_id, before, after))

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        undo_id, before, after = self.undone.pop()
        self.number += 1
        redo_id = f"redo-{self.number:04}"
        report = undo(find_acts(undo_id, self.library.catalog), self.acts(redo_id))
        assert report.refused == []
        assert self.look() == after
        self.done.append((redo_id, before, after))

    def acts(self, run_id: str) -> Any:
        return by_hand(self.library, run_id)

    def teardown(self) -> None:
        while self.done:
            self.undo()
            self.catalogue_and_disk_agree()
        assert self.look() == {}
        assert Counter(self.library.tree().values()) >= Counter(self.foreign)


def check(
    database: Database, folder: Path, audio: dict[str, Path], examples: int, steps: int
) -> None:
    run_state_machine_as_test(
        lambda: Undoing(folder / "world", database, audio),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_undo_restores_everything(
    database: Database, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    check(database, tmp_path, made_audio, examples=2, steps=6)


@pytest.mark.proof
def test_undo_restores_everything_after_many_operations(
    database: Database, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    check(database, tmp_path, made_audio, examples=25, steps=20)
