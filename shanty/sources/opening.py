"""The outside services, opened with the settings: paced, guarded and counted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.providers.coverart import SOURCE as COVERART
from shanty.providers.coverart import CoverArt
from shanty.providers.fingerprint import REQUESTS_PER_SECOND, AcoustId
from shanty.providers.http_bounds import Bounds
from shanty.providers.lrclib import LrcLib
from shanty.providers.musicbrainz import MusicBrainz
from shanty.sources.budgets import ACOUSTID, LYRICS, MUSICBRAINZ, Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.pauses import PausePolicy
from shanty.sources.refusals import LOOKUP

_SOON = Bounds(total_seconds=30.0, answer_seconds=15.0, stall_seconds=10.0)
"""What a picture may take that somebody looks forward to."""


def open_circuits(settings: Settings, database: Database) -> Circuits:
    """The circuits of the sources, as patient as the settings say."""
    policy = PausePolicy(
        first_seconds=settings.sources.pause.total_seconds(),
        cap_seconds=settings.sources.longest_pause.total_seconds(),
    )
    return Circuits(database, policy)


def open_lyrics(settings: Settings, database: Database) -> LrcLib:
    """The service of lyrics. All processes together ask it no more often than allowed."""
    return LrcLib(
        settings.lyrics.url,
        contact=settings.musicbrainz.contact,
        pace=partial(Budgets(database).wait_for_turn, LYRICS, 1 / settings.lyrics.rate),
    )


def open_small_covers(settings: Settings, database: Database) -> Callable[[str], bytes | None]:
    """What gives a release group's front cover in small, for a page; None if there is none."""
    coverart = CoverArt(settings.coverart.url, contact=settings.musicbrainz.contact, bounds=_SOON)
    circuits = open_circuits(settings, database)

    def fetch(release_group_mbid: str) -> bytes | None:
        with circuits.guard(COVERART, subject=release_group_mbid, asks=LOOKUP) as passage:
            passage.enter()
            return coverart.small_front(release_group_mbid)

    return fetch


def open_acoustid(settings: Settings, database: Database) -> AcoustId | None:
    """The service that recognises audio, or None if no key is set. All processes share its rate."""
    if settings.acoustid.key is None:
        return None
    return AcoustId(
        settings.acoustid.url,
        settings.acoustid.key.get_secret_value(),
        pace=partial(Budgets(database).wait_for_turn, ACOUSTID, 1 / REQUESTS_PER_SECOND),
    )


def open_musicbrainz(settings: Settings, database: Database) -> MusicBrainz:
    """The catalogue service. All processes together ask it no more often than allowed."""
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
        count=partial(Catalog(database).editions.count_request, MUSICBRAINZ),
    )
