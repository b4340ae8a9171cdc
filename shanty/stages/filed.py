"""What the stages share that work on a file in the library: the file, and a lock on its album."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from shanty.files.atomic import disk_errors
from shanty.files.lock import hold_lock
from shanty.models import LibraryFile, WorkItem
from shanty.stages.contract import Services
from shanty.stages.staging import make_staging, require_filed

_LOCKS = 64


def filed_file(item: WorkItem, release_key: str, services: Services) -> LibraryFile:
    """The file of a track that is in the library.

    Raises:
        PermanentError: it is not where it was filed.
        WaitError: the library is not there.
    """
    with hold_album(release_key, services):
        services.acts(item).settle(item.track_id)  # it may be under way
    return require_filed(services.catalog.files.of_track(item.track_id), item, services)


@contextmanager
def hold_album(release_key: str, services: Services) -> Iterator[None]:
    """Be the only one, of all threads, processes and machines, to work on an album as a whole.

    A stage that writes to other tracks' files than its own would, without it, swap in a changed
    copy over what another one did meanwhile. The lock lies in staging, which machines that share a
    library share too; albums share the locks, so that there are never more than a few such files.
    """
    path = (
        services.settings.incoming_dir / f"album-{zlib.crc32(release_key.encode()) % _LOCKS}.lock"
    )
    with disk_errors("lock", path):
        make_staging(path.parent, services)
        with hold_lock(path, should_stop=services.stop.is_set):
            yield
