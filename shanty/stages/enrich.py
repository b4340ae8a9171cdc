"""Adds pictures: the front cover, embedded and beside the music, and the artist's if asked for.

Whatever happens here, the track stays in the library.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from shanty.catalog import Action, LastLook
from shanty.catalog.distances import PICTURES
from shanty.db import Transaction
from shanty.errors import BadCandidateError, PermanentError, TransientError
from shanty.files.checksum import checksum
from shanty.files.filenames import clean_component, clean_value
from shanty.files.name_limit import longest_name
from shanty.library.acts import FileActs
from shanty.library.leftovers import PICTURE_SUFFIXES
from shanty.models import WorkItem
from shanty.music.entities import Placement
from shanty.stages.contract import Services, StageResult
from shanty.stages.pictures import fetch_artist, fetch_cover
from shanty.stages.staging import library_at_hand, require_filed
from shanty.tags.tagging import build_tags

logger = logging.getLogger(__name__)

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}


def run(item: WorkItem, services: Services) -> StageResult:
    """Embed the front cover and put it beside the track, if the cover-art service has one."""
    placement = services.catalog.tracks.get_placement(item.track_id)
    acts = services.acts(item)
    acts.settle(item.track_id)  # first, because an act broken off may leave the file elsewhere
    file = require_filed(services.catalog.files.of_track(item.track_id), item, services)
    message, is_lacking = _add_cover(item.track_id, file.path, placement, acts, services)
    _add_artist(item.track_id, file.path, placement, acts, services)
    with library_at_hand(services):
        status = file.path.stat()
        enriched = replace(file, checksum=checksum(file.path))
    looked = LastLook(item.track_id, enriched.checksum, status.st_size, status.st_mtime_ns)

    def record(tx: Transaction) -> None:
        services.catalog.files.record(tx, enriched)
        services.catalog.filed.note_looked(tx, [looked])

    # A cover that is lacking now may be added later.
    return StageResult(message, record, looks_again=PICTURES if is_lacking else ())


def _add_cover(
    track_id: int, path: Path, placement: Placement, acts: FileActs, services: Services
) -> tuple[str, bool]:
    """Add the cover; returns what was done, and whether the service has none."""
    art = services.settings.art
    if not (art.embed or art.file):
        return "no cover is wanted", False
    try:
        cover = fetch_cover(placement, services)
    except PermanentError as error:
        return f"there is no cover: {error}", True
    if cover is None:
        return "there is no cover", True
    with library_at_hand(services):
        if art.file and _is_albums_own(path.parent, placement, services):
            target = path.parent / f"{art.file_name}.{_EXTENSIONS[cover.mime]}"
            if not _has_cover_beside(target, services):
                acts.add_file(track_id, target, cover.data, action=Action.COVER)
        if not art.embed:
            return "cover put beside the track", False
        try:
            has_changed = acts.write_tags(track_id, path, build_tags(placement), cover=cover)
        except BadCandidateError as error:
            raise PermanentError(str(error)) from error  # the track stays in the library
    return "cover embedded" if has_changed else "cover embedded already", False


def _has_cover_beside(target: Path, services: Services) -> bool:
    """Whether the folder has a cover already, though under another name or format."""
    if target.exists():
        return False
    return any(
        path.stem == target.stem
        or ((made := services.catalog.journal.came_by(path)) and made.action is Action.COVER)
        for path in sorted(target.parent.iterdir())
        if path.suffix.lower() in PICTURE_SUFFIXES
    )


def _is_albums_own(folder: Path, placement: Placement, services: Services) -> bool:
    """Whether the folder holds this album alone, so that a cover in it fits every file there."""
    if folder == services.settings.library.path:
        return False
    return services.catalog.files.groups_below(folder) <= {placement.release.release_group.mbid}


def _add_artist(
    track_id: int, path: Path, placement: Placement, acts: FileActs, services: Services
) -> None:
    folder = _artist_folder(path, placement, services.settings.library.path)
    if folder is None or not services.settings.art.artist or any(folder.glob("artist.*")):
        return
    try:
        picture = fetch_artist(placement, services)
    except (PermanentError, TransientError) as error:
        # This is not worth delaying the track: the artist's next track asks again.
        logger.warning("no picture of the artist of %s: %s", path.name, error)
        return
    if picture is not None:
        target = folder / f"artist.{_EXTENSIONS[picture.mime]}"
        with library_at_hand(services):
            acts.add_file(track_id, target, picture.data)


def _artist_folder(path: Path, placement: Placement, library_dir: Path) -> Path | None:
    """The folder that bears the album artist's name, or None if the template makes none."""
    credit = placement.release.artist_credit.name
    # library.windows_safe may have changed since the track was filed: either spelling will do.
    longest = longest_name(library_dir)
    names = {
        clean_component(
            clean_value(credit, windows_safe=is_safe), windows_safe=is_safe, longest=longest
        )
        for is_safe in (True, False)
    }
    if not path.is_relative_to(library_dir):
        return None
    folders = [folder for folder in path.parents if library_dir in folder.parents]
    return next((folder for folder in reversed(folders) if folder.name in names), None)
