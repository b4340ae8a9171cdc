"""Each kind of wrong upload and of right one, in many languages and scripts: see ``kinds.toml``.

A wrong one is the only result, as long as the recording: it is asked about, whoever uploads it. The
right one beside it is taken.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from shanty.matching import rank
from tests.world.languages import NAMES, assert_in_many_languages
from tests.world.uploads import ACCEPT, score_of, upload, wanted

KINDS = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))
PLAIN = ("{a} - {t}", "{t} - {a}", "{a}: {t} (Official Audio)")


def cases(side: str) -> list[tuple[str, str]]:
    return [(kind, language) for kind, titles in KINDS[side].items() for language in titles]


@pytest.mark.parametrize(("kind", "language"), cases("wrong"))
def test_a_wrong_upload_is_asked_about_in_any_language(kind: str, language: str) -> None:
    artist, title = NAMES[language]
    song = wanted(title, artist)
    rights = [upload(plain.format(a=artist, t=title), "somebody") for plain in PLAIN]
    assert all(score_of(one, song) >= ACCEPT for one in rights)
    for words in KINDS["wrong"][kind][language]:
        for channel in ("someone", words.partition(" - ")[0].format(a="someone", t="else")):
            wrong = upload(words.format(a=artist, t=title), channel)
            assert score_of(wrong, song) < ACCEPT, (words, channel)
        assert rank([wrong, *rights], song)[0].title != wrong.title, words


@pytest.mark.parametrize(("kind", "language"), cases("right"))
def test_a_right_upload_is_taken_in_any_language(kind: str, language: str) -> None:
    artist, title = NAMES[language]
    song = wanted(title, artist)
    for words in KINDS["right"][kind][language]:
        assert score_of(upload(words.format(a=artist, t=title), "someone"), song) >= ACCEPT, words


def test_half_of_the_cases_of_each_kind_are_in_other_languages() -> None:
    for kind, by_language in KINDS["wrong"].items():
        assert_in_many_languages(kind, by_language)
