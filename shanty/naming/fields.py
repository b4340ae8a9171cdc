"""The values that fill a path template, made from a placement and its audio.

Owns the names of the fields and what each stands for. Refuses to know the template language
(``templates``) and what makes a name safe (``filenames``).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields, replace

from shanty.models import AudioProperties
from shanty.music.entities import VARIOUS_ARTISTS_MBID, ArtistCredit, Placement

_CODEC_NAMES = {"opus": "Opus", "vorbis": "Vorbis", "alac": "ALAC", "pcm": "PCM"}


@dataclass(frozen=True, slots=True)
class PathFields:
    """The values that a template may use. Text may be empty; ``ext`` is without its dot.

    An unknown number is 0. ``number`` is the track's number as printed (``A1``). ``year`` is the
    year of this edition or, if that is unknown, of the first one. ``initial`` is the first letter
    of the album artist's sort name. ``bitrate`` is in kbit/s, ``sample_rate`` in kHz.
    """

    album_artist: str
    album: str
    artist: str
    title: str
    ext: str
    track: int = 0
    track_total: int = 0
    disc: int = 1
    disc_total: int = 1
    number: str = ""
    album_artist_sort: str = ""
    first_album_artist: str = ""
    artist_sort: str = ""
    artists: str = ""
    initial: str = ""
    year: str = ""
    original_year: str = ""
    date: str = ""
    original_date: str = ""
    country: str = ""
    media: str = ""
    disc_subtitle: str = ""
    disambiguation: str = ""
    type: str = ""
    secondary_types: str = ""
    status: str = ""
    label: str = ""
    catalog_number: str = ""
    barcode: str = ""
    isrc: str = ""
    recording_mbid: str = ""
    track_mbid: str = ""
    release_mbid: str = ""
    release_group_mbid: str = ""
    artist_mbid: str = ""
    album_artist_mbid: str = ""
    codec: str = ""
    bitrate: int = 0
    sample_rate: str = ""
    multi_disc: bool = False
    multi_artist: bool = False
    compilation: bool = False
    single: bool = False


def _names_of(*kinds: str) -> tuple[str, ...]:
    return tuple(field.name for field in fields(PathFields) if field.type in kinds)


NUMBERS = _names_of("int")
CONDITIONS = _names_of("bool")
"""Fields that are yes or no. A template can test them but not show them."""
NAMES = _names_of("str", "int", "bool")


def fields_for(
    placement: Placement, extension: str, audio: AudioProperties | None = None
) -> PathFields:
    """Return the values for a recording that is filed at ``placement``.

    ``extension`` is without its dot. Without ``audio``, the fields that describe the audio are
    empty.
    """
    track, recording = placement.track, placement.recording
    credit, album_credit = credits_of(placement)
    named = PathFields(
        album_artist=album_credit.name,
        album=placement.release.title,
        artist=credit.name,
        title=track.title or recording.title,
        ext=extension,
        album_artist_sort=album_credit.sort_name,
        first_album_artist=next(iter(album_credit.names), ""),
        artist_sort=credit.sort_name,
        artists=", ".join(credit.names),
        initial=_initial(album_credit.sort_name),
        artist_mbid=_first_mbid(credit),
        album_artist_mbid=_first_mbid(album_credit),
        multi_artist=_has_several_artists(placement),
        compilation=VARIOUS_ARTISTS_MBID in album_credit.artist_mbids,
    )
    placed = _add_place(named, placement)
    return placed if audio is None else _add_audio(placed, audio)


def credits_of(placement: Placement) -> tuple[ArtistCredit, ArtistCredit]:
    """Return whom the track and whom the album is credited to, for the names of files."""
    track, release = placement.track, placement.release
    credit = track.artist_credit if track.artist_credit.name else placement.recording.artist_credit
    return credit, release.artist_credit if release.artist_credit.name else credit


def _add_place(values: PathFields, placement: Placement) -> PathFields:
    release, medium, track = placement.release, placement.medium, placement.track
    group, recording = release.release_group, placement.recording
    first_date = group.first_release_date
    disc_total = max(len(release.media), medium.position)
    return replace(
        values,
        track=track.position,
        track_total=medium.track_count or len(medium.tracks),
        disc=medium.position,
        disc_total=disc_total,
        number=track.number,
        year=(release.date or first_date)[:4],
        original_year=first_date[:4],
        date=release.date,
        original_date=first_date,
        country=release.country,
        media=medium.format,
        disc_subtitle=medium.title,
        disambiguation=release.disambiguation or group.disambiguation,
        type=group.primary_type,
        secondary_types=", ".join(group.secondary_types),
        status=release.status,
        label=release.label,
        catalog_number=release.catalog_number,
        barcode=release.barcode or "",
        isrc=next(iter(recording.isrcs), ""),
        recording_mbid=recording.mbid,
        track_mbid=track.mbid,
        release_mbid=release.mbid,
        release_group_mbid=group.mbid,
        multi_disc=disc_total > 1,
        single=group.primary_type == "Single",
    )


def _add_audio(values: PathFields, audio: AudioProperties) -> PathFields:
    return replace(
        values,
        codec=_CODEC_NAMES.get(audio.codec, audio.codec.upper()),
        bitrate=round(audio.bitrate / 1000),
        sample_rate=f"{audio.sample_rate / 1000:g}" if audio.sample_rate else "",
    )


def _first_mbid(credit: ArtistCredit) -> str:
    return next(iter(credit.artist_mbids), "")


def _has_several_artists(placement: Placement) -> bool:
    """Whether the release's tracks have more than one artist, as in Picard's ``_multiartist``."""
    names = {
        track.artist_credit.name or track.recording.artist_credit.name
        for medium in placement.release.media
        for track in medium.tracks
    }
    return len(names) > 1


def _initial(sort_name: str) -> str:
    """Return the letter under which a name is sorted, without its accent; ``#`` if it is none."""
    for character in unicodedata.normalize("NFKD", sort_name).upper():
        if character.isalpha():
            return character
        if character.isdigit():
            return "#"
    return "#" if sort_name else ""
