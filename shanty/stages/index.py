"""Reads what the downloaded file really is. A file that is not audio is a bad candidate."""

from __future__ import annotations

from dataclasses import replace

from shanty.db import Transaction
from shanty.models import WorkItem
from shanty.stages.contract import Services, StageResult
from shanty.stages.staging import done_already, staged_file
from shanty.tags.audio import read_properties


def run(item: WorkItem, services: Services) -> StageResult:
    """Store container, codec, bitrate, sample rate, channels, duration and checksum."""
    file = staged_file(item, services)
    if (done := done_already(file)) is not None:
        return done
    properties = read_properties(file.path)

    def record(tx: Transaction) -> None:
        services.catalog.files.record(
            tx, replace(file, properties=properties, checksum=properties.checksum)
        )

    return StageResult(
        f"{properties.codec}, {properties.bitrate // 1000} kbit/s, "
        f"{properties.duration_seconds:.1f} s",
        record,
    )
