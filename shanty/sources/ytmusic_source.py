"""YouTube Music as a source: it finds uploads, which yt-dlp fetches from YouTube.

Owns how it is asked: it shares the turns of the site that has the uploads, but has a circuit of its
own, because a site that refuses a search may still deliver downloads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

from shanty.config.settings import Settings
from shanty.errors import DISK, TOOLS, AbsentSourceError, StageError
from shanty.matching import rank
from shanty.models import Candidate
from shanty.music.entities import Recording
from shanty.providers.http_bounds import Bounds
from shanty.providers.ytdlp.lists import find_extractor
from shanty.providers.ytdlp.search import site_of
from shanty.providers.ytdlp.stall import StoppedError
from shanty.providers.ytmusic import NAME, SHELVES, YouTubeMusic
from shanty.sources.circuits import Circuits
from shanty.sources.refusals import SEARCH
from shanty.sources.turns import Turns

_LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class YtMusicSource:
    """The search of YouTube Music. If it is absent, for whatever reason, other sources serve."""

    settings: Settings
    turns: Turns
    circuits: Circuits

    def search(
        self,
        recording: Recording,
        album_title: str,
        place: str,
        query: str,
        *,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> list[Candidate]:
        """The candidates of one shelf (``ytmusic:songs``) for a recording, scored, best first.

        Raises:
            SourcePausedError: uploads could not be fetched now, so none are searched for.
            AbsentSourceError: the site does not answer, refuses, or cannot be asked at all.
        """
        site = self._site
        self.circuits.refuse_if_blocked(DISK, TOOLS, site)
        self.turns.respect_quiet_hours()
        try:
            self._music.prepare()
            with self.circuits.guard(NAME, subject=f"{place}:{query}", asks=SEARCH) as passage:
                passage.enter()
                self.turns.wait_to_request(site, passage, should_stop)
                if should_stop():
                    passage.abandon()  # it says nothing about the source
                    raise StoppedError("the search was given up: it is no longer ours to do")
                shelf = next(shelf for shelf in SHELVES if place == f"{NAME}:{shelf}")
                found = self._music.search(query, shelf, self._extractor)
        except StoppedError:
            raise
        except StageError as error:
            raise AbsentSourceError(error) from error
        return rank(found, recording, album_title)

    @cached_property
    def _music(self) -> YouTubeMusic:
        return open_ytmusic(self.settings)

    @property
    def _extractor(self) -> str:
        return extractor_of(self._music.uploads_url)

    @property
    def _site(self) -> str:
        return site_of(self._extractor)


def open_ytmusic(settings: Settings) -> YouTubeMusic:
    """YouTube Music at the address of the settings, within the bounds of other requests."""
    download = settings.download
    bounds = Bounds(
        total_seconds=_LONGEST_SECONDS,
        stall_seconds=download.stall_timeout.total_seconds(),
        min_bytes_per_second=download.min_speed,
    )
    return YouTubeMusic(settings.ytmusic.url, bounds=bounds)


@cache
def extractor_of(uploads_url: str) -> str:
    """yt-dlp's name for the site of these uploads: ``Youtube``."""
    found = find_extractor(f"{uploads_url}/watch?v={'0' * 11}")
    return "Generic" if found is None else found[0]
