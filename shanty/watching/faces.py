"""The albums whose covers may stand for an artist: MusicBrainz has no pictures of people.

Owns which albums these are. Refuses to know where a cover comes from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from shanty.catalog import Catalog
from shanty.db import Database
from shanty.music.entities import ReleaseGroup
from shanty.music.release_types import PRIMARY_TYPES
from shanty.providers.musicbrainz import MusicBrainz

MOST_TRIED = 3
"""So many albums of an artist are tried: if none of them has a cover, others seldom do."""


def known_faces(artist_mbid: str, database: Database, catalog: Catalog) -> list[str] | None:
    """The MBIDs of an artist's albums, best first; None if nobody has asked for them.

    Albums that the library has come first, because their covers are there.
    """
    known = catalog.discographies.find_artist(artist_mbid)
    if known is None or known.listed_at is None:
        return None
    with database.read() as connection:
        listed = catalog.discographies.groups_of_artist(connection, artist_mbid)
    keys = {one.release_key: one.group.mbid for one in listed if one.release_key}
    here = {keys[key] for key in catalog.albums.find_here(keys)}
    return _best((one.group for one in listed), artist_mbid, here)


def ask_faces(artist_mbids: Collection[str], musicbrainz: MusicBrainz) -> dict[str, list[str]]:
    """The MBIDs of albums of each of these artists, best first.

    One request for all of them. If the answer is cut off, artists without an album in it are asked
    for again: those of others may have taken all its places.

    Raises:
        ShantyError: MusicBrainz cannot be asked.
    """
    groups: dict[str, list[ReleaseGroup]] = {mbid: [] for mbid in artist_mbids}
    left = list(groups)
    while left:
        page = musicbrainz.search_groups_of(left)
        for group in page.items:
            for mbid in {*group.artist_credit.artist_mbids}.intersection(left):
                groups[mbid].append(group)
        asked, left = left, [mbid for mbid in left if not groups[mbid]]
        if page.total <= len(page.items) or left == asked:
            break
    return {mbid: _best(found, mbid) for mbid, found in groups.items()}


def _best(
    groups: Iterable[ReleaseGroup], artist_mbid: str, here: Collection[str] = ()
) -> list[str]:
    def rank(group: ReleaseGroup) -> tuple[bool, bool, bool, int, str]:
        kind = group.primary_type
        return (
            group.mbid not in here,
            group.artist_credit.artist_mbids != (artist_mbid,),
            bool(group.secondary_types),  # live, compilations …
            PRIMARY_TYPES.index(kind) if kind in PRIMARY_TYPES else len(PRIMARY_TYPES),
            group.first_release_date or "9999",
        )

    return [group.mbid for group in sorted(groups, key=rank)[:MOST_TRIED]]
