"""The tables of ``shanty.toml`` that say how outside services are asked.

Owns what follows from the keys of one table alone, as :mod:`shanty.config.sections` does for the
rest.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from shanty.config.quiet_hours import QuietHours
from shanty.config.section import Section
from shanty.config.values import Duration, FullPath, parse_quiet_hours


class MusicBrainzSettings(Section):
    """The catalogue service."""

    url: str = Field(
        default="https://musicbrainz.org",
        pattern=r"^https?://[^/\s]+/?\Z",
        description="MusicBrainz, or a server with the same API (WS/2)",
    )
    rate: float = Field(
        default=1.0,
        ge=0.001,
        allow_inf_nan=False,
        description="requests per second, over all processes",
    )
    contact: str = Field(
        default="",
        description="your mail address or URL, sent in the User-Agent because MusicBrainz asks "
        "for it",
    )


class YtMusicSettings(Section):
    """The search of YouTube Music: ytmusic in download.search."""

    url: str = Field(
        default="https://music.youtube.com",
        pattern=r"^https?://[^/\s]+/?\Z",
        description="YouTube Music, or a server like it",
    )


class CoverArtSettings(Section):
    """The cover-art service."""

    url: str = Field(
        default="https://coverartarchive.org",
        pattern=r"^https?://\S+\Z",
        description="the Cover Art Archive, or a server like it",
    )


class LyricsSettings(Section):
    """The stage that gets lyrics, and the LRCLIB server that they come from."""

    enabled: bool = Field(default=False, description="get the lyrics of each track")
    save: Literal["file", "embed", "both"] = Field(
        default="file",
        description="where lyrics go: file (.lrc or .txt beside the track), embed (into it), or "
        "both",
    )
    url: str = Field(
        default="https://lrclib.net", pattern=r"^https?://\S+\Z", description="an LRCLIB server"
    )
    rate: float = Field(
        default=2.0,
        ge=0.001,
        allow_inf_nan=False,
        description="requests per second, over all processes",
    )


class SourcesSettings(Section):
    """How long a source is left alone if it asks us to wait but does not say how long."""

    pause: Duration = Field(
        default=timedelta(minutes=1),
        ge=timedelta(seconds=1),
        description="how long a source is left alone if it does not say how long; doubled each "
        "time",
    )
    longest_pause: Duration = Field(
        default=timedelta(hours=1), ge=timedelta(seconds=1), description="the longest such pause"
    )


def _drop_empty(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


class AcoustIdSettings(Section):
    """The service that recognises audio by its fingerprint. Off without a key."""

    key: Annotated[SecretStr | None, BeforeValidator(_drop_empty)] = Field(
        default=None,
        description="a key from https://acoustid.org/new-application; with it, each download is "
        "recognised by its sound",
    )
    url: str = Field(
        default="https://api.acoustid.org/v2",
        pattern=r"^https?://\S+\Z",
        description="AcoustID, or a server like it",
    )


_FANART = "https://webservice.fanart.tv"
_COVER_SIZES = (250, 500, 1200)


class ArtSettings(Section):
    """Covers and pictures of artists: where they go, and how large they may be."""

    embed: bool = Field(default=True, description="put the front cover into each file")
    file: bool = Field(default=True, description="put the front cover beside the music too")
    file_name: str = Field(
        default="cover",
        pattern=r"^[\w ()-]{1,100}\Z",
        description="name of that file, without its extension",
    )
    format: Literal["keep", "jpeg", "png"] = Field(
        default="keep", description="format that covers are converted to"
    )
    max_edge: int = Field(
        default=1200,
        ge=100,
        le=10_000,
        description="longest edge of a cover in pixels; a larger one is scaled down",
    )
    max_bytes: int = Field(
        default=5_000_000,
        ge=20_000,
        le=16_000_000,
        description="a cover with more bytes is scaled down too",
    )
    artist: bool = Field(default=False, description="put artist.jpg into each artist's folder")
    artist_url: str = Field(
        default=_FANART, pattern=r"^https?://\S+\Z", description="fanart.tv, or a server like it"
    )
    artist_key: SecretStr | None = Field(default=None, description="your key for that server")

    @property
    def cover_size(self) -> int:
        """The smallest size of the Cover Art Archive that is large enough; 0 is the original."""
        return next((size for size in _COVER_SIZES if size >= self.max_edge), 0)

    @model_validator(mode="after")
    def _check_key(self) -> ArtSettings:
        if self.artist and self.artist_key is None and self.artist_url == _FANART:
            raise ValueError("artist needs artist_key, which fanart.tv gives to its members")
        return self


class WebSettings(Section):
    """Our own pages and the API, which ``shanty up`` serves beside Prefect's pages."""

    port: int = Field(default=4300, ge=0, le=65535, description="where they are; 0: nowhere")
    host: str | None = Field(
        default=None,
        min_length=1,
        description="address to listen on; default: that of `shanty up --host`",
    )
    root_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9._~-]+)*\Z",
        description="the path below which a proxy shows them, such as /music",
    )


class BackupSettings(Section):
    """What the job ``backup`` and ``shanty backup`` put into a backup, and how many are kept."""

    folder: FullPath | None = Field(
        default=None,
        description="where backups lie, best on another disk; default: backups in home",
    )
    daily: int = Field(
        default=7, ge=1, le=3650, description="of how many days the last backup is kept"
    )
    weekly: int = Field(
        default=4, ge=0, le=520, description="of how many weeks the last backup is kept"
    )
    cookies: bool = Field(default=False, description="put the cookies into backups")
    history: bool = Field(
        default=False, description="put the history of runs into backups: Prefect's database"
    )
    secrets: bool = Field(
        default=False, description="put passwords, keys and the home's secret into backups"
    )


EventName = Literal[
    "new release",
    "album complete",
    "needs review",
    "failed",
    "login wanted",
    "source away",
    "disk",
    "job failed",
    "job late",
    "tools updated",
    "tools taken back",
]
"""What a notice can be about, in the words of the settings."""


class NotifySettings(Section):
    """Whom Shanty tells what, through Apprise. Nobody, without ``urls``."""

    urls: tuple[SecretStr, ...] = Field(
        default=(),
        description="where notices go, as Apprise writes it: https://appriseit.com/services/",
    )
    events: tuple[EventName, ...] = Field(
        default=get_args(EventName), description="what they are about"
    )
    every: Duration = Field(
        default=timedelta(hours=1),
        ge=timedelta(minutes=1),
        description="the shortest time between two notices about the same kind of event",
    )
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(parse_quiet_hours)] = Field(
        default=None,
        description='no notice is sent in these hours, local time, such as "22:00-07:00"; they '
        "come afterwards",
    )
    address: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        description="where you reach Shanty's pages, for links; default: this machine alone",
    )


class MediaServerSettings(Section):
    """Which media servers are told that music has come, moved or gone."""

    urls: tuple[SecretStr, ...] = Field(
        default=(),
        description="such as jellyfin://KEY@host:8096?library=/music, where library is the folder "
        "as that server sees it; docs/media-servers.md lists all kinds",
    )
