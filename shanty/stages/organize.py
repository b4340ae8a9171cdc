"""Files the track in the library under its final name, never over a different file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from shanty.catalog import Looked
from shanty.config import Settings
from shanty.db import Transaction
from shanty.errors import BadCandidateError, TransientError
from shanty.journaling import FileActs
from shanty.library.audio import checksum, read_properties
from shanty.library.naming import Naming
from shanty.library.placement import find_same, place
from shanty.library.quality import describe_quality, is_better
from shanty.library.tags import read_recording_mbid
from shanty.models import LibraryFile, TrackStatus, WorkItem
from shanty.stages.contract import Services, StageResult
from shanty.stages.staging import (
    StagedFileLostError,
    done_already,
    library_at_hand,
    remove_staging,
    staged_file,
)


def run(item: WorkItem, services: Services) -> StageResult:
    """Move the staged file into the library; from then on the track counts as in the library."""
    settings = services.settings
    placement = services.catalog.get_placement(item.track_id)
    file = services.catalog.file_of(item.track_id) or staged_file(item, services)
    if (done := done_already(file)) is not None:
        return done
    if file.properties is None:
        raise BadCandidateError(f"{file.path.name} was never indexed")
    relative = Naming.from_settings(settings.library).path_for(placement, file.properties)

    def is_same(existing: Path) -> bool:
        # The recording is what a person wants once: its id decides, not the bytes, which a crash
        # between the move and the commit, a new cover or another tagger may have changed.
        return read_recording_mbid(existing) == placement.recording.mbid and _is_playable(existing)

    with library_at_hand(services):
        kept, note = _choose(item, file, relative, is_same, services)
        target = kept or _file(file, relative, is_same, services)
        status = target.stat()
        placed = replace(file, path=target, is_placed=True, checksum=checksum(target))
        if placed.checksum != file.checksum:
            # It was there before, as another file of this recording or ours with a cover by now.
            placed = replace(placed, properties=read_properties(target))
    looked = Looked(item.track_id, placed.checksum, status.st_size, status.st_mtime_ns)

    def record(tx: Transaction) -> None:
        services.catalog.record_file(tx, placed)
        services.catalog.note_looked(tx, [looked])
        if kept is None:  # else nothing was done that could be undone
            services.catalog.write_journal(
                tx,
                run_id=services.run_id,
                track_id=item.track_id,
                action="place",
                source_path=file.path,
                target_path=target,
                detail={"checksum": placed.checksum},
            )
        services.catalog.set_track_status(tx, item.track_id, TrackStatus.IN_LIBRARY)

    return StageResult(
        f"filed as {target.relative_to(settings.library.path)}{note}",
        record,
        clean_up=lambda: remove_staging(item.track_id, settings),
    )


def _is_playable(path: Path) -> bool:
    """Whether a file that may be kept instead of the staged one is worth it."""
    try:
        read_properties(path)
    except BadCandidateError:
        return False
    return True


def _choose(
    item: WorkItem,
    file: LibraryFile,
    relative: PurePosixPath,
    is_same: Callable[[Path], bool],
    services: Services,
) -> tuple[Path | None, str]:
    """Decide between the staged file and one of the same recording that is in its place already.

    Returns the latter, if it stays, and what was decided, for people: ``""`` when there is none, or
    it is the staged file. A file that gives way goes to the trash.
    """
    library = services.settings.library
    rival = find_same(library.path / relative, is_same)
    if rival is None or not file.path.exists() or rival.samefile(file.path):
        return None, ""
    assert file.properties is not None, "the file was indexed"
    there = read_properties(rival)
    what_there, what_new = describe_quality(there), describe_quality(file.properties)
    if not is_better(file.properties, there):
        why = f", which was there already ({what_there}) and is no worse than the new {what_new}"
        return rival, why
    if library.duplicates == "keep" or rival.is_symlink():
        why = "it is a link" if rival.is_symlink() else "library.duplicates is keep"
        return rival, (
            f", which was there already ({what_there}) and stays, although the new file is better "
            f"({what_new}): {why}"
        )
    acts = FileActs(
        settings=services.settings,
        database=services.database,
        queue=services.queue,
        run_id=services.run_id,
        owner=item.lease_owner,
    )
    reason = f"replaced by a better file: {what_new} for {what_there}"
    acts.trash(rival, reason, track_id=item.track_id)
    return None, f" ({what_new}), in place of {rival.name} ({what_there}), now in the trash"


def _file(
    file: LibraryFile,
    relative: PurePosixPath,
    is_same: Callable[[Path], bool],
    services: Services,
) -> Path:
    """Put the staged file where it belongs; returns where the recording is now."""
    library = services.settings.library
    try:
        target = place(file.path, library.path, relative, is_same=is_same)
    except TransientError as error:
        if file.path.exists():
            raise
        raise StagedFileLostError(str(error)) from error
    _stage_here(services.settings)
    return target


def _stage_here(settings: Settings) -> None:
    """From now on, let downloads lie on the library's filesystem, if home is on another one.

    Not before something was filed: an empty folder may be one that a disk will be mounted on.
    """
    library = settings.library
    with suppress(OSError):
        if settings.home.stat().st_dev != library.path.stat().st_dev:
            library.own_dir.mkdir(exist_ok=True)
