"""Part 1 is not part 2: numbers in titles, however they are written."""

from __future__ import annotations

import pytest

from shanty.matching import score
from shanty.matching.keys import keys_of
from shanty.matching.part_numbers import numbers_of
from tests.world.uploads import ACCEPT, REVIEW, SONG, score_of, upload, wanted


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Paper Lanterns", set()),
        ("Paper Lanterns, Pt. 2", {2}),
        ("Paper Lanterns (Part II)", {2}),
        ("Paper Lanterns Ⅱ", {2}),
        ("Paper Lanterns, Part Two", {2}),
        ("Symphony no. 5 in C minor, op. 67: 3rd movement", {5, 67, 3}),
        ("Parts VI-IX", {6, 9}),
        ("XXXIX", {39}),
        ("02 Paper Lanterns (2011 Remaster)", set()),
        ("Ida x The Maydays – Mix, ill, civic", set()),
        ("1812 Overture", {1812}),
        ("9" * 5000, set()),
    ],
)
def test_what_is_a_number(text: str, numbers: set[int]) -> None:
    assert numbers_of(text) == numbers


@pytest.mark.parametrize(
    ("title", "other", "same"),
    [
        ("Paper Lanterns, Part 2", "Paper Lanterns, Part 1", "Paper Lanterns (Pt. II)"),
        ("Paper Lanterns (Part I)", "Paper Lanterns (Part II)", "Paper Lanterns, Part One"),
        ("Interlude 2", "Interlude 1", "02. Interlude 2"),
        ("Suite No. 1: Prelude", "Suite No. 2: Prelude", "Suite No. 1 - Prelude (2009 Remaster)"),
        ("Outro II", "Outro III", "Outro II [4K]"),
    ],
)
def test_another_part_is_asked_about(title: str, other: str, same: str) -> None:
    song = wanted(title, "The Maydays")
    assert REVIEW <= score_of(upload(other, "The Maydays - Topic"), song) < ACCEPT
    assert score_of(upload(same, "The Maydays - Topic"), song) >= ACCEPT


def test_numbers_of_the_artist_and_the_album_say_nothing() -> None:
    song = wanted("Paper Lanterns, Part Two", "Seven 7 Nine")
    found = upload("Seven 7 Nine - Paper Lanterns, Part Two [from Volume 3]", "Seven 7 Nine")
    assert score_of(found, song, "Volume 3") >= ACCEPT


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("Runaway, Pt. 2", "Runaway (Part 2)"),
        ("Love, Pt. 2", "Love (Part II)"),
        ("Love Part II", "Love (Teil 2)"),
        ("Love, Part Two", "Love, Pt. 2"),
        ("Lantern Street, Parts I–V", "Lantern Street (Pts. 1-5)"),
        ("Lantern Street (Parts 1–5)", "Lantern Street, Pts. I - V"),
        ("Paper Lanterns, No. 2", "Paper Lanterns (Nr. 2)"),
    ],
)
def test_a_part_is_the_same_however_it_is_written(title: str, same: str) -> None:
    for channel in ("The Maydays - Topic", "someone"):
        found = upload(f"The Maydays - {same}", channel)
        assert score_of(found, wanted(title, "The Maydays")) >= ACCEPT


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Paper Lanterns", "Paper Lanterns (Part 2)"),
        ("Paper Lanterns", "Paper Lanterns (Pts. 1-5)"),
        ("Paper Lanterns", "Paper Lanterns (Part 2000)"),
        ("22 Paper Lanterns", "22 Paper Lanterns (Part 2)"),
        ("Suite No. 2", "Suite No. 2 (Part 2)"),
        ("Runaway, Pt. 2", "Runaway (Part 1)"),
        ("Paper Lanterns (Parts I–V)", "Paper Lanterns (Pts. 6-9)"),
    ],
)
def test_another_part_in_brackets_is_asked_about(title: str, other: str) -> None:
    song = wanted(title, "The Maydays")
    assert REVIEW <= score_of(upload(other, "The Maydays - Topic"), song) < ACCEPT


@pytest.mark.parametrize(
    ("title", "other", "same"),
    [
        ("Chapter 01", "Chapter 02", "Chapter 01"),
        ("Kapitel 05", "Kapitel 06", "Kapitel 05 (Remaster)"),
        ("Lantern Tales, Chapter 01", "Lantern Tales, Chapter 02", "Lantern Tales, Chapter 1"),
        (
            "Lantern Tales, Chapter 09",
            "Lantern Tales, Chapter 10",
            "03 - Lantern Tales, Chapter 09",
        ),
    ],
)
def test_a_leading_nought_counts_where_the_wanted_title_has_one(
    title: str, other: str, same: str
) -> None:
    song = wanted(title, "The Maydays")
    assert score_of(upload(other, "The Maydays - Topic"), song) < ACCEPT
    assert score_of(upload(same, "The Maydays - Topic"), song) >= ACCEPT


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Prelude in C minor", {"c minor"}),
        ("Prelude in A-flat major, A‐Flat Major", {"a flat major"}),
        ("Prelude in E♭ major and F♯ minor", {"e flat major", "f sharp minor"}),
        ("Prelude in Bb Major / C# minor", {"b flat major", "c sharp minor"}),
        ("Präludium C-Dur, cis-Moll", {"c major", "c sharp minor"}),
        ("h-Moll, B-Dur, Es-Dur", {"b minor", "b flat major", "e flat major"}),
        ("A Minor Thing", {"a minor"}),
        ("Major Tom, Prelude in C, Amajor", set()),
    ],
)
def test_what_is_a_key(text: str, keys: set[str]) -> None:
    assert keys_of(text) == keys


@pytest.mark.parametrize(
    ("title", "other", "same"),
    [
        ("Prelude in C minor", "Prelude in C major", "Prelude in c-Moll"),
        ("Prelude in A major", "Prelude in A-flat major", "Prelude in A Major"),
        ("Prelude in E‐flat major", "Prelude in E major", "Prelude in E♭ major"),
        ("Nocturne in C-sharp minor", "Nocturne in C minor", "Nocturne in C# minor"),
        ("Prelude in C major", "Prelude in G major", "Prelude in C"),
    ],
)
def test_another_key_is_asked_about(title: str, other: str, same: str) -> None:
    song = wanted(title, "The Maydays")
    found, parts = score(upload(other, "The Maydays - Topic"), song)
    assert found < ACCEPT
    assert "another key" in {part.name for part in parts}
    assert "another key" not in {part.name for part in score(upload(same), song)[1]}


def test_a_key_that_only_the_upload_names_says_nothing() -> None:
    found = upload("Paper Lanterns (in A minor)", "The Maydays - Topic")
    assert "another key" not in {part.name for part in score(found, SONG)[1]}
    # Another key and another number are one difference, for one person.
    song = wanted("Prelude No. 1 in C major", "The Maydays")
    found = upload("Prelude No. 2 in C minor", "The Maydays - Topic")
    assert REVIEW <= score_of(found, song) < ACCEPT
