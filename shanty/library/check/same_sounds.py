"""Which filed tracks sound the same although they are two recordings.

Mostly one upload serves both of them, and is right for one. Nothing is repaired: which one it is
can only be heard. Refuses to read a file: the fingerprints were taken when it was downloaded.
"""

from __future__ import annotations

from collections.abc import Iterator

from shanty.catalog import Catalog, FiledFile
from shanty.music.fingerprint import MOST_ERRORS, Fingerprint, error_rate
from shanty.music.sound_index import SoundIndex


def find_same_sounds(catalog: Catalog) -> Iterator[tuple[FiledFile, str]]:
    """Yield each filed file that sounds like an earlier track's, and what there is to say."""
    index = SoundIndex()
    for track_id, fingerprint in catalog.fingerprints.of_filed():
        index.add(track_id, fingerprint)
    for pair in index.likely_pairs():
        files = [file for track_id in pair if (file := catalog.filed.find(track_id)) is not None]
        sounds = [sound for file in files if (sound := _sound_of(file, catalog)) is not None]
        if len(sounds) < 2:
            continue  # it was removed meanwhile
        rate = error_rate(*sounds)
        if rate is not None and rate <= MOST_ERRORS:
            yield files[1], f"it sounds the same as {files[0].path} ({files[0].label})"


def _sound_of(file: FiledFile, catalog: Catalog) -> Fingerprint | None:
    return None if file.candidate_id is None else catalog.fingerprints.find(file.candidate_id)
