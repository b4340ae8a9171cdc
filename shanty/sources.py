"""Where recordings come from: yt-dlp for finding and fetching, ffmpeg for checking."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shanty.budgets import Budgets
from shanty.config import Settings
from shanty.matching import rank, search_query
from shanty.models import Candidate, Placement, Progress, Recording
from shanty.providers.ffmpeg import verify_audio
from shanty.providers.ytdlp import fetch, search
from shanty.providers.ytdlp_watch import Watch


@dataclass(frozen=True)
class YtDlpSource:
    """Everything that yt-dlp can search, by the configured prefixes."""

    settings: Settings
    budgets: Budgets

    def search(self, recording: Recording, album_title: str, prefix: str) -> list[Candidate]:
        """Candidates for a recording from one search prefix, scored, best first."""
        found = search(
            prefix,
            search_query(recording),
            cookies_path=self._cookies_path,
            watch=self._watch(),
        )
        return rank(found, recording, album_title)

    def fetch(
        self,
        candidate: Candidate,
        into_dir: Path,
        *,
        should_stop: Callable[[], bool],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Path:
        """Download a candidate's audio in its turn; a finished file is not fetched again."""

        def wait_for_turn() -> None:
            # Up to twice the interval, because a machine's rhythm is how sites know a machine.
            seconds = self.settings.download.interval.total_seconds() * random.uniform(1, 2)
            name = f"download:{candidate.source.lower()}"
            self.budgets.wait_for_turn(name, seconds, should_stop=should_stop)

        return fetch(
            candidate,
            into_dir,
            audio_format=self.settings.download.format,
            before_request=wait_for_turn,
            on_progress=on_progress,
            watch=self._watch(should_stop),
            cookies_path=self._cookies_path,
        )

    def _watch(self, should_stop: Callable[[], bool] = lambda: False) -> Watch:
        download = self.settings.download
        return Watch(
            stall_seconds=download.stall_timeout.total_seconds(),
            min_bytes_per_second=download.min_speed,
            should_stop=should_stop,
        )

    @property
    def _cookies_path(self) -> Path:
        return self.settings.cookies_path

    def verify(self, path: Path, placement: Placement, *, is_any_length: bool = False) -> None:
        """Raise BadCandidateError unless the file is whole, audible and about the right length."""
        length_ms = placement.recording.length_ms or placement.track.length_ms
        verify_audio(path, length_ms / 1000 if length_ms and not is_any_length else None)
