"""What counts as a contradiction: a sound that is another recording beyond doubt."""

from __future__ import annotations

import pytest

from shanty.matching import find_contradiction
from shanty.music.entities import Artist, Recording
from shanty.music.fingerprint import Recognition
from tests.world.acoustid_service import FOUND, M83, make_recording


@pytest.mark.parametrize(
    "recording",
    [
        make_recording("Run Into Flowers"),
        make_recording("Lower Your Eyelids to Die With the Sun", Artist("x", "Somebody Else")),
        make_recording("Gone", Artist("x", "Somebody Else")),
    ],
    ids=["another song", "by another artist", "another song of another artist"],
)
def test_another_recording_beyond_doubt_is_a_contradiction(recording: Recording) -> None:
    assert find_contradiction([FOUND], recording) == f"{FOUND.artist} – {FOUND.title}"


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Song", "Song (live at Wembley)"),
        ("Song", "Song (karaoke version)"),
        ("Song", "Song (Somebody remix)"),
    ],
)
def test_another_version_is_a_contradiction(title: str, other: str) -> None:
    found = Recognition(0.95, "other", other, "M83", (M83.mbid,))
    assert find_contradiction([found], make_recording(title))


@pytest.mark.parametrize(
    ("found", "recording"),
    [
        ([], make_recording("Run Into Flowers")),
        ([FOUND], make_recording("Gone", mbid=FOUND.recording_mbid)),
        ([FOUND], make_recording("Lower Your Eyelids To Die with the Sun")),  # merged, or twice
        ([Recognition(0.85, "o", "Gone", "M83")], make_recording("Song")),  # not sure
        ([Recognition(1.0, "o", "Gone", "M83"), Recognition(0.6, "m")], make_recording("Song")),
        (
            [Recognition(1.0, "o", "Gone", "M83"), Recognition(0.6, "p", "Song", "M83")],
            make_recording("Song"),
        ),
        ([Recognition(1.0, "o")], make_recording("Song")),  # says too little
        ([Recognition(1.0, "o", "Song", "Ziggy", (M83.mbid,))], make_recording("Song")),
        ([Recognition(1.0, "o", "夜", "M83")], make_recording("Song")),  # may be a translation
        ([Recognition(1.0, "o", "Song", "北極")], make_recording("Song")),
        ([Recognition(1.0, "o", "Song (2011 remaster)", "M83")], make_recording("Song")),
        ([Recognition(1.0, "o", "Song (radio edit)", "M83")], make_recording("Song")),
        ([Recognition(1.0, "o", "Song", "M83")], make_recording("Song (live)")),
        ([Recognition(1.0, "o", "Song (live)", "M83")], make_recording("Song (live)")),
        (
            [Recognition(1.0, "o", "Song (live)", "M83")],
            make_recording("Song", disambiguation="live, 2001-02-03: Oslo"),
        ),
        (
            [Recognition(1.0, "o", "Song", "[unknown]", ("125ec42a-7229-4250-afc5-e057484327fe",))],
            make_recording("Song"),
        ),
    ],
)
def test_doubt_is_no_contradiction(found: list[Recognition], recording: Recording) -> None:
    assert find_contradiction(found, recording) == ""
