"""Names and titles are the same with whatever signs they are written."""

from __future__ import annotations

import pytest

from shanty.music.names import fold_name
from tests.world.uploads import ACCEPT, score_of, upload, wanted


@pytest.mark.parametrize(
    ("typeset", "typed"),
    [
        ("4′33″", "4'33\""),
        ("Hawaiʻi", "Hawai'i"),
        ("Donʼt", "Don't"),
        ("Don＇t", "Don't"),
        ("Don´t", "Don't"),
        ("Qurʾān", "Qur'an"),
        ("12″ Single", '12" Single'),
        ("Rock ’n’ Roll", "Rock 'n' Roll"),
    ],
)
def test_an_apostrophe_is_one_whatever_sign_it_is(typeset: str, typed: str) -> None:
    assert fold_name(typeset) == fold_name(typed)
    for title, other in ((typeset, typed), (typed, typeset)):
        found = upload(other, "Ida - Topic")
        assert score_of(found, wanted(title, "Ida")) >= ACCEPT


@pytest.mark.parametrize("sign", ["&", "＆", "﹠"])
def test_an_ampersand_is_a_word_whatever_its_width(sign: str) -> None:
    assert fold_name(f"Ida{sign}Bo") == "ida and bo"
    assert score_of(upload(f"Ida{sign}ボー - 提灯"), wanted("提灯", "Ida & ボー")) >= ACCEPT


def test_a_version_is_somebodys_own_with_any_apostrophe() -> None:
    song = wanted("Paper Lanterns (Ida's version)", "Ida")
    for sign in "'’ʼ′＇":
        found = upload(f"Ida - Paper Lanterns (Ida{sign}s Version)", "x")
        assert score_of(found, song) >= ACCEPT
        assert score_of(found, wanted("Paper Lanterns", "Ida")) < ACCEPT
