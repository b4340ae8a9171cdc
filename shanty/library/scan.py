"""Finds out from the files themselves which wanted tracks a person has already.

Owns the order of events of a scan: walk, read new or changed files, match, write down, and at the
end forget what is gone. To resume a scan, start it again: what was written down is not read twice.
No file is ever moved or changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from shanty.catalog import Catalog
from shanty.catalog.owned import OwnedFile, OwnedFiles, ScannedFile, as_scanned
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.db import Database, Transaction
from shanty.errors import BadCandidateError, NotFoundError, ShantyError, TransientError, count_of
from shanty.files.walk import AudioWalk, Obstacle, SeenFile, is_below
from shanty.library.presence import open_library
from shanty.library.track_index import Match, TrackIndex
from shanty.tags.identity import FileIdentity, read_identity
from shanty.workqueue import WorkQueue

BATCH_FILES = 200
"""How many files are read between two commits. A crash loses at most these."""

_WHY_CANCELLED = "a scan has found a file of it"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that could not be read, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that a scan has read, and what was made of it."""

    path: Path
    match: Match


@dataclass(slots=True)
class ScanReport:
    """What a scan has found so far.

    ``filed`` counts the files that Shanty itself has put there, and ``read`` those that were opened
    because they are new or changed. ``recognised`` counts files that are a track of the catalogue,
    ``marked`` the tracks that are in the library now because of them, and ``wanted_again`` the
    tracks that lost their last file. ``files`` are the readable ones, with what each of them is; of
    one that was read by an earlier scan, only its track is known.
    """

    root: Path
    seen: int = 0
    filed: int = 0
    read: int = 0
    recognised: int = 0
    marked: int = 0
    wanted_again: int = 0
    files: list[FoundFile] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    vanished: list[Path] = field(default_factory=list)


def describe_owned(path: Path, track_id: int) -> OwnedFile:
    """Return a person's own file of a track's recording, as a scan would find it.

    Raises:
        BadCandidateError: it is not audio, or too damaged to be read.
        TransientError: the file is not there or cannot be opened.
    """
    identity = read_identity(path)
    status = path.stat()
    return OwnedFile(
        as_scanned(path),
        status.st_size,
        status.st_mtime_ns,
        **asdict(identity),
        track_id=track_id,
        matched_by="recording",
    )


def scan_library(
    root: Path,
    *,
    settings: Settings,
    database: Database,
    queue: WorkQueue,
    on_progress: Callable[[ScanReport], None] = lambda report: None,
    is_emptied: bool = False,
) -> ScanReport:
    """Read the new and changed files below a folder, and mark their tracks as in the library.

    Staging is skipped, and files that Shanty has filed itself are not read. ``on_progress`` is
    called after every file. Without ``is_emptied``, an empty folder that once had files counts as a
    disk that is not mounted, and its files are not forgotten. With it, they are forgotten, even if
    the folder itself is gone.

    Raises:
        NotFoundError: there is no such folder.
        ShantyError: every file that was known is gone. Nothing was forgotten.
        WaitError: the folder belongs to the library, and the library is not there.
    """
    scan = _Scan(root, settings, database, queue)
    scan.require_library()
    if root.is_dir():
        for file in scan.look_through(on_progress):
            scan.add(file)
    elif count := scan.count_known():
        if not is_emptied:
            raise NotFoundError(
                f"there is no folder {root} to scan, although "
                f"{count_of(count, 'file was', 'files were')} known there; "
                "if they are really gone, scan with --emptied"
            )
    else:
        raise NotFoundError(f"there is no folder {root} to scan")
    scan.finish(is_emptied)
    return scan.report


class _Scan:
    """One scan: what was known before, what is to be written down, and the report."""

    def __init__(
        self, root: Path, settings: Settings, database: Database, queue: WorkQueue
    ) -> None:
        self.report = ScanReport(root)
        self._library_path = settings.library.path
        self._database = database
        self._queue = queue
        self._owned = OwnedFiles(database, utc_now)
        self._catalog = Catalog(database)
        self._walk = AudioWalk(root, passing_over=settings.own_dirs)
        self._known = self._owned.known()
        self._index: TrackIndex | None = None
        self._batch: list[OwnedFile] = []
        self._outdated: set[int] = set()
        """The tracks to which files of the batch belonged before these changed."""
        self._read: set[tuple[int, int]] = set()
        """The sizes and times of files that were read. They identify a file that was moved."""

    def require_library(self) -> None:
        """If the scanned folder belongs to the library, make sure that this is the known library.

        Raises:
            WaitError: the library is not there.
        """
        roots = [os.fsencode(os.path.realpath(self._library_path))]
        is_of_library = any(is_below(root, roots) or root in roots for root in self._walk.roots)
        if is_of_library and self._catalog.known_library.library_id():
            with open_library(self._library_path, self._catalog.known_library):
                pass

    def count_known(self) -> int:
        """Count the known files below the folder, whether they are there or not."""
        return sum(map(self._walk.is_walked, self._known))

    def look_through(self, on_progress: Callable[[ScanReport], None]) -> Iterator[SeenFile]:
        """Walk and count; yield the files that have to be read."""
        filed = self._filed_paths()
        for found in self._walk:
            if isinstance(found, Obstacle):
                self._complain(found.path, found.reason)
                # A file that cannot be looked at is not gone.
                self._known.pop(found.path, None)
                continue
            self.report.seen += 1
            known = self._known.pop(found.path, None)
            if found.path in filed:
                self.report.filed += 1
            elif known is not None and _is_unchanged(known, found):
                self.report.recognised += known.track_id is not None
                if known.error:
                    self._complain(found.path, known.error)
                else:
                    path = Path(os.fsdecode(found.path))
                    self.report.files.append(FoundFile(path, Match(known.track_id)))
            else:
                if known is not None and known.track_id is not None:
                    self._outdated.add(known.track_id)
                yield found
            on_progress(self.report)

    def add(self, seen: SeenFile) -> None:
        """Read a file, match it to a track, and write it down with the next batch."""
        path = Path(os.fsdecode(seen.path))
        self.report.read += 1
        self._read.add((seen.size, seen.mtime_ns))
        identity, error = FileIdentity(), ""
        try:
            identity = read_identity(path)
        except TransientError as refusal:
            # A file does not change when it becomes readable again, so it is tried at every scan.
            self._complain(seen.path, _reason(refusal, path))
            return
        except BadCandidateError as refusal:
            error = _reason(refusal, path)
            self._complain(seen.path, error)
        if self._index is None:
            self._index = TrackIndex(self._owned.matchable())
        match = self._index.match(identity)
        self.report.recognised += match.track_id is not None
        if not error:
            self.report.files.append(FoundFile(path, match))
        self._batch.append(
            OwnedFile(
                **asdict(seen),
                **asdict(identity),
                track_id=match.track_id,
                matched_by=match.matched_by,
                error=error,
            )
        )
        if len(self._batch) >= BATCH_FILES:
            self._commit()

    def finish(self, is_emptied: bool) -> None:
        """Write down the rest, and forget what is gone.

        Raises:
            ShantyError: every known file is gone, and nobody said that the folder was emptied.
            WaitError: the library is not there.
        """
        self._commit()
        gone = sorted(path for path in self._known if self._walk.is_walked(path))
        if gone and not self.report.seen and not is_emptied:
            raise ShantyError(
                f"{self.report.root} holds no audio, although "
                f"{count_of(len(gone), 'file was', 'files were')} known: is its "
                "disk mounted? Nothing was forgotten; if they are really gone, scan with --emptied"
            )
        if not is_emptied:
            gone = self._leave_out_unmounted(gone)
        library_root = os.fsencode(os.path.realpath(self._library_path))
        for in_library in (True, False):
            some = [path for path in gone if is_below(path, [library_root]) is in_library]
            for start in range(0, len(some), BATCH_FILES):
                self._forget(some[start : start + BATCH_FILES])
        self.report.vanished = [Path(os.fsdecode(path)) for path in gone]
        self._catch_up()

    def _leave_out_unmounted(self, gone: list[bytes]) -> list[bytes]:
        """Return the gone files, but not those from folders that are empty now; complain of these.

        A file that was moved out of such a folder counts as gone.
        """
        lost: dict[bytes, int] = {}
        left = []
        for path in gone:
            known = self._known[path]
            folder = next(filter(self._walk.empty.__contains__, _list_parents(path)), None)
            if folder is None or (known.size, known.mtime_ns) in self._read:
                left.append(path)
            else:
                lost[folder] = lost.get(folder, 0) + 1
        for folder, count in lost.items():
            self._complain(
                folder,
                f"the folder is empty, although {count_of(count, 'file was', 'files were')} known: "
                "is it not mounted?",
            )
        return left

    def _filed_paths(self) -> set[bytes]:
        """Return the files that Shanty has filed, by the names under which the walk meets them."""
        library_path = os.fsencode(self._library_path)
        real_path = os.path.realpath(library_path)
        return {
            real_path + path.removeprefix(library_path) if is_below(path, [library_path]) else path
            for path in self._owned.filed_paths()
        }

    def _commit(self) -> None:
        with self._database.begin() as tx:
            self._owned.record(tx, self._batch)
            self._settle(tx)
            self.report.wanted_again += len(self._owned.unmark(tx, self._outdated))
        self._batch.clear()
        self._outdated.clear()

    def _settle(self, tx: Transaction) -> None:
        """Mark tracks as in the library and cancel their pending work.

        A track that a stage is working on is left to finish: it may be half way into the library,
        and its download is paid for already. The next scan settles the rest.
        """
        found = self._owned.tracks_to_mark(tx)
        if not found:
            return
        under_way = self._queue.by_hand.cancel_pending(tx, found, _WHY_CANCELLED)
        self._owned.mark(tx, found - under_way)
        self.report.marked += len(found - under_way)

    def _forget(self, gone: list[bytes]) -> None:
        """Forget files that are gone; those of the library only if the known library is there.

        Raises:
            WaitError: the library is not there.
        """
        real = Path(os.path.realpath(self._library_path))
        if not (
            self._catalog.known_library.library_id() and is_below(gone[0], [os.fsencode(real)])
        ):
            self._forget_all(gone)
            return
        with open_library(self._library_path, self._catalog.known_library) as library:
            there = library.reach(self._library_path)
            ways = {path: there / Path(os.fsdecode(path)).relative_to(real) for path in gone}
            self._forget_all([path for path, way in ways.items() if not os.path.lexists(way)])

    def _forget_all(self, gone: list[bytes]) -> None:
        tracks = {track_id for path in gone if (track_id := self._known[path].track_id) is not None}
        with self._database.begin() as tx:
            self._owned.forget(tx, gone)
            self.report.wanted_again += len(self._owned.unmark(tx, tracks))

    def _catch_up(self) -> None:
        """Match tracks that became wanted during the scan with the files that were read before."""
        if self._index is None:
            return
        late = list(self._owned.matchable(after_id=self._index.last_id))
        with self._database.begin() as tx:
            for track in late:
                self._owned.take(tx, track)
            self._settle(tx)

    def _complain(self, path: bytes, reason: str) -> None:
        self.report.unreadable.append(Unreadable(Path(os.fsdecode(path)), reason))


def _list_parents(path: bytes) -> Iterator[bytes]:
    while len(path) > 1:
        path = os.path.dirname(path)  # noqa: PTH120 (bytes)
        yield path


def _is_unchanged(known: ScannedFile, found: SeenFile) -> bool:
    return (known.size, known.mtime_ns) == (found.size, found.mtime_ns)


def _reason(error: ShantyError, path: Path) -> str:
    """Return the error's sentence without the file's name, which is shown beside it.

    The name may not be valid text.
    """
    text = str(error).removeprefix(f"cannot read {path}: ")
    if text.startswith(f"{path.name} "):
        text = f"it {text.removeprefix(f'{path.name} ')}"
    return text.encode("utf-8", "replace").decode("utf-8")
