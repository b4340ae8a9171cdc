"""The name of each tag in each format: Picard's table.

Source: https://picard-docs.musicbrainz.org/en/appendices/tag_mapping.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextTag:
    """The spellings of one text field of a ``TagSet``.

    An ID3 name is a frame, or ``TXXX:`` and a description. ``*_aliases`` are spellings that other
    taggers use for the same field. Some readers prefer those, so an old one left beside ours would
    contradict it.
    """

    field: str
    id3: str
    vorbis: str
    mp4: str
    id3_aliases: tuple[str, ...] = ()
    vorbis_aliases: tuple[str, ...] = ()
    mp4_aliases: tuple[str, ...] = ()


RECORDING_UFID_OWNER = "http://musicbrainz.org"
_FREEFORM = "----:com.apple.iTunes:"

TEXT_TAGS = (
    TextTag("title", "TIT2", "TITLE", "\xa9nam"),
    TextTag("artist", "TPE1", "ARTIST", "\xa9ART"),
    TextTag("artists", "TXXX:ARTISTS", "ARTISTS", _FREEFORM + "ARTISTS"),
    TextTag("artist_sort", "TSOP", "ARTISTSORT", "soar", id3_aliases=("TXXX:ARTISTSORT",)),
    TextTag("album", "TALB", "ALBUM", "\xa9alb"),
    TextTag(
        "album_artist",
        "TPE2",
        "ALBUMARTIST",
        "aART",
        vorbis_aliases=("ALBUM ARTIST", "ALBUM_ARTIST"),
    ),
    # Picard has no such tag. beets writes it, and Navidrome and Jellyfin read it, beside the joined
    # credit.
    TextTag(
        "album_artists",
        "TXXX:ALBUMARTISTS",
        "ALBUMARTISTS",
        _FREEFORM + "ALBUMARTISTS",
        id3_aliases=("TXXX:ALBUM_ARTISTS", "TXXX:ALBUM ARTISTS"),
        vorbis_aliases=("ALBUM_ARTISTS", "ALBUM ARTISTS"),
        mp4_aliases=(_FREEFORM + "ALBUM_ARTISTS", _FREEFORM + "ALBUM ARTISTS"),
    ),
    TextTag(
        "album_artist_sort",
        "TSO2",
        "ALBUMARTISTSORT",
        "soaa",
        id3_aliases=("TXXX:ALBUMARTISTSORT",),
    ),
    TextTag("date", "TDRC", "DATE", "\xa9day", vorbis_aliases=("YEAR",)),
    TextTag(
        "original_date",
        "TDOR",
        "ORIGINALDATE",
        _FREEFORM + "originaldate",
        mp4_aliases=(_FREEFORM + "ORIGINAL YEAR",),
    ),
    TextTag("original_year", "TXXX:originalyear", "ORIGINALYEAR", _FREEFORM + "ORIGINALYEAR"),
    TextTag(
        "disc_subtitle",
        "TSST",
        "DISCSUBTITLE",
        _FREEFORM + "DISCSUBTITLE",
        id3_aliases=("TXXX:DISCSUBTITLE",),
    ),
    TextTag("media", "TMED", "MEDIA", _FREEFORM + "MEDIA", id3_aliases=("TXXX:MEDIA",)),
    TextTag(
        "labels",
        "TPUB",
        "LABEL",
        _FREEFORM + "LABEL",
        id3_aliases=("TXXX:LABEL",),
        vorbis_aliases=("PUBLISHER",),
        mp4_aliases=(_FREEFORM + "publisher",),
    ),
    TextTag("catalog_numbers", "TXXX:CATALOGNUMBER", "CATALOGNUMBER", _FREEFORM + "CATALOGNUMBER"),
    TextTag("barcode", "TXXX:BARCODE", "BARCODE", _FREEFORM + "BARCODE"),
    TextTag("asin", "TXXX:ASIN", "ASIN", _FREEFORM + "ASIN"),
    TextTag("isrcs", "TSRC", "ISRC", _FREEFORM + "ISRC"),
    TextTag(
        "release_types",
        "TXXX:MusicBrainz Album Type",
        "RELEASETYPE",
        _FREEFORM + "MusicBrainz Album Type",
        vorbis_aliases=("MUSICBRAINZ_ALBUMTYPE",),
    ),
    TextTag(
        "release_status",
        "TXXX:MusicBrainz Album Status",
        "RELEASESTATUS",
        _FREEFORM + "MusicBrainz Album Status",
        vorbis_aliases=("MUSICBRAINZ_ALBUMSTATUS",),
    ),
    TextTag(
        "release_country",
        "TXXX:MusicBrainz Album Release Country",
        "RELEASECOUNTRY",
        _FREEFORM + "MusicBrainz Album Release Country",
    ),
    TextTag("script", "TXXX:SCRIPT", "SCRIPT", _FREEFORM + "SCRIPT"),
    TextTag(
        "recording_mbid",
        f"UFID:{RECORDING_UFID_OWNER}",
        "MUSICBRAINZ_TRACKID",
        _FREEFORM + "MusicBrainz Track Id",
    ),
    TextTag(
        "track_mbid",
        "TXXX:MusicBrainz Release Track Id",
        "MUSICBRAINZ_RELEASETRACKID",
        _FREEFORM + "MusicBrainz Release Track Id",
    ),
    TextTag(
        "release_mbid",
        "TXXX:MusicBrainz Album Id",
        "MUSICBRAINZ_ALBUMID",
        _FREEFORM + "MusicBrainz Album Id",
    ),
    TextTag(
        "release_group_mbid",
        "TXXX:MusicBrainz Release Group Id",
        "MUSICBRAINZ_RELEASEGROUPID",
        _FREEFORM + "MusicBrainz Release Group Id",
    ),
    TextTag(
        "artist_mbids",
        "TXXX:MusicBrainz Artist Id",
        "MUSICBRAINZ_ARTISTID",
        _FREEFORM + "MusicBrainz Artist Id",
    ),
    TextTag(
        "album_artist_mbids",
        "TXXX:MusicBrainz Album Artist Id",
        "MUSICBRAINZ_ALBUMARTISTID",
        _FREEFORM + "MusicBrainz Album Artist Id",
    ),
)
