"""Files the track in the library under its final name, never over a different file."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from shanty.db import Transaction
from shanty.errors import BadCandidateError, TransientError
from shanty.library.audio import checksum
from shanty.library.naming import Naming
from shanty.library.placement import place
from shanty.library.tags import read_recording_mbid
from shanty.models import TrackStatus, WorkItem
from shanty.stages.contract import Services, StageResult
from shanty.stages.staging import StagedFileLostError, done_already, staged_file, staging_dir


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
        return read_recording_mbid(existing) == placement.recording.mbid

    try:
        target = place(file.path, settings.library.path, relative, is_same=is_same)
    except TransientError as error:
        if file.path.exists():
            raise
        raise StagedFileLostError(str(error)) from error
    placed = replace(file, path=target, is_placed=True, checksum=checksum(target))

    def record(tx: Transaction) -> None:
        services.catalog.record_file(tx, placed)
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

    def clean_up() -> None:
        shutil.rmtree(staging_dir(item.track_id, settings), ignore_errors=True)

    return StageResult(
        f"filed as {target.relative_to(settings.library.path)}", record, clean_up=clean_up
    )
