"""Cookies by upload: what the pages and the API take in, never shown again."""

from __future__ import annotations

from shanty.providers.cookie_file import decode_text
from shanty.sources.cookie_keep import Taken, import_text
from web.parts import Parts

_LONGEST_NAME = 100


def take(parts: Parts, content: bytes, name: str) -> Taken:
    """Take the cookies of an exported file in the place of those that are there.

    Raises:
        ConfigError: it holds no cookies, or none of them is of use.
    """
    # A browser says the name, and so whoever sends it may say anything.
    shown = "".join(char for char in name if char.isprintable())[:_LONGEST_NAME] or "the file"
    return import_text(decode_text(content, shown), shown, parts.settings, parts.database)
