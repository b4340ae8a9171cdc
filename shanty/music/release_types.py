"""The types of release groups, and the names that a person may use for them.

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
    """Return the primary type that a text names.

    Raises:
        ValueError: there is no such type; the message lists all of them.
    """
    return _parse(text, PRIMARY_TYPES)


def parse_secondary_type(text: str) -> str:
    """Return the secondary type that a text names.

    Raises:
        ValueError: there is no such type; the message lists all of them.
    """
    return _parse(text, SECONDARY_TYPES)


def _parse(text: str, names: tuple[str, ...]) -> str:
    wanted = _fold(text)
    for name in names:
        # Both "mixtape" and "street" mean MusicBrainz's Mixtape/Street.
        if wanted in (_fold(name), *map(_fold, name.split("/"))):
            return name
    raise ValueError(f"there is no type {text!r}; there are {', '.join(map(str.lower, names))}")


def _fold(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
