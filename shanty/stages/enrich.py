"""Adds the front cover: ``cover.jpg`` once per album, and embedded in each track.

The cover is fetched once per release group, however many tracks and processes ask for it; that
there is none is believed for a month. Whatever happens here, the track stays in the library.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from shanty.db import Transaction
from shanty.errors import PermanentError
from shanty.file_lock import hold_lock
from shanty.library.atomic import disk_errors
from shanty.library.audio import checksum
from shanty.library.covers import Cover
from shanty.library.placement import replace_file, write_new_file
from shanty.library.tags import build_tags, write_tags
from shanty.models import Placement, Release, WorkItem
from shanty.providers.coverart import SOURCE as COVERART
from shanty.stages.contract import Services, StageResult

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}
_NO_COVER = "none"
_NO_COVER_SECONDS = 30 * 24 * 3600.0


def run(item: WorkItem, services: Services) -> StageResult:
    """Embed the front cover and put it beside the track, if the cover-art service has one."""
    placement = services.catalog.get_placement(item.track_id)
    file = services.catalog.file_of(item.track_id)
    if file is None or not file.is_placed or not file.path.exists():
        raise PermanentError(f"{item.label} is not where it was filed; was it moved by hand?")
    cover = fetch_cover(placement, services)
    if cover is None:
        return StageResult("there is no cover")
    cover_path = file.path.parent / f"cover.{_EXTENSIONS[cover.mime]}"
    is_new = write_new_file(cover_path, cover.data)
    has_changed = write_tags(file.path, build_tags(placement), cover=cover)
    enriched = replace(file, checksum=checksum(file.path))

    def record(tx: Transaction) -> None:
        services.catalog.record_file(tx, enriched)
        if is_new:
            services.catalog.write_journal(
                tx,
                run_id=services.run_id,
                track_id=item.track_id,
                action="cover",
                source_path=Path(),
                target_path=cover_path,
            )

    return StageResult("cover embedded" if has_changed else "cover embedded already", record)


def fetch_cover(placement: Placement, services: Services) -> Cover | None:
    """The release group's front cover, from ``home/covers`` or fetched into it."""
    release = placement.release
    key = release.release_group.mbid or release.mbid
    if not key:
        return None
    folder = services.settings.home / "covers"
    with disk_errors("keep the cover in", folder):
        folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(folder / f"{key}.lock", should_stop=services.stop.is_set):
            return _kept_or_found(folder, key, release, services)


def _kept_or_found(folder: Path, key: str, release: Release, services: Services) -> Cover | None:
    none_path = folder / f"{key}.{_NO_COVER}"
    if none_path.exists() and time.time() - none_path.stat().st_mtime < _NO_COVER_SECONDS:
        return None
    for mime, extension in _EXTENSIONS.items():
        path = folder / f"{key}.{extension}"
        if path.exists():
            return Cover(mime, path.read_bytes())
    with services.circuits.guard(COVERART) as passage:
        passage.enter()
        found = services.coverart.front(release.release_group.mbid, release.mbid)
    extension = _EXTENSIONS[found[1]] if found else _NO_COVER
    part = folder / f"{key}.part"
    part.write_bytes(found[0] if found else b"")
    replace_file(folder / f"{key}.{extension}", part)
    if found is None:
        return None
    none_path.unlink(missing_ok=True)
    return Cover(found[1], found[0])
