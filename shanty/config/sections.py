"""The tables of ``shanty.toml``: the keys of each, with default, bounds and description.

Owns what follows from the keys of one table alone. Refuses to know where the values come from:
:mod:`shanty.config.settings` reads them and joins the tables.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from shanty.config.naming_presets import PresetName, choose_preset
from shanty.config.quiet_hours import QuietHours
from shanty.config.section import Section
from shanty.config.values import (
    Bandwidth,
    Duration,
    Folder,
    FullPath,
    HostName,
    Password,
    PrimaryType,
    SecondaryType,
    parse_quiet_hours,
)
from shanty.music.release_types import SECONDARY_TYPES

LIBRARY_MARK = ".shanty-library"
"""The name of the file in the library that says which library it is."""


class LibrarySettings(Section):
    """Where finished tracks go and how they are named."""

    path: FullPath = Field(default=Path("~/Music").expanduser(), description="the library's folder")
    preset: PresetName = Field(
        default="shanty",
        description="ready-made templates, called after the program that they suit",
    )
    template: str = Field(
        default_factory=lambda data: choose_preset(data).template,
        description="name of a track's file below the library's folder; default: from preset",
    )
    compilation_template: str | None = Field(
        default_factory=lambda data: choose_preset(data).compilation_template,
        description="the same for albums by Various Artists; default: from preset, or as template",
    )
    single_template: str | None = Field(
        default_factory=lambda data: choose_preset(data).single_template,
        description="the same for singles and songs on no album; default: from preset, or as "
        "template",
    )
    windows_safe: bool = Field(
        default=True,
        description='keep out of names what Windows forbids: " * : < > ? | \\ and more',
    )
    duplicates: Literal["keep", "upgrade"] = Field(
        default="keep",
        description="when a recording is there already: keep the file, or upgrade to a better one",
    )
    id3_version: Literal["2.4", "2.3"] = Field(
        default="2.4",
        description="version of MP3 tags; 2.3 is for old players, with one value per field",
    )
    keep_foreign_tags: bool = Field(
        default=True,
        description="keep tags and pictures that Shanty did not write; false keeps only ReplayGain "
        "and lyrics",
    )
    trash: FullPath | None = Field(
        default=None, description="where removed files go; default: .shanty-trash in the library"
    )
    trash_retention: Duration = Field(
        default=timedelta(days=30),
        gt=timedelta(0),
        description="how long removed files are kept in the trash",
    )
    undo_retention: Duration = Field(
        default=timedelta(days=90),
        gt=timedelta(0),
        description="how long changes of files can be undone",
    )
    undo_mib: int = Field(
        default=1024, ge=0, description="how much is kept for undoing changes of files, in MiB"
    )

    def with_template(self, template: str | None) -> LibrarySettings:
        """The settings with another template; unchanged if it is None."""
        if template is None:
            return self
        return LibrarySettings(**self.model_dump(exclude_unset=True) | {"template": template})

    @property
    def own_dir(self) -> Path:
        """Where Shanty keeps what must be on the library's filesystem; hidden from players."""
        return self.path / ".shanty"

    @property
    def mark_path(self) -> Path:
        """The file that says which library this is. A bare mount point has none."""
        return self.path / LIBRARY_MARK

    @property
    def trash_dir(self) -> Path:
        """Where removed files go: hidden, so that no scanner counts them as music."""
        return self.trash or self.path / ".shanty-trash"


# What the words of `download.matching` mean: scores from here up are taken, or asked about.
_THRESHOLDS = {"strict": (0.88, 0.55), "normal": (0.75, 0.55), "eager": (0.65, 0.45)}


class DownloadSettings(Section):
    """Where recordings are searched for, and how they are downloaded and judged."""

    search: tuple[str, ...] = Field(
        default=("ytmusic", "ytsearch8"),
        min_length=1,
        description="where to look, in order: ytmusic (YouTube Music), and yt-dlp's prefixes",
    )
    format: Literal["best", "opus", "mp3", "m4a", "flac"] = Field(
        default="best", description="codec of the files; best keeps that of the source"
    )
    staging: FullPath | None = Field(
        default=None,
        description="where downloads lie until they are filed; default: in home, or hidden in a "
        "library on another disk",
    )
    interval: Duration = Field(
        default=timedelta(seconds=5),
        ge=timedelta(0),
        description="pause between two downloads from one site, over all processes; at random up "
        "to twice as long",
    )
    search_age: Duration = Field(
        default=timedelta(days=30),
        gt=timedelta(0),
        description="how long a search is not repeated for the same track",
    )
    empty_search_age: Duration = Field(
        default=timedelta(days=3),
        gt=timedelta(0),
        description="the same for a search that found nothing",
    )
    stall_timeout: Duration = Field(
        default=timedelta(seconds=30),
        gt=timedelta(0),
        description="a download that gets nothing, or next to nothing, for this long is cut and "
        "continued later",
    )
    min_speed: int = Field(
        default=1024,
        ge=0,
        description="bytes per second; a slower download counts as stalled after stall_timeout",
    )
    request_interval: Duration = Field(
        default=timedelta(seconds=0.75),
        ge=timedelta(0),
        description="pause between two other requests to one site, over all processes",
    )
    bandwidth: Bandwidth | None = Field(
        default=None,
        description="bytes per second for all downloads of this machine together, such as 2M; "
        "default: no limit",
    )
    quiet_hours: Annotated[QuietHours | None, BeforeValidator(parse_quiet_hours)] = Field(
        default=None,
        description='no download begins in these hours, local time, such as "18:00-23:00"',
    )
    matching: Literal["strict", "normal", "eager"] = Field(
        default="normal", description="how sure a match must be to be taken without asking you"
    )
    accept_score: float = Field(
        default_factory=lambda data: _THRESHOLDS[data.get("matching", "normal")][0],
        ge=0,
        le=1,
        description="a candidate with this score or more is taken; default: from matching",
    )
    second_opinion: bool = Field(
        default=True,
        description="where a decision is close and another upload fits as well, that one is "
        "downloaded too, and you are asked if the two sound different",
    )
    review_score: float = Field(
        default_factory=lambda data: _THRESHOLDS[data.get("matching", "normal")][1],
        ge=0,
        le=1,
        description="a candidate below this score is passed over; between the two scores you are "
        "asked",
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
    """The cookies for downloads, and where they come from."""

    browser: str = Field(
        default="",
        description="where cookie-refresh takes cookies from: firefox, firefox:PROFILE, or another "
        "browser that yt-dlp reads",
    )
    renew: bool = Field(
        default=False,
        description="let Firefox open renew_url first, without a window, so that it renews its "
        "cookies",
    )
    renew_url: str = Field(
        default="https://www.youtube.com/",
        pattern=r"^https?://\S+\Z",
        description="the page that Firefox opens for renew",
    )
    domains: tuple[str, ...] = Field(
        default=(), description="further sites whose cookies are kept, beside those searched"
    )


class CatalogueSettings(Section):
    """What belongs to a discography, which edition is taken, and how long answers count as new.

    :func:`shanty.catalog.releases.choose_edition` chooses the edition.
    """

    primary_types: tuple[PrimaryType, ...] = Field(
        default=("Album",),
        min_length=1,
        description="types of releases that watching an artist means",
    )
    excluded_types: tuple[SecondaryType, ...] = Field(
        default=SECONDARY_TYPES,
        description="secondary types that are left out when an artist is watched",
    )
    countries: tuple[str, ...] = Field(
        default=(),
        description="countries whose editions are preferred, best first, such as GB, XE, XW",
    )
    formats: tuple[str, ...] = Field(
        default=("CD", "Digital Media"),
        description="formats that are preferred, best first, by MusicBrainz's names",
    )
    bonus_discs: bool = Field(
        default=False, description="take bonus discs, and prefer longer editions"
    )
    videos: bool = Field(default=False, description="get videos too")
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


class ReplayGainSettings(Section):
    """The stage that measures how loud tracks and albums are."""

    enabled: bool = Field(
        default=False, description="measure loudness, and tag it so that players can even it out"
    )


class PlaylistSettings(Section):
    """A playlist for each thing that is watched."""

    enabled: bool = Field(default=False, description="keep an .m3u8 for each thing watched")
    kinds: tuple[Literal["artist", "album", "track"], ...] = Field(
        default=("artist", "album", "track"), description="which kinds of watched things get one"
    )
    folder: Folder = Field(
        default=Path("Playlists"), description="where they lie, below the library's folder"
    )


class QueueSettings(Section):
    """How often a stage is tried and how long finished work is remembered."""

    max_attempts: int = Field(
        default=8, ge=1, le=100, description="how often a stage is tried before it fails"
    )
    retention: Duration = Field(
        default=timedelta(days=30),
        gt=timedelta(0),
        description="how long finished work is remembered",
    )


class ServerSettings(Section):
    """The embedded Prefect server of ``shanty up``."""

    password: Password | None = Field(
        default=None,
        description="needed to listen on more than this machine; at least 8 ASCII characters",
    )
    hosts: tuple[HostName, ...] = Field(
        default=(),
        description="further host names under which the pages are opened, as behind a proxy",
    )
    retention: Duration = Field(
        default=timedelta(days=30),
        gt=timedelta(hours=1),
        description="how long the history of runs is kept",
    )
