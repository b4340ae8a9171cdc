"""Settings: one frozen object, read from ``shanty.toml`` and the environment, and passed in.

Owns the keys, their defaults and what a wrong value is told. Nothing is read at import time:
:func:`load_settings` is called once, by the command line or by a flow.

The environment wins over the file; nested keys are joined by two underscores
(``SHANTY_WORKERS__DOWNLOAD=8``). The contract is the table in ``README.md``.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from shanty.errors import ConfigError
from shanty.models import Stage
from shanty.naming_presets import PresetName, choose_preset
from shanty.quiet_hours import QuietHours
from shanty.release_types import SECONDARY_TYPES, parse_primary_type, parse_secondary_type

ENVIRONMENT_PREFIX = "SHANTY_"
LONGEST_DURATION = timedelta(days=36_500)
"""100 years: added to or taken from any date that we meet, it is still a date."""
_DURATION_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_duration(value: object) -> object:
    """Turn ``90s``, ``10m``, ``1h``, ``30d`` or ``1h30m`` into a timedelta.

    Anything that is not such a text is handed on for pydantic to judge.

    Raises:
        ValueError: the text is no duration, or one of more than 100 years.
    """
    if not isinstance(value, str):
        return value
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([smhdw])", value.lower())
    if not parts or re.sub(r"\s", "", value.lower()) != "".join(n + unit for n, unit in parts):
        raise ValueError(f"{value!r} is not a duration such as 90s, 10m, 1h or 30d")
    seconds = sum(float(n) * _DURATION_UNITS[unit] for n, unit in parts)
    if seconds > LONGEST_DURATION.total_seconds():
        raise ValueError("a duration is 100 years at the most")
    return timedelta(seconds=seconds)


def _check_password(password: SecretStr) -> SecretStr:
    """Empty, it would open the server; what is not ASCII, a header of HTTP cannot carry."""
    secret = password.get_secret_value()
    if len(secret) < 8 or not secret.isascii() or not secret.isprintable():
        raise ValueError("a password needs at least 8 characters, all of them printable ASCII")
    return password


def parse_bandwidth(value: object) -> object:
    """Turn ``500K``, ``2M`` or ``1.5MiB`` into bytes per second; a K is 1024, as for yt-dlp.

    Raises:
        ValueError: the text is no such thing.
    """
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?(?:/s)?", value.strip().lower())
    if found is None:
        raise ValueError(f"{value!r} is not a bandwidth such as 500K or 2M, in bytes per second")
    return round(float(found[1]) * 1024 ** " kmg".index(found[2] or " "))


def _parse_quiet_hours(value: object) -> object:
    return QuietHours.parse(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(parse_duration), Field(le=LONGEST_DURATION)]
Bandwidth = Annotated[int, BeforeValidator(parse_bandwidth), Field(ge=1024)]
PrimaryType = Annotated[str, AfterValidator(parse_primary_type)]
SecondaryType = Annotated[str, AfterValidator(parse_secondary_type)]
Password = Annotated[SecretStr, AfterValidator(_check_password)]
Home = Annotated[Path, BeforeValidator(lambda value: Path(value).expanduser())]


class Section(BaseModel):
    """A table of ``shanty.toml``. Unknown keys are reported by :func:`unknown_keys`."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class LibrarySettings(Section):
    """Where finished tracks go and how they are named."""

    path: Home = Field(default=Path("~/Music").expanduser(), description="the library's folder")
    preset: PresetName = Field(
        default="shanty",
        description="ready-made templates, as plex, jellyfin, navidrome, picard, beets or lidarr "
        "has them",
    )
    template: str = Field(
        default_factory=lambda data: choose_preset(data).template,
        description="file name of a track below the library's folder; default: as preset says",
    )
    compilation_template: str | None = Field(
        default_factory=lambda data: choose_preset(data).compilation_template,
        description="of tracks on albums by Various Artists; default: as preset says, or template",
    )
    single_template: str | None = Field(
        default_factory=lambda data: choose_preset(data).single_template,
        description="of singles and of songs on no album; default: as preset says, or template",
    )
    windows_safe: bool = Field(
        default=True, description='names without what Windows forbids: " * : < > ? | \\ and more'
    )
    duplicates: Literal["keep", "upgrade"] = Field(
        default="keep",
        description="when a recording is there already: keep the file, or upgrade to a better one",
    )
    id3_version: Literal["2.4", "2.3"] = Field(
        default="2.4", description="of MP3 files; 2.3 for old players, it has one value per field"
    )
    keep_foreign_tags: bool = Field(
        default=True,
        description="leave tags and pictures alone that are not of Shanty's mapping; false: drop "
        "them, but ReplayGain and lyrics",
    )
    trash: Home | None = Field(
        default=None, description="where removed files go; default: .shanty-trash in the library"
    )
    trash_retention: Duration = Field(
        default=timedelta(days=30),
        gt=timedelta(0),
        description="how long what lies in the trash is kept",
    )
    undo_retention: Duration = Field(
        default=timedelta(days=90),
        gt=timedelta(0),
        description="how long what was done to files can be undone",
    )
    undo_mib: int = Field(
        default=1024, ge=0, description="what is kept to undo changed files, at most"
    )

    def with_template(self, template: str | None) -> LibrarySettings:
        """The settings as they would be with this template; as they are without one."""
        if template is None:
            return self
        return LibrarySettings(**self.model_dump(exclude_unset=True) | {"template": template})

    @property
    def own_dir(self) -> Path:
        """Where Shanty keeps what has to lie on the library's filesystem; players pass it over."""
        return self.path / ".shanty"

    @property
    def trash_dir(self) -> Path:
        """Where removed files go: hidden, so that no scanner counts them as music."""
        return self.trash or self.path / ".shanty-trash"


# What the words of `download.matching` mean: from here up taken, from here up asked about.
_THRESHOLDS = {"strict": (0.88, 0.55), "normal": (0.75, 0.55), "eager": (0.65, 0.45)}


class DownloadSettings(Section):
    """Where recordings are looked for and what is kept of them."""

    search: tuple[str, ...] = Field(
        default=("ytsearch8",), min_length=1, description="yt-dlp search prefixes, in order"
    )
    format: Literal["best", "opus", "mp3", "m4a", "flac"] = Field(
        default="best", description="best keeps the source's codec"
    )
    staging: Home | None = Field(
        default=None, description="where downloads lie until they are filed; default: in home"
    )
    interval: Duration = Field(
        default=timedelta(seconds=5),
        ge=timedelta(0),
        description="between two downloads from one site, by all processes; up to twice as long",
    )
    search_age: Duration = Field(
        default=timedelta(days=30),
        gt=timedelta(0),
        description="for how long a search is not asked again for the same track",
    )
    empty_search_age: Duration = Field(
        default=timedelta(days=3),
        gt=timedelta(0),
        description="the same for one that found nothing",
    )
    stall_timeout: Duration = Field(
        default=timedelta(seconds=30),
        gt=timedelta(0),
        description="a download that sends nothing, or next to nothing, for so long is cut",
    )
    min_speed: int = Field(
        default=1024, ge=0, description="bytes per second; what is slower for that long has stalled"
    )
    request_interval: Duration = Field(
        default=timedelta(seconds=0.75),
        ge=timedelta(0),
        description="between two other requests to one site, such as a search; by all processes",
    )
    bandwidth: Bandwidth | None = Field(
        default=None,
        description="bytes per second of all downloads of this machine, such as 2M; default: all",
    )
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(_parse_quiet_hours)] = Field(
        default=None,
        description='nothing is downloaded in these, local time, such as "18:00-23:00"',
    )
    matching: Literal["strict", "normal", "eager"] = Field(
        default="normal", description="how sure a match must be to be taken without asking"
    )
    accept_score: float = Field(
        default_factory=lambda data: _THRESHOLDS[data.get("matching", "normal")][0],
        ge=0,
        le=1,
        description="candidates that score this or more are taken; default: as matching says",
    )
    review_score: float = Field(
        default_factory=lambda data: _THRESHOLDS[data.get("matching", "normal")][1],
        ge=0,
        le=1,
        description="below this they are passed over, between the two a person is asked",
    )

    @model_validator(mode="after")
    def _check_thresholds(self) -> DownloadSettings:
        if self.review_score > self.accept_score:
            raise ValueError(
                f"review_score ({self.review_score:g}) is above accept_score "
                f"({self.accept_score:g})"
            )
        return self


class CookieSettings(Section):
    """The cookies that downloads are made with, and where they come from."""

    browser: str = Field(
        default="",
        description="where cookie-refresh takes them from: firefox, or firefox:PROFILE",
    )
    renew: bool = Field(
        default=False,
        description="let Firefox open renew_url first, without a window, so that it renews them",
    )
    renew_url: str = Field(default="https://www.youtube.com/", pattern=r"^https?://\S+$")
    domains: tuple[str, ...] = Field(
        default=(), description="sites whose cookies are kept beside those of download.search"
    )


class MusicBrainzSettings(Section):
    """The catalogue service."""

    url: str = Field(default="https://musicbrainz.org", pattern=r"^https?://[^/\s]+/?$")
    rate: float = Field(
        default=1.0,
        ge=0.001,
        allow_inf_nan=False,
        description="requests per second, of all processes",
    )
    contact: str = Field(default="", description="mail address or URL, sent in the User-Agent")


class CatalogueSettings(Section):
    """What belongs to a discography, which edition of an album is taken, and how old news may be.

    How an edition is chosen: :func:`shanty.releases.choose_edition`.
    """

    primary_types: tuple[PrimaryType, ...] = Field(
        default=("Album",), min_length=1, description="of a watched artist: album, ep, single …"
    )
    excluded_types: tuple[SecondaryType, ...] = Field(
        default=SECONDARY_TYPES,
        description="secondary types that a watched artist's release groups must not have",
    )
    countries: tuple[str, ...] = Field(
        default=(), description="editions from these first, best first, such as GB, XE, XW"
    )
    formats: tuple[str, ...] = Field(
        default=("CD", "Digital Media"),
        description="editions on these first, best first, by MusicBrainz' names",
    )
    bonus_discs: bool = Field(
        default=False, description="take bonus discs, and rather a longer edition"
    )
    videos: bool = Field(default=False, description="want videos too")
    listing_age: Duration = Field(
        default=timedelta(hours=11),
        gt=timedelta(0),
        description="how long an artist's list of releases counts as new",
    )
    tracklist_age: Duration = Field(
        default=timedelta(days=30),
        gt=timedelta(0),
        description="how long a monitored album's tracklist counts as new",
    )


class CoverArtSettings(Section):
    """The cover-art service."""

    url: str = Field(default="https://coverartarchive.org", pattern=r"^https?://\S+$")


class ReplayGainSettings(Section):
    """The stage that measures how loud tracks and albums are."""

    enabled: bool = Field(
        default=False, description="measure loudness, and tag it for players to even it out"
    )


class LyricsSettings(Section):
    """The stage that gets lyrics, and the LRCLIB server that they come from."""

    enabled: bool = Field(default=False, description="get the lyrics of each track")
    save: Literal["file", "embed", "both"] = Field(
        default="file", description="beside the track as .lrc (or .txt, without times), or in it"
    )
    url: str = Field(default="https://lrclib.net", pattern=r"^https?://\S+$")
    rate: float = Field(
        default=2.0,
        ge=0.001,
        allow_inf_nan=False,
        description="requests per second, of all processes",
    )


class PlaylistSettings(Section):
    """A playlist for each thing that is watched."""

    enabled: bool = Field(default=False, description="keep an .m3u8 for each thing watched")
    kinds: tuple[Literal["artist", "album", "track"], ...] = Field(
        default=("artist", "album", "track"), description="for which sorts of things watched"
    )
    folder: Home = Field(
        default=Path("Playlists"), description="where they lie, below the library's folder"
    )


class SourcesSettings(Section):
    """How long a source is left alone that asks us to wait without saying for how long."""

    pause: Duration = Field(
        default=timedelta(minutes=1),
        ge=timedelta(seconds=1),
        description="the first time; twice as long each further time",
    )
    longest_pause: Duration = Field(
        default=timedelta(hours=1), ge=timedelta(seconds=1), description="but no longer than this"
    )


def _drop_empty(value: object) -> object:
    return (value.strip() or None) if isinstance(value, str) else value


class AcoustIdSettings(Section):
    """The service that recognises audio by its fingerprint. Off without a key."""

    key: Annotated[SecretStr | None, BeforeValidator(_drop_empty)] = Field(
        default=None, description="of an application, from https://acoustid.org/new-application"
    )
    url: str = Field(default="https://api.acoustid.org/v2", pattern=r"^https?://\S+$")


_FANART = "https://webservice.fanart.tv"
_COVER_SIZES = (250, 500, 1200)


class ArtSettings(Section):
    """Covers and pictures of artists: where they go, and how large they may be."""

    embed: bool = Field(default=True, description="put the front cover into each file")
    file: bool = Field(default=True, description="put it beside the music too")
    file_name: str = Field(
        default="cover",
        pattern=r"^[\w ()-]{1,100}$",
        description="name of that file, without its extension",
    )
    format: Literal["keep", "jpeg", "png"] = Field(
        default="keep", description="what covers are converted to"
    )
    max_edge: int = Field(
        default=1200, ge=100, le=10_000, description="longest edge in pixels; larger is scaled down"
    )
    max_bytes: int = Field(
        default=5_000_000, ge=20_000, le=16_000_000, description="larger is scaled down, too"
    )
    artist: bool = Field(default=False, description="artist.jpg in each artist's folder")
    artist_url: str = Field(
        default=_FANART, pattern=r"^https?://\S+$", description="fanart.tv, or a server like it"
    )
    artist_key: SecretStr | None = Field(default=None, description="your key for that server")

    @property
    def cover_size(self) -> int:
        """The smallest size of the Cover Art Archive that will do; 0 is the original."""
        return next((size for size in _COVER_SIZES if size >= self.max_edge), 0)

    @model_validator(mode="after")
    def _check_key(self) -> ArtSettings:
        if self.artist and self.artist_key is None and self.artist_url == _FANART:
            raise ValueError("artist needs artist_key, which fanart.tv gives to its members")
        return self


class QueueSettings(Section):
    """How often a stage is tried and how long finished work is remembered."""

    max_attempts: int = Field(default=8, ge=1, le=100)
    retention: Duration = Field(default=timedelta(days=30), gt=timedelta(0))


class ServerSettings(Section):
    """The embedded Prefect server of ``shanty up``."""

    password: Password | None = Field(
        default=None,
        description="needed to listen on more than this machine; at least 8 characters, ASCII",
    )
    retention: Duration = Field(
        default=timedelta(days=30),
        gt=timedelta(hours=1),
        description="how long the history of runs is kept",
    )


def _leave_out_unknown_stages(value: object) -> object:
    """Of what is no stage, :func:`unknown_keys` says that it is ignored."""
    if not isinstance(value, Mapping):
        return value
    return {key: number for key, number in value.items() if key in set(Stage)}


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("shanty", appauthor=False))


def default_config_path() -> Path:
    """Where ``shanty.toml`` is looked for when ``SHANTY_CONFIG`` is not set."""
    return Path(platformdirs.user_config_dir("shanty", appauthor=False)) / "shanty.toml"


class Settings(BaseSettings):
    """Everything that can be set. Frozen; made by :func:`load_settings`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="__"
    )

    home: Home = Field(default_factory=_default_home, description="state: database, staging, logs")
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL; default: the file shanty.db in home"
    )
    library: LibrarySettings = LibrarySettings()
    download: DownloadSettings = DownloadSettings()
    workers: Annotated[
        dict[Stage, Annotated[int, Field(ge=1, le=64)]], BeforeValidator(_leave_out_unknown_stages)
    ] = Field(default_factory=dict, description="how many tracks each stage works on at a time")
    cookies: CookieSettings = CookieSettings()
    musicbrainz: MusicBrainzSettings = MusicBrainzSettings()
    catalogue: CatalogueSettings = CatalogueSettings()
    coverart: CoverArtSettings = CoverArtSettings()
    replaygain: ReplayGainSettings = ReplayGainSettings()
    lyrics: LyricsSettings = LyricsSettings()
    playlists: PlaylistSettings = PlaylistSettings()
    sources: SourcesSettings = SourcesSettings()
    acoustid: AcoustIdSettings = AcoustIdSettings()
    art: ArtSettings = ArtSettings()
    queue: QueueSettings = QueueSettings()
    scheduling: dict[str, str] = Field(
        default_factory=dict,
        description="when a job runs: a duration, a cron expression (local time), or off",
    )
    server: ServerSettings = ServerSettings()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that are used, in order."""
        return tuple(stage for stage in Stage if self.is_used(stage))

    def is_used(self, stage: Stage) -> bool:
        """Whether tracks go through a stage: one with a section of settings that has a key
        ``enabled`` only if that says so, any other always.
        """
        return bool(getattr(getattr(self, stage.value, None), "enabled", True))

    def workers_of(self, stage: Stage) -> int:
        """How many items of the stage run at a time: 4 downloads, 2 of everything else."""
        return self.workers.get(stage, 4 if stage is Stage.DOWNLOAD else 2)

    @property
    def bandwidth_of_a_download(self) -> int | None:
        """Bytes per second of one download, so that all of them together keep to the bandwidth."""
        total = self.download.bandwidth
        return None if total is None else max(1024, total // self.workers_of(Stage.DOWNLOAD))

    @property
    def resolved_database_url(self) -> str:
        """The database's URL with its password: never print it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'shanty.db'}"

    @property
    def playlists_dir(self) -> Path:
        """Where the playlists lie."""
        return self.library.path / self.playlists.folder

    @property
    def cookies_path(self) -> Path:
        """The cookies of all downloads: nobody else's to read."""
        return self.home / "cookies.txt"

    @property
    def incoming_dir(self) -> Path:
        """Staging: where downloads lie until they are filed.

        On the library's filesystem, for filing is then a rename: in home, or else hidden in the
        library, from when something was first filed there.
        """
        if self.download.staging is not None:
            return self.download.staging
        # Not there: the library's disk may not be mounted, and nothing is made in its place.
        hidden = self.library.own_dir
        return hidden / "incoming" if hidden.is_dir() else self.home / "incoming"

    @property
    def incoming_dirs(self) -> tuple[Path, ...]:
        """Every folder that has been staging, under these settings."""
        hidden, at_home = self.library.own_dir / "incoming", self.home / "incoming"
        return tuple(dict.fromkeys((self.incoming_dir, at_home, hidden)))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_path())


def config_path() -> Path:
    """The configuration file in force (it need not exist)."""
    configured = os.environ.get("SHANTY_CONFIG")
    return Path(configured).expanduser() if configured else default_config_path()


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Raises:
        ConfigError: the file cannot be read, or a value is wrong; names the key and the place.
    """
    path = config_path()
    if os.environ.get("SHANTY_CONFIG") and not path.exists():
        raise ConfigError(
            f"the file {path}, named by SHANTY_CONFIG, does not exist; "
            "`shanty config init` makes it"
        )
    _read_file(path)
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if part != "[key]")
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"setting '{key}' ({_origin(key, path)}): {message}") from None
    except ValueError as error:  # pydantic-settings: a nested value that is no JSON
        raise ConfigError(f"{error} (in the environment or in {path})") from None


def unknown_keys(path: Path | None = None) -> list[str]:
    """Keys in the file or the environment that mean nothing, as ``section.key``, for a warning."""
    content = _read_file(path or config_path())
    unknown = [key for key in _flatten(content) if not _is_known(key.split("."))]
    for name in os.environ:
        if not name.startswith(ENVIRONMENT_PREFIX) or name in _OTHER_VARIABLES:
            continue
        if not _is_known(name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")):
            unknown.append(name)
    return sorted(unknown)


# Variables with our prefix that are not settings: read by the offline world and by the tests.
_OTHER_VARIABLES = frozenset({"SHANTY_CONFIG", "SHANTY_DEMO_ORIGIN", "SHANTY_FIXTURES"})


def _read_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not a TOML file: {error}") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


def _flatten(content: Mapping[str, Any], prefix: str = "") -> list[str]:
    keys: list[str] = []
    for key, value in content.items():
        name = f"{prefix}{key}"
        keys += _flatten(value, f"{name}.") if isinstance(value, Mapping) else [name]
    return keys


def _is_known(parts: list[str]) -> bool:
    fields: Mapping[str, Any] = Settings.model_fields
    first, *rest = parts
    if first not in fields:
        return False
    if first == "workers":
        return len(rest) == 1 and rest[0] in set(Stage)
    if first == "scheduling":  # which jobs there are is known where they are registered
        return len(rest) == 1
    section = fields[first].annotation
    if isinstance(section, type) and issubclass(section, Section):
        return not rest or (len(rest) == 1 and rest[0] in section.model_fields)
    return not rest


def _origin(key: str, path: Path) -> str:
    variable = ENVIRONMENT_PREFIX + key.upper().replace(".", "__")
    if any(name.upper().startswith(variable) for name in os.environ):
        return f"environment variable {variable}"
    return f"in {path}"
