"""What holds of the score for any title, name and length whatever."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shanty.matching import rank, score
from shanty.models import Candidate
from shanty.music.entities import Artist, ArtistCredit, CreditedArtist, Recording
from shanty.music.names import fold_name

# Everything, lone surrogates too: a site's JSON may hold them.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=60)
WORDS = st.text("abcdefghijklmnopqrstuvwxyzàéïõüçñ", min_size=3, max_size=8)
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
LENGTHS = st.floats(1, 20_000)
EXTRAS = (
    *("Live", "Official Video", "Remix", "En Vivo", "HD", "Cover by Ida", "Acoustic Cover"),
    *("Ida's Version", "Japanese Ver", "Piano", "Medieval Style"),
)
BRACKETS = ("()", "[]", "{}", "【】", "（）", "［］", "〔〕")
DASHES = (" - ", " – ", " — ", " ― ")


def make_recording(title: str, artist: str, seconds: float | None = 200.0) -> Recording:
    credit = ArtistCredit((CreditedArtist(Artist("a", artist), artist),) if artist else ())
    return Recording("m", title, credit, None if seconds is None else round(seconds * 1000))


def make_candidate(title: str, channel: str = "", seconds: float | None = 200.0) -> Candidate:
    return Candidate(
        "Youtube", "1", "u", title, uploader=channel, channel=channel, duration_seconds=seconds
    )


@st.composite
def titles(draw: st.DrawFn) -> str:
    """Titles as they are, near to a wanted one or not."""
    return draw(
        st.one_of(
            TEXTS,
            st.sampled_from(
                [
                    "Anna - Song",
                    "Anna - Song (Official Video)",
                    "Song",
                    "Song (Live)",
                    "【MV】Anna「Song」",
                    "Other - Song",
                ]
            ),
        )
    )


@settings(deadline=None)
@given(title=titles(), channel=TEXTS, wanted=LENGTHS, near=LENGTHS, far=LENGTHS)
@example(title="Anna - Song", channel="Anna - Topic", wanted=200.0, near=216.0, far=217.0)
def test_the_score_never_rises_when_the_duration_moves_away(
    title: str, channel: str, wanted: float, near: float, far: float
) -> None:
    recording = make_recording("Song", "Anna", wanted)
    expected = (recording.length_ms or 0) / 1000
    near, far = sorted((near, far), key=lambda seconds: abs(seconds - expected))
    closer, _ = score(make_candidate(title, channel, near), recording)
    further, _ = score(make_candidate(title, channel, far), recording)
    assert further <= closer


@settings(deadline=None)
@given(
    artist=NAMES,
    title=NAMES,
    extra=st.one_of(NAMES, st.sampled_from(EXTRAS)),
    brackets=st.sampled_from(BRACKETS),
    dash=st.sampled_from(DASHES),
    mark=st.sampled_from(["", "!", ",", "?", "…", "!!", "."]),
    wanted=st.sampled_from(["the song", "another"]),
)
def test_case_accents_punctuation_and_brackets_change_nothing(
    artist: str, title: str, extra: str, brackets: str, dash: str, mark: str, wanted: str
) -> None:
    recording = make_recording(title if wanted == "the song" else "Paper Lanterns", artist)
    plain = score(make_candidate(f"{artist} - {title} ({extra})"), recording)[0]
    opening, closing = brackets
    variants = (
        f"{artist}{dash}{title} {opening}{extra}{closing}",
        f"{artist} - {title} ({extra})".upper(),
        f"{artist} - {title} ({extra})".title(),
        f"{_accented(artist)} - {_accented(title)} ({extra})",
        f"{artist}{mark} - {title}{mark} ({extra}{mark})",
    )
    for variant in variants:
        assert score(make_candidate(variant), recording)[0] == plain, variant
    # And the same on the other side.
    for change in (str.upper, _accented):
        changed = make_recording(change(recording.title), change(artist))
        assert score(make_candidate(f"{artist} - {title} ({extra})"), changed)[0] == plain


def _accented(text: str) -> str:
    return "".join(char + "\u0301" if char in "aeiou" else char for char in text)


@settings(deadline=None)
@given(
    title=TEXTS,
    channel=TEXTS,
    track=TEXTS,
    album=TEXTS,
    artists=st.lists(TEXTS, max_size=2),
    wanted=TEXTS,
    artist=TEXTS,
    disambiguation=TEXTS,
    seconds=st.one_of(st.none(), st.floats()),
)
@example("\ud800 - (((", "(", "", "[", ["\0"], "\u202e", "\ud83d", "live, :", math.nan)
def test_any_text_whatever_has_a_score(
    title: str,
    channel: str,
    track: str,
    album: str,
    artists: list[str],
    wanted: str,
    artist: str,
    disambiguation: str,
    seconds: float | None,
) -> None:
    recording = replace(make_recording(wanted, artist), disambiguation=disambiguation)
    candidate = replace(
        make_candidate(title, channel, seconds), track=track, album=album, artists=tuple(artists)
    )
    (ranked,) = rank([candidate], recording, album)
    assert 0 <= ranked.score <= 1
    contributions = math.fsum(part.contribution for part in ranked.score_parts)
    assert math.isclose(contributions, ranked.score, abs_tol=0.002)
    assert all(0 <= part.value <= 1 for part in ranked.score_parts)


@settings(deadline=None)
@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_name(fold_name(text)) == fold_name(text)


@settings(deadline=None)
@given(st.integers(1, 50))
def test_a_hostile_title_is_read_to_its_end(depth: int) -> None:
    for char in "([-|\"'「 ":
        score(make_candidate(char * depth * 1000), make_recording("Song", "Anna"))
