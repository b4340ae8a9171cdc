"""Where recordings come from: each search goes to the source that the settings name.

Owns which source that is. yt-dlp makes all downloads, whichever source has found them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shanty.config.settings import Settings
from shanty.models import Candidate, Progress
from shanty.music.entities import Placement, Recording
from shanty.music.fingerprint import Fingerprint
from shanty.providers.fingerprint import AcoustId
from shanty.providers.ytdlp.search import site_of, site_of_prefix
from shanty.providers.ytmusic import NAME
from shanty.sources.budgets import Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.turns import Turns
from shanty.sources.ytdlp_source import YtDlpSource
from shanty.sources.ytmusic_source import YtMusicSource, extractor_of, open_ytmusic


@dataclass(frozen=True)
class Supply:
    """All sources of one run."""

    ytdlp: YtDlpSource
    ytmusic: YtMusicSource

    @classmethod
    def open(
        cls,
        settings: Settings,
        budgets: Budgets,
        circuits: Circuits,
        acoustid: AcoustId | None = None,
    ) -> Supply:
        """The sources with these settings. Makes no request."""
        ytmusic = YtMusicSource(settings, Turns(settings, budgets, circuits), circuits)
        return cls(YtDlpSource(settings, budgets, circuits, acoustid), ytmusic)

    def search(
        self,
        recording: Recording,
        album_title: str,
        place: str,
        query: str,
        *,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> list[Candidate]:
        """The candidates that one search finds for a recording, scored, best first.

        ``place`` is where the search is made: ``ytsearch8``, ``ytmusic:songs``.
        """
        is_music = place.partition(":")[0] == NAME
        search = self.ytmusic.search if is_music else self.ytdlp.search
        return search(recording, album_title, place, query, should_stop=should_stop)

    def fetch(
        self,
        candidate: Candidate,
        into_dir: Path,
        *,
        should_stop: Callable[[], bool],
        on_progress: Callable[[Progress], None] | None = None,
        judge: Callable[[Candidate], None] = lambda _: None,
    ) -> Path:
        """Download a candidate's audio; see :meth:`YtDlpSource.fetch`."""
        return self.ytdlp.fetch(
            candidate, into_dir, should_stop=should_stop, on_progress=on_progress, judge=judge
        )

    def verify(
        self, path: Path, placement: Placement, *, is_decided: bool = False
    ) -> Fingerprint | None:
        """Judge a file; see :meth:`YtDlpSource.verify`."""
        return self.ytdlp.verify(path, placement, is_decided=is_decided)


def first_site(settings: Settings) -> str:
    """The site that a track without candidates depends on: that of the first search."""
    first = settings.download.search[0]
    if first == NAME:
        return site_of(extractor_of(open_ytmusic(settings).uploads_url))
    return site_of_prefix(first)
