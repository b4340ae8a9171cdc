"""Where a track's download lies until it is filed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shanty.config import Settings
from shanty.errors import DISK, LIBRARY, StageError, WaitError
from shanty.library.atomic import is_of_one_place
from shanty.library.placement import make_missing
from shanty.library.presence import require_library, takes_files
from shanty.models import LibraryFile, WorkItem
from shanty.private_files import make_private_folder
from shanty.stages.contract import Services, StageResult


class StagedFileLostError(StageError):
    """What was downloaded is not there any more: somebody emptied the staging folder."""


def make_staging(settings: Settings) -> Path:
    """Make the folder that downloads lie in, and return it.

    In home it is ours alone. Elsewhere it is like the folder that it is in, for others who share
    the library may share staging, too.

    Raises:
        OSError: it cannot be made.
    """
    folder = settings.incoming_dir
    if folder.parent == settings.home:
        make_private_folder(folder)
    else:
        make_missing(folder)
    return folder


def staging_dir(track_id: int, services: Services) -> Path:
    """The folder of one track in staging; it holds one folder for each candidate tried."""
    return services.settings.incoming_dir / services.catalog.staging_name(track_id)


def remove_staging(track_id: int, services: Services) -> None:
    """Remove what lies in staging of a track, wherever that was when it was downloaded."""
    for folder in services.settings.incoming_dirs:
        shutil.rmtree(folder / services.catalog.staging_name(track_id), ignore_errors=True)


@contextmanager
def library_at_hand(services: Services) -> Iterator[None]:
    """A block that needs the library, or judges what is there by it.

    While it is full, read-only or not mounted, one of all items looks at it now and then; the
    others are turned away without touching it. What only one place in it refuses holds up nothing
    else: the item waits alone.

    Raises:
        WaitError: it is not there, as it seems, or refuses.
    """
    folder = services.settings.library.path
    refusal: WaitError | None = None
    with services.circuits.guard(LIBRARY) as passage:
        passage.enter()
        require_library(folder, lambda limit: services.catalog.sample_filed(folder, limit))
        try:
            yield
        except WaitError as error:
            if error.source not in (DISK, LIBRARY):
                raise
            if not (is_of_one_place(error) and takes_files(folder)):
                error.source = LIBRARY  # the disk is the library's
                raise
            refusal = error
    if refusal is not None:
        refusal.source = ""
        raise refusal


def staged_file(item: WorkItem, services: Services) -> LibraryFile:
    """The file that the stages before have left.

    Raises:
        StagedFileLostError: there is none.
        WaitError: the library's disk, on which it may lie, is not mounted.
    """
    file = services.catalog.file_of(item.track_id)
    if file is None or not file.path.exists():
        with library_at_hand(services):
            raise StagedFileLostError(f"the downloaded file of {item.label} is gone from staging")
    return file


def done_already(file: LibraryFile) -> StageResult | None:
    """The result of a stage that comes before filing, for a file that is filed; else None.

    Such work is a leftover, e.g. an old failure that was retried: the library is not its to touch.
    """
    return StageResult("in the library already") if file.is_placed and file.path.exists() else None
