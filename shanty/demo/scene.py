"""A made-up music scene, as plain data: what a person who watches artists comes across.

Owns the words only. Each artist is there for something that a catalogue must get right: every type
of release, editions, two discs, a hidden and a data track, a video, an untitled track, a song that
is on a single and on the album, an album that is not out yet, a merged artist, two artists of one
name, another script, a release by various artists, an artist without any release. An album that
repeats songs (``first_on``) is listed after the one that had them first, because a recording is
expected on the first.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from shanty.demo.names import Album, Song
from shanty.music.entities import VARIOUS_ARTISTS_MBID, Artist

VESPER = "Vesper Kilowatt"
POLAR = "Полярная Станция"
MOTHS = "Nachtfalter (duo)"
CELLIST = "Nachtfalter (cellist)"
IDA = "Ida Marsh"
VARIOUS = "Various Artists"
SILENT = "The Unrecorded"

# By the word that credits use: the name, unless two artists share it. An empty MBID is filled in.
ARTISTS = {
    VESPER: Artist(
        "", VESPER, VESPER, type="Group", country="GB", area="Sheffield", begin_date="2009-03"
    ),
    POLAR: Artist(
        "",
        POLAR,
        "Polyarnaya Stantsiya",
        type="Group",
        country="FI",
        area="Finland",
        begin_date="2003",
        end_date="2015-12-31",
    ),
    MOTHS: Artist(
        "",
        "Nachtfalter",
        "Nachtfalter",
        "German darkwave duo",
        type="Group",
        country="DE",
        area="Leipzig",
        begin_date="1998",
    ),
    CELLIST: Artist(
        "",
        "Nachtfalter",
        "Nachtfalter",
        "Austrian cellist Lena Auer",
        type="Person",
        country="AT",
        area="Austria",
        begin_date="1987-11-02",
    ),
    IDA: Artist("", IDA, "Marsh, Ida", type="Person"),
    VARIOUS: Artist(
        VARIOUS_ARTISTS_MBID,
        VARIOUS,
        VARIOUS,
        "add compilations to this artist",
        type="Other",
    ),
    SILENT: Artist("", SILENT, "Unrecorded, The", type="Group", country="US"),
}

# Artists that were entered twice: the MBID made from the first word now leads to the second artist.
MERGED = {"Vesper Kilowatts": VESPER}

DAYS_UNTIL_THE_NEXT_ALBUM = 30

_CATHODE = "Cathode Garden"
_CATHODE_SONGS = (
    Song("Switchboard"),
    Song("Cathode Garden"),
    Song("Small Hours Transmission"),
    Song("Copper", track_title="Copper (We Were Wires)"),
    Song("Lamplighter's Waltz"),
)
_VALVE = "live, 2017-05-06: Valve Works, Sheffield, UK"


def _again(first_on: str, *songs: Song) -> tuple[Song, ...]:
    """The same recordings on another release."""
    return tuple(replace(song, first_on=first_on) for song in songs)


_VESPER_ALBUMS = (
    Album(
        title=_CATHODE,
        credit=(VESPER,),
        date="2012-04-16",
        country="GB",
        label="Tin Kettle",
        discs=(_CATHODE_SONGS,),
        pregap=Song("Hello, Static"),
        data_songs=(Song("Tuning In", is_video=True, note="short film"),),
    ),
    Album(
        title=_CATHODE,
        credit=(VESPER,),
        date="2013-11-25",
        group_date="2012-04-16",
        country="US",
        label="Paper Canyon",
        note="deluxe edition",
        disc_titles=("", "The Bonus Disc"),
        discs=(
            _again(_CATHODE, *_CATHODE_SONGS),
            (Song("Fuse Box"), Song("Copper", note="demo")),
        ),
    ),
    Album(
        title="Long Wave",
        credit=(VESPER,),
        date="2016-09-02",
        country="GB",
        label="Tin Kettle",
        disc_titles=("Day", "Night"),
        discs=(
            (Song("Antenna Field"), Song("Half Past Noon"), Song("[untitled]")),
            (Song("Sodium Light"), Song("Night Bus to Relay 9"), Song("Sign-Off")),
        ),
    ),
    Album(
        title="Dial Tones",
        credit=(VESPER,),
        date="2014-02",
        country="XW",
        label="Tin Kettle",
        medium_format="Digital Media",
        primary_type="EP",
        has_barcode=False,
        discs=((Song("Engaged"), Song("Please Hold"), Song("Extension 301")),),
    ),
    Album(
        title="Switchboard",
        credit=(VESPER,),
        date="2012-02-27",
        country="GB",
        label="Tin Kettle",
        medium_format='7" Vinyl',
        primary_type="Single",
        discs=((*_again(_CATHODE, Song("Switchboard")), Song("Party Line")),),
    ),
    Album(
        title="Switchboard Rewired",
        credit=(VESPER,),
        date="2012-08-13",
        country="XW",
        label="Tin Kettle",
        medium_format="Digital Media",
        primary_type="Single",
        secondary_types=("Remix",),
        has_barcode=None,
        discs=((Song("Switchboard (Nachtfalter remix)"),),),
    ),
    Album(
        title="Live at the Valve Works",
        credit=(VESPER,),
        date="2017-10-20",
        country="GB",
        label="Tin Kettle",
        secondary_types=("Live",),
        discs=(
            (
                Song("Switchboard", note=_VALVE),
                Song("Antenna Field", note=_VALVE),
                Song("Sign-Off", note=_VALVE),
            ),
        ),
    ),
    Album(
        title="Frequencies 2012–2018",
        credit=(VESPER,),
        date="2018-11-30",
        country="GB",
        label="Tin Kettle",
        secondary_types=("Compilation",),
        discs=(
            (
                *_again(_CATHODE, Song("Switchboard"), Song("Cathode Garden")),
                *_again("Long Wave", Song("Sodium Light")),
                Song("One More Frequency"),
            ),
        ),
        has_cover=False,
    ),
)

_OTHER_ALBUMS = (
    Album(
        title="Белая ночь",
        credit=(POLAR,),
        date="2006-01-13",
        country="FI",
        label="Norrsken Ljud",
        discs=((Song("Мурманск"), Song("Белая ночь"), Song("Ёлка / Иней")),),
        reissue_date="2011-06",
    ),
    Album(
        title="Im Lampenlicht",
        credit=(MOTHS,),
        date="2001-10-31",
        country="DE",
        label="Studio Elf",
        discs=((Song("Motten"), Song("Straßenlaterne"), Song("Im Lampenlicht")),),
    ),
    Album(
        title="Sechs Suiten im Dunkeln",
        credit=(CELLIST,),
        date="2019-05",
        country="AT",
        label="Studio Elf",
        discs=((Song("Erste Suite: Dämmerung"), Song("Zweite Suite: Nacht")),),
    ),
    Album(
        title="Signal Fires",
        credit=(VARIOUS,),
        date="2015-12-04",
        country="XE",
        label="Studio Elf",
        secondary_types=("Compilation",),
        group_note="benefit for the lighthouse keepers",
        discs=(
            (
                Song("Beacon", (VESPER,)),
                Song("Leuchtfeuer", (MOTHS,)),
                Song("Маяк", (POLAR,)),
                Song("Keeper's Daughter", (IDA, " with ", VESPER)),
            ),
        ),
    ),
    Album(
        title="Valve Works Bootleg",
        credit=(VESPER,),
        date="2017",
        country="",
        label="Unknown Hands",
        medium_format="CD-R",
        secondary_types=("Live",),
        status="Bootleg",
        has_barcode=None,
        has_cover=False,
        discs=((Song("Party Line", note="live, 2017-05-07: Valve Works, Sheffield, UK"),),),
    ),
)


def list_albums(today: date) -> tuple[Album, ...]:
    """All albums; one that repeats songs comes after the first. One comes out after ``today``."""
    upcoming = Album(
        title="Shortwave",
        credit=(VESPER,),
        date=(today + timedelta(days=DAYS_UNTIL_THE_NEXT_ALBUM)).isoformat(),
        stamp="upcoming",
        country="GB",
        label="Tin Kettle",
        discs=((Song("Skip Zone"), Song("Numbers Station"), Song("Greyline")),),
    )
    return (*_VESPER_ALBUMS, *_OTHER_ALBUMS, upcoming)
