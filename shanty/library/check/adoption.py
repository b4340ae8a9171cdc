"""Audio files that the walk met but Shanty did not file, and which of them are missing files.

A stranger may be a file of ours that its owner has moved and tagged, or the owner's own file of the
same recording. Owns how to tell them apart: only the first may be written to. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from shanty.catalog import Catalog, FiledFile
from shanty.catalog.owned import OwnedFiles
from shanty.errors import BadCandidateError, TransientError
from shanty.files.checksum import checksum
from shanty.library.check.walked import to_path
from shanty.models import AudioProperties
from shanty.music.entities import Placement
from shanty.tags.audio import read_properties
from shanty.tags.identity import read_identity
from shanty.tags.tagging import build_tags, read_tags

_TOLERANCE_SECONDS = 0.02
"""New tags may change an MP3's reported length by this. Two rips hardly ever agree so closely."""


class Strangers:
    """Audio files that were not filed. A missing file may claim one; the others remain."""

    def __init__(self, catalog: Catalog, owned: OwnedFiles) -> None:
        self._catalog = catalog
        self._owned = owned
        self._sizes: dict[bytes, int] = {}
        self._by_size: dict[int, list[bytes]] | None = None
        self._by_mbid: dict[str, list[bytes]] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._sizes)

    def add(self, path: bytes, size: int) -> None:
        """Add a file that was met. Add all before you look for any."""
        self._sizes[path] = size

    def take(self, path: bytes) -> None:
        """Remove a file, because it is known now."""
        del self._sizes[path]

    def find_by_content(self, file: FiledFile) -> bytes | None:
        """Return the path of a file with the same content; None if there is none."""
        if self._by_size is None:
            self._by_size = {}
            for path, size in self._sizes.items():
                self._by_size.setdefault(size, []).append(path)
        for path in self._by_size.get(-1 if file.size is None else file.size, ()):
            with suppress(TransientError):
                if path in self._sizes and checksum(to_path(path)) == file.checksum:
                    return path
        return None

    def find_by_recording(self, file: FiledFile) -> tuple[bytes | None, bytes | None]:
        """Find files whose tags name this recording; return our own one, else one of the person's.

        At most one of the two is set. Files that a scan has found are left out, because they count
        as the person's already.
        """
        if self._by_mbid is None:
            self._by_mbid = self._read()
        found = [one for one in self._by_mbid.get(file.recording_mbid, ()) if one in self._sizes]
        filed = self._catalog.files.of_track(file.track_id)
        if not found or filed is None:
            return None, None
        placement = self._catalog.tracks.get_placement(file.track_id)
        for path in found:
            if _can_be_ours(to_path(path), filed.properties, placement):
                return path, None
        return None, found[0]

    def _read(self) -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        scanned = self._owned.known()
        for path in self._sizes:
            if path in scanned:
                continue
            with suppress(BadCandidateError, TransientError):
                if mbid := read_identity(to_path(path)).recording_mbid:
                    found.setdefault(mbid, []).append(path)
        return found


def _can_be_ours(path: Path, filed: AudioProperties | None, placement: Placement) -> bool:
    """Whether a file has the audio that was filed, and is tagged as this track of this release."""
    try:
        there, tags = read_properties(path), read_tags(path)
    except (BadCandidateError, TransientError):
        return False
    ours = build_tags(placement)
    is_so_tagged = (tags.track_mbid, tags.release_mbid) == (ours.track_mbid, ours.release_mbid)
    return is_so_tagged and filed is not None and _is_same_audio(there, filed)


def _is_same_audio(one: AudioProperties, other: AudioProperties) -> bool:
    return (
        (one.container, one.codec) == (other.container, other.codec)
        and (one.sample_rate, one.channels) == (other.sample_rate, other.channels)
        and abs(one.duration_seconds - other.duration_seconds) <= _TOLERANCE_SECONDS
    )
