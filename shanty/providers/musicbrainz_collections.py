"""Collections of MusicBrainz: what somebody has gathered there, with Picard or on its pages.

Owns which kinds of collections can be read: artists, release groups, releases and recordings.
Source: https://musicbrainz.org/doc/Collections and https://musicbrainz.org/doc/MusicBrainz_API#Browse
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import musicbrainzngs.musicbrainz as library

from shanty.errors import NotFoundError
from shanty.music.entities import Artist, Recording, ReleaseGroup
from shanty.providers.musicbrainz import PAGE_SIZE, MusicBrainz, read_page
from shanty.providers.musicbrainz_values import (
    parse_artist,
    parse_recording,
    parse_release,
    parse_release_group,
)

Collected = Artist | ReleaseGroup | Recording


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection, without what is in it. ``kind`` is ``artist``, ``release-group`` …"""

    mbid: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Kind:
    browse: Callable[..., dict[str, Any]]
    includes: tuple[str, ...]
    parse: Callable[[dict[str, Any]], Collected]


_KINDS = {
    "artist": _Kind(library.browse_artists, (), parse_artist),
    "release-group": _Kind(library.browse_release_groups, ("artist-credits",), parse_release_group),
    # An edition stands for its album.
    "release": _Kind(
        library.browse_releases,
        ("artist-credits", "release-groups"),
        lambda node: parse_release(node).release_group,
    ),
    "recording": _Kind(library.browse_recordings, ("artist-credits",), parse_recording),
}


def get_collection(mbid: str, musicbrainz: MusicBrainz) -> Collection:
    """A public collection. One request.

    Raises:
        NotFoundError: there is none of that id, or it holds nothing that can be watched.
        PermanentError: it is private.
        WaitError, TransientError: MusicBrainz cannot answer now.
    """

    def read(answer: dict[str, Any]) -> Collection:
        node = answer["collection"]
        # The server writes release_group there.
        return Collection(mbid, node.get("name", ""), node["entity-type"].replace("_", "-"))

    found = musicbrainz.ask(
        "collection", f"collection {mbid}", lambda: library._do_mb_query("collection", mbid), read
    )
    if found.kind not in _KINDS:
        raise NotFoundError(
            f"collection {found.name!r} holds {found.kind}s: only artists, albums and songs can be "
            "watched"
        )
    return found


def read_collection(collection: Collection, musicbrainz: MusicBrainz) -> Iterator[Collected]:
    """Read everything in a collection. Each hundred entries cost one request.

    Raises:
        WaitError, TransientError, PermanentError: MusicBrainz does not answer.
    """
    kind = _KINDS[collection.kind]
    offset = 0
    while True:
        page = musicbrainz.ask(
            f"{collection.kind}-list",
            f"what is in collection {collection.mbid}",
            lambda at=offset: kind.browse(  # type: ignore[misc]
                includes=list(kind.includes), limit=PAGE_SIZE, offset=at
            ),
            lambda answer: read_page(collection.kind, answer, kind.parse),
            more=f"collection={collection.mbid}",  # which the library does not know
        )
        yield from page.items
        offset += len(page.items)
        if not page.items or offset >= page.total:
            return
