"""Pictures from outside services. Each is fetched once, however many tracks and processes need it.

Owns the folders ``covers`` and ``artists`` in home, which hold each picture as it came, or a note
that there is none. Refuses to know what a stage does with a picture.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from shanty.config.service_sections import ArtSettings
from shanty.errors import PermanentError
from shanty.files.atomic import disk_errors
from shanty.files.lock import hold_lock
from shanty.files.placement import replace_file
from shanty.music.entities import VARIOUS_ARTISTS_MBID, Placement
from shanty.providers.coverart import SOURCE as COVERART
from shanty.providers.coverart import USUAL_SIZE
from shanty.stages.contract import Services
from shanty.tags.covers import Cover
from shanty.tags.pictures import fit_picture

logger = logging.getLogger(__name__)

Fetch = Callable[[], tuple[bytes, str] | None]

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/tiff": "tif",
}
_NONE = "none"
# A note that there is none holds for less time than passes until a stage looks again; the tracks of
# an album thus ask once. A note that the picture cannot be used holds for a day.
_NONE_SECONDS = 2 * 24 * 3600.0
_UNUSABLE_SECONDS = 24 * 3600.0
_KEPT_AT_HAND = 4  # pictures of the albums under way; each is within the limits of [art]


def fetch_cover(placement: Placement, services: Services) -> Cover | None:
    """The release group's front cover, else that of the release, else None.

    Raises:
        PermanentError: the only cover there is cannot be used.
        WaitError, TransientError: the service cannot answer now.
    """
    release = placement.release
    group_mbid = release.release_group.mbid
    size = services.settings.art.cover_size

    def front(group_mbid: str, release_mbid: str) -> tuple[bytes, str] | None:
        with services.circuits.guard(COVERART, subject=group_mbid or release_mbid) as passage:
            passage.enter()
            return services.coverart.front(group_mbid, release_mbid)

    suffix = "" if size == USUAL_SIZE else f"-{size}"  # each size is kept under its own name
    asked: list[tuple[str, Fetch]] = [
        (group_mbid, lambda: front(group_mbid, "")),
        (release.mbid, lambda: front("", release.mbid)),
    ]
    refused: PermanentError | None = None
    for mbid, fetch in asked:
        try:
            found = mbid and _keep_once("covers", f"{mbid}{suffix}", fetch, services)
        except PermanentError as error:
            refused = error
            continue
        if found:
            return found
    if refused is not None:
        raise refused
    return None


def fetch_artist(placement: Placement, services: Services) -> Cover | None:
    """The picture of the album's artist; None if the album has several, or nobody has a picture.

    Raises the errors of :func:`fetch_cover`.
    """
    mbids = placement.release.artist_credit.artist_mbids
    service = services.artist_art
    if service is None or len(mbids) != 1 or mbids[0] in ("", VARIOUS_ARTISTS_MBID):
        return None
    return _keep_once("artists", mbids[0], lambda: service.picture(mbids[0]), services)


def _keep_once(folder_name: str, key: str, fetch: Fetch, services: Services) -> Cover | None:
    folder = services.settings.home / folder_name
    with disk_errors("keep pictures in", folder):
        folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(folder / f"{key}.lock", should_stop=services.stop.is_set):
            return _kept_or_fetched(folder, key, fetch, services)


def _kept_or_fetched(folder: Path, key: str, fetch: Fetch, services: Services) -> Cover | None:
    art = services.settings.art
    none_path = folder / f"{key}.{_NONE}"
    if _is_believed(none_path):
        reason = none_path.read_text(encoding="utf-8", errors="replace")
        if reason:
            raise PermanentError(reason)
        return None
    for extension in _EXTENSIONS.values():
        path = folder / f"{key}.{extension}"
        if path.exists():
            found_at = path.stat()
            return _fit_kept(path, found_at.st_ino, found_at.st_size, found_at.st_mtime_ns, art)
    try:
        found = fetch()
        cover = found and fit_picture(found[0], art)
    except PermanentError as error:
        logger.warning("no picture for %s: %s", key, error)
        _write(none_path, str(error).encode("utf-8", "replace"))
        raise
    if not found or not cover:
        _write(none_path, b"")
        return None
    _write(folder / f"{key}.{_EXTENSIONS.get(found[1], 'jpg')}", found[0])
    none_path.unlink(missing_ok=True)
    return cover


@lru_cache(_KEPT_AT_HAND)
def _fit_kept(path: Path, _inode: int, _size: int, _mtime_ns: int, art: ArtSettings) -> Cover:
    """A kept picture, made fit. It is decoded once for all tracks of an album that come together.

    Raises:
        PermanentError: it cannot be used.
    """
    return fit_picture(path.read_bytes(), art)


def _is_believed(none_path: Path) -> bool:
    try:
        status = none_path.stat()
    except FileNotFoundError:
        return False
    longest = _UNUSABLE_SECONDS if status.st_size else _NONE_SECONDS
    return time.time() - status.st_mtime < longest


def _write(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(data)
    replace_file(path, part)
