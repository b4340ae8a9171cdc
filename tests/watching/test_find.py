"""What a name, an id or an address means, and when a name is beyond doubt."""

from __future__ import annotations

import pytest

from shanty.errors import NotFoundError
from shanty.providers.musicbrainz import MusicBrainz
from shanty.watching.addresses import is_address, write_forms
from shanty.watching.find import AmbiguousNameError, Choice, Found, pick, read_reference, search
from tests.world.discographies import FAST
from tests.world.musicbrainz_server import MBID, document, serve

ADDRESS = f"https://musicbrainz.org/artist/{MBID}"


@pytest.mark.parametrize(
    "text",
    [
        MBID,
        MBID.upper(),
        f" {MBID} ",
        ADDRESS,
        f"{ADDRESS}/releases?all=1",
        f"musicbrainz.org/artist/{MBID}",
        f"https://beta.musicbrainz.org/release/{MBID}#x",
    ],
)
def test_ids_and_addresses(text: str) -> None:
    assert read_reference(text, "artist") == MBID


@pytest.mark.parametrize(
    "text",
    [
        "Kasabian",
        "",
        "AC/DC",
        f"song {MBID}",
        "will.i.am",
        "deadmau5.com",
        "M.I.A.",
        "Earth/Wind",
        "https://tidal.com/playlist/" + MBID,
        "0123456789",
        "4hero-und-die-anderen-3-freunde",
        "1349-6666-1349-6666",
    ],
)
def test_everything_else_is_a_name(text: str) -> None:
    assert read_reference(text, "artist") is None


@pytest.mark.parametrize(
    "text",
    [MBID[:-1], f"{MBID}0", MBID.replace("-", "", 1), f"{MBID[:-1]}o", MBID.replace("-", "")],
)
def test_a_mistyped_id_is_no_name(text: str) -> None:
    with pytest.raises(NotFoundError, match="looks like a MusicBrainz id and is none"):
        read_reference(text, "track")
    for address in (f"https://musicbrainz.org/recording/{text}", "musicbrainz.org/recording/"):
        with pytest.raises(NotFoundError, match="is no address of a song"):
            read_reference(address, "track")


def test_what_cannot_be_watched_is_said() -> None:
    with pytest.raises(NotFoundError, match="is a label: an artist, an album or a song"):
        read_reference(f"https://musicbrainz.org/label/{MBID}", "track")


SPOTIFY, YOUTUBE = "https://open.spotify.com/track/4uLU6h", "https://www.youtube.com/watch?v=dQw4w9"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("https://open.spotify.com/intl-de/track/4uLU6h?si=abc&nd=1", SPOTIFY),
        ("spotify:track:4uLU6h", SPOTIFY),
        ("open.spotify.com/track/4uLU6h", SPOTIFY),
        ("https://youtu.be/dQw4w9?t=3", YOUTUBE),
        ("m.youtube.com/watch?list=x&v=dQw4w9", YOUTUBE),
        ("https://music.youtube.com/watch?v=dQw4w9&feature=share", YOUTUBE),
        ("https://www.youtube.com/shorts/dQw4w9", YOUTUBE),
        ("https://www.deezer.com/en/album/302127", "https://www.deezer.com/album/302127"),
        (
            "https://music.apple.com/gb/album/some-name/159260351?uo=4",
            "https://music.apple.com/gb/album/159260351",
        ),
        ("https://listen.tidal.com/album/77646168", "https://tidal.com/album/77646168"),
        ("http://www.last.fm/music/Kasabian?ref=x", "https://www.last.fm/music/Kasabian"),
        ("discogs.com/artist/86857", "https://www.discogs.com/artist/86857"),
        ("https://x.bandcamp.com/album/y/#lyrics", "https://x.bandcamp.com/album/y"),
        ("https://m.soundcloud.com/x/y?si=1", "https://soundcloud.com/x/y"),
        ("https://www.wikidata.org/wiki/Q188593", "https://www.wikidata.org/wiki/Q188593"),
        ("https://www.qobuz.com/gb-en/album/x/1", "https://www.qobuz.com/gb-en/album/x/1"),
    ],
)
def test_an_address_is_looked_up_as_musicbrainz_writes_it(text: str, form: str) -> None:
    assert is_address(text)
    assert form in write_forms(text)
    assert len(write_forms(text)) <= 4, "each is a request"


def test_an_address_says_what_it_is_of() -> None:
    with pytest.raises(NotFoundError, match=f"is an artist: `shanty watch add artist {MBID}`"):
        read_reference(ADDRESS, "album")
    with pytest.raises(NotFoundError, match="is a song: `shanty watch add track"):
        read_reference(f"https://musicbrainz.org/recording/{MBID}", "album")


def choices(*names: str, total: int | None = None) -> Found:
    made = [
        Choice("artist", f"id-{number}", name, "", 100 - number, other_names=(f"{name}, The",))
        for number, name in enumerate(names)
    ]
    return Found(tuple(made), len(made) if total is None else total)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("only one", choices("Only One")),
        ("Artist Title", choices("Artist – Title")),
        ("Title by - Artist", choices("Artist – Title by")),
        ("KÄSABIAN!", choices("Kasabian", "Mother Kasabian")),
        ("kasabian the", choices("Kasabian", "The Kasabians")),
        ("宇多田ヒカル", choices("宇多田ヒカル", "宇多田")),
    ],
)
def test_a_name_beyond_doubt(query: str, found: Found) -> None:
    assert pick("artist", query, found) is found.choices[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Nirvana", choices("Nirvana", "Nirvana")),
        ("Nirvanna", choices("Nirvana", "Nirvana UK")),
        ("Nirvana", choices("Nirvana UK", "Nirvana")),
        ("x", choices(*"abc", total=10_000)),
    ],
)
def test_a_name_in_doubt(query: str, found: Found) -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        pick("artist", query, found)
    message = str(caught.value)
    assert f"may be one of {found.total} artists:" in message
    assert all(choice.mbid in message for choice in found.choices)
    assert "\n" not in message


def test_the_only_result_is_asked_about_if_it_has_another_name() -> None:
    with pytest.raises(AmbiguousNameError, match=r"has no artist .Nirwana., only this one.*id-0"):
        pick("artist", "Nirwana", choices("Nirvana"))


def test_a_hostile_name_stays_in_its_line() -> None:
    with pytest.raises(AmbiguousNameError) as caught:
        pick("artist", "x", choices("Bad\n\x1b[2JName", "Other"))
    assert "Bad [2JName" in str(caught.value)


def test_an_alias_is_a_name_too() -> None:
    """Searched for in one script, an artist answers by its name in another."""
    found = (
        f'<artist-list count="2"><artist id="{MBID}" type="Person"><name>Utada Hikaru</name>'
        '<alias-list><alias sort-name="x">宇多田ヒカル</alias></alias-list></artist>'
        '<artist id="b"><name>Someone</name></artist></artist-list>'
    )
    with serve(lambda _: document(found)) as server:
        results = search("artist", "宇多田ヒカル", MusicBrainz(server.url, rate=FAST))
    assert pick("artist", "宇多田ヒカル", results).name == "Utada Hikaru"


def test_ten_thousand_results_are_one_request_and_a_hundred_at_the_most() -> None:
    many = "".join(
        f'<artist id="{number}" xmlns:ns2="http://musicbrainz.org/ns/ext#-2.0" '
        f'ns2:score="{100 - number // 2}"><name>Name {number}</name></artist>'
        for number in range(100)
    )
    answer = document(f'<artist-list count="10000" offset="0">{many}</artist-list>')
    with serve(lambda _: answer) as server:
        found = search("artist", "name", MusicBrainz(server.url, rate=FAST), limit=5000)
    assert (len(found.choices), found.total) == (100, 10_000)
    assert [request.query["limit"] for request in server.requests] == ["100"]
    with pytest.raises(AmbiguousNameError) as caught:
        pick("artist", "name", found)
    assert len(str(caught.value)) < 1000
