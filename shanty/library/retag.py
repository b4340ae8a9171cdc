"""Tagging the files of the library again, after the catalogue or a setting has changed.

Owns which files are tagged and what is reported about each. Files that a scan has found belong to a
person and are never touched. Refuses to know how the report is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.errors import LeaseLostError, ShantyError, WaitError
from shanty.library.acts import FileActs
from shanty.models import WantedTrack
from shanty.tags.style import library_style
from shanty.tags.tagging import TagChange, build_tags, preview_tags


@dataclass(frozen=True, slots=True)
class Retagged:
    """What is reported about a track's file.

    ``changes`` is None if the tags are right already. It is empty if only something else changes:
    foreign tags, another spelling, the version of ID3. ``problem`` says why the file was left
    alone.
    """

    track: WantedTrack
    path: Path
    changes: tuple[TagChange, ...] | None = None
    problem: str = ""


def retag(
    tracks: Iterable[WantedTrack],
    *,
    settings: Settings,
    catalog: Catalog,
    acts: FileActs | None,
) -> Iterator[Retagged]:
    """Tag each track's file as the catalogue has it now; without ``acts``, write nothing.

    Makes no request. Tracks without a file that Shanty has filed are skipped.

    Raises:
        WaitError: the disk is full, read-only or gone. Every other file would fail too.
        LeaseLostError: this process was taken for dead. Every other file would fail too.
    """
    for track in tracks:
        if acts is not None:
            try:
                acts.settle(track.id)  # first, because the file may be about to move
            except ShantyError as error:
                yield Retagged(track, Path(), problem=str(error))
                continue
        file = catalog.files.of_track(track.id)
        if file is None or not file.is_placed:
            continue
        try:
            yield Retagged(track, file.path, _retag(track, file.path, settings, catalog, acts))
        except (WaitError, LeaseLostError):
            raise
        except ShantyError as error:
            yield Retagged(track, file.path, problem=str(error))


def _retag(
    track: WantedTrack, path: Path, settings: Settings, catalog: Catalog, acts: FileActs | None
) -> tuple[TagChange, ...] | None:
    tags = build_tags(catalog.tracks.get_placement(track.id))
    changes = preview_tags(path, tags, library_style(settings.library))
    if changes is not None and acts is not None:
        acts.write_tags(track.id, path, tags)
    return changes
