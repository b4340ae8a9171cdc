"""Turns the words of ``names`` and ``scene`` into what MusicBrainz would know about them.

Owns identifiers, lengths, dates and codes, all derived from the words. Refuses to know which
albums there are.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from shanty.demo.names import SORT_NAMES, Album, Song
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

_NAMESPACE = uuid.UUID("6f1d7a7e-0b52-5f0e-9d1c-5c1b0f0e6a24")
_SHORTEST_MS = 2000
_LENGTH_SPAN_MS = 2000
# Coprime to the span, so that lengths repeat only after as many tracks as it has milliseconds.
_LENGTH_STEP_MS = 1009


def make_mbid(kind: str, *words: object) -> str:
    """The MBID of a made-up entity: the same words always give the same one."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join([kind, *map(str, words)])))


class Press:
    """Makes releases, one album after the other.

    ``artists`` has the artists of whom more is known than a name, by the word that credits use.
    ``first_number`` is the number of the first recording; lengths and ISRCs follow from it.
    """

    def __init__(self, artists: Mapping[str, Artist] | None = None, first_number: int = 0) -> None:
        self.data_tracks: set[str] = set()
        """The MBIDs of tracks in the data part of a disc."""
        self._artists = artists or {}
        self._number = first_number
        self._recordings: dict[tuple[str, str, str], Recording] = {}

    def press(self, album: Album) -> Release:
        """The release that an album describes."""
        credit = self._build_credit(album.credit)
        identity = (credit.name, album.title)
        group = ReleaseGroup(
            mbid=make_mbid("release-group", *identity),
            title=album.title,
            artist_credit=credit,
            primary_type=album.primary_type,
            secondary_types=album.secondary_types,
            first_release_date=album.group_date or album.date,
            disambiguation=album.group_note,
        )
        initials = "".join(word[0] for word in album.label.split()).upper()
        catalog_number = f"{initials} {self._number + 101}"
        return Release(
            mbid=make_mbid("release", *identity, _stamp(album)),
            title=album.title,
            artist_credit=credit,
            release_group=group,
            status=album.status,
            country=album.country,
            date=album.date,
            barcode=_make_barcode(album),
            label=album.label,
            catalog_number=catalog_number,
            disambiguation=album.note,
            media=tuple(self._build_media(album)),
        )

    def _build_media(self, album: Album) -> Iterator[Medium]:
        for position, songs in enumerate(album.discs, start=1):
            is_last = position == len(album.discs)
            data_songs = album.data_songs if is_last else ()
            tracks = [
                self._build_track(album, song, index, _number_track(album, songs, index))
                for index, song in enumerate((*songs, *data_songs), start=1)
            ]
            self.data_tracks |= {track.mbid for track in tracks[len(songs) :]}
            count = len(tracks)
            if position == 1 and album.pregap is not None:
                tracks.insert(0, self._build_track(album, album.pregap, 0, "0"))
            title = album.disc_titles[position - 1] if album.disc_titles else ""
            yield Medium(position, album.medium_format, title, tuple(tracks), count)

    def _build_track(self, album: Album, song: Song, position: int, number: str) -> Track:
        recording = self._find_recording(album, song)
        words = song.credit or album.credit
        return Track(
            mbid=make_mbid("track", recording.mbid, _stamp(album)),
            position=position,
            number=number,
            title=song.track_title or song.title,
            recording=recording,
            artist_credit=self._build_credit(words, song.credited_as),
            length_ms=recording.length_ms,
        )

    def _find_recording(self, album: Album, song: Song) -> Recording:
        """The recording of an earlier album if the song names one, else a new one.

        Raises:
            KeyError: the earlier album has no such song.
        """
        credit = self._build_credit(song.credit or album.credit)
        if song.first_on:
            return self._recordings[credit.name, song.first_on, song.title]
        number, self._number = self._number, self._number + 1
        # If the country is worldwide, Europe or unknown, the ISRC begins with QZ.
        country = album.country if album.country not in ("XW", "XE", "") else "QZ"
        recording = Recording(
            mbid=make_mbid("recording", credit.name, album.title, song.title, number),
            title=song.title,
            artist_credit=credit,
            length_ms=_SHORTEST_MS + (number * _LENGTH_STEP_MS + 317) % _LENGTH_SPAN_MS,
            isrcs=(f"{country}SHD{album.date[2:4]}{number:05}",),
            disambiguation=song.note,
            is_video=song.is_video,
        )
        self._recordings[credit.name, album.title, song.title] = recording
        return recording

    def _build_credit(self, words: tuple[str, ...], credited_as: str = "") -> ArtistCredit:
        parts = []
        for index in range(0, len(words), 2):
            artist = self._artists.get(words[index]) or _bare_artist(words[index])
            printed = credited_as if credited_as and index == 0 else artist.name
            join_phrase = words[index + 1] if index + 1 < len(words) else ""
            parts.append(CreditedArtist(artist, printed, join_phrase))
        return ArtistCredit(tuple(parts))


def press_again(release: Release, album: Album) -> Release:
    """A later edition with the same recordings; most albums have one."""
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


def _stamp(album: Album) -> str:
    return album.stamp or album.date


def _bare_artist(name: str) -> Artist:
    sort_name = SORT_NAMES.get(name) or (f"{name[4:]}, The" if name.startswith("The ") else name)
    return Artist(make_mbid("artist", name), name, sort_name)


def _number_track(album: Album, songs: Sequence[Song], position: int) -> str:
    """A number as printed: on vinyl with the letter of the side."""
    if "Vinyl" not in album.medium_format:
        return str(position)
    side = "AB"[(position - 1) * 2 // max(len(songs), 2)]
    per_side = (len(songs) + 1) // 2
    return f"{side}{(position - 1) % per_side + 1}"


def _make_barcode(album: Album) -> str | None:
    """An EAN-13 with a valid check digit; "" if the album has none, None if that is unknown."""
    if album.has_barcode is None:
        return None
    if not album.has_barcode:
        return ""
    digits = f"{int(make_mbid('barcode', album.title, album.date)[:8], 16) % 10**12:012}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
