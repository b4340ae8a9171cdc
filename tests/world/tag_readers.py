"""How other programs read the tags that we write: mutagen's raw values, mediafile, ffmpeg.

The expected names and values are written out here, so that a mistake in our table shows.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import mediafile
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4

from shanty.tags.audio import open_audio
from shanty.tags.tagging import TagSet
from tests.world.tag_samples import mbid

_ITUNES = "----:com.apple.iTunes:"
# The tags of `FULL`, with the names in Picard's table.
RAW_ID3 = {
    "TIT2": ["Für Elise / Part 1"],
    "TPE1": ["Queen & David Bowie"],
    "TXXX:ARTISTS": ["Queen", "David Bowie"],
    "TSOP": ["Queen & Bowie, David"],
    "TALB": ["Höchst – Größe"],
    "TPE2": ["Various Artists"],
    "TXXX:ALBUMARTISTS": ["Queen", "Bowie"],
    "TSO2": ["Artists, Various"],
    "TDRC": ["2001-02-03"],
    "TDOR": ["1999-04"],
    "TXXX:originalyear": ["1999"],
    "TRCK": ["3/12"],
    "TPOS": ["2/3"],
    "TSST": ["The second half"],
    "TMED": ['12" Vinyl'],
    "TPUB": ["EMI", "Parlophone"],
    "TXXX:CATALOGNUMBER": ["EMI 5301", "CDP 7 9"],
    "TXXX:BARCODE": ["0077774620451"],
    "TXXX:ASIN": ["B000007624"],
    "TSRC": ["GBUM71029601", "USABC1234567"],
    "TXXX:MusicBrainz Album Type": ["album", "compilation"],
    "TXXX:MusicBrainz Album Status": ["official"],
    "TXXX:MusicBrainz Album Release Country": ["GB"],
    "TXXX:SCRIPT": ["Latn"],
    "TCMP": ["1"],
    "UFID:http://musicbrainz.org": [mbid(1)],
    "TXXX:MusicBrainz Release Track Id": [mbid(2)],
    "TXXX:MusicBrainz Album Id": [mbid(3)],
    "TXXX:MusicBrainz Release Group Id": [mbid(4)],
    "TXXX:MusicBrainz Artist Id": [mbid(5), mbid(6)],
    "TXXX:MusicBrainz Album Artist Id": [mbid(7), mbid(8)],
}
# Version 2.3 has the year of the original release and one value in a frame.
RAW_ID3_V23 = {
    **{key: ["/".join(values)] for key, values in RAW_ID3.items() if key not in ("TDRC", "TDOR")},
    "TYER": ["2001"],
    "TDAT": ["0302"],
    "TORY": ["1999"],
}
RAW_VORBIS = {
    "TITLE": ["Für Elise / Part 1"],
    "ARTIST": ["Queen & David Bowie"],
    "ARTISTS": ["Queen", "David Bowie"],
    "ARTISTSORT": ["Queen & Bowie, David"],
    "ALBUM": ["Höchst – Größe"],
    "ALBUMARTIST": ["Various Artists"],
    "ALBUMARTISTS": ["Queen", "Bowie"],
    "ALBUMARTISTSORT": ["Artists, Various"],
    "DATE": ["2001-02-03"],
    "ORIGINALDATE": ["1999-04"],
    "ORIGINALYEAR": ["1999"],
    "TRACKNUMBER": ["3"],
    "TRACKTOTAL": ["12"],
    "TOTALTRACKS": ["12"],
    "DISCNUMBER": ["2"],
    "DISCTOTAL": ["3"],
    "TOTALDISCS": ["3"],
    "DISCSUBTITLE": ["The second half"],
    "MEDIA": ['12" Vinyl'],
    "LABEL": ["EMI", "Parlophone"],
    "CATALOGNUMBER": ["EMI 5301", "CDP 7 9"],
    "BARCODE": ["0077774620451"],
    "ASIN": ["B000007624"],
    "ISRC": ["GBUM71029601", "USABC1234567"],
    "RELEASETYPE": ["album", "compilation"],
    "RELEASESTATUS": ["official"],
    "RELEASECOUNTRY": ["GB"],
    "SCRIPT": ["Latn"],
    "COMPILATION": ["1"],
    "MUSICBRAINZ_TRACKID": [mbid(1)],
    "MUSICBRAINZ_RELEASETRACKID": [mbid(2)],
    "MUSICBRAINZ_ALBUMID": [mbid(3)],
    "MUSICBRAINZ_RELEASEGROUPID": [mbid(4)],
    "MUSICBRAINZ_ARTISTID": [mbid(5), mbid(6)],
    "MUSICBRAINZ_ALBUMARTISTID": [mbid(7), mbid(8)],
}
RAW_MP4: dict[str, Any] = {
    "\xa9nam": ["Für Elise / Part 1"],
    "\xa9ART": ["Queen & David Bowie"],
    _ITUNES + "ARTISTS": ["Queen", "David Bowie"],
    "soar": ["Queen & Bowie, David"],
    "\xa9alb": ["Höchst – Größe"],
    "aART": ["Various Artists"],
    _ITUNES + "ALBUMARTISTS": ["Queen", "Bowie"],
    "soaa": ["Artists, Various"],
    "\xa9day": ["2001-02-03"],
    _ITUNES + "originaldate": ["1999-04"],
    _ITUNES + "ORIGINALYEAR": ["1999"],
    _ITUNES + "ORIGINAL YEAR": ["1999-04"],  # where beets looks for the date
    "trkn": [(3, 12)],
    "disk": [(2, 3)],
    _ITUNES + "DISCSUBTITLE": ["The second half"],
    _ITUNES + "MEDIA": ['12" Vinyl'],
    _ITUNES + "LABEL": ["EMI", "Parlophone"],
    _ITUNES + "CATALOGNUMBER": ["EMI 5301", "CDP 7 9"],
    _ITUNES + "BARCODE": ["0077774620451"],
    _ITUNES + "ASIN": ["B000007624"],
    _ITUNES + "ISRC": ["GBUM71029601", "USABC1234567"],
    _ITUNES + "MusicBrainz Album Type": ["album", "compilation"],
    _ITUNES + "MusicBrainz Album Status": ["official"],
    _ITUNES + "MusicBrainz Album Release Country": ["GB"],
    _ITUNES + "SCRIPT": ["Latn"],
    "cpil": True,
    _ITUNES + "MusicBrainz Track Id": [mbid(1)],
    _ITUNES + "MusicBrainz Release Track Id": [mbid(2)],
    _ITUNES + "MusicBrainz Album Id": [mbid(3)],
    _ITUNES + "MusicBrainz Release Group Id": [mbid(4)],
    _ITUNES + "MusicBrainz Artist Id": [mbid(5), mbid(6)],
    _ITUNES + "MusicBrainz Album Artist Id": [mbid(7), mbid(8)],
}

# Our field -> the mediafile package's.
MEDIAFILE_FIELDS = {
    "title": "title",
    "artist": "artist",
    "artists": "artists",
    "artist_sort": "artist_sort",
    "album": "album",
    "album_artist": "albumartist",
    "album_artists": "albumartists",
    "album_artist_sort": "albumartist_sort",
    "track_number": "track",
    "track_total": "tracktotal",
    "disc_number": "disc",
    "disc_total": "disctotal",
    "disc_subtitle": "disctitle",
    "media": "media",
    "labels": "label",
    "catalog_numbers": "catalognums",
    "barcode": "barcode",
    "asin": "asin",
    "isrcs": "isrc",
    "release_types": "albumtypes",
    "release_status": "albumstatus",
    "release_country": "country",
    "script": "script",
    "is_compilation": "comp",
    "recording_mbid": "mb_trackid",
    "track_mbid": "mb_releasetrackid",
    "release_mbid": "mb_albumid",
    "release_group_mbid": "mb_releasegroupid",
    "artist_mbids": "mb_artistids",
    "album_artist_mbids": "mb_albumartistids",
}

# ffmpeg's names for tags that it shows under another name.
_FFMPEG_NAMES = {
    "TIT2": "title",
    "TPE1": "artist",
    "TSOP": "artist-sort",
    "TALB": "album",
    "TPE2": "album_artist",
    "TDRC": "date",
    "TRCK": "track",
    "TPOS": "disc",
    "TSST": "disc_subtitle",
    "TPUB": "publisher",
    "TCMP": "compilation",
    "ALBUMARTIST": "album_artist",
    "DISCSUBTITLE": "disc_subtitle",
    "TRACKNUMBER": "track",
    "DISCNUMBER": "disc",
    "\xa9nam": "title",
    "\xa9ART": "artist",
    "soar": "sort_artist",
    "\xa9alb": "album",
    "aART": "album_artist",
    "soaa": "sort_album_artist",
    "\xa9day": "date",
    "trkn": "track",
    "disk": "disc",
    "cpil": "compilation",
}


def raw_tags(path: Path) -> dict[str, Any]:
    """All tags of a file except pictures, as mutagen reads them, without converting ID3v2.3."""
    audio = open_audio(path)
    if isinstance(audio, MP3):
        tags = type(audio.tags)(path, translate=False)
        return {
            key.removesuffix("::eng"): [frame.data.decode()]
            if frame.FrameID == "UFID"
            else [str(text) for text in frame.text]
            for key, frame in tags.items()
            if hasattr(frame, "text") or frame.FrameID == "UFID"
        }
    if isinstance(audio, MP4):
        return {
            key: [v.decode() if isinstance(v, bytes) else v for v in values]
            if isinstance(values, list)
            else values
            for key, values in audio.tags.items()
            if key != "covr"
        }
    pictures = {"METADATA_BLOCK_PICTURE", "COVERART", "COVERARTMIME"}
    names = set(map(str.upper, audio.tags.keys())) - pictures
    return {name: list(audio.tags[name]) for name in names}


def expected_raw_tags(path: Path, *, id3_version: int = 4) -> dict[str, Any]:
    """What `raw_tags` must give for a file that was tagged with `FULL`."""
    audio = open_audio(path)
    if isinstance(audio, MP3):
        return RAW_ID3 if id3_version == 4 else RAW_ID3_V23
    return RAW_MP4 if isinstance(audio, MP4) else RAW_VORBIS


def assert_read_by_mutagen(path: Path, *, id3_version: int = 4, is_all: bool = False) -> None:
    """Check that the file has `FULL` under the expected names, and nothing else if `is_all`.

    iTunSMPB may be there too; it says where the sound begins and ends.
    """
    found, expected = raw_tags(path), expected_raw_tags(path, id3_version=id3_version)
    if is_all:
        found = {key: value for key, value in found.items() if "iTunSMPB" not in key}
    else:
        found = {key: value for key, value in found.items() if key in expected}
    assert found == expected, path


def assert_read_by_mediafile(path: Path, tags: TagSet) -> None:
    media = mediafile.MediaFile(path)
    for ours, theirs in MEDIAFILE_FIELDS.items():
        wanted: Any = getattr(tags, ours)
        if ours in {"isrcs", "labels"}:
            wanted = wanted[0]  # mediafile keeps one
        wanted = list(wanted) if isinstance(wanted, tuple) else wanted
        found = getattr(media, theirs)
        found = found.decode() if isinstance(found, bytes) else found
        assert found == wanted, (path.name, ours)
    assert (media.year, media.month, media.day) == (2001, 2, 3)
    assert (media.original_year, media.original_month) == (1999, 4)


def shown_by_ffmpeg(path: Path) -> dict[str, str]:
    """The tags that ffmpeg shows for a file, by lower-case name; empty if it cannot read it."""
    # Ogg has its tags at the stream, everything else at the file.
    source = "0:s:a:0" if path.read_bytes()[:4] == b"OggS" else "0"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-i", str(path)]
    command += ["-map_metadata", source, "-f", "ffmetadata", "-"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    text = done.stdout.decode("utf-8", "replace")
    text = text.partition("\n[CHAPTER]")[0]  # chapters have titles of their own
    lines = [line for line in re.split(r"(?<!\\)\n", text) if "=" in line]
    pairs = [re.split(r"(?<!\\)=", line, maxsplit=1) for line in lines]
    return {_unescape(name).lower(): _unescape(value) for name, value in pairs}


def assert_read_by_ffmpeg(path: Path, *, id3_version: int = 4) -> None:
    """Check that ffmpeg shows every tag of `FULL` except UFID; of several values, mostly the first.

    For some MP4 files, such as a phone's recordings, ffmpeg shows no freeform atoms at all.
    """
    found = shown_by_ffmpeg(path)
    is_limited = "artists" not in found and isinstance(open_audio(path), MP4)
    for key, values in expected_raw_tags(path, id3_version=id3_version).items():
        name = key.rpartition(":")[2]
        name = _FFMPEG_NAMES.get(name, name).lower()
        if key.startswith("UFID") or key == "TDAT" or (is_limited and key.startswith("----:")):
            continue
        if key == "TYER":
            name, values = "date", ["2001-02-03"]
        texts = (
            ["1"]
            if values is True
            else ["/".join(map(str, v)) if isinstance(v, tuple) else v for v in values]
        )
        assert found.get(name) in (texts[0], ";".join(texts)), (path, name)


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
