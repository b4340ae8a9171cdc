"""Gives the files that Shanty has filed the names that the present template makes.

Owns what moves with a track's file, what moves with the last file of a folder, and what is left
alone. Refuses to know the order of the moves (``rename_plan``) and the journal (``acts``).

The next run finishes an interrupted one: the catalogue knows where each file is, even a parked one,
and the journal shows what should have moved with it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from shanty.catalog import Action, Catalog, EntryStatus
from shanty.catalog.act_details import Renamed
from shanty.catalog.folder_claims import FolderClaim
from shanty.config.settings import Settings
from shanty.errors import StageError, WaitError
from shanty.files.atomic import is_temporary_name, remove_leftovers
from shanty.files.checksum import checksum
from shanty.files.filenames import is_text
from shanty.files.numbering import numbered
from shanty.files.spelling import is_one_entry
from shanty.files.walk import has_audio_extension
from shanty.library.acts import BusyError, FileActs
from shanty.library.folder_names import FiledNames, FolderNames, PlannedClaims
from shanty.library.presence import look_for_library
from shanty.library.rename_plan import (
    PARKED,
    Move,
    Rename,
    Whereabouts,
    is_there,
    order_renames,
    plan_moves,
)
from shanty.models import TrackFile
from shanty.music.entities import Placement
from shanty.naming.naming import Naming
from shanty.naming.own_folders import TrackName

JOB = "rename"


@dataclass(frozen=True, slots=True)
class RenamePlan:
    """What would be moved, the number of files looked at, and which are not where they were filed.

    ``links`` belong elsewhere too, but are left: a person has to move them. ``claims`` say whose
    folders the new names lead to.
    """

    moves: list[Move]
    files: int
    missing: list[Path]
    links: list[Path]
    claims: list[FolderClaim] = field(default_factory=list)


@dataclass(slots=True)
class RenameReport:
    """What was moved, what moved with it, and what was left and why."""

    moved: int = 0
    companions: int = 0
    left: list[tuple[Path, str]] = field(default_factory=list)


def plan_renames(
    settings: Settings,
    catalog: Catalog,
    *,
    template: str | None = None,
    on_progress: Callable[[int], None] = lambda looked_at: None,
) -> RenamePlan:
    """Compare where each file is with where it belongs. Change nothing.

    Raises:
        ConfigError: the template is wrong.
        WaitError: the library is not mounted.
    """
    folder = settings.library.path
    # The folder may be new, with files to come from another library. A bare mount point will not
    # do.
    look_for_library(folder, catalog.known_library, may_be_new=False)
    naming = Naming.for_disk(settings.library.with_template(template))
    found: list[tuple[int, Path, TrackName]] = []
    missing: list[Path] = []
    there = FiledNames(folder)
    looked_at = 0
    for file, placement in catalog.tracks.placed_files():
        looked_at += 1
        on_progress(looked_at)
        if not file.path.is_file():
            missing.append(file.path)
        elif placement is not None:
            name = _name(file, placement, naming)
            there.note(file.track_id, file.path, name)
            found.append((file.track_id, file.path, name))
    claims = PlannedClaims(catalog)
    folders = FolderNames(naming, claims, there.holders_in)
    filed: list[Whereabouts] = []
    links: list[Path] = []
    for track_id, path, name in sorted(found, key=itemgetter(0)):
        one = Whereabouts(track_id, path, folder / folders.path_for(name))
        if path.is_symlink() and not is_there(one):
            links.append(path)
        else:
            filed.append(one)
    return RenamePlan(plan_moves(filed, _is_taken), looked_at, missing, links, claims.new)


def _is_taken(name: Path, ours: Sequence[Path]) -> bool:
    """Whether a file that is not ours has a name; ``ours`` are our files with that spelling."""
    if not os.path.lexists(name):
        return False
    return not any(one == name or is_one_entry(one, name) for one in ours)


def _name(file: TrackFile, placement: Placement, naming: Naming) -> TrackName:
    if file.properties is None:
        return naming.name_with_extension(placement, file.path.suffix[1:])
    return naming.name_for(placement, file.properties)


def apply_renames(
    plan: RenamePlan,
    acts: FileActs,
    *,
    on_progress: Callable[[RenameReport], None] = lambda report: None,
) -> RenameReport:
    """Make the moves, with what belongs to each file; overwrite nothing.

    A file that cannot be moved now (a stage is working on its track, another file has the name) is
    left and reported.

    Raises:
        WaitError: the disk is full, read-only, forbidden or not mounted. The rest is left.
        LeaseLostError: this process was taken for dead. The rest is left.
    """
    return _Renaming(plan, acts, on_progress).run()


def run_to_go_on_with(catalog: Catalog) -> str | None:
    """Return the last run if it renamed files but did not reach the end of its plan.

    The next run continues under the same id, so that undo takes both back as one.
    """
    last = catalog.journal.last_run_that_did(Action.RENAME)
    if last is None:
        return None
    newest = catalog.journal.list_runs(limit=1)[0]
    of_plan = [
        (one, one.detail.planned)
        for one in catalog.journal.of_run(last)
        if isinstance(one.detail, Renamed) and one.detail.planned is not None
    ]
    if newest.run_id != last or newest.undone or not of_plan:
        return None
    moved = {one.track_id for one, _ in of_plan if not one.target_path.name.startswith(PARKED)}
    return last if len(moved) < max(planned for _, planned in of_plan) else None


def settle_parked(acts: FileActs) -> int:
    """Give the files that an interrupted run left parked their proper names; return how many.

    Does nothing while a living process renames or undoes: that process will do it.
    """
    settled = 0
    for file, wanted in find_parked(acts):
        if os.path.lexists(wanted):
            continue  # another parked file has the name by now
        for path in (file.path, *companions_of(file.path)):
            rest = path.name.removeprefix(file.path.stem)
            acts.rename(file.track_id, path, wanted.with_name(wanted.stem + rest))
        settled += 1
    return settled


def find_parked(acts: FileActs) -> list[tuple[TrackFile, Path]]:
    """Return the files that an interrupted run left parked, each with its proper name if free."""
    settings, catalog = acts.settings, acts.catalog
    parked = catalog.files.named(PARKED)
    if not parked or any(one.job in (JOB, "undo") for one in acts.queue.workers.list_live()):
        return []
    naming = Naming.for_disk(settings.library)
    folders = FolderNames.of_library(settings.library.path, naming, catalog)
    found = []
    for file in parked:
        placement = catalog.tracks.get_placement(file.track_id)
        wanted = settings.library.path / folders.known_path_for(_name(file, placement, naming))
        if file.path.is_file() and not file.path.is_symlink() and not os.path.lexists(wanted):
            found.append((file, wanted))
    return found


class _Renaming:
    """One application of a plan."""

    def __init__(
        self, plan: RenamePlan, acts: FileActs, on_progress: Callable[[RenameReport], None]
    ):
        self._plan = plan
        self._acts = acts
        self._on_progress = on_progress
        self._report = RenameReport()
        self._parked_in_vain: set[int] = set()
        # Where the files of each folder went. Whatever else is left in the folder goes there too.
        self._went: dict[Path, Counter[Path]] = {}

    def run(self) -> RenameReport:
        """Finish what an earlier run left half-way, make the moves, and clear the folders."""
        self._take_up()
        self._acts.catalog.folder_claims.add(self._plan.claims)
        for one in order_renames(self._plan.moves):
            self._make(one)
        for folder in sorted(self._went, key=lambda path: len(path.parts), reverse=True):
            self._clear(folder)
        return self._report

    def _take_up(self) -> None:
        """If the last run was interrupted, move what belongs to the files that it moved."""
        catalog = self._acts.catalog
        last = catalog.journal.last_run_that_did(Action.RENAME)
        for entry in reversed(catalog.journal.of_run(last) if last else []):
            if entry.status is not EntryStatus.DONE or entry.is_reversal:
                continue
            if entry.action is not Action.RENAME or entry.track_id is None:
                continue
            is_taken = os.path.lexists(entry.source_path) or not entry.target_path.exists()
            if is_audio(entry.source_path) and not is_taken:
                self._follow(entry.track_id, entry.source_path, entry.target_path)
                self._note(entry.source_path, entry.target_path)

    def _make(self, one: Rename) -> None:
        if one.move.track_id in self._parked_in_vain:
            return
        try:
            planned = len(self._plan.moves)
            self._acts.rename(one.move.track_id, one.source, one.target, planned=planned)
        except WaitError:
            raise
        except (StageError, BusyError) as error:
            self._report.left.append((one.move.current, str(error)))
            if not one.is_last:
                self._parked_in_vain.add(one.move.track_id)
            elif one.source != one.move.current:
                self._unpark(one)
            return
        self._follow(one.move.track_id, one.source, one.target)
        if one.is_last:
            self._note(one.move.current, one.target)
            self._report.moved += 1
            self._on_progress(self._report)

    def _unpark(self, one: Rename) -> None:
        """Give a parked file its old name back, because it could not get its new one."""
        try:
            self._acts.rename(one.move.track_id, one.source, one.move.current)
        except (StageError, BusyError):
            return  # it stays parked, and is reported as left
        self._follow(one.move.track_id, one.source, one.move.current)

    def _note(self, source: Path, target: Path) -> None:
        if source.parent != target.parent:
            self._went.setdefault(source.parent, Counter())[target.parent] += 1

    def _follow(self, track_id: int, source: Path, target: Path) -> None:
        """Move the companions of a file that has moved: lyrics, a picture."""
        for companion in companions_of(source, lambda path: self._is_of(track_id, path)):
            rest = companion.name.removeprefix(source.stem)
            self._carry(companion, target.with_name(target.stem + rest), track_id)
        self._acts.remove_empty(source.parent)

    def _is_of(self, track_id: int, path: Path) -> bool:
        """Whether we put a file there for this track, and nobody has changed it."""
        entry = self._acts.catalog.journal.came_by(path)
        return entry is not None and entry.track_id == track_id and self._is_ours(path)

    def _carry(self, source: Path, target: Path, track_id: int | None = None) -> None:
        """Move a file that is not music; if the target has the same content, trash the file."""
        if not (is_text(source) and is_text(target)):
            self._report.left.append(
                (source, "its name is not valid UTF-8, so it cannot be stored")
            )
            return
        try:
            if self._acts.catalog.files.has_filed(source):
                return  # it is music after all, whatever its name
            if target.is_symlink() and target.exists() and target.samefile(source):
                return  # a person's link leads to it, so it stays
            if is_one_entry(source, target):  # another spelling of it, where case does not count
                self._acts.rename(track_id, source, target)
            elif target.is_file() and checksum(target) == checksum(source):
                self._acts.trash(source, f"the same as {target}", track_id=track_id)
            else:
                name = next(name for name in numbered(target) if not os.path.lexists(name))
                self._acts.rename(track_id, source, name)
        except WaitError:
            raise
        except (StageError, BusyError) as error:
            self._report.left.append((source, str(error)))
        else:
            self._report.companions += 1

    def _clear(self, folder: Path) -> None:
        """Move the rest of a folder without music to where its music went; remove the folder."""
        went = self._went[folder]
        target = min(went, key=lambda path: (-went[path], str(path)))
        while self._is_left(folder):
            for path in [one for one in _all_below(folder) if one.is_file()]:
                self._carry(path, target / path.relative_to(folder))
                self._acts.remove_empty(path.parent)
            if folder.parent.is_dir():
                self._acts.remove_empty(folder)
            # The level above, with an artist's picture for instance, is cleared in the same way.
            if len(folder.parts) != len(target.parts) or folder.parent == target.parent:
                return
            folder, target = folder.parent, target.parent
        self._bring(folder, target)

    def _bring(self, folder: Path, target: Path) -> None:
        """Move what we put beside our music out of a folder that also holds a person's music.

        An artist's picture stays as long as one of the artist's albums is there.
        """
        catalog, library_dir = self._acts.catalog, self._acts.settings.library.path
        is_albums_own = target != library_dir and len(catalog.files.groups_below(target)) == 1
        if not is_albums_own or not folder.is_dir() or catalog.files.groups_below(folder):
            return
        for path in sorted(one for one in folder.iterdir() if one.is_file()):
            if not (path.is_symlink() or is_audio(path)) and self._is_ours(path):
                self._carry(path, target / path.name)

    def _is_ours(self, path: Path) -> bool:
        """Whether we put a file there, and nobody has changed it."""
        entry = self._acts.catalog.journal.came_by(path)
        return entry is not None and entry.checksum_after == checksum(path)

    def _is_left(self, folder: Path) -> bool:
        """Whether a folder of the library holds no music and no link, at any depth.

        A link counts, because it may lead to a file beside it.
        """
        if self._acts.settings.library.path not in folder.parents:
            return False
        return not any(path.is_symlink() or is_audio(path) for path in _all_below(folder))


def companions_of(audio: Path, is_its: Callable[[Path], bool] = lambda path: False) -> list[Path]:
    """Return the files beside a music file that belong to it by their names.

    ``01 Song.lrc`` and ``01 Song.en.lrc`` belong to ``01 Song.opus``, unless there is an ``01
    Song.en.opus``. If there is an ``01 Song.flac`` too, a file belongs to the given one only if
    ``is_its`` says so.
    """
    try:
        names = [entry for entry in os.scandir(audio.parent) if entry.is_file()]
    except FileNotFoundError:
        return []
    music = {Path(entry.name) for entry in names if is_audio(Path(entry.name))}
    others = {path.stem for path in music - {Path(audio.name)}}
    stems = others - {audio.stem}
    found = []
    for entry in names:
        if entry.is_symlink() or is_audio(Path(entry.name)):
            continue
        owners = [s for s in (*stems, audio.stem) if entry.name.startswith(f"{s}.")]
        is_alone = audio.stem not in others
        if owners and max(owners, key=len) == audio.stem and (is_alone or is_its(Path(entry.path))):
            found.append(Path(entry.path))
    return sorted(found)


def is_audio(path: Path) -> bool:
    """Whether a file of this name is music, even if it is parked or called ``Song.part``."""
    return has_audio_extension(os.fsencode(path.name))


def _all_below(folder: Path) -> Iterator[Path]:
    """Yield all files and folders below, except temporary files that are being written."""
    for parent, folders, names in os.walk(folder):
        remove_leftovers(Path(parent))
        found = (name for name in (*folders, *names) if not is_temporary_name(name))
        yield from (Path(parent, name) for name in found)


def count_reasons(moves: Iterable[Move]) -> dict[str, int]:
    """Count how many files move for each reason."""
    return dict(Counter(move.why for move in moves))
