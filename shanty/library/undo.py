"""Undoes what a run did to files: exact names and contents, newest first, without overwriting.

Owns which acts are meant, what prevents an undo, and the order. Each reversal is an act like any
other (see ``acts``): the journal has it under a run of its own, and it can be undone in turn.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shanty.catalog import ADDED, Action, Catalog, EntryStatus, JournalEntry
from shanty.catalog.act_details import Trashed
from shanty.catalog.lookup import find_track
from shanty.errors import LeaseLostError, NotFoundError, ShantyError
from shanty.files.atomic import disk_errors
from shanty.files.checksum import checksum
from shanty.files.moving import refuse_link
from shanty.files.spelling import is_one_entry
from shanty.files.walk import has_audio_extension
from shanty.library.acts import FileActs
from shanty.models import TrackStatus, WantedTrack

_SHORTEST_BEGINNING = 6


@dataclass(frozen=True, slots=True)
class Refusal:
    """An act that was not undone, and why."""

    entry: JournalEntry
    reason: str


@dataclass(slots=True)
class UndoReport:
    """What was undone (or would be), newest first, and what was not."""

    run_id: str
    undone: list[JournalEntry] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def find_run(text: str, catalog: Catalog) -> str | None:
    """Return the run with this id, or the only run whose id begins so; None if there is none."""
    if not text or not text.isprintable():
        return None
    if catalog.journal.has_run(text):
        return text
    found = catalog.journal.find_runs(text)
    return found[0] if len(found) == 1 and len(text) >= _SHORTEST_BEGINNING else None


def find_acts(text: str, catalog: Catalog, *, limit: int | None = None) -> list[JournalEntry]:
    """Return the acts to undo: those of a run, or those that the last run did to a track.

    Only acts in force count; newest first. Of a run, no more than ``limit`` are returned. An act
    that undid another one is meant only if its own run is named.

    Raises:
        NotFoundError: there is no such run or track.
        ShantyError: there is nothing to undo.
    """
    run_id = find_run(text, catalog)
    if run_id is not None:
        in_force = catalog.journal.of_run(run_id, status=EntryStatus.DONE, limit=limit)
        if not in_force:
            entries = catalog.journal.of_run(run_id)
            raise ShantyError(_undone_already(run_id, entries, catalog))
        return in_force
    try:
        track = find_track(text, catalog)
    except NotFoundError as error:
        raise NotFoundError(
            f"there is no run {text!r} (see `shanty library history`), and {error}"
        ) from None
    in_force = [
        entry
        for entry in catalog.journal.of_track(track.id)
        if entry.status is EntryStatus.DONE and not entry.is_reversal
    ]
    own = {entry.target_path for entry in in_force}
    acts = [one for one in in_force if one.action not in ADDED or not _has_other_music(one, own)]
    if not acts:
        raise ShantyError(_nothing_to_undo(track, catalog))
    return [entry for entry in acts if entry.run_id == acts[0].run_id]


def _nothing_to_undo(track: WantedTrack, catalog: Catalog) -> str:
    for entry in catalog.journal.of_track(track.id):
        if entry.status is EntryStatus.DONE and entry.is_reversal:
            return (
                f"all that was done to the file of {track.label} is undone; "
                f"`shanty undo {entry.run_id}` redoes the last of it"
            )
    return f"nothing that can be undone was done to the file of {track.label}"


def _undone_already(run_id: str, entries: Sequence[JournalEntry], catalog: Catalog) -> str:
    for entry in entries:
        by = catalog.journal.reversal_of(entry.id)
        if by is not None:
            return (
                f"run {run_id} is undone already; `shanty undo {by.run_id}` does it again, unless "
                "that has been done too"
            )
    return f"run {run_id} has done nothing that can be undone"


def _has_other_music(entry: JournalEntry, own: set[Path]) -> bool:
    """Whether an added file, such as a cover, lies beside other tracks too."""
    folder = entry.target_path.parent
    if not folder.is_dir():
        return False
    others = (one.name for one in folder.iterdir() if one not in own)
    return any(has_audio_extension(os.fsencode(name)) for name in others)


def undo(
    entries: Sequence[JournalEntry],
    acts: FileActs,
    *,
    is_dry: bool = False,
    on_progress: Callable[[UndoReport], None] = lambda report: None,
) -> UndoReport:
    """Undo acts, newest first. If one cannot be undone, it and all older acts on its file are left.

    With ``is_dry`` nothing is changed: the report says what would be.

    Raises:
        LeaseLostError: this process was taken for dead. The rest is not undone.
    """
    report = UndoReport(acts.run_id)
    course = _Course(acts)
    for entry in entries:
        try:
            course.check(entry)
            if not is_dry:
                _reverse(entry, acts)
        except LeaseLostError:
            raise
        except ShantyError as error:
            course.block(entry)
            report.refused.append(Refusal(entry, str(error)))
        else:
            course.note(entry, is_dry=is_dry)
            report.undone.append(entry)
        on_progress(report)
    return report


class _Course:
    """What prevents each undo, given what was, or would be, undone before it."""

    def __init__(self, acts: FileActs):
        self._acts = acts
        self._catalog = acts.catalog
        self._blocked: set[Path | int] = set()
        self._would_be: set[Path] = set()
        self._would_be_free: set[Path] = set()

    def block(self, entry: JournalEntry) -> None:
        """Undo nothing more of this file."""
        self._blocked |= set(_concerns(entry))

    def note(self, entry: JournalEntry, *, is_dry: bool) -> None:
        """Note that an act was undone, or would be."""
        if is_dry:
            self._would_be.add(entry.source_path)
            self._would_be_free.discard(entry.source_path)
            if entry.target_path != entry.source_path:
                self._would_be_free.add(entry.target_path)

    def check(self, entry: JournalEntry) -> None:
        """Refuse an act that cannot be undone.

        Raises:
            ShantyError: the sentence says why not.
        """
        if not self._blocked.isdisjoint(_concerns(entry)):
            raise ShantyError("a later act on the same file is not undone")
        path = entry.target_path
        if entry.action not in (Action.TAG, Action.WRITE, Action.TRASH):
            refuse_link(path)
        if path in self._would_be:
            return  # the file is not yet as it would be then, so there is nothing more to check
        if not path.is_file():
            raise ShantyError(self._why_gone(entry))
        if entry.action in (Action.RENAME, Action.TRASH):
            self._check_is_free(entry)
        if entry.action is Action.TRASH and self._catalog.trash.at_path(path) is None:
            raise ShantyError(f"{path} is no longer in the trash")
        if entry.action in (Action.TAG, Action.WRITE):
            self._check_content(entry, {entry.checksum_after})
            if self._catalog.journal.delta_of(entry.id) is None:
                raise ShantyError(f"the data to change {path} back is no longer kept")
        else:
            self._check_content(entry, self._known_contents(entry))

    def _check_is_free(self, entry: JournalEntry) -> None:
        wanted = entry.source_path
        is_taken = os.path.lexists(wanted) and not is_one_entry(entry.target_path, wanted)
        if is_taken and wanted not in self._would_be_free:
            raise ShantyError(f"{wanted} is taken by another file: {entry.target_path} stays")

    def _check_content(self, entry: JournalEntry, known: set[str]) -> None:
        """Refuse a file that a person has changed; read it only if its size or time differs."""
        path, stamp = entry.target_path, entry.detail.stamp
        with disk_errors("look at", path):  # it may be moved at this very moment
            status = path.stat()
            if (status.st_size, status.st_mtime_ns) == (stamp.size, stamp.mtime_ns):
                return
            if not known or checksum(path) in known:
                return
        later = self._catalog.journal.latest_at(path, entry.id)
        if later is not None:
            raise ShantyError(f"{path} was changed later by run {later.run_id}: undo that first")
        raise ShantyError(f"{path} was changed since, not by Shanty: it is left as it is")

    def _known_contents(self, entry: JournalEntry) -> set[str]:
        """Return the checksums that the file may have: as it was left, or as we know it now."""
        known = {entry.checksum_after}
        file = None if entry.track_id is None else self._catalog.files.of_track(entry.track_id)
        if file is not None and file.path == entry.target_path:
            known.add(file.checksum)
        return known - {""}

    def _why_gone(self, entry: JournalEntry) -> str:
        later = self._catalog.journal.latest_at(entry.target_path, entry.id)
        if later is not None:
            return f"{entry.target_path} is not there: run {later.run_id} moved it; undo that first"
        return f"{entry.target_path} is no longer there"


def _concerns(entry: JournalEntry) -> Iterator[Path | int]:
    yield entry.target_path
    if entry.source_path != Path():
        yield entry.source_path
    if entry.track_id is not None and entry.action not in ADDED:
        yield entry.track_id


def _reverse(entry: JournalEntry, acts: FileActs) -> None:
    """Undo one act by its opposite."""
    match entry.action:
        case Action.TAG | Action.WRITE:
            acts.change_back(entry)
        case Action.RENAME:
            acts.rename(entry.track_id, entry.target_path, entry.source_path, undoing=entry)
        case Action.TRASH:
            trashed = acts.catalog.trash.at_path(entry.target_path)
            assert trashed is not None, "checked before"
            acts.restore(trashed, entry.source_path, undoing=entry)
        case Action.PLACE | Action.COVER | Action.ADD | Action.RESTORE:
            _trash_again(entry, acts)


def _trash_again(entry: JournalEntry, acts: FileActs) -> None:
    """Trash a file that has come into the library.

    If the file was restored from the trash, its track gets the status that it had while the file
    lay in the trash.
    """
    before = None if entry.undoes_id is None else acts.catalog.journal.entry(entry.undoes_id)
    detail = before.detail if before is not None else None
    then = detail if isinstance(detail, Trashed) else Trashed()
    acts.trash(
        entry.target_path,
        then.reason or f"what run {entry.run_id} did was undone",
        track_id=entry.track_id,
        track_status=then.track_status or TrackStatus.REMOVED,
        reject_candidate=then.reject_candidate,
        undoing=entry,
    )
