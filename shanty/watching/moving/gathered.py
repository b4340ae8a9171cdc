"""What is gathered in a collection of MusicBrainz, as it is watched here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shanty.errors import NotFoundError
from shanty.music.entities import MBID_PATTERN, Artist, ReleaseGroup
from shanty.providers.musicbrainz import MusicBrainz
from shanty.providers.musicbrainz_collections import (
    Collected,
    Collection,
    get_collection,
    read_collection,
)
from shanty.watching.moving.plan import MovedWish
from shanty.watching.watch import Wish


def read_collection_id(text: str) -> str:
    """The id of a collection that was typed, or stands in its address.

    Raises:
        NotFoundError: it is none.
    """
    lowered = text.strip().lower()
    found = re.search(rf"(?:^|/collection/)({MBID_PATTERN.pattern})(?![0-9a-z-])", lowered)
    if found is None:
        raise NotFoundError(
            f"{text} is no collection: its address looks like https://musicbrainz.org/collection/ID"
        )
    return found[1]


def find_collection(text: str, musicbrainz: MusicBrainz) -> Collection:
    """A public collection by its id or address. One request.

    Raises:
        NotFoundError: there is none of that id, or it holds nothing that can be watched.
        PermanentError: it is private.
        WaitError, TransientError: MusicBrainz cannot answer now.
    """
    return get_collection(read_collection_id(text), musicbrainz)


def read_gathered(
    collection: Collection, musicbrainz: MusicBrainz, wish: Wish
) -> Iterator[MovedWish]:
    """What a collection means: its artists, albums or songs. One request for each hundred."""
    for one in read_collection(collection, musicbrainz):
        yield _moved_wish(one, wish)


def _moved_wish(one: Collected, wish: Wish) -> MovedWish:
    if isinstance(one, Artist):
        return MovedWish.of_artist(one, wish)
    if isinstance(one, ReleaseGroup):
        return MovedWish.of_album(one)
    return MovedWish("track", f"{one.artist_credit.name} – {one.title}", one.mbid)
