"""Puts together, from the settings, what the stages of one run work with."""

from __future__ import annotations

from shanty.config.settings import Settings
from shanty.db import Database
from shanty.naming.settings_check import check_settings
from shanty.providers.artist_art import ArtistArt
from shanty.providers.coverart import CoverArt
from shanty.sources.budgets import Budgets
from shanty.sources.opening import open_acoustid, open_circuits, open_lyrics
from shanty.sources.supply import Supply
from shanty.stages.contract import Services


def open_services(settings: Settings, database: Database, *, run_id: str) -> Services:
    """The services of one run. Opens no connection: each service opens its own at first use.

    Raises:
        ConfigError: a setting has a value that only its use shows to be wrong.
    """
    check_settings(settings)
    circuits = open_circuits(settings, database)
    art, contact = settings.art, settings.musicbrainz.contact
    key = art.artist_key.get_secret_value() if art.artist_key else ""
    return Services(
        settings=settings,
        database=database,
        source=Supply.open(
            settings, Budgets(database), circuits, open_acoustid(settings, database)
        ),
        circuits=circuits,
        coverart=CoverArt(settings.coverart.url, contact=contact, size=art.cover_size),
        artist_art=ArtistArt(art.artist_url, key=key, contact=contact) if art.artist else None,
        lyrics=open_lyrics(settings, database),
        run_id=run_id,
    )
