"""Compares the library with what was filed in it, and repairs what can be repaired safely.

Owns the order of events of a check: walk, look at filed files, look for missing ones, then look at
what else lies there. Without ``acts``, no file and no track is changed. Nothing that may be music
is ever deleted: a useless file goes to the trash.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Container
from pathlib import Path

from shanty.catalog import Catalog, FiledFile, LastLook
from shanty.catalog.owned import OwnedFiles
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import BadCandidateError, StageError, TransientError
from shanty.files.checksum import checksum
from shanty.files.filenames import is_text
from shanty.files.spelling import is_one_entry
from shanty.files.walk import AudioWalk, Obstacle, SeenFile, is_audio_name, is_below
from shanty.library.acts import BusyError, FileActs
from shanty.library.check.adoption import Strangers
from shanty.library.check.awaited import Awaited, AwaitedFile
from shanty.library.check.relocation import find_relocation
from shanty.library.check.remains import NO_TEXT, Remains
from shanty.library.check.report import (
    IS_OWN,
    UNKNOWN,
    CheckReport,
    Discrepancy,
    Kind,
    describe_without_file,
)
from shanty.library.check.same_sounds import find_same_sounds
from shanty.library.check.walked import fold, see, to_path
from shanty.library.presence import describe_absence, look_for_library
from shanty.library.scan import describe_owned
from shanty.models import TrackStatus
from shanty.tags.audio import find_flaw, read_properties
from shanty.tags.identity import read_identity
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

_BATCH = 200
_MANY, _MANY_SHARE = 20, 10
"""So many missing files, if they are more than a tenth of all, mean that a disk is absent."""

Show = Callable[[Discrepancy], None]
Progress = Callable[[CheckReport], None]


def check_library(
    *,
    settings: Settings,
    database: Database,
    queue: WorkQueue,
    acts: FileActs | None = None,
    is_deep: bool = False,
    is_emptied: bool = False,
    on_discrepancy: Show = lambda discrepancy: None,
    on_progress: Progress = lambda report: None,
) -> CheckReport:
    """Look at everything in the library; with ``acts``, repair it.

    A file with the size and time of the last look counts as unchanged. ``is_deep`` reads and
    decodes every file. If a folder that held files is empty, its disk counts as not mounted.
    ``is_emptied`` says that the missing files are really gone, even from such a folder.

    Raises:
        WaitError: the library is not there.
        LeaseLostError: this process was taken for dead.
    """
    check = _Check(settings, database, queue, acts, on_discrepancy)
    check.is_deep, check.is_emptied = is_deep, is_emptied
    check.run(on_progress)
    return check.report


class _Check:
    """One check: what should be there, what was met but should not be there, and the report."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        queue: WorkQueue,
        acts: FileActs | None,
        on_discrepancy: Show,
    ) -> None:
        self.is_deep = self.is_emptied = False
        self._library_dir, self._own_dirs = settings.library.path, settings.own_dirs
        self.report = CheckReport(self._library_dir)
        self._database = database
        self._queue = queue
        self._acts = acts
        self._on_discrepancy = on_discrepancy
        self._catalog = Catalog(database)
        self._owned = OwnedFiles(database, utc_now)
        self._walk = AudioWalk(self._library_dir, passing_over=self._own_dirs)
        self._known_as: dict[int, Path] = {}
        """The stored paths of files that moved with the library, as long as nothing is repaired."""
        self._owned_there: set[bytes] = set()
        """Where a person's own files that moved with the library lie now."""
        self._folded: dict[str, bytes] | None = None
        self._strangers = Strangers(self._catalog, self._owned)
        self._remains = Remains(self._library_dir, self._own_dirs, self._catalog, acts)
        self._looked: list[LastLook] = []

    def run(self, on_progress: Progress) -> None:
        self._require_library()
        self._filed = Awaited(self._catalog, self._library_dir, self._as_walked)
        if self._filed.is_elsewhere or self._filed.is_mostly_gone:
            self._follow_library(self._catalog.filed.list_filed())
        self.report.filed = len(self._filed)
        if not self._filed and (absence := describe_absence(self._library_dir)):
            self.report.absence = absence
            return
        names = map(os.path.basename, self._filed)  # a song may be called "Demo.part"
        self._walk.also = {name for name in names if not is_audio_name(name)}
        owned = self._owned.known().keys() | self._owned_there
        for found in self._walk:
            if isinstance(found, Obstacle):
                self._filed.take(found.path)  # a file that cannot be looked at is not gone
                self._find(Kind.UNREADABLE, to_path(found.path), found.reason)
            else:
                self._meet(found, found.path in owned)
            on_progress(self.report)
        self._look_for_missing()
        self._note()
        self._report_foreign(owned)
        self._remains.look(self._find)
        for file, detail in find_same_sounds(self._catalog):
            self._find(Kind.SAME_SOUND, file.path, detail, file)

    def _require_library(self) -> None:
        """Make sure that the disk is there: files that are gone with their disk are not missing.

        With ``is_emptied``, the mark of the library is enough. If nothing is repaired, not even
        that is needed.
        """
        if not self.is_emptied:
            look_for_library(self._library_dir, self._catalog.known_library)
        elif self._acts is not None:
            with self._acts.at_library():
                pass

    def _follow_library(self, filed: list[FiledFile]) -> None:
        """Await the filed files at the paths where to look if the whole library was moved."""
        move = find_relocation(filed, self._library_dir)
        if move is None:
            return
        followed, repair = move.followed, ""
        known = self._owned.known()
        owned = move.find_owned(known)
        self._owned_there.update(owned.values())
        if self._acts is None:
            self._known_as = {one.track_id: one.path for one in filed if one.track_id in followed}
        else:
            paths = {track_id: file.path for track_id, file in followed.items()}
            trash = [one for one in self._catalog.trash.list_trash() if move.has_had(one.path)]
            trashed = {one.id: move.follow(one.path) for one in trash if move.is_followed(one)}
            with self._database.begin() as tx:
                self._catalog.rebasing.rebase(tx, move.old, move.new, filed=paths, trashed=trashed)
                self._owned.rebase(tx, owned, known)
                self._owned.forget(tx, map(self._as_walked, paths.values()))  # scanned meanwhile
            repair = "known by its new path, with its trash and its journal"
        detail = f"the library lies at {move.new} now, with {move.found} of its files"
        self._find(Kind.MOVED, move.old, detail, repair=repair)
        self._looked += move.list_looked()
        self._filed.follow(filed, followed)

    # --- what was filed -------------------------------------------------------------------------

    def _meet(self, seen: SeenFile, is_owned: bool) -> None:
        self.report.met += 1
        file = self._filed.take(seen.path)
        if file is None:
            file = self._met_by_another_spelling(seen.path)
        if file is not None:
            self.report.looked_at += 1
            self._look_at(file, seen)
            return
        self.report.owned += is_owned
        self._strangers.add(seen.path, seen.size)

    def _met_by_another_spelling(self, path: bytes) -> AwaitedFile | None:
        """Return a file that was filed as ``Queen/x`` on a disk that calls it ``QUEEN/x``."""
        if self._folded is None:
            self._folded = {fold(one): one for one in self._filed}
        known = self._folded.get(fold(path))
        if known is None or known not in self._filed:
            return None
        is_same = is_one_entry(to_path(known), to_path(path))
        return self._filed.take(known) if is_same else None

    def _look_at(self, awaited: AwaitedFile, seen: SeenFile) -> None:
        if awaited.is_as_before(seen) and not self.is_deep:
            self.report.sound += 1
            return
        file = self._filed.read(awaited)
        if file is None:
            return  # somebody has moved it, or taken it away
        path = to_path(seen.path)
        self.report.read += 1
        try:
            self._read(file, seen, path)
        except TransientError as error:
            self._find(Kind.UNREADABLE, path, str(error), file)

    def _read(self, file: FiledFile, seen: SeenFile, path: Path) -> None:
        digest = checksum(path)
        if digest != file.checksum:
            self._judge_change(file, path, digest)
            return
        flaw = find_flaw(path) if self.is_deep else ""
        if flaw:
            self._judge_corrupt(file, path, f"{flaw}; it was filed like this", as_filed=True)
            return
        self.report.sound += 1
        self._looked.append(LastLook(file.track_id, digest, seen.size, seen.mtime_ns))
        if len(self._looked) >= _BATCH:
            self._note()

    def _judge_change(self, file: FiledFile, path: Path, digest: str) -> None:
        if self._is_under_way(file):
            return
        try:
            properties = read_properties(path)
            mbid = read_identity(path).recording_mbid
            flaw = find_flaw(path) if self.is_deep else ""
        except BadCandidateError as error:
            flaw = str(error)
        if flaw:
            self._judge_corrupt(file, path, flaw, as_filed=False)
        elif mbid and mbid != file.recording_mbid:
            self._find(Kind.CHANGED, path, f"it says that it is another recording, {mbid}", file)
        else:
            repair = ""
            if self._acts is not None:
                with self._database.begin() as tx:
                    if not self._catalog.filed.accept_change(tx, file, digest, properties):
                        return
                repair = "known as it is now"
            self._find(Kind.CHANGED, path, "it is not what was filed, but plays", file, repair)

    def _judge_corrupt(self, file: FiledFile, path: Path, flaw: str, *, as_filed: bool) -> None:
        if self._is_under_way(file):
            return
        repair = ""
        if self._acts is not None:
            try:
                # A candidate that was bad from the beginning must not be fetched again.
                self._acts.trash(
                    file.path,
                    f"it cannot be played: {flaw}",
                    track_id=file.track_id,
                    track_status=TrackStatus.WANTED,
                    reject_candidate=file.candidate_id if as_filed else None,
                )
                repair = "in the trash; its track is wanted again"
            except (StageError, BusyError) as error:
                repair = f"left: {error}"
        self._find(Kind.CORRUPT, path, flaw, file, repair)

    def _is_under_way(self, file: FiledFile) -> bool:
        """Whether somebody is working on the track, or has changed its file since it was read."""
        if self._queue.overview.is_worked_on(file.track_id) or self._catalog.journal.open_entries(
            file.track_id
        ):
            return True
        now = self._catalog.filed.find(file.track_id)  # after the journal, to see what was done
        path = self._known_as.get(file.track_id, file.path)
        return now is None or (now.path, now.checksum) != (path, file.checksum)

    # --- what is missing ------------------------------------------------------------------------

    def _look_for_missing(self) -> None:
        self._require_library()
        lost: list[tuple[bytes, FiledFile, bytes | None]] = []
        for awaited in self._filed.left:
            walked = awaited.walked
            if os.path.lexists(walked):
                self._look_at(awaited, see(walked))  # the walk skips such names
                continue
            file = self._filed.read(awaited)
            if file is None:
                continue
            if not self._is_under_way(file) and not is_below(walked, self._walk.blocked):
                found, own = self._strangers.find_by_content(file), None
                if found is None:
                    found, own = self._strangers.find_by_recording(file)
                if found is not None:
                    self._judge_moved(file, found)
                else:
                    lost.append((walked, file, own))
        is_suspicious = len(lost) >= _MANY and len(lost) * _MANY_SHARE > self.report.filed
        for walked, file, own in lost:
            self._judge_missing(file, self._find_excuse(walked, is_suspicious), own)

    def _find_excuse(self, walked: bytes, is_suspicious: bool) -> str:
        """Say why a missing file may still exist somewhere; ``""`` if it cannot."""
        if self.is_emptied:
            return ""
        for folder in self._walk.empty:
            if is_below(walked, [folder]):
                return f"{to_path(folder)} is empty: is it not mounted?"
        if not is_below(walked, self._walk.roots):
            return "it was filed outside of the present library folder"
        return "it is gone with many others: is one of several disks missing?" * is_suspicious

    def _judge_moved(self, file: FiledFile, found: bytes) -> None:
        path = to_path(found)
        self._strangers.take(found)
        repair = ""
        if self._acts is not None and not is_text(path):
            repair = NO_TEXT
        elif self._acts is not None:
            digest = checksum(path)
            properties = None if digest == file.checksum else read_properties(path)
            with self._database.begin() as tx:
                if not self._catalog.filed.follow_move(tx, file, path, digest, properties):
                    return
                self._owned.forget(tx, [found])
            repair = "known by its new name"
        self._find(Kind.MOVED, file.path, f"it lies at {path} now", file, repair)

    def _judge_missing(self, file: FiledFile, excuse: str, own: bytes | None) -> None:
        if os.path.lexists(file.path):
            return  # it has come back meanwhile
        if excuse:
            detail = f"{excuse} (if it is really gone: --emptied)"
            self._find(Kind.MISSING, file.path, detail, file)
            return
        detail, repair = "it is gone", ""
        if own is not None:
            self._strangers.take(own)
            detail = f"it is gone; {to_path(own)} is the same recording, but not what was filed"
        if self._acts is not None:
            repair = self._lose(file, own)
            if not repair:
                return
        self._find(Kind.MISSING, file.path, detail, file, repair)

    def _lose(self, file: FiledFile, own: bytes | None) -> str:
        """Forget a file that is gone; return what became of its track, or "" if it is not gone.

        Raises:
            WaitError: the library is not there.
        """
        assert self._acts is not None, "something is repaired"
        self._require_library()
        with self._acts.at_library() as library:
            if os.path.lexists(library.reach(file.path)):
                return ""  # its disk was absent for a moment
            owned = None if own is None else describe_owned(to_path(own), file.track_id)
            with self._database.begin() as tx:
                status = self._catalog.filed.lose_file(tx, file)
                if status is None:
                    return ""
                self._queue.by_hand.cancel_pending(tx, [file.track_id], "its file is gone")
                if owned is not None:
                    self._owned.give(tx, owned)
        if owned is not None:
            return IS_OWN
        return describe_without_file(status)

    # --- what lies about ------------------------------------------------------------------------

    def _report_foreign(self, owned: Container[bytes]) -> None:
        for path in self._strangers:
            if path not in owned:
                self._find(Kind.FOREIGN, to_path(path), UNKNOWN)

    # --- inside ---------------------------------------------------------------------------------

    def _find(
        self, kind: Kind, path: Path, detail: str, file: FiledFile | None = None, repair: str = ""
    ) -> None:
        self.report.counts[kind] += 1
        if repair and not repair.startswith("left"):
            self.report.repaired += 1
            logger.info("library check: %s %s: %s; %s", kind, path, detail, repair)
        label = "" if file is None else file.label
        self._on_discrepancy(Discrepancy(kind, path, detail, label, repair))

    def _note(self) -> None:
        with self._database.begin() as tx:
            self._catalog.filed.note_looked(tx, self._looked)
        self._looked.clear()

    def _as_walked(self, path: Path | str) -> bytes:
        """Return a path as the walk meets it: with the links on the way to the library followed."""
        name, root = os.fsencode(path), os.fsencode(self._library_dir)
        return self._walk.roots[0] + name.removeprefix(root) if is_below(name, [root]) else name
