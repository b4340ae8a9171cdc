"""A secret is hidden in a message wherever it stands, and no other word is harmed."""

from __future__ import annotations

import pytest

from shanty.errors import hide_secrets


@pytest.mark.parametrize(
    ("text", "secrets", "told"),
    [
        ("port 5432 of the pg host", ["p"], "port 5432 of the pg host"),
        ("password=p; port 5432", ["p"], "password=***; port 5432"),
        ("postgresql://me:p@host/p_music", ["p"], "postgresql://me:***@host/p_music"),
        ("a+b? is refused, ab is not", ["a+b?"], "*** is refused, ab is not"),
        ("keyhush12345 in one word", ["hush12345"], "key*** in one word"),
        ("hush12345-more, hush12345", ["hush12345", "hush12345-more"], "***, ***"),
        ("nothing is set", [""], "nothing is set"),
        ("pässe pä", ["pä"], "pässe ***"),
    ],
)
def test_only_the_secret_is_hidden(text: str, secrets: list[str], told: str) -> None:
    assert hide_secrets(text, secrets) == told
