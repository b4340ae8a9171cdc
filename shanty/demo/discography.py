"""The made-up catalogue as values: what MusicBrainz would know about the music of ``names``.

Owns which albums there are. The same number of tracks always gives the same catalogue, and the same
day always gives the same scene. Refuses to know how it is served or what it sounds like.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from shanty.demo import scene
from shanty.demo.names import ALBUMS, Album, generated_album
from shanty.demo.pressing import Press, make_mbid, press_again
from shanty.music.entities import Artist, Placement, Recording, Release, ReleaseGroup

DEFAULT_TRACKS = 24
MAX_TRACKS = 5000
# Far from other recordings' numbers, so that the scene shares no length with the first hundreds.
_FIRST_NUMBER_OF_THE_SCENE = 10_500


@dataclass(frozen=True, slots=True)
class Discography:
    """The whole catalogue. ``releases`` has every edition, ``placements`` the expected places.

    A recording is expected on the first release that has it. ``without_cover`` holds the release
    groups without cover art and their releases. ``data_tracks`` holds the tracks in the data part
    of a disc. ``merged`` maps the MBID of a merged artist to the current one.
    """

    artists: tuple[Artist, ...]
    release_groups: tuple[ReleaseGroup, ...]
    releases: tuple[Release, ...]
    placements: tuple[Placement, ...]
    without_cover: frozenset[str]
    by_recording: dict[str, Placement] = field(repr=False, compare=False)
    data_tracks: frozenset[str] = frozenset()
    merged: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """Every recording once, in the order of the albums."""
        return tuple(placement.recording for placement in self.placements)


@functools.lru_cache(maxsize=8)
def build_discography(tracks: int = DEFAULT_TRACKS) -> Discography:
    """The catalogue of the first ``tracks`` tracks (1 to 5000); four albums for the default 24.

    Raises:
        ValueError: ``tracks`` is out of range.
    """
    if not 1 <= tracks <= MAX_TRACKS:
        raise ValueError(f"tracks must be between 1 and {MAX_TRACKS}, not {tracks}")
    return _gather(_press_all(Press(), _take_albums(tracks)))


@functools.lru_cache(maxsize=8)
def build_scene(today: date) -> Discography:
    """The catalogue of the scene, in which one album comes out a month after ``today``."""
    artists = list_scene_artists()
    press = Press(artists, _FIRST_NUMBER_OF_THE_SCENE)
    pressed = _press_all(press, scene.list_albums(today))
    return replace(
        _gather(pressed, tuple(artists.values())),
        data_tracks=frozenset(press.data_tracks),
        merged={make_mbid("artist", old): artists[new].mbid for old, new in scene.MERGED.items()},
    )


def list_scene_artists() -> dict[str, Artist]:
    """The artists of the scene, by the word that credits use, for a :class:`Press`."""
    return {
        word: replace(artist, mbid=artist.mbid or make_mbid("artist", word))
        for word, artist in scene.ARTISTS.items()
    }


def _press_all(press: Press, albums: Iterable[Album]) -> list[tuple[Album, list[Release]]]:
    """Each album with its editions."""
    pressed = []
    for album in albums:
        release = press.press(album)
        again = [press_again(release, album)] if album.reissue_date else []
        pressed.append((album, [release, *again]))
    return pressed


def _gather(
    pressed: Sequence[tuple[Album, list[Release]]], artists: tuple[Artist, ...] = ()
) -> Discography:
    """The catalogue of these releases. ``artists`` are in it even if they have no release."""
    releases = [release for _, editions in pressed for release in editions]
    by_recording: dict[str, Placement] = {}
    for release in releases:
        for placement in list_placements(release):
            by_recording.setdefault(placement.recording.mbid, placement)
    bare = [editions for album, editions in pressed if not album.has_cover]
    without_cover = {release.release_group.mbid for editions in bare for release in editions}
    without_cover |= {release.mbid for editions in bare for release in editions}
    return Discography(
        artists=tuple(dict.fromkeys((*artists, *list_artists(releases)))),
        release_groups=tuple(dict.fromkeys(release.release_group for release in releases)),
        releases=tuple(releases),
        placements=tuple(by_recording.values()),
        without_cover=frozenset(without_cover),
        by_recording=by_recording,
    )


def list_placements(release: Release) -> list[Placement]:
    """Every track of a release, in order."""
    return [
        Placement(release, medium, track) for medium in release.media for track in medium.tracks
    ]


def list_artists(releases: Iterable[Release]) -> tuple[Artist, ...]:
    """Every artist who is credited on one of the releases or its tracks, once."""
    found: dict[str, Artist] = {}
    for release in releases:
        credits = [release.artist_credit]
        credits += [track.artist_credit for medium in release.media for track in medium.tracks]
        for credit in credits:
            found.update((part.artist.mbid, part.artist) for part in credit.parts)
    return tuple(found.values())


def _take_albums(tracks: int) -> Iterator[Album]:
    """Whole albums until there are enough tracks; the last one is shortened."""
    left, number = tracks, 0
    while left:
        album = ALBUMS[number] if number < len(ALBUMS) else generated_album(number - len(ALBUMS))
        discs = []
        for disc in album.discs:
            if left:
                discs.append(disc[:left])
                left -= len(discs[-1])
        yield replace(album, discs=tuple(discs))
        number += 1
