"""Another version than the wanted one is not taken, whatever it is called."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest

from shanty.matching.words import find_versions
from shanty.music.entities import Recording
from tests.world.uploads import ACCEPT, REVIEW, SONG, score_of, upload, wanted

VERSIONS = (
    *("Live", "Live at Home", "En Vivo", "Unplugged", "Remix", "Someone Remix"),
    *("Cover", "Reaction"),
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
        ("Night Songs", "The Maydays - Paper Lanterns (En Vivo)", True),
        ("Cover Sessions", "The Maydays - Paper Lanterns (En Vivo)", False),
        ("The Harbour Sessions", "The Maydays - Paper Lanterns (Harbour Session)", True),
        ("A Performance", "The Maydays - Paper Lanterns (Unplugged)", False),
    ],
)
def test_only_a_live_release_has_live_recordings(album: str, title: str, is_it: bool) -> None:
    # The release group's type says it. A word in an album's title may be the name of anything.
    live = wanted("Paper Lanterns", "The Maydays", release_types=("Live",))
    assert score_of(upload(title), live, album) >= ACCEPT
    assert score_of(upload(title), SONG, album) < (ACCEPT if is_it else REVIEW)


def words_document() -> dict[str, Any]:
    words = resources.files("shanty.matching").joinpath("words.toml")
    return tomllib.loads(words.read_text(encoding="utf-8"))


def words_for_versions() -> list[tuple[str, str]]:
    return [
        (kind, word)
        for kind, entry in words_document()["versions"].items()
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
    live = wanted("Song", "A Band", release_types=("Live",))
    assert score_of(upload("A Band - Song (Live)"), live) >= ACCEPT
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


RE_RECORDINGS = (
    *("Taylor's Version", "Taylor’s Version", "TAYLOR'S VERSION", "Taylors Version"),
    *("Re-Recorded", "2019 Re-Recording", "Rerecorded Version", "New Version", "Regrabación"),
)


@pytest.mark.parametrize("words", RE_RECORDINGS)
def test_a_re_recording_is_not_the_recording_and_the_other_way_round(words: str) -> None:
    first, again = wanted("Love Story", "Ida"), wanted(f"Love Story ({words})", "Ida")
    noted = wanted("Love Story", "Ida", disambiguation=words)
    for title in (f"Ida - Love Story ({words})", f"Ida - Love Story - {words} [Lyrics]"):
        assert score_of(upload(title, "Ida"), first) < REVIEW
        assert score_of(upload(title, "Ida"), again) >= ACCEPT
        assert score_of(upload(title, "Ida"), noted) >= ACCEPT
    assert score_of(upload("Ida - Love Story (Official Video)", "Ida"), again) < REVIEW
    assert score_of(upload("Love Story", "Ida - Topic"), noted) < REVIEW
    # Of an album of re-recordings, MusicBrainz says so of each: its title alone opens no door.
    named, unnamed = upload(f"Ida - Love Story ({words})"), upload("Ida - Love Story")
    assert REVIEW <= score_of(named, first, f"Fearless ({words})") < ACCEPT
    assert score_of(unnamed, first, f"Fearless ({words})") >= ACCEPT


def test_what_belongs_to_somebody_is_no_re_recording() -> None:
    taken = ("(Sigala's Video)", "(Director's Cut Official Video)", "(80's Official Video)")
    for words in taken:
        assert score_of(upload(f"The Maydays - Paper Lanterns {words}"), SONG) >= ACCEPT


LANGUAGES = (
    *("(Japanese Ver.)", "[Japanese Version]", "-Japanese ver.-"),
    *("- Japanese Version", "(Japanese)"),
    *("(JP Ver.)", "(日本語版)", "(日本語ver.)", "[versión en japonés]", "(Version japonaise)"),
)
OTHER_LANGUAGES = (
    *("(Korean Version)", "[Spanish Version]", "- Versión en Español", "(English ver.)"),
    *("Deutsche Version", "Version française", "(auf Deutsch)", "(En Español)", "(国语版)"),
    *("(русская версия)", "(한국어 버전)", "(Versione Italiana)", "(ENG ver.)", "(In English)"),
)


@pytest.mark.parametrize("words", LANGUAGES)
def test_a_recording_in_a_language_is_what_says_so(words: str) -> None:
    title = f"The Maydays - Paper Lanterns {words}"
    assert score_of(upload(title, "The Maydays"), SONG) < REVIEW
    japanese = (
        wanted("Paper Lanterns (Japanese version)", "The Maydays"),
        wanted("Paper Lanterns", "The Maydays", disambiguation="Japanese version"),
        wanted("Paper Lanterns", "The Maydays", disambiguation="Japanese"),
    )
    for recording in japanese:
        assert score_of(upload(title, "The Maydays"), recording) >= ACCEPT
        assert score_of(upload("Paper Lanterns", "The Maydays - Topic"), recording) < REVIEW


@pytest.mark.parametrize("words", OTHER_LANGUAGES)
def test_one_language_is_not_another(words: str) -> None:
    for recording in (SONG, wanted("Paper Lanterns (Japanese ver.)", "The Maydays")):
        for title in (f"The Maydays - Paper Lanterns {words}", f"Paper Lanterns {words}"):
            assert score_of(upload(title, "The Maydays"), recording) < REVIEW


def test_a_language_of_lyrics_and_subtitles_is_none_of_the_recording() -> None:
    for words in (
        *("(Spanish Lyrics)", "(Sub. Español)", "[English Subtitles]", "(Eng Sub)", "[Rom/Eng]"),
        *("[ENG]", "(Letra en Español)"),
    ):
        title = f"The Maydays - Paper Lanterns {words}"
        assert score_of(upload(title, "The Maydays"), SONG) >= ACCEPT, words
    # What is in brackets and what is outside are no phrase together.
    assert find_versions("Paper Lanterns (Album Version) English Subtitles") == ()


SPELLINGS = (
    *("432 Hz", "432Hz", "528 Hz", "Vocal Only", "Vocals Only", "Vocals", "Acapella", "A Capella"),
    *("Piano", "Piano Version", "Solo Piano", "at the BBC", "BBC Session", "BBC Radio 2", "8-bit"),
    *("16-Bit", "Lullaby Version", "Lullaby", "Music Box", "Orchestral Version", "Drumless"),
    *("No Drums", "Without Bass", "Backing Track", "Off Vocal", "Inst.", "MR", "Bass Boosted"),
    *("Slowed", "S L O W E D", "Slow Version", "TikTok Version", "TikTok", "Sped", "Nightcore"),
    *("Violin Version", "Guitar", "Versión Piano", "Klavierversion", "Alternate Version"),
    *("Radio Version", "Club Version", "Long Version", "Early Version", "AI Version", "3D Audio"),
)


@pytest.mark.parametrize("words", SPELLINGS)
def test_a_version_is_known_however_it_is_spelt(words: str) -> None:
    for title in (f"The Maydays - Paper Lanterns ({words})", f"Paper Lanterns [{words.upper()}]"):
        assert score_of(upload(title, "The Maydays"), SONG) < REVIEW


def words_for_names() -> list[tuple[str, str]]:
    document = words_document()
    names = {kind: entry.get("names", []) for kind, entry in document["versions"].items()}
    names |= document["languages"]
    return [(kind, word) for kind, words in names.items() for word in words]


@pytest.mark.parametrize(("kind", "word"), words_for_names())
def test_each_name_of_a_version_is_known_beside_that_word_and_alone(kind: str, word: str) -> None:
    forms = [
        f"({word} version)",
        f"- {word} ver.",
        f"【{word.upper()} VERSION】",
        f"versión {word}",
    ]
    forms += [f"({word})", f"[{word.upper()}]"] * (not word.endswith("."))
    for form in forms:
        assert score_of(upload(f"Paper Lanterns {form}", "The Maydays"), SONG) < REVIEW, form
    assert [found for found, _ in find_versions(f"Paper Lanterns ({word} ver.)")] == [kind]
    assert find_versions(f"{word} Man ({word} Lanterns)") == ()


@pytest.mark.parametrize(
    "title",
    [
        *("Piano Man", "English Rose", "Japanese Boy", "Version", "Spanish Harlem", "Music Box"),
        *("The BBC Song", "Piano", "English", "Slow", "Radio", "Deutschland"),
        *("Vocals", "My Version"),
        *("New Version", "English Version", "Children's Story", "At the BBC"),
        *("Version 2", "Long Ago"),
    ],
)
def test_a_song_called_like_a_version_is_itself(title: str) -> None:
    recording = wanted(title, "A Band")
    for name in (
        *(f"A Band - {title}", f"{title} - A Band [Lyrics]", f"A Band: {title} (Official Video)"),
        *(f"A Band | {title} (Remastered 2011)", f"A Band - {title} (Album Version)"),
    ):
        assert score_of(upload(name), recording) >= ACCEPT, name
    assert score_of(upload(title, "A Band - Topic"), recording) >= ACCEPT
    for version in ("Piano Version", "Spanish Version", "Ida's Version"):
        assert score_of(upload(f"A Band - {title} ({version})"), recording) < REVIEW
