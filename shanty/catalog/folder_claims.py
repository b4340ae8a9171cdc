"""Which artist or album each folder of the library belongs to.

Owns the claims to folders, and what is known of those that hold them. Refuses to know what a folder
is called (``naming``), who gets which one (``library.folder_names``), and what lies on the disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Text, cast, func, select, update

from shanty.catalog.access import CatalogAccess
from shanty.db.tables import files, folder_claims, merged_mbids, owned_files, releases, tracks
from shanty.files.numbering import fold_folder
from shanty.models import TrackStatus


@dataclass(frozen=True, slots=True)
class FolderClaim:
    """A folder below the library's, whose it is, and what tells it from others of its name.

    ``plain`` is the folder without the ``addition``. ``holder_mbid`` is an artist's or a release
    group's.
    """

    folder: PurePosixPath
    plain: PurePosixPath
    addition: str
    holder_mbid: str


class FolderClaims(CatalogAccess):
    """The claims of all artists and albums. Folders are compared as file systems do."""

    def addition_of(self, holder_mbid: str, plain: PurePosixPath) -> str | None:
        """Return what a holder's folder of this plain name has added; None if they have none."""
        query = (
            select(folder_claims.c.addition)
            .where(
                folder_claims.c.holder_mbid == holder_mbid,
                folder_claims.c.plain_key == make_key(plain),
            )
            .order_by(folder_claims.c.claimed_at, folder_claims.c.folder_key)
            .limit(1)
        )
        with self._database.read() as connection:
            return connection.scalar(query)

    def holder_of(self, folder: PurePosixPath) -> str | None:
        """Return the MBID of the holder of a folder; None if it is nobody's."""
        query = select(folder_claims.c.holder_mbid).where(
            folder_claims.c.folder_key == make_key(folder)
        )
        with self._database.read() as connection:
            return connection.scalar(query)

    def list_keys(self) -> list[tuple[str, str, str, str]]:
        """List all claims, the oldest first: folder key, plain key, addition and holder of each."""
        query = select(
            folder_claims.c.folder_key,
            folder_claims.c.plain_key,
            folder_claims.c.addition,
            folder_claims.c.holder_mbid,
        ).order_by(folder_claims.c.claimed_at, folder_claims.c.folder_key)
        with self._database.read() as connection:
            return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]

    def add(self, claims: Sequence[FolderClaim]) -> None:
        """Claim folders; one that is somebody's already stays theirs."""
        now = self._clock()
        rows = [_values(claim) | {"claimed_at": now} for claim in claims]
        with self._database.begin() as tx:
            self._upsert(tx, folder_claims, rows, conflict=("folder_key",))

    def take_over(self, claim: FolderClaim, old_mbid: str) -> bool:
        """Give the folder of a holder to the claimant; returns False if it is no longer theirs."""
        statement = (
            update(folder_claims)
            .where(
                folder_claims.c.folder_key == make_key(claim.folder),
                folder_claims.c.holder_mbid == old_mbid,
            )
            .values(_values(claim) | {"claimed_at": self._clock()})
        )
        with self._database.begin() as tx:
            return tx.execute(statement).rowcount == 1

    def resolve(self, mbid: str) -> str:
        """Return the MBID that an artist or a release group has today, as far as we know."""
        seen = {mbid}
        with self._database.read() as connection:
            while True:
                query = select(merged_mbids.c.mbid).where(merged_mbids.c.old_mbid == mbid)
                following = connection.scalar(query)
                if following is None or following in seen:
                    return mbid
                mbid = following
                seen.add(mbid)

    def is_awaited(self, mbid: str) -> bool:
        """Whether a wanted track is of this artist or release group."""
        query = (
            select(tracks.c.id)
            .join(releases, releases.c.key == tracks.c.release_key)
            .where(
                tracks.c.status == TrackStatus.WANTED,
                cast(releases.c.document, Text).contains(mbid, autoescape=True),
            )
            .limit(1)
        )
        with self._database.read() as connection:
            return connection.scalar(query) is not None

    def tracks_below(self, folder: Path) -> list[int]:
        """Return a track of each release that has files in a folder, the first wanted one first.

        Files that a scan has found count.
        """
        beginning = os.fsencode(folder)
        ours = select(files.c.track_id).where(
            files.c.is_placed, files.c.path.startswith(f"{folder}/", autoescape=True)
        )
        owned = select(owned_files.c.track_id).where(
            owned_files.c.track_id.is_not(None),
            owned_files.c.path > beginning + b"/",
            owned_files.c.path < beginning + b"0",  # the next byte after the slash
        )
        first = func.min(tracks.c.id)
        query = (
            select(first)
            .where(tracks.c.id.in_(ours.union_all(owned)))
            .group_by(tracks.c.release_key)
            .order_by(first)
        )
        with self._database.read() as connection:
            return list(connection.scalars(query))


def make_key(folder: PurePosixPath) -> str:
    """Return the key of a folder: a path may be too long for PostgreSQL's indexes."""
    return hashlib.sha256(fold_folder(folder).encode(errors="surrogatepass")).hexdigest()


def _values(claim: FolderClaim) -> dict[str, Any]:
    return {
        "folder_key": make_key(claim.folder),
        "folder": str(claim.folder),
        "plain_key": make_key(claim.plain),
        "addition": claim.addition,
        "holder_mbid": claim.holder_mbid,
    }
