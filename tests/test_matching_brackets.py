"""What is in brackets in an upload's title and nothing explains: a person is asked."""

from __future__ import annotations

import pytest

from shanty.entities import Recording
from shanty.matching import score
from tests.uploads import ACCEPT, REVIEW, SONG, score_of, upload, wanted


@pytest.mark.parametrize(
    "words",
    [
        *("Medieval Style", "Reimagined", "Dolby Atmos", "Jazz Version"),
        *("80's Version", "Ida Choir"),
        *("2020 Version", "Version 2", "Movie Version", "Lyric Video, Cathedral Version", "Part 2"),
    ],
)
def test_what_nothing_explains_in_brackets_is_for_a_person(words: str) -> None:
    for channel in ("someone", "The Maydays", "The Maydays - Topic"):
        for title in (f"The Maydays - Paper Lanterns ({words})", f"Paper Lanterns [{words}]"):
            total, parts = score(upload(title, channel), SONG)
            assert total < ACCEPT, (title, channel)
            assert total >= REVIEW or channel == "someone"
            assert parts[-1].name == "perhaps another version"
            assert parts[-1].note == words
    title = f"The Maydays - Paper Lanterns ({words})"
    for explained in (
        wanted(f"Paper Lanterns ({words})", "The Maydays"),
        wanted("Paper Lanterns", "The Maydays", disambiguation=words),
    ):
        assert score_of(upload(title), explained) >= ACCEPT
    assert score_of(upload(title), SONG, f"Night Songs ({words})") >= ACCEPT


@pytest.mark.parametrize(
    ("recording", "title", "channel"),
    [
        (SONG, "The Maydays - Paper Lanterns (Official Video) [HD UPGRADE]", "The Maydays"),
        (SONG, "The Maydays - Paper Lanterns [HCT Release]", "HaCongThands"),
        (SONG, "The Maydays - Paper Lanterns [Ida Uploads]", "Ida Uploads"),
        (SONG, "The Maydays - Paper Lanterns (Video by Ida)", "someone"),
        (SONG, "The Maydays - Paper Lanterns (From the Album Night Songs)", "someone"),
        (SONG, "The Maydays - Paper Lanterns (10th Anniversary Edition) (1999)", "someone"),
        (SONG, "The Maydays - Paper Lanterns (feat. Ida) [Prod. by Bo] (w/ Cy)", "someone"),
        (SONG, "The Maydays - Paper Lanterns (Remastered Version 2009)", "someone"),
        (SONG, "The Maydays [@themaydays] - Paper Lanterns (종이 등불)", "someone"),
        (SONG, "Paper Lanterns [TheMaydays] (Audio) (💖)", "TheMaydays"),
        # A translation is in brackets, too.
        (wanted("夜に駆ける", "YOASOBI"), "YOASOBI - 夜に駆ける (Into The Night)", "someone"),
        (wanted("22", "Ida"), "Ida - 22 (Official Video) (2012)", "someone"),
    ],
)
def test_what_is_ordinary_in_brackets_needs_no_person(
    recording: Recording, title: str, channel: str
) -> None:
    assert score_of(upload(title, channel), recording) >= ACCEPT


@pytest.mark.parametrize(
    ("recording", "title"),
    [
        (wanted("봄날", "BTS", aliases=("방탄소년단",)), "BTS (방탄소년단) '봄날' Official Audio"),
        (wanted("해야 (HEYA)", "IVE", aliases=("아이브",)), "IVE (아이브) - 해야 (HEYA)"),
        (wanted("Song", "Ida", aliases=("Ida Berg",)), "Ida (Berg) - Song"),
    ],
)
def test_another_name_of_the_artist_in_brackets_needs_no_person(
    recording: Recording, title: str
) -> None:
    assert score_of(upload(title, "someone"), recording) >= ACCEPT
    (part,) = recording.artist_credit.parts
    unknown = wanted(recording.title, part.name)
    assert score_of(upload(title, "someone"), unknown) < ACCEPT


def test_another_name_in_latin_letters_is_no_artist_of_an_upload() -> None:
    song = wanted("Song", "Ida", aliases=("Berg", "Live"))
    assert score_of(upload("Berg - Song", "someone"), song) < ACCEPT
    assert score_of(upload("Ida - Song (Live)", "someone"), song) < REVIEW
