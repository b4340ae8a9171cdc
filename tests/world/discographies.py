"""Small discographies for tests, and the WS/2 server that answers from them and can refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from shanty.catalog import Catalog
from shanty.config.sections import CatalogueSettings
from shanty.db import Database
from shanty.demo.answers import Answer, Request
from shanty.demo.catalogue import Catalogue
from shanty.demo.catalogue_store import CatalogueStore
from shanty.demo.discography import Discography, list_artists, list_placements
from shanty.demo.listener import Listener
from shanty.demo.pressing import make_mbid
from shanty.models import TrackStatus
from shanty.music.entities import (
    Artist,
    ArtistCredit,
    CreditedArtist,
    Medium,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)
from shanty.providers.musicbrainz import MusicBrainz
from shanty.sources.budgets import MUSICBRAINZ
from shanty.watching.expansion import Expansion
from shanty.watching.watch import Wish, watch_album, watch_artist
from tests.world.databases import Clock

FAST = 100_000.0


def make_artist(name: str, **more: Any) -> Artist:
    return Artist(make_mbid("artist", name), name, name, **more)


def credit_to(*artists: Artist) -> ArtistCredit:
    last = len(artists) - 1
    return ArtistCredit(
        tuple(
            CreditedArtist(artist, artist.name, "" if index == last else " & ")
            for index, artist in enumerate(artists)
        )
    )


def make_group(
    artist: Artist, title: str, kind: str = "Album", also: Sequence[str] = (), date: str = ""
) -> ReleaseGroup:
    mbid = make_mbid("group", artist.name, title)
    return ReleaseGroup(mbid, title, credit_to(artist), kind, tuple(also), date)


def make_recording(artist: Artist, song: str, **more: Any) -> Recording:
    """Make a recording. The same song by the same artist is the same one on every release."""
    mbid = make_mbid("recording", artist.name, song)
    return Recording(mbid, song, credit_to(artist), **{"length_ms": 2000, **more})


def make_medium(
    edition: str, artist: Artist, songs: Iterable[str | Recording], position: int = 1, **more: Any
) -> Medium:
    tracks = []
    for number, song in enumerate(songs, start=1):
        recording = make_recording(artist, song) if isinstance(song, str) else song
        tracks.append(
            Track(
                make_mbid("track", edition, position, recording.title),
                number,
                str(number),
                recording.title,
                recording,
                recording.artist_credit,
                recording.length_ms,
            )
        )
    values = {"format": "CD", "tracks": tuple(tracks), "track_count": len(tracks), **more}
    return Medium(position, **values)


def make_release(
    group: ReleaseGroup,
    songs: Iterable[str | Recording],
    *more_discs: Iterable[str | Recording],
    edition: str = "",
    date: str | None = None,
    medium_format: str = "CD",
    **more: Any,
) -> Release:
    artist = group.artist_credit.parts[0].artist
    name = f"{artist.name}/{group.title}/{edition}"
    media = tuple(
        make_medium(name, artist, disc, position, format=medium_format)
        for position, disc in enumerate([songs, *more_discs], start=1)
    )
    return Release(
        make_mbid("release", name),
        group.title,
        group.artist_credit,
        group,
        date=group.first_release_date if date is None else date,
        **{"status": "Official", "country": "GB", "label": "Label", "media": media, **more},
    )


def make_discography(*releases: Release, artists: Iterable[Artist] = ()) -> Discography:
    by_recording = {
        placement.recording.mbid: placement
        for release in reversed(releases)
        for placement in list_placements(release)
    }
    return Discography(
        artists=tuple(dict.fromkeys((*artists, *list_artists(releases)))),
        release_groups=tuple(dict.fromkeys(release.release_group for release in releases)),
        releases=releases,
        placements=tuple(by_recording.values()),
        without_cover=frozenset(),
        by_recording=by_recording,
    )


def make_many(artist: Artist, albums: int, tracks: int, editions: int = 1) -> list[Release]:
    """Albums of one artist with several editions; no two albums share a recording."""
    releases = []
    for album in range(albums):
        group = make_group(artist, f"Album {album}", date=f"{1970 + album % 50}-02-03")
        songs = [f"Song {album}-{track}" for track in range(tracks)]
        releases += [
            make_release(group, songs, edition=str(number), date=f"{1970 + album % 50 + number}")
            for number in range(editions)
        ]
    return releases


class MadeUpServer:
    """A MusicBrainz server of our own, which remembers requests and may refuse them.

    ``refuse`` gets each request and its number, from 1 on; it returns another answer, or None.
    ``page_size`` is the most entries in one answer.
    """

    def __init__(self, *discographies: Discography):
        self.catalogue = Catalogue(*discographies)
        self.asked: list[str] = []
        self.refuse: Callable[[Request, int], Answer | None] = lambda _request, _number: None
        self.url = ""
        self.page_size = 100

    @property
    def store(self) -> CatalogueStore:
        return self.catalogue.store

    def answer(self, request: Request) -> Answer:
        by = [f"{name}={value}" for name, value in request.query.items() if name != "inc"]
        path = request.path.removeprefix("/ws/2/").strip("/")
        self.asked.append(f"{path}?{'&'.join(sorted(by))}")
        limit = min(self.page_size, int(request.query.get("limit", 25)))
        shorter = replace(request, query=request.query | {"limit": str(limit)})
        return self.refuse(request, len(self.asked)) or self.catalogue.answer(shorter)


@contextmanager
def serve(*releases: Release, artists: Iterable[Artist] = ()) -> Iterator[MadeUpServer]:
    server = MadeUpServer(make_discography(*releases, artists=artists))
    with Listener(server.answer) as listener:
        server.url = listener.base_url
        yield server


class Watcher:
    """A database and a catalogue service, for a person who wants something from them."""

    def __init__(
        self,
        database: Database,
        url: str,
        settings: CatalogueSettings | None = None,
        clock: Clock | None = None,
    ):
        self.database = database
        self.clock = clock or Clock()
        self.catalog = Catalog(database, self.clock)
        self.settings = settings or CatalogueSettings()
        self.musicbrainz = MusicBrainz(
            url, rate=FAST, count=lambda: self.catalog.editions.count_request(MUSICBRAINZ)
        )

    def expansion(self) -> Expansion:
        return Expansion(self.database, self.musicbrainz, self.settings, self.clock)

    def watch(self, artist: Artist, **wish: Any) -> int:
        expansion = self.expansion()
        rule_id = watch_artist(artist, Wish(**wish), expansion).rule_id
        expansion.expand(rule_id)
        return rule_id

    def watch_album(self, group: ReleaseGroup) -> int:
        expansion = self.expansion()
        rule_id = watch_album(group.mbid, expansion)
        expansion.expand(rule_id)
        return rule_id

    def wanted(self) -> dict[str, str]:
        """The albums of the wanted tracks, by title."""
        tracks = self.catalog.tracks.list_tracks(TrackStatus.WANTED)
        assert len({track.recording_mbid for track in tracks}) == len(tracks)
        return {track.title: track.album for track in tracks}

    def set_status(self, title: str, status: TrackStatus) -> None:
        (track,) = [one for one in self.catalog.tracks.list_tracks() if one.title == title]
        with self.database.begin() as tx:
            self.catalog.tracks.set_status(tx, track.id, status)
