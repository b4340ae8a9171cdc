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
    template: str = Field(
        default="{album_artist}/{album} ({year})/{disc:}{track:02} {title}.{ext}",
        description="file name of a track below the library's folder",
    )


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
    sources: SourcesSettings = SourcesSettings()
    queue: QueueSettings = QueueSettings()
    scheduling: dict[str, str] = Field(
        default_factory=dict,
        description="when a job runs: a duration, a cron expression (local time), or off",
    )
    server: ServerSettings = ServerSettings()

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
    def cookies_path(self) -> Path:
        """The cookies of all downloads: nobody else's to read."""
        return self.home / "cookies.txt"

    @property
    def incoming_dir(self) -> Path:
        """Staging: where downloads lie until they are filed."""
        return self.download.staging or self.home / "incoming"

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
