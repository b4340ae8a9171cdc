"""A process that was paused for longer than its lease wakes up in the middle of an act on a file.

Meanwhile others have settled its act, and done more. Every moment is tried: before and after each
file operation and each transaction.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shanty.catalog import Action, EntryStatus
from shanty.catalog.act_details import Renamed
from shanty.db import Database
from shanty.errors import LeaseLostError, ShantyError
from shanty.files.checksum import checksum
from shanty.library.acts import FileActs
from shanty.library.intents import Intents
from shanty.library.undo import find_acts, undo
from shanty.models import CandidateStatus, Priority, Stage, Status, TrackStatus
from shanty.stages import load_stages
from shanty.stages.execution import Fate, execute
from shanty.tags.tagging import build_tags
from shanty.tracks.review import reject_filed
from shanty.workqueue import WorkQueue
from tests.world.databases import ON_SQLITE
from tests.world.filed_library import FiledLibrary, by_hand, make_placements
from tests.world.killed_acts import WATCHED
from tests.world.shell import Shell


def pass_a_minute(library: FiledLibrary) -> None:
    """Let everybody's lease run out, and settle their acts, as maintenance does."""
    later = WorkQueue(
        library.database,
        clock=lambda: datetime.now(UTC) + timedelta(minutes=1),
        monotonic=lambda: time.monotonic() + 60,
    )
    later.upkeep.rescue()
    FileActs(
        settings=library.settings,
        database=library.database,
        queue=later,
        run_id="maintenance",
        owner=None,
    ).settle_all()


class Stopped:
    """A library with one track. A process that acts on it is paused at a chosen moment."""

    def __init__(self, library: FiledLibrary, audio: Path):
        self.library = library
        (self.track_id,) = library.file(make_placements("One"), audio)
        self.watched = WATCHED
        self._left = 0
        self._meanwhile: Callable[[], object] = lambda: None

    @property
    def path(self) -> Path:
        return self.library.path(self.track_id)

    @contextmanager
    def stopping(
        self, moment: int, meanwhile: Callable[[], object], patch: pytest.MonkeyPatch
    ) -> Iterator[None]:
        """Let others act ``meanwhile`` when that moment comes."""
        self._left, self._meanwhile = moment, meanwhile
        begin = Database.begin

        @contextmanager
        def watched(database: Database) -> Iterator[Any]:
            self._pass()
            with begin(database) as tx:
                yield tx
            self._pass()

        with patch.context() as within:
            within.setattr(Database, "begin", watched)
            for name in self.watched:
                within.setattr(os, name, self._watch(getattr(os, name)))
            yield

    @property
    def is_through(self) -> bool:
        """Whether the act ended before the chosen moment came, so that it was not paused."""
        return self._left > 0

    def _watch(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self._pass()
            result = operation(*args, **kwargs)
            self._pass()
            return result

        return watched

    def _pass(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._meanwhile()

    def done(self, run_id: str) -> list[Action]:
        entries = self.library.catalog.journal.of_run(run_id)
        return [one.action for one in entries if one.status is EntryStatus.DONE]

    def undo(self, run_id: str) -> None:
        report = undo(find_acts(run_id, self.library.catalog), by_hand(self.library, "back"))
        assert report.refused == []

    def music(self) -> list[str]:
        """Return the contents of every music file, in the library and in the trash."""
        tree = self.library.tree(trash=True)
        return [content for name, content in tree.items() if name.endswith(".opus")]


Act = Callable[[Stopped, FileActs], object]


def retag(world: Stopped, acts: FileActs) -> object:
    (other,) = make_placements("Other")
    return acts.write_tags(world.track_id, world.path, build_tags(other))


def add(world: Stopped, acts: FileActs) -> object:
    return acts.add_file(world.track_id, world.path.with_suffix(".lrc"), b"la")


def write(world: Stopped, acts: FileActs) -> object:
    return acts.write_file(None, world.path.with_name("cover.jpg"), b"another picture")


def rename(world: Stopped, acts: FileActs) -> object:
    target = world.library.library_dir / "Elsewhere" / "x.opus"
    return acts.rename(world.track_id, world.path, target)


def trash(world: Stopped, acts: FileActs) -> object:
    return reject_filed(world.library.catalog.tracks.get(world.track_id), acts)


def restore(world: Stopped, acts: FileActs) -> object:
    return acts.restore(world.library.catalog.trash.list_trash()[0])


def change_back(world: Stopped, acts: FileActs) -> object:
    entries = world.library.catalog.journal.of_track(world.track_id)
    acts.change_back(next(one for one in entries if one.status is EntryStatus.DONE))
    return None


ACTS: list[Act] = [retag, add, write, rename, trash, restore, change_back]
NEEDS = {restore: trash, change_back: retag}


def each_moment(
    world: Stopped,
    act: Act,
    patch: pytest.MonkeyPatch,
    meanwhile: Callable[[str], object] = lambda run_id: None,
) -> Iterator[tuple[str, ShantyError | None]]:
    """Repeat the act, paused at each moment in turn; yield its run and its error."""
    for moment in itertools.count(1):
        run_id = f"{act.__name__}-{moment}"
        acts = by_hand(world.library, run_id)

        def sleep(run_id: str = run_id) -> None:
            pass_a_minute(world.library)
            meanwhile(run_id)

        caught = None
        with world.stopping(moment, sleep, patch):
            try:
                act(world, acts)
            except ShantyError as error:
                caught = error
        if world.is_through:
            assert caught is None
            assert moment > 10
            return
        world.library.check_catalogue()
        assert caught is None or isinstance(caught, LeaseLostError), caught
        yield run_id, caught


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_whoever_wakes_up_leaves_disk_journal_and_catalogue_right(
    act: Act,
    database: Database,
    tmp_path: Path,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = Stopped(FiledLibrary(tmp_path, database), made_audio["opus"])
    if act in NEEDS:
        NEEDS[act](world, by_hand(world.library, "before"))
    before = world.library.tree()
    was_done = set()
    for run_id, caught in each_moment(world, act, monkeypatch):
        is_done = world.library.tree() != before
        assert is_done == (caught is None), f"{run_id}: {caught}"
        assert len(world.done(run_id)) == is_done
        if act is trash and is_done:
            assert world.library.status(world.track_id) is TrackStatus.WANTED
            assert world.library.queue.switched.find_live([world.track_id]), (
                "the next one is fetched"
            )
            rejected, _ = world.library.catalog.candidates.of_track(world.track_id)
            assert rejected.status is CandidateStatus.REJECTED
        if is_done:
            world.undo(run_id)
        assert world.library.tree() == before, run_id
        was_done.add(is_done)
    assert was_done == {True, False}


@ON_SQLITE
@pytest.mark.parametrize("act", [retag, rename, trash], ids=lambda act: act.__name__)
def test_what_was_done_and_undone_meanwhile_stays_undone(
    act: Act,
    database: Database,
    tmp_path: Path,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = Stopped(FiledLibrary(tmp_path, database), made_audio["opus"])
    # Between looking at an old name and removing it lie microseconds that nothing closes.
    world.watched = tuple(name for name in WATCHED if name != "unlink")
    before = world.library.tree()
    undone = []

    def take_back(run_id: str) -> None:
        if world.done(run_id):
            world.undo(run_id)
            undone.append(run_id)

    for run_id, _ in each_moment(world, act, monkeypatch, take_back):
        if run_id not in undone and world.done(run_id):
            world.undo(run_id)
        assert world.library.tree() == before, run_id
        assert len(world.music()) == 1
    assert undone


@ON_SQLITE
@pytest.mark.parametrize("act", [retag, rename, trash], ids=lambda act: act.__name__)
def test_two_processes_that_do_the_same_lose_nothing(
    act: Act,
    database: Database,
    tmp_path: Path,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = Stopped(FiledLibrary(tmp_path, database), made_audio["opus"])
    (content,) = world.music()

    def do_it_too(run_id: str) -> None:
        with suppress(ShantyError):
            act(world, by_hand(world.library, "other"))

    for run_id, _ in each_moment(world, act, monkeypatch, do_it_too):
        assert len(world.music()) == 1
        for one in (run_id, "other"):
            if world.done(one):
                undo(find_acts(one, world.library.catalog), by_hand(world.library, "back"))
        world.library.check_catalogue()
        assert (world.music(), checksum(world.path)) == ([content], content)


def test_another_owners_entry_is_not_taken_for_ones_own(
    database: Database, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    """SQLite gives the number of a dropped entry to the next one."""
    library = FiledLibrary(tmp_path, database)
    one, two = library.file(make_placements("One", "Two"), made_audio["opus"])
    sleeper, path = by_hand(library, "sleeper"), library.path(one)
    target = path.with_name("x.opus")
    begun = sleeper._begin(sleeper._entry(Action.RENAME, one, path, target, Renamed()))
    pass_a_minute(library)
    other, there = by_hand(library, "other"), library.path(two)
    open_one = other._begin(
        other._entry(Action.RENAME, two, there, there.with_name("y.opus"), Renamed())
    )
    path.rename(target)
    sleeper._finish(begun)
    assert [entry.id for entry in library.catalog.journal.open_entries()] == [open_one.id]
    assert library.path(one) == target
    sleeper._drop(begun)
    other._drop(open_one)
    library.check_catalogue()


@ON_SQLITE
def test_a_stage_that_wakes_up_leaves_its_file_to_whoever_has_it_now(
    database: Database, tmp_path: Path, made_audio: dict[str, Path]
) -> None:
    library = FiledLibrary(tmp_path, database)
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    cover = library.path(track_id).with_name("cover.jpg")
    cover.unlink()
    with database.begin() as tx:
        library.queue.items.enqueue(tx, track_id, Stage.ENRICH, priority=Priority.FORCED)
    (item,) = library.queue.items.claim(library.worker_id, 1)
    pass_a_minute(library)
    outcome = execute(item, library.services("sleeper"), load_stages())
    assert outcome.fate is Fate.LOST
    assert "taken for dead" in outcome.message
    assert not cover.exists()
    assert library.queue.overview.get(item.id).status is Status.PENDING


@pytest.mark.parametrize(
    "words",
    [
        ("library", "rename", "--apply"),
        ("library", "retag"),
        ("library", "check", "--repair", "--deep"),
        ("review", "reject", "One"),
        ("undo", "7e0b6d52-first"),
        ("trash", "restore", "1"),
    ],
    ids=" ".join,
)
def test_a_command_that_was_stopped_says_so_in_one_sentence(
    words: tuple[str, ...],
    shanty: Shell,
    filed: FiledLibrary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acts = by_hand(filed, "earlier")
    if words[0] == "trash":
        acts.trash(filed.path(2), "test", track_id=2, track_status=TrackStatus.REMOVED)
    elif words[1] == "retag":
        (other,) = make_placements("Other")
        acts.write_tags(1, filed.path(1), build_tags(other))
    elif words[1] == "check":
        filed.path(2).write_bytes(b"no music")
    monkeypatch.setenv("SHANTY_LIBRARY__TEMPLATE", "{title}.{ext}")
    before = filed.tree()
    begin = Intents._begin

    def stopped(self: Intents, entry: Any) -> Any:
        pass_a_minute(filed)
        return begin(self, entry)

    with monkeypatch.context() as patch:
        patch.setattr(Intents, "_begin", stopped)
        sentence = shanty.fails(*words)
    assert "taken for dead" in sentence
    assert "start it again to go on" in sentence
    assert filed.tree() == before
    assert filed.catalog.journal.open_entries() == []
    assert shanty(*words) == 0, shanty.err
    assert filed.tree() != before
    filed.check_catalogue()
