"""Folders of one name that two artists or two albums would have: who gets it, and who another.

Whoever has files in a folder keeps its name; of several, the one whose track was wanted first. If
nobody has any, the first to come gets the name. The folder of everybody else has an addition in
brackets: MusicBrainz' disambiguation, the type of an album, or a part of the MBID.

Owns this choice, and that it stays. Refuses to know how names are made (``naming``) and how claims
are stored (``catalog``). A claim moves no file: ``rename`` does that, if a person asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Protocol

from shanty.catalog import Catalog
from shanty.catalog.folder_claims import FolderClaim, make_key
from shanty.errors import NotFoundError
from shanty.files.numbering import fold_folder
from shanty.naming.naming import Naming
from shanty.naming.own_folders import OwnFolder, TrackName

HoldersIn = Callable[[PurePosixPath], Iterator[str]]


class KnownClaims(Protocol):
    """What is known of claims: all of them stored, or some only planned."""

    def addition_of(self, holder_mbid: str, plain: PurePosixPath) -> str | None:
        """Return what a holder's folder of this plain name has added; None if they have none."""

    def holder_of(self, folder: PurePosixPath) -> str | None:
        """Return the MBID of the holder of a folder; None if it is nobody's."""

    def add(self, claims: Sequence[FolderClaim]) -> None:
        """Claim folders; one that is somebody's already stays theirs."""

    def take_over(self, claim: FolderClaim, old_mbid: str) -> bool:
        """Give the folder of a holder to the claimant; returns whether it was given."""

    def resolve(self, mbid: str) -> str:
        """Return the MBID that an artist or a release group has today."""

    def is_awaited(self, mbid: str) -> bool:
        """Whether a wanted track is of this artist or release group."""


class FolderNames:
    """Tells folders apart. ``holders_in`` says whose files lie in a folder, the first one first."""

    def __init__(self, naming: Naming, claims: KnownClaims, holders_in: HoldersIn):
        self._naming = naming
        self._claims = claims
        self._holders_in = holders_in

    @classmethod
    def of_library(cls, library_dir: Path, naming: Naming, catalog: Catalog) -> FolderNames:
        """Tell the folders of a library apart. Claims are stored at once, and stay."""

        def holders_in(folder: PurePosixPath) -> Iterator[str]:
            return _holders_in(folder, library_dir, naming, catalog)

        return cls(naming, catalog.folder_claims, holders_in)

    def path_for(self, name: TrackName) -> PurePosixPath:
        """Return the path of a track, in folders that are its artist's and its album's alone.

        The same track gets the same path each time, whoever else comes.
        """
        return self._told_apart(name, self._addition_for)

    def known_path_for(self, name: TrackName) -> PurePosixPath:
        """Return the path of a track as far as the claims tell it. Claims nothing."""
        return self._told_apart(
            name, lambda folder, own: self._claims.addition_of(own.holder_mbid, folder) or ""
        )

    def _told_apart(
        self, name: TrackName, find_addition: Callable[[PurePosixPath, OwnFolder], str]
    ) -> PurePosixPath:
        path = name.path
        for own in name.own_folders:
            folder = PurePosixPath(*path.parts[: own.depth])
            addition = find_addition(folder, own)
            path = self._with_addition(folder, addition) / path.relative_to(folder)
        return path

    def _addition_for(self, plain: PurePosixPath, own: OwnFolder) -> str:
        known = self._claims.addition_of(own.holder_mbid, plain)
        if known is not None:
            return known
        for addition in ("", *own.additions):
            folder = self._with_addition(plain, addition)
            if self._get(FolderClaim(folder, plain, addition, own.holder_mbid)):
                return addition
        return own.additions[-1]

    def _with_addition(self, folder: PurePosixPath, addition: str) -> PurePosixPath:
        if not addition:
            return folder
        return folder.with_name(self._naming.tell_apart(folder.name, addition))

    def _get(self, claim: FolderClaim) -> bool:
        """Claim a folder, unless it is somebody else's; returns whether it is the claimant's."""
        folder, holder = claim.folder, self._claims.holder_of(claim.folder)
        if holder is None:
            first = next(self._holders_in(folder), claim.holder_mbid)
            if first != claim.holder_mbid:
                self._claims.add([FolderClaim(folder, folder, "", first)])
            self._claims.add([claim])
            holder = self._claims.holder_of(folder)
        if holder is None or self._is_same(holder, claim.holder_mbid):
            return holder is not None
        if self._is_in_use(folder, holder):
            return False
        return self._claims.take_over(claim, holder)

    def _is_same(self, one_mbid: str, other_mbid: str) -> bool:
        if one_mbid == other_mbid:
            return True
        return self._claims.resolve(one_mbid) == self._claims.resolve(other_mbid)

    def _is_in_use(self, folder: PurePosixPath, holder_mbid: str) -> bool:
        """Whether a folder's holder has files in it, or will have some."""
        has_files = any(self._is_same(one, holder_mbid) for one in self._holders_in(folder))
        return has_files or self._claims.is_awaited(holder_mbid)


class PlannedClaims:
    """The stored claims, and further ones that are only planned. Nobody loses one by a plan."""

    def __init__(self, catalog: Catalog):
        self._resolve = catalog.folder_claims.resolve
        self._holders: dict[str, str] = {}
        self._additions: dict[tuple[str, str], str] = {}
        self.new: list[FolderClaim] = []
        for key, plain_key, addition, holder_mbid in catalog.folder_claims.list_keys():
            self._holders[key] = holder_mbid
            self._additions.setdefault((holder_mbid, plain_key), addition)

    def addition_of(self, holder_mbid: str, plain: PurePosixPath) -> str | None:
        """Return what a holder's folder of this plain name has added; None if they have none."""
        return self._additions.get((holder_mbid, make_key(plain)))

    def holder_of(self, folder: PurePosixPath) -> str | None:
        """Return the MBID of the holder of a folder; None if it is nobody's."""
        return self._holders.get(make_key(folder))

    def add(self, claims: Sequence[FolderClaim]) -> None:
        """Plan to claim folders; one that is somebody's already stays theirs."""
        for claim in claims:
            key = make_key(claim.folder)
            if key not in self._holders:
                self._holders[key] = claim.holder_mbid
                plain = (claim.holder_mbid, make_key(claim.plain))
                self._additions.setdefault(plain, claim.addition)
                self.new.append(claim)

    def take_over(self, claim: FolderClaim, old_mbid: str) -> bool:
        """Refuse: see the class."""
        return False

    def resolve(self, mbid: str) -> str:
        """Return the MBID that an artist or a release group has today."""
        return self._resolve(mbid)

    def is_awaited(self, mbid: str) -> bool:
        """Answer yes: whoever has a claim keeps it."""
        return True


class FiledNames:
    """Tracks that are filed, with the names that a template makes for them, to plan for all."""

    def __init__(self, library_dir: Path):
        self._library_dir = library_dir
        self._first: dict[str, tuple[int, str]] = {}

    def note(self, track_id: int, current: Path, name: TrackName) -> None:
        """Note where a track's file lies, and so whose the folders there are."""
        if not current.is_relative_to(self._library_dir):
            return
        relative = PurePosixPath(current.relative_to(self._library_dir))
        for own in name.own_folders:
            folder = PurePosixPath(*relative.parts[: own.depth])
            if folder != relative and _is_named_like(folder, own.depth, name):
                key = make_key(folder)
                first = (track_id, own.holder_mbid)
                self._first[key] = min(first, self._first.get(key, first))

    def holders_in(self, folder: PurePosixPath) -> Iterator[str]:
        """Yield the holder whose file was the first one wanted in a folder, if any lies there."""
        if (found := self._first.get(make_key(folder))) is not None:
            yield found[1]


def _holders_in(
    folder: PurePosixPath, library_dir: Path, naming: Naming, catalog: Catalog
) -> Iterator[str]:
    """Yield the artists, or the albums, that have files in a folder of this name."""
    depth = len(folder.parts)
    for spelled in _spellings(library_dir, folder):
        for track_id in catalog.folder_claims.tracks_below(spelled):
            with suppress(NotFoundError):
                placement = catalog.tracks.get_placement(track_id)
                name = naming.name_with_extension(placement, "audio")
                for own in name.own_folders:
                    if own.depth == depth and _is_named_like(folder, depth, name):
                        yield own.holder_mbid


def _is_named_like(folder: PurePosixPath, depth: int, name: TrackName) -> bool:
    """Whether a folder has the name of a track's own folder of that depth, plain or with more."""
    there = fold_folder(PurePosixPath(folder.name))
    plain = fold_folder(PurePosixPath(name.path.parts[depth - 1]))
    return there == plain or there.startswith(f"{plain} (")


def _spellings(library_dir: Path, folder: PurePosixPath) -> list[Path]:
    """Return the folders on the disk that other file systems take for this one."""
    found = [library_dir]
    for part in folder.parts:
        wanted = fold_folder(PurePosixPath(part))
        found = [below for one in found for below in _folders_in(one, wanted)]
    return found


def _folders_in(parent: Path, wanted: str) -> list[Path]:
    with suppress(OSError), os.scandir(parent) as entries:
        return sorted(
            Path(entry.path)
            for entry in entries
            if fold_folder(PurePosixPath(entry.name)) == wanted and entry.is_dir()
        )
    return []  # whoever wants to file there is told what is wrong with the disk
