"""A library whose processes are killed, at each operation on a file."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from shanty.catalog import EntryStatus
from shanty.config.sections import LIBRARY_MARK
from shanty.db import Database
from shanty.files.checksum import checksum
from shanty.library.acts import FileActs
from shanty.library.rename import apply_renames, plan_renames
from shanty.library.undo import find_acts, undo
from shanty.models import TrackStatus
from shanty.music.entities import Placement
from shanty.tags.tagging import build_tags, read_recording_mbid
from shanty.tracks.rescue import rescue
from shanty.workqueue import Lease
from tests.world.audio_files import FORMATS
from tests.world.filed_library import FiledLibrary, make_placements

SEED = 20_261_125
SONGS = ("One", "Two", "Three", "Four", "Five")
NO_MUSIC = ("cover.jpg", LIBRARY_MARK)
WATCHED = ("fsync", "rename", "replace", "link", "unlink", "rmdir", "mkdir")
SWAPPED = "{album_artist}/{album}/{title}/{track:02}.{ext}"
PLAIN = "{album_artist}/{album} ({year})/{disc:}{track:02} {title}.{ext}"


class Plug:
    """Kills this process at the chosen one of its file operations and transactions."""

    def __init__(self, left: int, seconds: float | None):
        self._left = left
        if seconds is not None:
            threading.Timer(seconds, self._pull).start()

    def _pull(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def passing(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._pull()

    def install(self) -> None:
        """Put a kill point before and after each operation, and around each transaction."""
        for name in WATCHED:
            setattr(os, name, self._watched(getattr(os, name)))
        begin = Database.begin

        @contextmanager
        def watched(database: Database) -> Iterator[Any]:
            with begin(database) as tx:
                yield tx
                self.passing()
            self.passing()

        Database.begin = watched  # type: ignore[method-assign]

    def _watched(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self.passing()
            result = operation(*args, **kwargs)
            self.passing()
            return result

        return watched


class Crashing:
    """A library whose processes may die."""

    def __init__(self, library: FiledLibrary, audio: dict[str, Path], kills: int):
        # A few kills come at moments that surely occur; many kills come at any moment.
        self.has_timers = kills > 1
        self.library = library
        self.random = random.Random(SEED + kills)
        self.killed: list[str] = []
        self.placements = make_placements(*SONGS)
        self.audio = [audio[name] for name in FORMATS]
        self.whole: set[str] = set()
        """Checksums that a file may have."""

    def run(self, what: str, operation: Callable[[], None], kills: int) -> None:
        """Start process after process until one ends by itself; the first ones are killed."""
        for _ in range(kills):
            self._run_one(what, operation, is_killed=True)
            self.check_files(what)
        assert not self._run_one(what, operation, is_killed=False), f"{what} fails"
        self.library.check_catalogue()

    def _run_one(self, what: str, operation: Callable[[], None], *, is_killed: bool) -> bool:
        """Run one process; returns whether it was killed."""
        left = self.random.randint(1, 25) if is_killed else 0
        seconds = None
        if is_killed and self.has_timers and self.random.random() < 0.3:
            seconds = self.random.uniform(0, 0.4)
        self.library.database.dispose()  # no connection may be in two processes
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if is_killed:
                    Plug(left, seconds).install()
                operation()
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            self.killed.append(f"{what} at {left if seconds is None else f'{seconds:.2f} s'}")
            return True
        assert os.WEXITSTATUS(status) == 0, f"{what} fails after {self.killed}"
        return False

    @contextmanager
    def acting(self, run_id: str) -> Iterator[FileActs]:
        """A block with the library's acts, opened as by the command line."""
        library = self.library
        rescue(library.queue, library.catalog, library.database)
        with Lease(library.queue, job="test") as lease:
            acts = FileActs(
                settings=library.settings,
                database=library.database,
                queue=library.queue,
                run_id=run_id,
                owner=lease.worker_id,
                is_by_hand=True,
            )
            acts.settle_all()
            yield acts

    def check_files(self, what: str) -> None:
        """Check that every named file is whole, and that no recording is lost."""
        found: Counter[str | None] = Counter()
        for root in (self.library.library_dir, self.library.settings.incoming_dir):
            for path in root.rglob("*"):
                if not path.is_file() or path.name.endswith(".tmp") or path.name in NO_MUSIC:
                    continue
                assert checksum(path) in self.whole, f"{path} is neither old nor new, {what}"
                if path.suffix[1:] in FORMATS:
                    found[read_recording_mbid(path) or path.parent.parent.name] += 1
        assert len(found) >= len(SONGS), f"lost: {found}, after {self.killed}"

    # --- what is done ---------------------------------------------------------------------------

    def prepare(self, folder: Path) -> None:
        """Find out, in a separate library, what every file is before and after each step."""
        for track_id, placement, audio in zip(
            range(1, 9), self.placements, self.audio, strict=False
        ):
            self.whole.add(checksum(audio))
            for cover in (False, True):
                self.whole |= set(_versions(folder, track_id, placement, audio, cover=cover))

    def stage_all(self) -> None:
        for placement, audio in zip(self.placements, self.audio, strict=True):
            self.library.download(placement, audio)

    def organize(self) -> None:
        library = self.library
        rescue(library.queue, library.catalog, library.database)
        library.worker_id = library.queue.workers.register()
        library.work("organize")

    def retag(self, run_id: str) -> None:
        with self.acting(run_id) as acts:
            for track in self.library.catalog.tracks.list_tracks():
                placement = self.library.catalog.tracks.get_placement(track.id)
                path = self.library.path(track.id)
                acts.write_tags(track.id, path, build_tags(other(placement)))

    def rename(self, run_id: str) -> None:
        with self.acting(run_id) as acts:
            plan = plan_renames(self.library.settings, self.library.catalog)
            report = apply_renames(plan, acts)
            assert report.left == [], report.left

    def undo(self, run_id: str) -> None:
        with self.acting("undo") as acts:
            entries = acts.catalog.journal.of_run(run_id)
            if any(entry.status is EntryStatus.DONE for entry in entries):
                report = undo(find_acts(run_id, acts.catalog), acts)
                assert report.refused == [], report.refused


def other(placement: Placement) -> Placement:
    from tests.world.filed_library import retitled

    return retitled(placement, placement.track.title * 20)


def _versions(
    folder: Path, number: int, placement: Placement, audio: Path, *, cover: bool
) -> Iterator[str]:
    """The contents that a file may have during the steps."""
    import shutil

    from shanty.config.sections import LibrarySettings
    from shanty.config.service_sections import ArtSettings
    from shanty.tags.pictures import fit_picture
    from shanty.tags.style import download_style
    from shanty.tags.tagging import write_tags
    from tests.world.filed_library import COVER

    path = folder / f"{number}{audio.suffix}"
    folder.mkdir(exist_ok=True)
    shutil.copy(audio, path)
    write_tags(path, build_tags(placement), style=download_style(LibrarySettings()))
    yield checksum(path)
    if cover:
        write_tags(path, build_tags(placement), cover=fit_picture(COVER, ArtSettings()))
        yield checksum(path)
    write_tags(path, build_tags(other(placement)))
    yield checksum(path)


def crash_through(
    library: FiledLibrary, audio: dict[str, Path], folder: Path, *, kills: int, at_least: int
) -> None:
    """Go through the steps with kills at each, again and again until there were enough kills."""
    crashing = Crashing(library, audio, kills)
    crashing.prepare(folder / "versions")
    crashing.stage_all()
    crashing.run("organize", crashing.organize, kills)
    filed = library.tree()
    turn = 0
    while not turn or len(crashing.killed) < at_least - kills:
        turn += 1
        retag, rename = f"retag-{turn}", f"rename-{turn}"
        crashing.run(retag, partial(crashing.retag, retag), kills)
        tagged = library.tree()
        assert tagged.keys() == filed.keys()
        assert tagged != filed
        library.with_template(SWAPPED)
        crashing.run(rename, partial(crashing.rename, rename), kills)
        assert library.tree().keys() != filed.keys()
        assert plan_renames(library.settings, library.catalog).moves == []
        for run_id, before in ((rename, tagged), (retag, filed)):
            crashing.run(f"undo {run_id}", partial(crashing.undo, run_id), kills)
            assert library.tree() == before, f"after {crashing.killed}"
        library.with_template(PLAIN)
    crashing.run("undo organize", partial(crashing.undo, "organize"), kills)
    assert library.tree() == {}
    assert {track.status for track in library.catalog.tracks.list_tracks()} == {TrackStatus.REMOVED}
    assert len(crashing.killed) >= at_least
    print(f"{len(crashing.killed)} killed: {crashing.killed}")
