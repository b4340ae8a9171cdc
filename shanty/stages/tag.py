"""Writes the tags, from the stored catalogue alone, without any request."""

from __future__ import annotations

from dataclasses import replace

from shanty.db import Transaction
from shanty.files.checksum import checksum
from shanty.models import WorkItem
from shanty.stages.contract import Services, StageResult
from shanty.stages.staging import done_already, staged_file
from shanty.tags.style import download_style
from shanty.tags.tagging import build_tags, write_tags


def run(item: WorkItem, services: Services) -> StageResult:
    """Tag the staged file: a tagged copy replaces it, unless it has these tags already.

    What the site and its container left in the file (addresses, descriptions, thumbnails) is
    dropped.
    """
    file = staged_file(item, services)
    if (done := done_already(file)) is not None:
        return done
    tags = build_tags(services.catalog.tracks.get_placement(item.track_id))
    has_changed = write_tags(file.path, tags, style=download_style(services.settings.library))
    tagged = replace(file, checksum=checksum(file.path))

    def record(tx: Transaction) -> None:
        services.catalog.files.record(tx, tagged)

    return StageResult("tagged" if has_changed else "tagged already", record)
