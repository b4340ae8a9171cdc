"""Checks of the sites that recordings are searched for on and downloaded from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shanty.config.settings import Settings
from shanty.db import open_database
from shanty.diagnosis.findings import Finding, Level, green
from shanty.errors import ConfigError, ShantyError, StageError, WaitError
from shanty.providers import ytmusic
from shanty.providers.ytdlp.search import search, site_of_prefix
from shanty.providers.ytdlp.stall import StallGuard
from shanty.sources.states import SourceState, list_source_states
from shanty.sources.ytmusic_source import open_ytmusic
from shanty.workqueue import WorkQueue

_NAME = "download site"
_SECONDS = 12.0
_ALWAYS_FOUND = "Beethoven"
_YOUTUBE, _YOUTUBE_SEARCH = "https://www.youtube.com", "ytsearch1"


@dataclass(frozen=True, slots=True)
class _Trouble:
    message: str
    remedy: str
    is_answering: bool = False


def check_sites(settings: Settings) -> Iterator[Finding]:
    """Whether each site finds something. Red if nothing can be downloaded from any of them.

    A site that is left alone at the moment is not asked.
    """
    states = _read_states(settings)
    seen = {
        site: _look_at(prefix, site, states.get(site)) for site, prefix in _list(settings).items()
    }
    is_any = any(trouble is None or trouble.is_answering for trouble in seen.values())
    level = Level.YELLOW if is_any else Level.RED
    for site, trouble in seen.items():
        if trouble is None:
            yield green(_NAME, f"{site} answers as it should")
        else:
            others = [name for name, found in seen.items() if found is None]
            meanwhile = f"{others[0]} serves" if others else "little or nothing is downloaded"
            remedy = f"{trouble.remedy}; until then {meanwhile}"
            yield Finding(_NAME, level, trouble.message, remedy)


def _list(settings: Settings) -> dict[str, str]:
    """The search that asks each site, by the site. What YouTube Music finds is on YouTube."""
    prefixes = settings.download.search
    of_sites = {site_of_prefix(one): one for one in reversed(prefixes) if one != ytmusic.NAME}
    if ytmusic.NAME in prefixes and open_ytmusic(settings).uploads_url.startswith(_YOUTUBE):
        of_sites.setdefault(site_of_prefix(_YOUTUBE_SEARCH), _YOUTUBE_SEARCH)
    return of_sites


def _look_at(prefix: str, site: str, state: SourceState | None) -> _Trouble | None:
    if state is not None and state.is_blocked:
        return _Trouble(state.describe(), "wait; `shanty sources ls` shows it")
    guard = StallGuard(stall_seconds=_SECONDS)
    try:
        found = search(prefix, _ALWAYS_FOUND, guard=guard)
    except ConfigError as error:
        return _Trouble(str(error), "set download.search to sites that yt-dlp knows")
    except WaitError as error:
        return _Trouble(f"{site}: {error}", "try again later")
    except StageError as error:
        return _Trouble(f"{site}: {error}", "check the network, and update yt-dlp")
    if not found:
        said = f"{site} answers, but finds nothing for {_ALWAYS_FOUND!r}"
        return _Trouble(said, "update yt-dlp: the site may have changed", is_answering=True)
    return None


def _read_states(settings: Settings) -> dict[str, SourceState]:
    try:
        database = open_database(settings.resolved_database_url)
    except ShantyError:
        return {}  # the check of the database says why
    try:
        return {one.name: one for one in list_source_states(database, WorkQueue(database))}
    finally:
        database.dispose()
