"""Puts together what the stages of one run work with, from the settings."""

from __future__ import annotations

from functools import partial

from shanty.catalog import Catalog
from shanty.config.home import prepare_home
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import ConfigError
from shanty.library.naming import Naming
from shanty.providers.artist_art import ArtistArt
from shanty.providers.coverart import CoverArt
from shanty.providers.fingerprint import REQUESTS_PER_SECOND, AcoustId
from shanty.providers.lrclib import LrcLib
from shanty.providers.musicbrainz import MusicBrainz
from shanty.sources.budgets import ACOUSTID, LYRICS, MUSICBRAINZ, Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.pauses import PausePolicy
from shanty.sources.refusals import LOOKUP
from shanty.sources.ytdlp_source import YtDlpSource
from shanty.stages import Services


def open_services(settings: Settings, database: Database, *, run_id: str) -> Services:
    """The services of one run. Opens no connection: each service does when it is first needed.

    Raises:
        ConfigError: a setting is wrong in a way that only its user can see.
    """
    check_settings(settings)
    circuits = open_circuits(settings, database)
    art, contact = settings.art, settings.musicbrainz.contact
    key = art.artist_key.get_secret_value() if art.artist_key else ""
    return Services(
        settings=settings,
        database=database,
        source=YtDlpSource(
            settings, Budgets(database), circuits, open_acoustid(settings, database)
        ),
        circuits=circuits,
        coverart=CoverArt(settings.coverart.url, contact=contact, size=art.cover_size),
        artist_art=ArtistArt(art.artist_url, key=key, contact=contact) if art.artist else None,
        lyrics=_open_lyrics(settings, database),
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
        Naming.from_settings(settings.library)
    except ConfigError as error:
        raise ConfigError(f"setting {error}") from None
    prepare_home(settings)


def _open_lyrics(settings: Settings, database: Database) -> LrcLib:
    return LrcLib(
        settings.lyrics.url,
        contact=settings.musicbrainz.contact,
        pace=partial(Budgets(database).wait_for_turn, LYRICS, 1 / settings.lyrics.rate),
    )


def open_acoustid(settings: Settings, database: Database) -> AcoustId | None:
    """The service that recognises audio, asked at its rate by all processes together; None when
    no key is set.
    """
    if settings.acoustid.key is None:
        return None
    return AcoustId(
        settings.acoustid.url,
        settings.acoustid.key.get_secret_value(),
        pace=partial(Budgets(database).wait_for_turn, ACOUSTID, 1 / REQUESTS_PER_SECOND),
    )


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
        guard=lambda what: circuits.guard(MUSICBRAINZ, subject=what, asks=LOOKUP),
        count=partial(Catalog(database).count_request, MUSICBRAINZ),
    )
