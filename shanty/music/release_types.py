"""The types of release groups, and what a person may call them.

Source: https://musicbrainz.org/doc/Release_Group/Type
"""

from __future__ import annotations

PRIMARY_TYPES = ("Album", "Single", "EP", "Broadcast", "Other")
SECONDARY_TYPES = (
    "Audio drama",
    "Audiobook",
    "Compilation",
    "Demo",
    "DJ-mix",
    "Field recording",
    "Interview",
    "Live",
    "Mixtape/Street",
    "Remix",
    "Soundtrack",
    "Spokenword",
)


def parse_primary_type(text: str) -> str:
    """The primary type that is meant.

    Raises:
        ValueError: there is none of that name; the message lists them.
    """
    return _parse(text, PRIMARY_TYPES)


def parse_secondary_type(text: str) -> str:
    """The secondary type that is meant.

    Raises:
        ValueError: there is none of that name; the message lists them.
    """
    return _parse(text, SECONDARY_TYPES)


def _parse(text: str, names: tuple[str, ...]) -> str:
    wanted = _fold(text)
    for name in names:
        # "mixtape" and "street" are both what MusicBrainz calls Mixtape/Street.
        if wanted in (_fold(name), *map(_fold, name.split("/"))):
            return name
    raise ValueError(f"there is no type {text!r}; there are {', '.join(map(str.lower, names))}")


def _fold(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
