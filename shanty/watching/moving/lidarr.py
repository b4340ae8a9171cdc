"""What Lidarr monitors, turned into rules of ours.

Owns the meaning of Lidarr's words: an album is wanted if both it and its artist are monitored, and
a metadata profile says which types an artist's albums have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from shanty.catalog.releases import is_meant
from shanty.config.sections import CatalogueSettings
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, ReleaseGroup
from shanty.music.release_types import parse_primary_type, parse_secondary_type
from shanty.providers.lidarr import Lidarr, LidarrAlbum, LidarrArtist, LidarrProfile
from shanty.watching.moving.plan import MovedWish
from shanty.watching.watch import Wish

NOT_MONITORED = "Lidarr does not monitor it"
NOTHING_MONITORED = "Lidarr monitors no album of it, nor new ones"


def open_lidarr(url: str, key: str) -> Lidarr:
    """A Lidarr; nothing is asked yet.

    Raises:
        ShantyError: the address or the key is none.
    """
    return Lidarr(url, key)


def read_lidarr(
    lidarr: Lidarr,
    settings: CatalogueSettings,
    today: date,
    on_artist: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[MovedWish]:
    """What a Lidarr monitors. One request for each monitored artist, and two more.

    ``on_artist`` hears how many artists are done, and how many there are.

    Raises:
        WaitError, TransientError, PermanentError: Lidarr does not answer.
    """
    profiles = lidarr.list_profiles()
    artists = lidarr.list_artists()
    for number, artist in enumerate(artists, start=1):
        if not artist.is_monitored:
            yield MovedWish("artist", artist.name, artist.mbid, refusal=NOT_MONITORED)
        else:
            albums = lidarr.list_albums(artist)
            yield from read_artist(artist, albums, profiles.get(artist.profile_id), settings, today)
        on_artist(number, len(artists))


def read_artist(
    artist: LidarrArtist,
    albums: Sequence[LidarrAlbum],
    profile: LidarrProfile | None,
    settings: CatalogueSettings,
    today: date,
) -> Iterator[MovedWish]:
    """What monitoring an artist with these albums means.

    If new albums are monitored, the artist is watched without the albums that are not monitored; if
    none is, only from today on. If new albums are not monitored, the albums are wanted by
    themselves, or all of them as the artist's if none is left out.
    """
    person = Artist(artist.mbid, artist.name, artist.sort_name, artist.disambiguation)
    wish = _read_profile(profile)
    monitored = [one for one in albums if one.is_monitored]
    others = [one for one in albums if not one.is_monitored]
    takes_new = artist.new_items != "none" and wish.primary_types != ()
    if not monitored and not takes_new:
        yield MovedWish("artist", artist.name, artist.mbid, refusal=NOTHING_MONITORED)
        return
    if not takes_new and (others or wish.primary_types == ()):
        yield from (MovedWish.of_album(_group(one, person)) for one in monitored)
        return
    if not monitored:
        yield MovedWish.of_artist(person, _since(wish, today))
        return
    without = tuple((one.mbid, one.title) for one in others if one.mbid)
    wish = wish if takes_new else _unmonitored(wish)
    yield MovedWish.of_artist(person, wish, without)
    # An album that was added by itself may be of a type that the profile leaves out.
    meant = wish.group_filter(None, settings)
    for one in monitored:
        group = _group(one, person)
        if not is_meant(group, meant):
            yield MovedWish.of_album(group)


def _since(wish: Wish, today: date) -> Wish:
    return Wish(wish.primary_types, wish.also, today.isoformat())


def _unmonitored(wish: Wish) -> Wish:
    return Wish(wish.primary_types, wish.also, is_monitored=False)


def _read_profile(profile: LidarrProfile | None) -> Wish:
    """The types of a profile; Lidarr's *Studio* is an album without a secondary type."""
    if profile is None:
        return Wish()
    return Wish(
        tuple(_known(profile.primary_types, parse_primary_type)),
        tuple(_known(profile.secondary_types, parse_secondary_type)) or None,
    )


def _known(names: Sequence[str], parse: Callable[[str], str]) -> Iterator[str]:
    for name in names:
        try:
            yield parse(name)
        except ValueError:
            continue


def _group(album: LidarrAlbum, artist: Artist) -> ReleaseGroup:
    return ReleaseGroup(
        album.mbid,
        album.title,
        ArtistCredit((CreditedArtist(artist, artist.name),)),
        next(_known([album.primary_type], parse_primary_type), ""),
        tuple(_known(album.secondary_types, parse_secondary_type)),
        album.first_release_date,
    )
