"""Reads what the downloaded file really is. A file that is not audio is a bad candidate.

A file that came without a fingerprint, for whatever reason, gets one here.
"""

from __future__ import annotations

from dataclasses import replace

from shanty.db import Transaction
from shanty.models import WorkItem
from shanty.providers.chromaprint import take_fingerprint
from shanty.stages.contract import Services, StageResult
from shanty.stages.staging import done_already, staged_file
from shanty.tags.audio import read_properties


def run(item: WorkItem, services: Services) -> StageResult:
    """Store container, codec, bitrate, sample rate, channels, duration and checksum."""
    file = staged_file(item, services)
    if (done := done_already(file)) is not None:
        return done
    properties = read_properties(file.path)
    fingerprint = None
    if file.candidate_id is not None and not services.catalog.fingerprints.find(file.candidate_id):
        fingerprint = take_fingerprint(file.path, properties.duration_seconds)

    def record(tx: Transaction) -> None:
        if file.candidate_id is not None and fingerprint is not None:
            services.catalog.fingerprints.record(tx, file.candidate_id, fingerprint)
        services.catalog.files.record(
            tx, replace(file, properties=properties, checksum=properties.checksum)
        )

    return StageResult(
        f"{properties.codec}, {properties.bitrate // 1000} kbit/s, "
        f"{properties.duration_seconds:.1f} s",
        record,
    )
