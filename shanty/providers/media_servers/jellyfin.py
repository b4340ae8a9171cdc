"""Jellyfin and Emby: each is told which folders have changed.

Source: https://api.jellyfin.org (postUpdatedMedia) and
https://dev.emby.media/reference/RestAPI/LibraryService/postLibraryMediaUpdated.html.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from shanty.providers.media_servers.address import ServerAddress
from shanty.providers.media_servers.contract import Changes
from shanty.providers.media_servers.http_interface import WebInterface

_PORT = 8096


class Jellyfin:
    """``jellyfin://KEY@host:8096``, with a key of its dashboard."""

    def __init__(self, address: ServerAddress) -> None:
        """Keep how it is reached."""
        self._address = address
        self._web = WebInterface(address, _PORT, self._headers(address.secret))

    def _headers(self, key: str) -> dict[str, str]:
        return {"Authorization": f'MediaBrowser Token="{key}", Client="Shanty"'}

    @property
    def label(self) -> str:
        """What it is and where."""
        return self._address.label

    def tell(self, changes: Changes, library: PurePosixPath) -> None:
        """Name the folders; it waits a moment of its own before it looks."""
        updates = [
            {"Path": self._address.there(folder, library), "UpdateType": "Modified"}
            for folder in changes.folders
        ]
        self._web.post("/Library/Media/Updated", {"Updates": updates})


class Emby(Jellyfin):
    """``emby://KEY@host:8096``."""

    def _headers(self, key: str) -> dict[str, str]:
        return {"X-Emby-Token": key}
