"""The made-up music, as plain data: artists, albums and songs that exist nowhere.

Owns the words only. Each of the four albums has something that a music library must survive:
accents, CJK, joined and renamed credits, a slash, a colon and a question mark, a title longer than
a file name may be, two discs, a wanted remix, equal titles by different artists.
"""

from __future__ import annotations

from dataclasses import dataclass

MAREN = "Maren Østby"
ETES = "Les Étés Perdus"
GEKKO = "月光放送局"

SORT_NAMES = {MAREN: "Østby, Maren", ETES: "Étés Perdus, Les", GEKKO: "Gekkō Hōsōkyoku"}

LONG_TITLE = (
    "Lettre à la gardienne du phare, écrite pendant la tempête, égarée à la marée haute,"
    " retrouvée par un enfant près de l’épave, séchée au soleil d’août, recopiée à l’encre bleue,"
    " mise en musique sans être comprise, oubliée à nouveau dans le grenier de la mairie,"
    " et chantée enfin, à voix très basse, le soir où l’on éteignit définitivement la lumière"
)


@dataclass(frozen=True, slots=True)
class Song:
    """One line of an album. ``credit`` alternates artist and join phrase; empty, it is the album's.

    ``track_title`` is the title on the release if it differs from the recording's. ``credited_as``
    renames the first artist of the credit. ``first_on`` is the title of an earlier album that has
    the same recording. ``note`` is the recording's disambiguation.
    """

    title: str
    credit: tuple[str, ...] = ()
    track_title: str = ""
    credited_as: str = ""
    first_on: str = ""
    note: str = ""
    is_video: bool = False


@dataclass(frozen=True, slots=True)
class Album:
    """A release group with one edition, its discs and what is printed on the sleeve.

    ``pregap`` is hidden before the first song of the first disc. ``data_songs`` follow the last
    song of the last disc. Albums of the same credit and title are editions of one release group.
    ``group_date`` is the group's first release if it is not the edition's own ``date``. ``stamp``
    stands for the date in identifiers if the date itself is not fixed.
    """

    title: str
    credit: tuple[str, ...]
    discs: tuple[tuple[Song, ...], ...]
    date: str
    country: str
    label: str
    medium_format: str = "CD"
    disc_titles: tuple[str, ...] = ()
    primary_type: str = "Album"
    secondary_types: tuple[str, ...] = ()
    has_barcode: bool | None = True
    has_cover: bool = True
    reissue_date: str = ""
    pregap: Song | None = None
    data_songs: tuple[Song, ...] = ()
    status: str = "Official"
    note: str = ""
    group_note: str = ""
    group_date: str = ""
    stamp: str = ""


ALBUMS = (
    Album(
        title="Low Water",
        credit=(MAREN,),
        date="2019-03-08",
        country="NO",
        label="Fyrlykt Records",
        discs=(
            (
                Song("Harbour Lights"),
                Song("Ferry / Return"),
                Song("What Time Is It: 4 A.M.?"),
                Song("Sjøsyk"),
                Song("Salt & Iron", (MAREN, " feat. ", GEKKO)),
                Song("Low Water"),
            ),
        ),
        reissue_date="2024-05-17",
    ),
    Album(
        title="Cartes & Territoires",
        credit=(ETES,),
        date="2021-10",
        country="FR",
        label="Disques du Canal",
        disc_titles=("Cartes", "Territoires"),
        discs=(
            (
                Song("Départ"),
                Song("Éclipse partielle"),
                Song("Où vont les trains", track_title="Où vont les trains ?"),
                Song("Sans retour"),
            ),
            (
                Song("Intermède"),
                Song(LONG_TITLE),
                Song("Naïveté", (ETES, " avec ", MAREN)),
                Song("Arrivée"),
            ),
        ),
    ),
    Album(
        title="夜の周波数",
        credit=(GEKKO,),
        date="2022-11-11",
        country="JP",
        label="Minato Tapes",
        medium_format="Digital Media",
        primary_type="EP",
        has_barcode=False,
        discs=((Song("夜の周波数"), Song("終電"), Song("ネオン・レイン"), Song("Frequency 24")),),
    ),
    Album(
        title="Three Rooms",
        credit=(MAREN, ", ", ETES, " & ", GEKKO),
        date="2023",
        country="XW",
        label="Fyrlykt Records",
        medium_format='12" Vinyl',
        secondary_types=("Compilation",),
        has_barcode=None,
        has_cover=False,
        discs=(
            (
                Song("Room One", (MAREN,)),
                Song("Chambre deux", (ETES,)),
                Song("三号室", (GEKKO,)),
                Song("Corridor", (MAREN, " & ", ETES), credited_as="Maren Oestby"),
                Song("Arrivée", (GEKKO, " × ", MAREN)),
                Song("Harbour Lights (Les Étés Perdus remix)", (MAREN,)),
            ),
        ),
    ),
)


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_FIRST_WORDS = _split("""
    Amber Ash Autumn Basalt Birch Bitter Blue Borrowed Brass Bright Broken Calm Cedar Chalk
    Cinder Clear Cobalt Cold Copper Coral Crooked Distant Double Dry Dusty Early Eastern Ember
    Empty Faded False Fallen Fern First Flint Floating Folded Foreign Frozen Gentle Glass
    Golden Granite Green Half Hidden High Hollow Idle Iron Ivory Jade Kind Late Lead Linen
    Little Long Lost Loud Marble Mild Morning Narrow Northern Northbound Opal Open Paper
    Patient Pine Quiet
""")
_SECOND_WORDS = _split("""
    Anchor Arcade Archive Avenue Bay Beacon Bell Bicycle Bridge Canal Candle Carousel Chapel
    Choir Clock Compass Current Dawn Delta Dial Door Driftwood Echo Engine Estate Field Figure
    Fountain Garden Gate Glacier Harvest Heron Horizon Island Junction Kite Ladder Lantern
    Letter Lighthouse Map Meadow Meridian Mirror Monument Museum Needle Orchard Orbit Parade
    Pavilion Pier Postcard Quarry Radio Railway Reservoir Ribbon River Satellite Season Shore
    Signal Siren Staircase Station Sundial Telegram Tide Tower Valley Window
""")
_PLACES = (
    ("SE", "Norrsken Ljud"),
    ("US", "Paper Canyon"),
    ("DE", "Studio Elf"),
    ("GB", "Tin Kettle"),
    ("BR", "Selo Maré"),
)

TRACKS_PER_GENERATED_ALBUM = 10
_ALBUMS_PER_GENERATED_ARTIST = 3


def _pair(number: int) -> str:
    """Two words, different for each number below ``len(first) * len(second)`` (over 5000)."""
    second, first = divmod(number, len(_FIRST_WORDS))
    return f"{_FIRST_WORDS[first]} {_SECOND_WORDS[(second + first) % len(_SECOND_WORDS)]}"


def _artist(number: int) -> str:
    first = _FIRST_WORDS[(number * 7) % len(_FIRST_WORDS)]
    second = _SECOND_WORDS[(number * 11 + number // len(_FIRST_WORDS)) % len(_SECOND_WORDS)]
    return f"{first} {second} Orchestra" if number % 4 == 0 else f"The {first} {second}s"


def generated_album(number: int) -> Album:
    """Album number 0, 1, 2 … after the four above. The same number always gives the same album."""
    artist = _artist(number // _ALBUMS_PER_GENERATED_ARTIST)
    guest = _artist(number // _ALBUMS_PER_GENERATED_ARTIST + 1)
    country, label = _PLACES[number % len(_PLACES)]
    songs = []
    for position in range(TRACKS_PER_GENERATED_ALBUM):
        is_duet = (number + position) % 9 == 4
        credit = (artist, " feat. ", guest) if is_duet else ()
        songs.append(Song(_pair(number * TRACKS_PER_GENERATED_ALBUM + position), credit))
    is_double = number % 7 == 6
    half = TRACKS_PER_GENERATED_ALBUM // 2
    return Album(
        title=f"{_SECOND_WORDS[(number * 5) % len(_SECOND_WORDS)]} {number + 1}",
        credit=(artist,),
        discs=(tuple(songs[:half]), tuple(songs[half:])) if is_double else (tuple(songs),),
        date=f"{1990 + number % 34}-{1 + number % 12:02}-{1 + number % 28:02}",
        country=country,
        label=label,
        has_cover=number % 10 != 9,
    )
