"""Another version than the wanted one is not taken, whatever it is called."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from shanty.entities import Recording
from shanty.matching.words import find_versions
from tests.uploads import ACCEPT, REVIEW, SONG, score_of, upload, wanted

VERSIONS = (
    *(
        "Live",
        "Live at Home",
        "En Vivo",
        "Unplugged",
        "Remix",
        "Someone Remix",
        "Cover",
        "Reaction",
    ),
    *("Karaoke", "Instrumental", "A Cappella", "Acoustic", "Piano Version", "Guitar Lesson"),
    *("Slowed", "Slowed + Reverb", "Sped Up", "Nightcore", "8D Audio", "Bass Boosted"),
    *("Demo", "Radio Edit", "Extended", "1 Hour"),
)


@pytest.mark.parametrize("version", VERSIONS)
def test_another_version_is_not_taken_even_with_the_same_length(version: str) -> None:
    for title in (f"The Maydays - Paper Lanterns ({version})", f"Paper Lanterns {version}"):
        assert score_of(upload(title, "The Maydays"), SONG) < REVIEW


@pytest.mark.parametrize(
    ("recording", "right", "wrong"),
    [
        (wanted("Live Forever", "Oasis"), "Oasis - Live Forever", "Oasis - Live Forever (Live)"),
        (wanted("Cover Me", "A Band"), "A Band - Cover Me", "A Band - Cover Me (cover by B)"),
        (
            wanted("Song (Club Remix)", "A Band"),
            "A Band - Song (Club Remix)",
            "A Band - Song (Club Remix) [Sped Up]",
        ),
        (
            wanted("Song", "A Band", disambiguation="live, 1999-01-01: Oslo"),
            "A Band - Song (Live)",
            "A Band - Song (Live Acoustic)",
        ),
        (wanted("Song", "Demo"), "Demo - Song", "Demo - Song (Demo)"),
    ],
)
def test_a_version_word_of_the_recording_itself_is_wanted(
    recording: Recording, right: str, wrong: str
) -> None:
    assert score_of(upload(right), recording) >= ACCEPT
    assert score_of(upload(wrong), recording) < REVIEW


OURS = wanted("Paper Lanterns", "The Maydays", disambiguation="Old Song Band cover")


@pytest.mark.parametrize(
    ("recording", "title", "channel"),
    [
        (SONG, "Paper Lanterns (cover by The Maydays)", "someone"),
        (SONG, "Paper Lanterns - Old Song Band (The Maydays cover)", "The Maydays"),
        (
            SONG,
            "Paper Lanterns - Old Song Band (The Maydays feat. Ida acoustic cover)",
            "TheMaydays",
        ),
        (OURS, "The Maydays - Paper Lanterns (Official Video)", "someone"),
        (OURS, "Paper Lanterns", "The Maydays - Topic"),
        (OURS, "Paper Lanterns (Old Song Band cover)", "The Maydays"),
        (
            wanted("Paper Lanterns (cover)", "The Maydays"),
            "The Maydays - Paper Lanterns",
            "someone",
        ),
    ],
)
def test_a_cover_of_the_wanted_artist_is_the_recording(
    recording: Recording, title: str, channel: str
) -> None:
    assert score_of(upload(title, channel), recording) >= ACCEPT


@pytest.mark.parametrize("recording", [SONG, OURS], ids=["of their own", "of another's song"])
@pytest.mark.parametrize(
    ("title", "channel"),
    [
        ("The Maydays - Paper Lanterns (cover by Ida)", "Ida"),
        ("The Maydays - Paper Lanterns (cover by Ida)", "The Maydays"),
        ("Paper Lanterns (The Maydays cover)", "Ida"),
        ("Paper Lanterns (The Maydays cover)", "The Maydays Fans"),
        ("Paper Lanterns (The Maydays cover by Ida)", "The Maydays"),
        ("Paper Lanterns (originally performed by The Maydays) [Karaoke]", "The Maydays"),
        ("Paper Lanterns (The Maydays live acoustic cover)", "The Maydays"),
    ],
)
def test_a_cover_of_the_wanted_artist_by_another_is_not(
    recording: Recording, title: str, channel: str
) -> None:
    assert score_of(upload(title, channel), recording) < REVIEW


@pytest.mark.parametrize(
    ("album", "title", "is_it"),
    [
        ("Live at the Lighthouse", "The Maydays - Paper Lanterns (Live)", True),
        ("Unplugged", "The Maydays - Paper Lanterns (Live)", True),
        ("Cover Sessions", "The Maydays - Paper Lanterns (Live)", False),
        ("Cover Sessions", "The Maydays - Paper Lanterns (En Vivo)", False),
        ("The Harbour Sessions", "The Maydays - Paper Lanterns (Harbour Session)", True),
        ("A Performance", "The Maydays - Paper Lanterns (Unplugged)", False),
    ],
)
def test_only_an_album_that_says_live_has_live_recordings(
    album: str, title: str, is_it: bool
) -> None:
    score = score_of(upload(title), SONG, album)
    assert score >= ACCEPT if is_it else score < REVIEW


def words_for_versions() -> list[tuple[str, str]]:
    document = tomllib.loads(
        resources.files("shanty.matching").joinpath("words.toml").read_text(encoding="utf-8")
    )
    return [
        (kind, word)
        for kind, entry in document["versions"].items()
        for words in entry["words"].values()
        for word in words
    ]


@pytest.mark.parametrize(("kind", "word"), words_for_versions())
def test_each_word_for_a_version_is_known_in_each_place(kind: str, word: str) -> None:
    for title in (f"The Maydays - Paper Lanterns ({word})", f"Paper Lanterns【{word.upper()}】"):
        assert score_of(upload(title, "The Maydays"), SONG) < REVIEW
    assert kind in {found for found, _ in find_versions(f"Paper Lanterns {word}")}


def test_a_live_recording_is_matched_by_live_uploads_alone() -> None:
    in_name = wanted("Song (Live)", "A Band")
    in_note = wanted("Song", "A Band", disambiguation="live, 1999-01-01: Oslo")
    for live in (in_name, in_note):
        assert score_of(upload("A Band - Song (Live)"), live) >= ACCEPT
        assert score_of(upload("A Band - Song (En Vivo)"), live) >= ACCEPT
        assert score_of(upload("A Band - Song"), live) < REVIEW
        assert score_of(upload("Song", "A Band - Topic"), live) < REVIEW
    # Another place is another recording; but one place has many names.
    elsewhere = score_of(upload("A Band - Song (Live at Wembley)"), in_note)
    assert REVIEW <= elsewhere < ACCEPT
    assert score_of(upload("A Band - Song (Live in Oslo)"), in_note) >= ACCEPT


def test_remixes_are_told_apart_by_who_made_them() -> None:
    remix = wanted("Song (Moby Remix)", "A Band")
    assert score_of(upload("A Band - Song [Moby Remix]"), remix) >= ACCEPT
    assert score_of(upload("A Band - Song (Tiesto Remix)"), remix) < REVIEW
    assert score_of(upload("A Band - Song (Moby Remix) (Tiesto Remix)"), remix) < REVIEW
    assert score_of(upload("A Band - Song"), remix) < REVIEW
    bare = wanted("Song - Remix", "A Band")
    assert score_of(upload("A Band - Song (Remix)"), bare) >= ACCEPT
    assert score_of(upload("A Band - Song (Moby Remix)"), bare) < REVIEW
    # A live album is live, but not every song of an album of remixes is one.
    assert score_of(upload("A Band - Song (Live)"), wanted("Song", "A Band"), "Live") >= ACCEPT
    remixes = "Song (Remixes)"
    assert score_of(upload("A Band - Song (X Remix)"), wanted("Song", "A Band"), remixes) < REVIEW


def test_what_a_channel_has_it_has_only() -> None:
    right = "The Maydays - Paper Lanterns"
    for channel in ("Sing King Karaoke", "nightcore.fm", "8D Tunes"):
        assert score_of(upload(right, channel), SONG) < REVIEW
    assert score_of(upload("8D Tunes - Song", "8D Tunes"), wanted("Song", "8D Tunes")) >= ACCEPT


def test_the_wanted_version_goes_before_one_that_does_not_say_so() -> None:
    live = wanted("Song", "A Band", disambiguation="live, 1999-01-01: Oslo")
    named, unnamed = upload("A Band - Song (Live)"), upload("A Band - Song")
    assert score_of(named, live) > score_of(unnamed, live)
    # An auto-generated upload has the word in the album's name.
    on_album = upload("Song", "A Band - Topic", album="Live in Oslo")
    assert score_of(on_album, live, "Live in Oslo") >= ACCEPT
