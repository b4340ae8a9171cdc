"""What files would be called by other settings, before anybody saves them.

Owns which tracks stand as examples: the latest of our own, or made-up ones while there are none.
Also says, for whoever only reads settings, whether their templates can be used.
"""

from __future__ import annotations

from collections.abc import Iterator

from shanty.catalog import Catalog
from shanty.config.sections import LibrarySettings
from shanty.library.folder_names import FolderNames
from shanty.models import TrackFile
from shanty.music.entities import (
    VARIOUS_ARTISTS_MBID,
    Artist,
    ArtistCredit,
    CreditedArtist,
    Medium,
    Placement,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)
from shanty.naming.naming import Naming

_MOST = 6


def require_usable_names(library: LibrarySettings) -> None:
    """Refuse settings by which no file could be named.

    Raises:
        ConfigError: a template is wrong; the message names its setting.
    """
    Naming.from_settings(library)


def preview_names(library: LibrarySettings, catalog: Catalog) -> list[str]:
    """The names of a few tracks by these settings, below the library's folder, one an album.

    Raises:
        ConfigError: a template is wrong.
    """
    naming = Naming.from_settings(library)
    folders = FolderNames.of_library(library.path, naming, catalog)
    own = [
        naming.name_for(placement, file.properties)
        if file.properties is not None
        else naming.name_with_extension(placement, file.path.suffix[1:])
        for file, placement in _latest(catalog)
    ]
    made_up = (naming.name_with_extension(one, "opus") for one in _made_up())
    return [str(folders.known_path_for(name)) for name in own or made_up]


def _latest(catalog: Catalog) -> Iterator[tuple[TrackFile, Placement]]:
    for arrival in catalog.albums.arrivals(_MOST):
        file = catalog.files.of_track(arrival.track_id)
        if file is not None:
            yield file, catalog.tracks.get_placement(arrival.track_id)


def _made_up() -> Iterator[Placement]:
    """A track of an album, of an album with two discs, of a compilation, and a single."""
    anna, others = _credit("Anna Lind"), _credit("Various Artists", VARIOUS_ARTISTS_MBID)
    yield _place("Harbour Songs", anna, anna, "What Now?")
    yield _place("All of It", anna, anna, "Half/Time", disc=2)
    yield _place("Sea Shanties", others, anna, "Leave Her, Johnny", also=("Compilation",))
    yield _place("Low Tide", anna, anna, "Low Tide", kind="Single")


def _credit(name: str, mbid: str = "") -> ArtistCredit:
    return ArtistCredit((CreditedArtist(Artist(mbid, name), name),))


def _place(
    album: str,
    album_artist: ArtistCredit,
    artist: ArtistCredit,
    title: str,
    *,
    disc: int = 1,
    kind: str = "Album",
    also: tuple[str, ...] = (),
) -> Placement:
    track = Track("", 3, "3", title, Recording("", title, artist), artist)
    media = tuple(Medium(number, "CD", "", (track,), 1) for number in range(1, disc + 1))
    group = ReleaseGroup("", album, album_artist, kind, also, "1999")
    release = Release(album, album, album_artist, group, date="1999-05-01", media=media)
    return Placement(release, media[-1], track)
