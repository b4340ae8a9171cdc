"""The score: right uploads above the line, wrong ones below it, whatever their titles look like."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from shanty.config.sections import DownloadSettings
from shanty.matching import rank, score, search_query
from shanty.matching.scoring import WEIGHTS
from shanty.models import Candidate
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, Recording
from shanty.tracks.review import judge
from tests.world.uploads import ACCEPT, REVIEW, SONG, score_of, upload, wanted


@pytest.mark.parametrize(
    "candidate",
    [
        upload("Paper Lanterns", "The Maydays - Topic"),
        upload("Paper Lanterns", "TheMaydaysVEVO"),
        upload("The Maydays - Paper Lanterns (Official Audio)", "The Maydays"),
        upload("The Maydays – Paper Lanterns [Official Video] [HD]", "Label Records"),
        upload("THE MAYDAYS — PAPER LANTERNS", "someone"),
        upload("Paper Lanterns - The Maydays (Lyrics)", "LyricLane"),
        upload('The Maydays "Paper Lanterns" M/V', "someone"),
        upload("The Maydays: Paper Lanterns", "someone"),
        upload("The Maydays - Paper Lanterns (Remastered 2011)", "someone"),
        upload("The Maydays | Paper Lanterns | Official Visualizer", "someone"),
        upload("The Maydays - Paper Lanterns (feat. Nobody)", "someone"),
        upload("Paper Lanterns", "someone", track="Paper Lanterns", artists=("The Maydays",)),
        upload("The Maydays - Paper Lanterns", "someone", 201.0),
        upload("The Maydays - Paper Lanterns", "someone", None),
    ],
    ids=lambda candidate: candidate.title,
)
def test_the_recording_is_taken_whatever_its_title(candidate: Candidate) -> None:
    assert score_of(candidate, SONG) >= ACCEPT


@pytest.mark.parametrize("name", ["Hikaru Utada", "Utada Hikaru", "Hikki"])
def test_an_artist_is_known_by_the_names_in_latin_letters(name: str) -> None:
    artist = Artist("a", "宇多田ヒカル", "Utada, Hikaru", aliases=("Hikki", "UH", "うただ"))
    credit = ArtistCredit((CreditedArtist(artist, artist.name),))
    recording = Recording("m", "First Love", credit, 200_000)
    assert score_of(upload(f"{name} - First Love"), recording) >= ACCEPT
    assert score_of(upload("UH - First Love"), recording) < ACCEPT


def test_an_auto_generated_channel_of_somebody_else_is_no_question() -> None:
    assert score_of(upload("Paper Lanterns", "Other People - Topic"), SONG) < REVIEW
    named = upload("Paper Lanterns", "x", track="Paper Lanterns", artists=("Other People",))
    assert score_of(named, SONG) < REVIEW
    # Short names are alike by chance.
    assert score_of(upload("Song", "Goat - Topic"), wanted("Song", "GOT7")) < REVIEW
    # In another script it may be the same artist: that is for a person.
    assert REVIEW <= score_of(upload("Song", "Sunmi - Topic"), wanted("Song", "宇多田")) < ACCEPT


def test_a_score_says_how_it_came_about() -> None:
    total, parts = score(upload("Paper Lanterns (Live)", "The Maydays", 240.0), SONG)
    assert round(sum(part.contribution for part in parts), 3) == round(total, 3)
    assert [part.name for part in parts if part.weight] == list(WEIGHTS)
    assert sum(part.weight for part in parts) == pytest.approx(1)
    against = {part.name: part.note for part in parts if not part.weight}
    assert against == {"wrong length": "+40 s", "unwanted version": "live"}


def test_another_song_or_artist_is_not_taken_even_with_the_same_length() -> None:
    assert score_of(upload("The Maydays - Copper Sky", "The Maydays"), SONG) < REVIEW
    assert score_of(upload("Other People - Paper Lanterns", "Other People"), SONG) < ACCEPT
    assert score_of(upload("Copper Sky", "Other People"), SONG) < 0.3
    # A title without a trace of the artist is for a person to decide.
    assert REVIEW <= score_of(upload("Paper Lanterns", "uploads 123"), SONG) < ACCEPT


def test_the_exact_length_is_best_and_far_off_is_out() -> None:
    scores = [
        score_of(upload("The Maydays - Paper Lanterns", "x", 200 + off), SONG)
        for off in (0, 3, 6, 9, 12, 17, 40)
    ]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.95
    assert scores[1] >= ACCEPT
    assert scores[-2] < REVIEW
    assert scores[-1] == scores[-2]


def test_what_is_very_long_is_for_a_person_where_no_length_is_known() -> None:
    unknown = wanted("Paper Lanterns", "The Maydays", seconds=None)
    title = "The Maydays - Paper Lanterns"
    for seconds in (200.0, 12 * 60.0, None):
        assert score_of(upload(title, "The Maydays", seconds), unknown) >= ACCEPT
    for seconds in (20 * 60.0, 10 * 3600.0, math.inf):
        for channel in ("someone", "The Maydays", "The Maydays - Topic"):
            assert REVIEW <= score_of(upload(title, channel, seconds), unknown) < ACCEPT
    # What is wanted may be as long as it likes.
    long = wanted("Paper Lanterns", "The Maydays", seconds=20 * 60.0)
    assert score_of(upload(title, "The Maydays", 20 * 60.0), long) >= ACCEPT


@pytest.mark.parametrize(
    ("recording", "candidate", "verdict"),
    [
        (
            wanted("Paper Lanterns", "The Maydays", seconds=None),
            upload("The Maydays - Paper Lanterns", seconds=36_000.0),
            ("unsure", "very long for an unknown length (600 min)"),
        ),
        (
            SONG,
            upload("The Maydays - Paper Lanterns (Medieval Style)"),
            ("unsure", "perhaps another version (Medieval Style)"),
        ),
        (
            SONG,
            upload("The Maydays - Paper Lanterns (Korean Ver.)"),
            ("passed over", "unwanted version (korean ver)"),
        ),
        (
            SONG,
            upload("The Maydays - Paper Lanterns (Ida's Version)"),
            ("passed over", "unwanted version (rerecorded)"),
        ),
        (
            wanted("Paper Lanterns (Ida’s version)", "The Maydays"),
            upload("The Maydays - Paper Lanterns"),
            ("passed over", "wanted version missing (re recorded)"),
        ),
        (
            wanted("Paper Lanterns (Japanese ver.)", "The Maydays"),
            upload("The Maydays - Paper Lanterns"),
            ("passed over", "wanted version missing (japanese)"),
        ),
    ],
)
def test_what_is_not_taken_says_why_in_one_phrase(
    recording: Recording, candidate: Candidate, verdict: tuple[str, str]
) -> None:
    judged = judge(rank([candidate], recording)[0], DownloadSettings())
    below, _, why = judged.why.partition("; ")
    assert below.endswith(" < 0.75")
    assert (judged.word, why) == verdict


def test_short_tracks_are_measured_by_their_own_length() -> None:
    short = wanted("Paper Lanterns", "The Maydays", seconds=3.0)
    title = "The Maydays - Paper Lanterns"
    assert score_of(upload(title, "x", 3.1), short) > 0.95
    assert score_of(upload(title, "x", 4.0), short) < ACCEPT
    assert score_of(upload(title, "x", 4.5), short) < REVIEW


@pytest.mark.parametrize(
    ("recording", "title"),
    [
        (wanted("Águas de Março", "Elis Regina"), "Elis Regina - Aguas De Marco"),
        (wanted("Don’t Stop", "Ana & Bo"), "Ana and Bo - Dont Stop"),
        (wanted("보름달", "선미"), "선미(Sunmi) - 보름달 M/V"),
        (wanted("!!!", "The Odd"), "The Odd - !!!"),
        (wanted("アイドル", "YOASOBI"), "YOASOBI「アイドル」 Official Music Video"),
        (wanted("夜に駆ける", "YOASOBI"), "【MV】YOASOBI / 夜に駆ける"),
        (wanted("Группа крови", "Кино"), "Kino - Gruppa krovi"),
        (wanted("Сүт", "Юта"), "Yuta — Сүт (Официальный клип)"),
        (wanted("さくら", "あいこ"), "Aiko - Sakura (Official Video)"),
        (wanted("Song", "Sunmi(선미)"), "선미 - Song"),
        (wanted("Rainbow", "Planet Shiver"), "MV_Planet Shiver_Rainbow [feat. Crush]"),
        (wanted("Wandering Star", "Maren Østby"), "Maren Ostby- Wandering Star"),
        (wanted("Idilio", "Willie Colón"), "Idilio-Willie Colon"),
        (wanted("Song - Remastered 2011", "A Band"), "A Band - Song (2011 Remaster)"),
        (wanted("Song (feat. C)", "A Band"), "A Band ft. C - Song (Clip Officiel)"),
        (wanted("Swerve", "Papa Roach"), "Papa Roach & @HollywoodUndead - Swerve Official Audio"),
        (wanted("A", "GOT7"), 'GOT7 "A" M/V'),
        (wanted("Video", "India Someone"), "India Someone - Video"),
        (wanted("Duet", "Anna", "Bert"), "Anna & Bert - Duet"),
        (wanted("Self Titled", "Self Titled"), "Self Titled - Self Titled"),
    ],
)
def test_odd_names(recording: Recording, title: str) -> None:
    assert score_of(upload(title), recording) >= ACCEPT


def test_ranking_sets_scores_and_keeps_the_order_of_equals() -> None:
    candidates = [
        upload("The Maydays - Paper Lanterns (Live)"),
        upload("The Maydays - Paper Lanterns", "b"),
        upload("The Maydays - Paper Lanterns", "a"),
        upload("Paper Lanterns", "The Maydays - Topic"),
    ]
    ranked = rank(candidates, SONG)
    assert [one.channel for one in ranked] == ["The Maydays - Topic", "b", "a", ""]
    assert all(0 <= one.score <= 1 for one in ranked)
    assert [part.name for part in ranked[0].score_parts] == list(WEIGHTS)
    assert rank([], SONG) == []


def test_the_query_names_artist_and_title() -> None:
    assert search_query(wanted("Duet", "Anna", "Bert")) == "Anna & Bert - Duet"
    assert search_query(wanted("Alone")) == "Alone"


def test_nothing_is_known_of_anything() -> None:
    empty = wanted("", seconds=None)
    assert 0 <= score_of(upload("", "", None), empty) <= 1
    assert 0 <= score_of(upload("", "", None), SONG) < REVIEW


@pytest.mark.parametrize(
    ("off", "told"), [(-0.4, "+0 s"), (0.4, "+0 s"), (-3.0, "-3 s"), (12, "+12 s")]
)
def test_a_length_is_told_in_whole_seconds(off: float, told: str) -> None:
    seconds = (SONG.length_ms or 0) / 1000
    _, parts = score(replace(upload("Paper Lanterns"), duration_seconds=seconds + off), SONG)
    assert [part.note for part in parts if part.name == "duration"] == [told]


def test_what_a_source_never_says_does_not_weigh() -> None:
    """The best that a source can say of the right upload is worth as much as another's best."""
    silent = replace(upload("The Maydays - Paper Lanterns"), channel="", uploader="")
    total, parts = score(silent, SONG, "Moths")
    unknown = {part.name for part in parts if part.note == "unknown"}
    assert unknown == {"channel kind", "uploader", "album"}
    known = [part for part in parts if part.name not in unknown]
    mean = sum(part.contribution for part in known) / sum(part.weight for part in known)
    assert total == pytest.approx(mean, abs=0.001)
    # An album that is said weighs, for and against.
    album = [score_of(replace(silent, album=name), SONG, "Moths") for name in ("Moths", "Zzz")]
    assert album[0] > total > album[1]
