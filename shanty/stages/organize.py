"""Files the track in the library under its final name, never over a different file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from shanty.catalog import LastLook
from shanty.catalog.owned import OwnedFiles
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.db import Transaction
from shanty.errors import BadCandidateError, TransientError
from shanty.files.atomic import NameTooLongError
from shanty.files.checksum import checksum
from shanty.files.name_limit import measure_again
from shanty.files.open_folder import OpenFolder
from shanty.files.placement import find_same, make_missing, place
from shanty.library.folder_names import FolderNames
from shanty.library.scan import describe_owned
from shanty.models import TrackFile, TrackStatus, WorkItem
from shanty.naming.naming import Naming
from shanty.stages.contract import Services, StageResult
from shanty.stages.staging import (
    StagedFileLostError,
    done_already,
    library_at_hand,
    remove_staging,
    staged_file,
)
from shanty.tags.audio import read_properties
from shanty.tags.quality import describe_quality, is_better
from shanty.tags.tagging import read_recording_mbid

_SHORTER = (120, 80, 60, 40, 30)
"""How many bytes a name may have, tried one after the other if the whole path is too long."""


def run(item: WorkItem, services: Services) -> StageResult:
    """Move the staged file into the library; from then on the track counts as in the library.

    If a person has put a file of the recording there, and it is kept, the track gets that file as
    if a scan had found it, and no stage touches it. A name that turns out too long for the disk is
    made shorter, whatever length the disk has promised.
    """
    library = services.settings.library
    naming = Naming.for_disk(library)
    try:
        return _run(item, naming, services)
    except NameTooLongError as error:
        refusal = error
    measured = measure_again(library.path)
    # If the disk takes such names after all, then the whole path is too long for it.
    for longest in sorted({measured, *_SHORTER} - {naming.longest}, reverse=True):
        if longest < naming.longest:
            with suppress(NameTooLongError):
                return _run(item, naming.within(longest), services)
    raise refusal


def _run(item: WorkItem, naming: Naming, services: Services) -> StageResult:
    settings = services.settings
    placement = services.catalog.tracks.get_placement(item.track_id)
    file = services.catalog.files.of_track(item.track_id) or staged_file(item, services)
    if (done := done_already(file)) is not None:
        return done
    if file.properties is None:
        raise BadCandidateError(f"{file.path.name} was never indexed")
    name = naming.name_for(placement, file.properties)
    with library_at_hand(services) as library:
        folders = FolderNames.of_library(library.path, naming, services.catalog)
        relative = folders.path_for(name)
        rival = _find_rival(file, relative, placement.recording.mbid, library)
        is_kept, why = (False, "") if rival is None else _compare(rival, file, library, settings)
        if rival is not None and is_kept:
            return _leave(rival, why, item, services)
        if rival is not None:
            services.acts(item).trash(rival, f"replaced by a {why}", track_id=item.track_id)
            why = f", a {why}: that one, {rival.name}, is in the trash now"
        filed = _file(file, relative, library, services)
        target, status = library.name(filed), filed.stat()
        placed = replace(file, path=target, is_placed=True, checksum=checksum(filed))
    looked = LastLook(item.track_id, placed.checksum, status.st_size, status.st_mtime_ns)

    def record(tx: Transaction) -> None:
        services.catalog.files.record(tx, placed)
        services.catalog.filed.note_looked(tx, [looked])
        services.catalog.files.note_filing(
            tx,
            run_id=services.run_id,
            track_id=item.track_id,
            source_path=file.path,
            target_path=target,
            checksum=placed.checksum,
        )
        services.catalog.tracks.set_status(tx, item.track_id, TrackStatus.IN_LIBRARY)

    return StageResult(
        f"filed as {target.relative_to(settings.library.path)}{why}",
        record,
        clean_up=lambda: remove_staging(item.track_id, services),
    )


def _find_rival(
    file: TrackFile, relative: PurePosixPath, recording_mbid: str, library: OpenFolder
) -> Path | None:
    """A person's playable file of the same recording, under the name that ours would get.

    The recording's id decides, not the bytes: a person wants a recording once. Equal bytes mean
    the staged file itself, filed by an earlier try that was killed.
    """

    def is_rival(existing: Path) -> bool:
        return read_recording_mbid(existing) == recording_mbid and _is_playable(existing)

    rival = find_same(library.reach(library.path / relative), is_rival)
    is_other = rival is not None and checksum(rival) != file.checksum
    return library.name(rival) if rival is not None and is_other else None


def _is_playable(path: Path) -> bool:
    try:
        read_properties(path)
    except BadCandidateError:
        return False
    return True


def _compare(
    rival: Path, file: TrackFile, library: OpenFolder, settings: Settings
) -> tuple[bool, str]:
    """Whether the existing file stays, and the reason in words for people."""
    assert file.properties is not None, "the file was indexed"
    if not library.reach(file.path).exists():
        return True, "the new one is gone from staging"
    there = read_properties(rival)
    what_there, what_new = describe_quality(there), describe_quality(file.properties)
    if not is_better(file.properties, there):
        return True, f"it ({what_there}) is no worse than the new {what_new}"
    better = f"better file ({what_new} for {what_there})"
    if settings.library.duplicates == "keep":
        return True, f"the new one is a {better}, but library.duplicates is keep"
    if rival.is_symlink():
        return True, f"the new one is a {better}, but the old one is a link"
    return False, better


def _leave(rival: Path, why: str, item: WorkItem, services: Services) -> StageResult:
    """Give the track a file that is a person's own; no later stage has anything to do."""
    owned = describe_owned(rival, item.track_id)
    files = OwnedFiles(services.database, utc_now)
    settings = services.settings
    return StageResult(
        f"{rival.relative_to(settings.library.path)} was there already and stays as it is: {why}",
        lambda tx: files.give(tx, owned),
        clean_up=lambda: remove_staging(item.track_id, services),
        is_last=True,
    )


def _file(
    file: TrackFile, relative: PurePosixPath, library: OpenFolder, services: Services
) -> Path:
    """Put the staged file where it belongs; returns its path by way of the open library."""
    source = library.reach(file.path)  # staging may lie in the library
    try:
        target = place(
            source,
            library.reach(library.path),
            relative,
            is_same=lambda existing: checksum(existing) == file.checksum,
        )
    except TransientError as error:
        if source.exists():
            raise
        raise StagedFileLostError(str(error)) from error
    _stage_here(services.settings, library)
    return target


def _stage_here(settings: Settings, library: OpenFolder) -> None:
    """From now on, keep downloads on the library's filesystem, if home is on another one.

    This waits until something was filed: an empty folder may be where a disk will be mounted.
    """
    with suppress(OSError):
        if settings.home.stat().st_dev != library.reach(library.path).stat().st_dev:
            make_missing(library.reach(settings.library.own_dir))
