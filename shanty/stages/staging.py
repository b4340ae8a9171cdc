"""Where a track's download lies until it is filed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from shanty.errors import DISK, LIBRARY, PermanentError, StageError, WaitError
from shanty.files.atomic import is_of_one_place
from shanty.files.open_folder import OpenFolder
from shanty.files.placement import make_missing
from shanty.files.private_files import make_private_folder
from shanty.library.presence import open_library, require_library, takes_files
from shanty.models import TrackFile, WorkItem
from shanty.stages.contract import Services, StageResult


class StagedFileLostError(StageError):
    """The downloaded file is no longer there: the staging folder was emptied."""


def staging_dir(track_id: int, services: Services) -> Path:
    """The folder of one track in staging; it holds one folder for each candidate tried."""
    return services.settings.incoming_dir / services.catalog.files.staging_name(track_id)


def remove_staging(track_id: int, services: Services) -> None:
    """Remove a track's files from staging, also from places where staging was before."""
    for folder in services.settings.incoming_dirs:
        shutil.rmtree(folder / services.catalog.files.staging_name(track_id), ignore_errors=True)


def make_staging(folder: Path, services: Services) -> None:
    """Make a folder in staging, or the staging folder itself.

    In home, only the owner may enter it. Elsewhere it has the rights of the folder above it,
    because whoever shares the library may share staging too. In the library, it is made only if the
    library is the known one.

    Raises:
        WaitError: staging lies in the library, which is not there.
        OSError: the folder cannot be made.
    """
    settings = services.settings
    if folder.is_relative_to(settings.library.path):
        with open_library(settings.library.path, services.catalog.known_library) as library:
            make_missing(library.reach(folder))
        return
    if folder.is_relative_to(settings.home):
        make_private_folder(settings.home / "incoming")
    make_missing(folder)


@contextmanager
def library_at_hand(services: Services) -> Iterator[OpenFolder]:
    """A block that needs the library, and gets it held open.

    While the library is full, read-only or not mounted, a single item looks at it now and then; the
    others are turned away without touching it. If only one place in the library refuses, its item
    waits alone and holds up no other.

    Raises:
        WaitError: the library seems not to be there, or refuses.
    """
    folder = services.settings.library.path
    refusal: WaitError | None = None
    with services.circuits.guard(LIBRARY) as passage:
        passage.enter()
        with open_library(folder, services.catalog.known_library) as library:
            require_library(folder, partial(services.catalog.known_library.sample_filed, folder))
            try:
                yield library
            except WaitError as error:
                is_disks = error.source in (DISK, LIBRARY) and is_of_one_place(error)
                if not (is_disks and takes_files(library.reach(folder))):
                    raise
                refusal = error
    if refusal is not None:
        raise WaitError(str(refusal), why=refusal.why) from refusal


def require_filed(file: TrackFile | None, item: WorkItem, services: Services) -> TrackFile:
    """The file of a track, if it is where it was filed.

    Raises:
        PermanentError: the file is not there.
        WaitError: the library is not there.
    """
    if file is not None and file.is_placed and file.path.exists():
        return file
    with library_at_hand(services) as library:
        # The library's disk may have been away for a moment.
        if file is None or not file.is_placed or not library.reach(file.path).exists():
            raise PermanentError(f"{item.label} is not where it was filed; was it moved by hand?")
    return file


def staged_file(item: WorkItem, services: Services) -> TrackFile:
    """The file that the stages before have left.

    Raises:
        StagedFileLostError: there is no such file.
        WaitError: the library's disk, on which the file may lie, is not mounted.
    """
    file = services.catalog.files.of_track(item.track_id)
    if file is None or not file.path.exists():
        with library_at_hand(services) as library:
            if file is None or not library.reach(file.path).exists():
                raise StagedFileLostError(
                    f"the downloaded file of {item.label} is gone from staging"
                )
    return file


def done_already(file: TrackFile) -> StageResult | None:
    """The result of a stage that comes before filing, for a file that is filed; else None.

    Such work is a leftover, such as an old failure that was retried: it must not touch the library.
    """
    return StageResult("in the library already") if file.is_placed and file.path.exists() else None
