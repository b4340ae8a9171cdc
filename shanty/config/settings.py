"""Settings: one frozen object, read from ``shanty.toml`` and the environment, and passed in.

Owns which tables there are, where they are read from, and the messages about a wrong key or value.
The keys of each table are in :mod:`shanty.config.sections`. Nothing is read at import time: the
command line or a flow calls :func:`load_settings` once.

The environment wins over the file. Two underscores join nested keys
(``SHANTY_WORKERS__DOWNLOAD=8``). ``docs/settings.md`` lists every setting.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import BeforeValidator, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from shanty.config.faults import describe_fault
from shanty.config.section import Section
from shanty.config.sections import (
    CatalogueSettings,
    CookieSettings,
    DownloadSettings,
    LibrarySettings,
    PlaylistSettings,
    QueueSettings,
    ReplayGainSettings,
    ServerSettings,
)
from shanty.config.service_sections import (
    AcoustIdSettings,
    ArtSettings,
    BackupSettings,
    CoverArtSettings,
    LyricsSettings,
    MediaServerSettings,
    MusicBrainzSettings,
    NotifySettings,
    SourcesSettings,
    WebSettings,
    YtMusicSettings,
)
from shanty.config.values import DatabaseUrl, HomePath
from shanty.errors import ConfigError
from shanty.models import Stage

ENVIRONMENT_PREFIX = "SHANTY_"


def _leave_out_unknown_stages(value: object) -> object:
    """Drop keys that are no stage; :func:`unknown_keys` reports that they are ignored."""
    if not isinstance(value, Mapping):
        return value
    return {key: number for key, number in value.items() if key in set(Stage)}


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("shanty", appauthor=False))


def default_config_path() -> Path:
    """Where ``shanty.toml`` is looked for if ``SHANTY_CONFIG`` is not set."""
    return Path(platformdirs.user_config_dir("shanty", appauthor=False)) / "shanty.toml"


class _Environment(EnvSettingsSource):
    """The variables. What is not written as JSON is a plain text, for the setting to judge."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Read a list or a table; a plain text stays what it is."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class Settings(BaseSettings):
    """Everything that can be set. Frozen; made by :func:`load_settings`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="__"
    )

    home: HomePath = Field(
        default_factory=_default_home,
        validate_default=True,
        description="state: database, staging, logs",
    )
    database_url: DatabaseUrl | None = Field(
        default=None, description="SQLAlchemy URL; default: the file shanty.db in home"
    )
    library: LibrarySettings = LibrarySettings()
    download: DownloadSettings = DownloadSettings()
    workers: Annotated[
        dict[Stage, Annotated[int, Field(ge=1, le=64)]], BeforeValidator(_leave_out_unknown_stages)
    ] = Field(default_factory=dict, description="how many tracks each stage works on at a time")
    ytmusic: YtMusicSettings = YtMusicSettings()
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
    web: WebSettings = WebSettings()
    backup: BackupSettings = BackupSettings()
    notify: NotifySettings = NotifySettings()
    media_servers: MediaServerSettings = MediaServerSettings()

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in use, in pipeline order."""
        return tuple(stage for stage in Stage if self.is_used(stage))

    def is_used(self, stage: Stage) -> bool:
        """Whether tracks go through a stage.

        If the stage's own section of settings has a key ``enabled``, that key decides. Any other
        stage is always in use.
        """
        return bool(getattr(getattr(self, stage.value, None), "enabled", True))

    def workers_of(self, stage: Stage) -> int:
        """How many items of the stage run at a time: 4 downloads, 2 of everything else."""
        return self.workers.get(stage, 4 if stage is Stage.DOWNLOAD else 2)

    @property
    def bandwidth_of_a_download(self) -> int | None:
        """Bytes per second for one download, so that all together keep to the bandwidth."""
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
        """The file with the cookies of all downloads; only its owner may read it."""
        return self.home / "cookies.txt"

    @property
    def backups_dir(self) -> Path:
        """Where backups lie if no other place is named."""
        return self.backup.folder or self.home / "backups"

    @property
    def incoming_dir(self) -> Path:
        """Staging: where downloads lie until they are filed.

        It is best on the library's filesystem, because filing is then a rename. So it is hidden in
        the library as soon as something was filed on another disk than home's, and in home before.
        """
        if self.download.staging is not None:
            return self.download.staging / "shanty-incoming"  # a folder of our own among others
        # If these are missing, the library's disk may not be mounted: nothing is made in its place.
        is_there = self.library.own_dir.is_dir() and self.library.mark_path.is_file()
        return (self.library.own_dir if is_there else self.home) / "incoming"

    @property
    def incoming_dirs(self) -> tuple[Path, ...]:
        """Every folder that may have been staging under these settings."""
        hidden, at_home = self.library.own_dir / "incoming", self.home / "incoming"
        return tuple(dict.fromkeys((self.incoming_dir, at_home, hidden)))

    @property
    def own_dirs(self) -> tuple[Path, ...]:
        """The folders that Shanty keeps for itself: no music of the library, wherever they lie."""
        return (*self.incoming_dirs, self.library.trash_dir)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, which wins over the file."""
        environment = _Environment(settings_cls)
        return init_settings, environment, TomlConfigSettingsSource(settings_cls, config_path())


def config_path() -> Path:
    """The configuration file in force (it need not exist)."""
    configured = os.environ.get("SHANTY_CONFIG")
    return Path(configured).expanduser().absolute() if configured else default_config_path()


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Raises:
        ConfigError: the file cannot be read, or a value is wrong; the message names key and place.
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
        key, message = first_fault(error)
        raise ConfigError(f"setting '{key}' ({_origin(key, path)}): {message}") from None


def first_fault(error: ValidationError) -> tuple[str, str]:
    """The key of the first wrong setting, and a clause that says what is wrong with it."""
    first = error.errors()[0]
    # A number is a place in a list, and says nothing to whoever wrote one text.
    parts = [part for part in first["loc"] if isinstance(part, str) and part != "[key]"]
    return ".".join(parts), describe_fault(first, _find_field(parts))


def read_environment() -> dict[str, Any]:
    """What the variables say, by table."""
    return dict(_Environment(Settings)())


def settings_of(content: Mapping[str, Any]) -> Settings:
    """The settings, if the file had this content.

    Raises:
        ValidationError: a value is wrong.
    """

    class OfContent(Settings):
        @classmethod
        def settings_customise_sources(
            cls, *sources: Any, **named: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return _Environment(Settings), InitSettingsSource(Settings, dict(content))

    return OfContent()


def unknown_keys(path: Path | None = None) -> list[str]:
    """Keys that mean nothing, for a warning: ``section.key`` of the file, names of variables."""
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
    if first == "scheduling":  # the job's name is checked where jobs are registered
        return len(rest) == 1
    section = fields[first].annotation
    if isinstance(section, type) and issubclass(section, Section):
        return not rest or (len(rest) == 1 and rest[0] in section.model_fields)
    return not rest


def _find_field(parts: list[str]) -> FieldInfo | None:
    """The setting that a key names, or None."""
    fields: Mapping[str, FieldInfo] = Settings.model_fields
    field: FieldInfo | None = None
    for part in parts:
        field = fields.get(part)
        section = None if field is None else field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            fields = section.model_fields
        else:
            fields = {}
    return field


def _origin(key: str, path: Path) -> str:
    variable = ENVIRONMENT_PREFIX + key.upper().replace(".", "__")
    if any(name.upper().startswith(variable) for name in os.environ):
        return f"environment variable {variable}"
    return f"in {path}"
