"""Kinds of wrong uploads that what is wanted tells from the right ones: see ``pairs.toml``.

A wrong one is the only result, as long as the recording: it is asked about, whoever uploads it. The
right one beside it is taken.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from shanty.catalog import Catalog
from shanty.db import Database
from shanty.matching import rank
from shanty.models import Candidate, TrackFile
from shanty.music.entities import Recording
from tests.world.databases import add_tracks
from tests.world.languages import NAMES, assert_in_many_languages
from tests.world.uploads import ACCEPT, score_of, upload, wanted

PAIRS = tomllib.loads(Path(__file__).with_name("pairs.toml").read_text(encoding="utf-8"))
ALBUM = "Night Songs"
OTHERS = {"no": "sv", "nl": "de"}  # whose names they borrow


def cases(kind: str) -> pytest.MarkDecorator:
    rows = [(language, row) for language, found in PAIRS[kind].items() for row in found]
    return pytest.mark.parametrize(("language", "row"), rows, ids=str)


def names(language: str) -> tuple[str, str]:
    return NAMES[OTHERS.get(language, language)]


def assert_told_apart(wrong: Candidate, right: Candidate, song: Recording, album: str = "") -> None:
    assert score_of(wrong, song, album) < ACCEPT, wrong
    assert score_of(right, song, album) >= ACCEPT, right
    assert rank([wrong, right], song, album)[0].title == right.title


@cases("another_number")
def test_what_counts_otherwise_is_asked_about(language: str, row: list[str]) -> None:
    title, other, same = row
    for artist in ("The Maydays", names(language)[0]):
        for channel in (f"{artist} - Topic", "someone"):
            wrong, right = (upload(f"{artist} - {one}", channel) for one in (other, same))
            assert_told_apart(wrong, right, wanted(title, artist))


@cases("nearly_the_name")
def test_a_name_that_is_nearly_the_artists_is_asked_about(language: str, row: list[str]) -> None:
    artist, other = row
    for title in ("Copper Sky", names(language)[1]):
        for channel in ("someone", other, f"{other} - Topic"):
            wrong, right = upload(f"{other} - {title}", channel), upload(f"{artist} - {title}")
            assert_told_apart(wrong, right, wanted(title, artist))


@cases("harmless")
def test_what_is_harmless_is_taken(language: str, row: str | list[str]) -> None:
    artist, title = names(language)
    artist, words = (artist, row) if isinstance(row, str) else row
    found = upload(words.format(a=artist, t=title), "someone")
    assert score_of(found, wanted(title, artist)) >= ACCEPT


@cases("word_in_an_albums_title")
def test_a_word_in_an_albums_title_opens_no_door(language: str, row: list[str]) -> None:
    album, words = row
    artist, title = names(language)
    right = upload(title, f"{artist} - Topic", album=album, artists=(artist,))
    for channel in ("someone", artist):
        wrong = upload(f"{artist} - {title} ({words})", channel)
        assert_told_apart(wrong, right, wanted(title, artist), album)


@cases("type_of_the_release")
def test_the_type_of_the_release_says_what_is_wanted(language: str, row: list[str]) -> None:
    release_type, words = row
    artist, title = names(language)
    song = wanted(title, artist, release_types=(release_type,))
    on_it = upload(title, f"{artist} - Topic", album=ALBUM, artists=(artist,))
    named = upload(f"{artist} - {title} ({words})", "someone")
    for studio in (upload(title, f"{artist} - Topic"), upload(f"{artist} - {title}", "someone")):
        assert score_of(on_it, song, ALBUM) >= ACCEPT
        if words:
            assert_told_apart(studio, named, song, ALBUM)
            assert_told_apart(named, studio, wanted(title, artist), ALBUM)
        else:
            assert score_of(studio, song, ALBUM) < ACCEPT


@cases("disambiguation")
def test_a_disambiguation_says_what_is_wanted(language: str, row: list[str]) -> None:
    disambiguation, other, same = row
    artist, title = names(language)
    song = wanted(title, artist, disambiguation=disambiguation)
    right = upload(f"{artist} - {title} ({same})", "someone")
    for channel in ("someone", artist):
        for words in (other, "karaoke" if disambiguation == "remix" else "remix"):
            if (disambiguation, words) != ("karaoke", "karaoke"):
                told = f" ({words})" if words else ""
                assert_told_apart(upload(f"{artist} - {title}{told}", channel), right, song)
        plain = upload(f"{artist} - {title}", channel)
        assert_told_apart(right, plain, wanted(title, artist))


@cases("another_album")
def test_a_title_that_many_albums_have_is_asked_about_on_another_one(
    language: str, row: str
) -> None:
    for artist in ("The Maydays", names(language)[0]):
        channel, song = f"{artist} - Topic", wanted(row, artist)
        wrong = upload(row, channel, album="Day Songs", artists=(artist,))
        right = upload(row, channel, album=f"{ALBUM} (Deluxe)", artists=(artist,))
        assert_told_apart(wrong, right, song, ALBUM)


@cases("clean_or_explicit")
def test_a_clean_recording_is_not_the_explicit_one(language: str, row: list[str]) -> None:
    artist, title = names(language)
    tidy, foul = (wanted(title, artist, disambiguation=one) for one in ("clean", "explicit"))
    for channel in ("someone", artist):
        clean, explicit = (upload(f"{artist} - {title} ({one})", channel) for one in row)
        assert_told_apart(explicit, clean, tidy)
        assert_told_apart(clean, explicit, foul)
        assert_told_apart(upload(f"{artist} - {title}", channel), clean, tidy)


@cases("another_letter")
def test_another_letter_is_another_title_where_nobody_mistypes(
    language: str, row: list[str]
) -> None:
    title, other = row
    artist = names(language)[0]
    for channel in ("someone", f"{artist} - Topic"):
        wrong, right = (upload(f"{artist} - {one}", channel) for one in (other, title))
        assert_told_apart(wrong, right, wanted(title, artist))


def test_an_upload_that_fits_two_recordings_is_known_to_be_taken(database: Database) -> None:
    catalog = Catalog(database)
    rows = [row for found in PAIRS["one_upload_for_two"].values() for row in found]
    ids = add_tracks(database, 2 * len(rows))
    with database.begin() as tx:
        for (artist, *songs, title), *two in zip(rows, ids[::2], ids[1::2], strict=True):
            shared = replace(upload(f"{artist} - {title}", "someone"), source_id=f"{two}")
            own = replace(upload(f"{title} - {artist}", "somebody"), source_id=f"its own {two}")
            for track_id, song in zip(two, songs, strict=True):
                ranked = rank([shared, own], wanted(song, artist))
                assert all(one.score >= ACCEPT for one in ranked), (song, title)
                catalog.candidates.record(tx, track_id, ranked)
            assert not catalog.candidates.taken_elsewhere(tx, two[1])
    with database.begin() as tx:
        for first, second in zip(ids[::2], ids[1::2], strict=True):
            stored = catalog.candidates.of_track(first)
            taken = next(one for one in stored if one.source_id == f"{[first, second]}")
            file = TrackFile(first, Path(f"{first}.opus"), is_placed=True, candidate_id=taken.id)
            catalog.files.record(tx, file)
            # Its own upload is left for the other one.
            assert set(catalog.candidates.taken_elsewhere(tx, second)) == {taken.key}


@pytest.mark.parametrize(
    ("artist", "alias"), [("周燈倫", "周灯伦"), ("鄧麗光", "邓丽光"), ("灯小明", "燈小明")]
)
def test_a_chinese_name_is_the_same_in_both_kinds_of_characters(artist: str, alias: str) -> None:
    found = upload(f"{alias} - 晴天", "someone")
    assert score_of(found, wanted("晴天", artist, aliases=(alias,))) >= ACCEPT
    assert score_of(found, wanted("晴天", artist)) < ACCEPT


def test_half_of_the_cases_of_each_kind_are_in_other_languages() -> None:
    for kind, by_language in PAIRS.items():
        assert_in_many_languages(kind, by_language)
