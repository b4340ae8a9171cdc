"""Search plans: what is asked for a recording, in which order, for any names whatever."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shanty.matching import Query, plan_queries, search_query
from shanty.matching.plan import MAX_LENGTH, MAX_QUERIES
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, Recording
from shanty.music.names import fold_name

# Everything, lone surrogates too.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=300)


def make_recording(
    title: str,
    *artists: Artist | str,
    isrcs: tuple[str, ...] = (),
    disambiguation: str = "",
) -> Recording:
    known = [one if isinstance(one, Artist) else Artist(one, one) for one in artists]
    parts = [CreditedArtist(artist, artist.name, " & ") for artist in known[:-1]]
    parts += [CreditedArtist(artist, artist.name) for artist in known[-1:]]
    return Recording("m", title, ArtistCredit(tuple(parts)), 200_000, isrcs, disambiguation)


def texts(recording: Recording, album: str = "", prefix: str = "ytsearch8") -> list[str]:
    return [query.text for query in plan_queries(recording, album, prefix)]


def test_the_plain_search_comes_first_and_the_album_later() -> None:
    recording = make_recording("Paper Lanterns", "The Maydays")
    assert plan_queries(recording, "Low Water", "scsearch5") == (
        Query("The Maydays - Paper Lanterns", "artist and title"),
        Query("The Maydays - Paper Lanterns Low Water", "with the album"),
    )
    assert search_query(recording) == "The Maydays - Paper Lanterns"


def test_youtube_music_is_asked_by_isrc_then_for_songs_then_for_videos() -> None:
    recording = make_recording(
        "Song", "Anna", isrcs=("not an isrc", "GBAYE0601498", "USRC17607839")
    )
    plan = plan_queries(recording, "Album", "ytmusic")
    assert [(query.place("ytmusic"), query.text) for query in plan] == [
        ("ytmusic:songs", "GBAYE0601498"),
        ("ytmusic:songs", "Anna - Song"),
        ("ytmusic:videos", "Anna - Song"),
    ]
    assert plan[0].reason == "ISRC"
    (query, *_) = plan_queries(recording, "Album", "ytsearch8")
    assert query.place("ytsearch8") == "ytsearch8"


def test_youtube_music_is_asked_for_the_name_in_latin_letters_too() -> None:
    plan = plan_queries(make_recording("Песня", "Анна"), "", "ytmusic")
    assert [query.shelf for query in plan[:2]] == ["songs", "videos"]
    assert any(query.text.isascii() for query in plan[2:])
    assert {query.shelf for query in plan[2:]} == {"songs"}


def test_an_isrc_is_asked_where_it_is_honoured() -> None:
    isrcs = ("GBAYE0601498", "not an isrc", 'X" OR "Y', "USRC17607839", "USRC17607840")
    recording = make_recording("Song", "Anna", isrcs=isrcs)
    assert texts(recording) == ["Anna - Song", '"GBAYE0601498"', '"USRC17607839"']
    assert texts(recording, prefix="ytsearchdate3")[1] == '"GBAYE0601498"'
    assert texts(recording, prefix="scsearch8") == ["Anna - Song"]


def test_a_version_is_asked_for_before_the_plain_title() -> None:
    recording = make_recording("Song", "Anna", disambiguation="live, 1999-01-01: Oslo")
    assert texts(recording) == ["Anna - Song live, 1999-01-01: Oslo", "Anna - Song"]
    # What tells two recordings apart for people only, no upload says.
    assert texts(make_recording("Song", "Anna", disambiguation="album, 5.1")) == ["Anna - Song"]
    assert texts(make_recording("Song (live)", "Anna")) == ["Anna - Song (live)"]


def test_of_a_long_credit_the_first_artist_is_named() -> None:
    recording = make_recording("Song (feat. Dora)", "Anna", "Bert", "Carl")
    assert texts(recording) == ["Anna - Song", "Anna & Bert & Carl - Song (feat. Dora)"]
    duet = make_recording("Song (feat. Dora)", "Anna", "Bert")
    assert texts(duet) == ["Anna & Bert - Song (feat. Dora)", "Anna - Song"]


def test_names_without_latin_letters_are_asked_in_latin_ones_too() -> None:
    utada = Artist("u", "宇多田ヒカル", "Utada, Hikaru", aliases=("うただ", "Hikki"))
    assert texts(make_recording("First Love", utada)) == [
        "宇多田ヒカル - First Love",
        "Hikaru Utada - First Love",
        "Hikki - First Love",
    ]
    assert texts(make_recording("Кукушка", Artist("k", "Кино", "Kino")))[1] == "Kino - kukushka"
    assert texts(make_recording("Кукушка", Artist("k", "Кино")))[1] == "kino - kukushka"
    assert texts(make_recording("Sjøsyk", "Maren Østby")) == ["Maren Østby - Sjøsyk"]


def test_nobody_is_not_searched_for() -> None:
    assert texts(make_recording("Greensleeves", "[traditional]"), "[non-album tracks]") == [
        "Greensleeves"
    ]
    assert texts(make_recording("Song", "Various Artists")) == ["Song"]
    assert texts(make_recording("Song", "[dunkelbunt]")) == ["[dunkelbunt] - Song"]


@pytest.mark.parametrize("album", ["", "Song", "song!", "Anna"])
def test_an_album_that_adds_no_word_is_not_asked_for(album: str) -> None:
    assert texts(make_recording("Song", "Anna"), album) == ["Anna - Song"]


def test_words_are_never_operators() -> None:
    recording = make_recording('"Heroes" -live | *', "-Anna")
    assert texts(recording) == ["Anna - Heroes live"]


@settings(deadline=None)
@given(
    title=TEXTS,
    artists=st.lists(TEXTS, max_size=4),
    sort_name=TEXTS,
    alias=TEXTS,
    album=TEXTS,
    disambiguation=st.one_of(TEXTS, st.just("live")),
    isrcs=st.lists(st.one_of(TEXTS, st.just("GBAYE0601498")), max_size=3),
    prefix=st.sampled_from(["ytsearch8", "scsearch8", "ytmusic"]),
)
@example("", [], "", "", "", "", [], "ytsearch8")
@example("\ud83d", ["\udc00\0"], "", "", "\0", "live", [], "ytsearch8")
@example("x" * 5000, ["y" * 5000] * 3, "", "", "z" * 5000, "live", [], "ytsearch8")
@example("- - -", ['"'], "", "", "|", "", [], "ytsearch8")
def test_a_plan_is_bounded_and_without_repetition(
    title: str,
    artists: list[str],
    sort_name: str,
    alias: str,
    album: str,
    disambiguation: str,
    isrcs: list[str],
    prefix: str,
) -> None:
    recording = make_recording(
        title,
        *(Artist(name, name, sort_name, aliases=(alias,)) for name in artists),
        isrcs=tuple(isrcs),
        disambiguation=disambiguation,
    )
    plan = plan_queries(recording, album, prefix)
    assert plan == plan_queries(recording, album, prefix)
    assert len(plan) <= MAX_QUERIES
    words = [(query.shelf, frozenset(fold_name(query.text).split())) for query in plan]
    assert len(set(words)) == len(plan)
    for query in plan:
        assert 0 < len(query.text) <= MAX_LENGTH
        assert query.text == " ".join(query.text.split())
        assert query.text.isprintable()
        query.text.encode()  # no half of a surrogate pair: a database stores it
        assert query.reason
    if any(char.isalnum() for char in title):
        assert plan
