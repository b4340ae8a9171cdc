"""Where a track's download lies until it is filed."""

from __future__ import annotations

import shutil
from pathlib import Path

from shanty.config import Settings
from shanty.errors import StageError
from shanty.library.presence import require_library
from shanty.models import LibraryFile, WorkItem
from shanty.stages.contract import Services, StageResult


class StagedFileLostError(StageError):
    """What was downloaded is not there any more: somebody emptied the staging folder."""


def staging_dir(track_id: int, settings: Settings) -> Path:
    """The folder of one track in staging; it holds one folder for each candidate tried."""
    return settings.incoming_dir / str(track_id)


def remove_staging(track_id: int, settings: Settings) -> None:
    """Remove what lies in staging of a track, wherever that was when it was downloaded."""
    for folder in settings.incoming_dirs:
        shutil.rmtree(folder / str(track_id), ignore_errors=True)


def check_library(services: Services) -> None:
    """Make sure that the library is there before a file in it, or to be in it, is judged.

    Raises:
        WaitError: its disk is not mounted, as it seems.
    """
    folder = services.settings.library.path
    require_library(folder, lambda limit: services.catalog.sample_filed(folder, limit))


def staged_file(item: WorkItem, services: Services) -> LibraryFile:
    """The file that the stages before have left.

    Raises:
        StagedFileLostError: there is none.
        WaitError: the library's disk, on which it may lie, is not mounted.
    """
    file = services.catalog.file_of(item.track_id)
    if file is None or not file.path.exists():
        check_library(services)
        raise StagedFileLostError(f"the downloaded file of {item.label} is gone from staging")
    return file


def done_already(file: LibraryFile) -> StageResult | None:
    """The result of a stage that comes before filing, for a file that is filed; else None.

    Such work is a leftover, e.g. an old failure that was retried: the library is not its to touch.
    """
    return StageResult("in the library already") if file.is_placed and file.path.exists() else None
