"""Plex: the section that has the folder looks at it.

Source: https://support.plex.tv/articles/201638786-plex-media-server-url-commands/.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from shanty.errors import PermanentError
from shanty.providers.media_servers.address import ServerAddress
from shanty.providers.media_servers.contract import Changes
from shanty.providers.media_servers.http_interface import WebInterface

_PORT = 32400


class Plex:
    """``plex://TOKEN@host:32400``."""

    def __init__(self, address: ServerAddress) -> None:
        """Keep how it is reached."""
        self._address = address
        self._web = WebInterface(address, _PORT, {"X-Plex-Token": address.secret})

    @property
    def label(self) -> str:
        """What it is and where."""
        return self._address.label

    def tell(self, changes: Changes, library: PurePosixPath) -> None:
        """Let each section that has a folder look at it."""
        sections = self._music_sections()
        for folder in changes.folders:
            path = self._address.there(folder, library)
            keys = [key for key, places in sections if _has(places, path)]
            if not keys:
                raise PermanentError(
                    f"{self.label} has no music library with {path}: say where it sees your "
                    "library, as in ?library=/music"
                )
            for key in keys:
                self._web.get(f"/library/sections/{key}/refresh", {"path": path})

    def _music_sections(self) -> list[tuple[str, list[str]]]:
        """The keys of the sections with music, and where their music lies."""
        try:
            found: Any = self._web.get("/library/sections")["MediaContainer"].get("Directory", [])
            return [
                (str(one["key"]), [str(place["path"]) for place in one["Location"]])
                for one in found
                if one["type"] == "artist"
            ]
        except (KeyError, TypeError, AttributeError):
            raise self._web.nonsense() from None


def _has(places: list[str], path: str) -> bool:
    """Whether a section's places lie above the path, or below it if it is the whole library."""
    looked_at = _plain(path)
    return any(
        looked_at.is_relative_to(place) or place.is_relative_to(looked_at)
        for place in map(_plain, places)
    )


def _plain(path: str) -> PurePosixPath:
    return PurePosixPath(path.replace("\\", "/"))
