"""Where recordings come from: yt-dlp for finding and fetching, ffmpeg for checking."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shanty.budgets import Budgets
from shanty.config import Settings
from shanty.errors import BadCandidateError
from shanty.matching import find_contradiction, rank
from shanty.models import Candidate, Placement, Recording
from shanty.providers.ffmpeg import verify_audio
from shanty.providers.fingerprint import AcoustId
from shanty.providers.ytdlp import StoppedError, fetch, search


@dataclass(frozen=True)
class YtDlpSource:
    """Everything that yt-dlp can search, by the configured prefixes.

    Without an ``acoustid``, nobody is asked what a file sounds like.
    """

    settings: Settings
    budgets: Budgets
    acoustid: AcoustId | None = None

    def search(
        self,
        recording: Recording,
        album_title: str,
        prefix: str,
        query: str,
        *,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> list[Candidate]:
        """Candidates for a recording from one search, in its turn; scored, best first."""
        self._wait_for_turn(f"search:{prefix.rstrip('0123456789')}", should_stop)
        if should_stop():
            raise StoppedError("the search was given up: it is no longer ours to do")
        found = search(prefix, query, cookies_path=self._cookies_path)
        return rank(found, recording, album_title)

    def fetch(
        self, candidate: Candidate, into_dir: Path, *, should_stop: Callable[[], bool]
    ) -> Path:
        """Download a candidate's audio in its turn; a finished file is not fetched again."""

        def wait_for_turn() -> None:
            self._wait_for_turn(f"download:{candidate.source.lower()}", should_stop)

        return fetch(
            candidate,
            into_dir,
            audio_format=self.settings.download.format,
            before_request=wait_for_turn,
            should_stop=should_stop,
            cookies_path=self._cookies_path,
        )

    def _wait_for_turn(self, name: str, should_stop: Callable[[], bool]) -> None:
        # Up to twice the interval, because a machine's rhythm is how sites know a machine.
        seconds = self.settings.download.interval.total_seconds() * random.uniform(1, 2)
        self.budgets.wait_for_turn(name, seconds, should_stop=should_stop)

    @property
    def _cookies_path(self) -> Path | None:
        path = self.settings.home / "cookies.txt"
        return path if path.exists() else None

    def verify(self, path: Path, placement: Placement, *, is_decided: bool = False) -> None:
        """Raise BadCandidateError unless the file is whole, audible and, as far as can be told, the
        recording. ``is_decided``: that it is was settled before, so only the file is judged.
        """
        if is_decided:
            verify_audio(path, None)
            return
        length_ms = placement.recording.length_ms or placement.track.length_ms
        verify_audio(path, length_ms / 1000 if length_ms else None, checks_silence=True)
        if self.acoustid is not None:
            recognized = self.acoustid.recognize(path)
            other = find_contradiction(recognized, placement.recording, placement.release.title)
            if other:
                raise BadCandidateError(f"{path.name} is {other}, by its AcoustID fingerprint")
