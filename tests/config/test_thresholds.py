"""From which score on a candidate is taken or asked about, as the settings say it."""

from __future__ import annotations

from typing import Any

import pytest

from shanty.config.settings import load_settings
from shanty.errors import ConfigError


@pytest.mark.parametrize(
    ("given", "accept_from", "review_from"),
    [
        ({}, 0.75, 0.55),
        ({"matching": "strict"}, 0.88, 0.55),
        ({"matching": "eager"}, 0.65, 0.45),
        ({"matching": "eager", "accept_score": 0.9}, 0.9, 0.45),
        ({"matching": "strict", "review_score": 0.1}, 0.88, 0.1),
    ],
)
def test_thresholds_go_by_a_word_and_numbers_win(
    given: dict[str, Any], accept_from: float, review_from: float
) -> None:
    settings = load_settings(download=given)
    assert settings.download.accept_score == accept_from
    assert settings.download.review_score == review_from


def test_wrong_thresholds_are_one_sentence() -> None:
    with pytest.raises(ConfigError, match="matching"):
        load_settings(download={"matching": "sloppy"})
    with pytest.raises(ConfigError, match=r"review_score \(0.8\) is above accept_score \(0.75\)"):
        load_settings(download={"review_score": 0.8})
