"""What the stages after filing share: a track's file in the library, and a lock on its album."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from shanty.files.atomic import disk_errors
from shanty.files.lock import hold_lock
from shanty.models import TrackFile, WorkItem
from shanty.stages.contract import Services
from shanty.stages.staging import make_staging, require_filed

_LOCKS = 64


def filed_file(item: WorkItem, release_key: str, services: Services) -> TrackFile:
    """The file of a track that is in the library.

    Raises:
        PermanentError: the file is not where it was filed.
        WaitError: the library is not there.
    """
    with hold_album(release_key, services):
        services.acts(item).settle(item.track_id)  # an act broken off may leave it elsewhere
    return require_filed(services.catalog.files.of_track(item.track_id), item, services)


@contextmanager
def hold_album(release_key: str, services: Services) -> Iterator[None]:
    """Hold the lock on an album as a whole, against all other threads, processes and machines.

    Some stages write to files of other tracks than their own. Without the lock, such a stage would
    swap in its changed copy over another stage's work. The lock lies in staging, which machines
    that share a library share too. Albums share 64 lock files, so that there are never more.
    """
    path = (
        services.settings.incoming_dir / f"album-{zlib.crc32(release_key.encode()) % _LOCKS}.lock"
    )
    with disk_errors("lock", path):
        make_staging(path.parent, services)
        with hold_lock(path, should_stop=services.stop.is_set):
            yield
