"""Puts together what the stages of one run work with, from the settings."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from shanty.budgets import MUSICBRAINZ, Budgets
from shanty.catalog import Catalog
from shanty.circuits import Circuits, PausePolicy
from shanty.config import Settings
from shanty.db import Database
from shanty.errors import ConfigError
from shanty.library.paths import PathTemplate
from shanty.providers.coverart import CoverArt
from shanty.providers.musicbrainz import MusicBrainz
from shanty.sources import YtDlpSource
from shanty.stages import Services


def open_services(settings: Settings, database: Database, *, run_id: str) -> Services:
    """The services of one run. Opens no connection: each service does when it is first needed.

    Raises:
        ConfigError: a setting is wrong in a way that only its user can see.
    """
    check_settings(settings)
    circuits = open_circuits(settings, database)
    return Services(
        settings=settings,
        database=database,
        source=YtDlpSource(settings, Budgets(database), circuits),
        circuits=circuits,
        coverart=CoverArt(settings.coverart.url, contact=settings.musicbrainz.contact),
        run_id=run_id,
    )


def open_circuits(settings: Settings, database: Database) -> Circuits:
    """The circuits of the sources, as patient as the settings say."""
    policy = PausePolicy(
        first_seconds=settings.sources.pause.total_seconds(),
        cap_seconds=settings.sources.longest_pause.total_seconds(),
    )
    return Circuits(database, policy)


def check_settings(settings: Settings) -> None:
    """Refuse what would fail for every track, before any is touched; makes the home folder.

    Raises:
        ConfigError: names the key.
    """
    try:
        PathTemplate.parse(settings.library.template)
    except ConfigError as error:
        raise ConfigError(f"setting 'library.template': {error}") from None
    _check_home(settings.home)


def _check_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"setting 'home': the folder {home} cannot be made: {error.strerror}"
        ) from None
    if not os.access(home, os.W_OK | os.X_OK):
        raise ConfigError(f"setting 'home': the folder {home} cannot be written to")


def open_musicbrainz(settings: Settings, database: Database) -> MusicBrainz:
    """The catalogue service, asked no more often than allowed by all processes together."""
    rate = settings.musicbrainz.rate
    budgets, circuits = Budgets(database), open_circuits(settings, database)

    def pace() -> None:
        budgets.wait_for_turn(MUSICBRAINZ, circuits.slowness(MUSICBRAINZ) / rate)

    return MusicBrainz(
        settings.musicbrainz.url,
        contact=settings.musicbrainz.contact,
        rate=rate,
        pace=pace,
        guard=partial(circuits.guard, MUSICBRAINZ),
        count=partial(Catalog(database).count_request, MUSICBRAINZ),
    )
