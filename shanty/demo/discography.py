"""The made-up catalogue as values: what MusicBrainz would know about the music of ``names``.

Owns identifiers, lengths, dates and codes, all derived from the words, so that the same number of
tracks always gives the same catalogue. Refuses to know how it is served or what it sounds like.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from shanty.demo.names import ALBUMS, SORT_NAMES, Album, Song, generated_album
from shanty.models import (
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

DEFAULT_TRACKS = 24
MAX_TRACKS = 5000
_NAMESPACE = uuid.UUID("6f1d7a7e-0b52-5f0e-9d1c-5c1b0f0e6a24")
_SHORTEST_MS = 2000
_LENGTH_SPAN_MS = 2000
# Coprime to the span: lengths differ for as many tracks as the span has milliseconds.
_LENGTH_STEP_MS = 1009


@dataclass(frozen=True, slots=True)
class Discography:
    """The whole catalogue. ``releases`` has every edition, ``placements`` the one to expect.

    Where an album has two editions, the earlier one is expected. ``without_cover`` holds the
    release groups (and their releases) that have no cover art.
    """

    artists: tuple[Artist, ...]
    release_groups: tuple[ReleaseGroup, ...]
    releases: tuple[Release, ...]
    placements: tuple[Placement, ...]
    without_cover: frozenset[str]
    by_recording: dict[str, Placement] = field(repr=False, compare=False)

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """Every recording once, in the order of the albums."""
        return tuple(placement.recording for placement in self.placements)


def make_mbid(kind: str, *words: object) -> str:
    """The MBID of a made-up entity: the same words always give the same one."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join([kind, *map(str, words)])))


@functools.lru_cache(maxsize=8)
def build_discography(tracks: int = DEFAULT_TRACKS) -> Discography:
    """The catalogue of the first ``tracks`` tracks (1 to 5000); four albums for the default 24.

    Raises:
        ValueError: ``tracks`` is out of range.
    """
    if not 1 <= tracks <= MAX_TRACKS:
        raise ValueError(f"tracks must be between 1 and {MAX_TRACKS}, not {tracks}")
    releases: list[Release] = []
    placements: list[Placement] = []
    without_cover: set[str] = set()
    for album in _take_albums(tracks):
        release = _build_release(album, first_number=len(placements))
        placements += [
            Placement(release, medium, track) for medium in release.media for track in medium.tracks
        ]
        editions = [release, _build_reissue(release, album)] if album.reissue_date else [release]
        releases += editions
        if not album.has_cover:
            without_cover |= {release.release_group.mbid, *(edition.mbid for edition in editions)}
    return Discography(
        artists=_unique_artists(releases),
        release_groups=tuple(dict.fromkeys(release.release_group for release in releases)),
        releases=tuple(releases),
        placements=tuple(placements),
        without_cover=frozenset(without_cover),
        by_recording={placement.recording.mbid: placement for placement in placements},
    )


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


def _unique_artists(releases: list[Release]) -> tuple[Artist, ...]:
    found: dict[str, Artist] = {}
    for release in releases:
        credits = [release.artist_credit]
        credits += [track.artist_credit for medium in release.media for track in medium.tracks]
        for credit in credits:
            found.update((part.artist.mbid, part.artist) for part in credit.parts)
    return tuple(found.values())


def _build_credit(words: tuple[str, ...], credited_as: str = "") -> ArtistCredit:
    parts = []
    for index in range(0, len(words), 2):
        name = words[index]
        sort_name = SORT_NAMES.get(name) or (
            f"{name[4:]}, The" if name.startswith("The ") else name
        )
        artist = Artist(make_mbid("artist", name), name, sort_name)
        printed = credited_as if credited_as and index == 0 else name
        join_phrase = words[index + 1] if index + 1 < len(words) else ""
        parts.append(CreditedArtist(artist, printed, join_phrase))
    return ArtistCredit(tuple(parts))


def _build_release(album: Album, first_number: int) -> Release:
    credit = _build_credit(album.credit)
    identity = (credit.name, album.title)
    group = ReleaseGroup(
        mbid=make_mbid("release-group", *identity),
        title=album.title,
        artist_credit=credit,
        primary_type=album.primary_type,
        secondary_types=album.secondary_types,
        first_release_date=album.date,
    )
    media, number = [], first_number
    for position, songs in enumerate(album.discs, start=1):
        tracks = tuple(
            _build_track(album, song, number + index, (position, index))
            for index, song in enumerate(songs)
        )
        number += len(tracks)
        title = album.disc_titles[position - 1] if album.disc_titles else ""
        media.append(Medium(position, album.medium_format, title, tracks, len(tracks)))
    return Release(
        mbid=make_mbid("release", *identity, album.date),
        title=album.title,
        artist_credit=credit,
        release_group=group,
        status="Official",
        country=album.country,
        date=album.date,
        barcode=_make_barcode(album),
        label=album.label,
        catalog_number=f"{''.join(w[0] for w in album.label.split()).upper()} {first_number + 101}",
        media=tuple(media),
    )


def _build_track(album: Album, song: Song, number: int, place: tuple[int, int]) -> Track:
    disc, index = place
    credit = _build_credit(song.credit or album.credit)
    length_ms = _SHORTEST_MS + (number * _LENGTH_STEP_MS + 317) % _LENGTH_SPAN_MS
    country = album.country if album.country != "XW" else "QZ"
    recording = Recording(
        mbid=make_mbid("recording", credit.name, album.title, song.title, number),
        title=song.title,
        artist_credit=credit,
        length_ms=length_ms,
        isrcs=(f"{country}SHD{album.date[2:4]}{number:05}",),
    )
    is_vinyl = "Vinyl" in album.medium_format
    side = "AB"[index * 2 // max(len(album.discs[disc - 1]), 2)]
    per_side = (len(album.discs[disc - 1]) + 1) // 2
    return Track(
        mbid=make_mbid("track", recording.mbid, album.date),
        position=index + 1,
        number=f"{side}{index % per_side + 1}" if is_vinyl else str(index + 1),
        title=song.track_title or song.title,
        recording=recording,
        artist_credit=_build_credit(song.credit or album.credit, song.credited_as),
        length_ms=length_ms,
    )


def _build_reissue(release: Release, album: Album) -> Release:
    """A later edition with the same recordings, as most albums have one."""
    media = tuple(
        replace(
            medium,
            format="Digital Media",
            tracks=tuple(
                replace(track, mbid=make_mbid("track", track.recording.mbid, album.reissue_date))
                for track in medium.tracks
            ),
        )
        for medium in release.media
    )
    return replace(
        release,
        mbid=make_mbid("release", release.artist_credit.name, album.title, album.reissue_date),
        date=album.reissue_date,
        country="XW",
        barcode=None,
        catalog_number="",
        disambiguation="fifth anniversary",
        media=media,
    )


def _make_barcode(album: Album) -> str | None:
    """An EAN-13 with a right check digit; "" for an album known to have none, None if unknown."""
    if album.has_barcode is None:
        return None
    if not album.has_barcode:
        return ""
    digits = f"{int(make_mbid('barcode', album.title, album.date)[:8], 16) % 10**12:012}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
