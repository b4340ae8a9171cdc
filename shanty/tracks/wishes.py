"""The songs of a wish, album by album in the album's order, each with what has become of it.

Owns which place on an album stays empty because its song is filed under another album. Refuses to
know how the list is printed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shanty.catalog import Catalog, RuleAlbum, RulePart
from shanty.catalog.editions import release_key
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.music.entities import Release
from shanty.tracks.listing import ListedTrack, list_rule_tracks
from shanty.workqueue import WorkQueue


@dataclass(frozen=True, slots=True)
class SongPlace:
    """A song at its place on an album: ``2-03``, empty if the album does not have it now.

    ``elsewhere`` is the album that the song is filed under, if it is another one.
    """

    number: str
    song: ListedTrack
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class WishedAlbum:
    """An album of a wish with its songs. ``album`` is None for songs that were asked for alone.

    ``release_key`` is that of the edition that was chosen; empty until it is.
    """

    album: RuleAlbum | None
    places: tuple[SongPlace, ...]
    release_key: str = ""


def list_wished_albums(
    settings: Settings,
    database: Database,
    queue: WorkQueue,
    rule_id: int,
    *,
    offset: int = 0,
    limit: int | None = None,
) -> tuple[list[WishedAlbum], int]:
    """The albums of a wish, the oldest first, and the songs of each in the album's order.

    Also how many albums there are in all, of which ``offset`` and ``limit`` choose a part. Songs
    that were asked for alone stand behind the last one.

    Raises:
        NotFoundError: there is no such wish.
    """
    catalog = Catalog(database)
    albums = catalog.rule_albums.of_rule(rule_id)
    end = len(albums) if limit is None else min(offset + limit, len(albums))
    earlier, shown = albums[: min(offset, end)], albums[offset:end]
    part = RulePart(rule_id, tuple(one.group_mbid for one in shown))
    if end == len(albums):
        part = RulePart(rule_id, tuple(one.group_mbid for one in earlier), is_all_but=True)
    songs = {
        one.track.recording_mbid: one for one in list_rule_tracks(settings, database, queue, part)
    }
    found: list[WishedAlbum] = []
    on_albums: set[str] = set()
    for album in shown:
        with database.read() as connection:
            tied = set(catalog.rules.tied_tracks(connection, rule_id, album.group_mbid))
            group = catalog.discographies.get_group(connection, album.group_mbid)
            key = group.release_key if group is not None else None
            release = catalog.editions.get(connection, key) if key is not None else None
        on_albums |= tied
        mine = {mbid: song for mbid, song in songs.items() if mbid in tied}
        places = tuple(_places(mine, release, album.group_mbid, catalog))
        found.append(WishedAlbum(album, places, key or ""))
    alone = [song for mbid, song in songs.items() if mbid not in on_albums]
    if alone:
        found.append(WishedAlbum(None, tuple(SongPlace("", song) for song in alone)))
    return found, len(albums)


def _places(
    songs: dict[str, ListedTrack], release: Release | None, group_mbid: str, catalog: Catalog
) -> Iterator[SongPlace]:
    numbers = _numbers(release)
    order = {mbid: position for position, mbid in enumerate(numbers)}
    for mbid, song in sorted(songs.items(), key=lambda one: order.get(one[0], len(order))):
        elsewhere = ""
        if release is None or song.track.release_key != release_key(release):
            filed_on = catalog.editions.find(song.track.release_key)
            if filed_on is not None and filed_on.release_group.mbid != group_mbid:
                elsewhere = filed_on.title
        yield SongPlace(numbers.get(mbid, ""), song, elsewhere)


def _numbers(release: Release | None) -> dict[str, str]:
    """The place of each recording, in order; the first one if it is there twice."""
    numbers: dict[str, str] = {}
    media = release.media if release is not None else ()
    for medium in media:
        disc = f"{medium.position}-" if len(media) > 1 else ""
        for track in medium.tracks:
            numbers.setdefault(track.recording.mbid, f"{disc}{track.position:02}")
    return numbers
