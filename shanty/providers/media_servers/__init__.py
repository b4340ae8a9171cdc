"""Media servers: how each is told that music has come, moved or gone. One small file for each.

Which one is meant, and how it is reached, stands in an address: ``jellyfin://KEY@host:8096``.
"""

from __future__ import annotations

from shanty.errors import ConfigError
from shanty.providers.media_servers.address import ServerAddress
from shanty.providers.media_servers.contract import Changes, MediaServer
from shanty.providers.media_servers.jellyfin import Emby, Jellyfin
from shanty.providers.media_servers.kodi import Kodi
from shanty.providers.media_servers.lyrion import Lyrion
from shanty.providers.media_servers.mpd import MusicPlayerDaemon
from shanty.providers.media_servers.plex import Plex
from shanty.providers.media_servers.subsonic import Subsonic

__all__ = ["Changes", "MediaServer", "open_media_server"]

_KINDS: dict[str, type[MediaServer]] = {
    "subsonic": Subsonic,
    "navidrome": Subsonic,
    "jellyfin": Jellyfin,
    "emby": Emby,
    "plex": Plex,
    "kodi": Kodi,
    "lyrion": Lyrion,
    "mpd": MusicPlayerDaemon,
}


def open_media_server(url: str) -> MediaServer:
    """Return the server that an address names. Nothing is asked yet.

    Raises:
        ConfigError: the address is none, or names a server that is not known.
    """
    address = ServerAddress.parse(url)
    kind = _KINDS.get(address.kind)
    if kind is None:
        raise ConfigError(
            f"setting 'media_servers.urls': {address.kind}:// is none of {', '.join(_KINDS)}; an s "
            "at the end, as in plexs://, asks over HTTPS"
        )
    return kind(address)
