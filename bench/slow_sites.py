"""One of several machines, in this process: a pipeline run whose sites are only slow.

    python -m bench.slow_sites SECONDS AUDIO_PATH

Owns sites that answer after so many seconds and cost no processor: the first half of the time for
a search, the other half for a download, which is a copy of one file. All else is the pipeline's
own: the flow and its lease, claims, window, pools, task runs, stages, tags, library, journal.
Says ``ready`` when it could begin, begins when it reads a line, and ends with the run.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import flows.pipeline
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.matching import rank
from shanty.models import Candidate, Progress, UploadKind
from shanty.music.entities import Placement, Recording
from shanty.music.fingerprint import Fingerprint
from shanty.sources.budgets import Budgets
from shanty.stages import Services
from shanty.stages.services import open_services

SITE = "slow"
PERMITTED_INTERVAL = 0.001
"""Seconds between two requests of all machines together: far less than they need."""


class SlowSites:
    """A source that has every recording, and takes its time. Each request takes its turn."""

    def __init__(self, database: Database, seconds: float, audio_path: Path):
        self._budgets = Budgets(database)
        self._half_seconds = seconds / 2
        self._audio_path = audio_path

    def search(
        self,
        recording: Recording,
        album_title: str,
        place: str,
        query: str,
        *,
        should_stop: Callable[[], bool],
    ) -> list[Candidate]:
        """The one upload that is right."""
        self._take_time("search", should_stop)
        artist = recording.artist_credit.name
        upload = Candidate(
            SITE,
            recording.mbid,
            f"http://slow/{recording.mbid}",
            recording.title,
            uploader=f"{artist} - Topic",
            album=album_title,
            artists=(artist,),
            track=recording.title,
            duration_seconds=(recording.length_ms or 0) / 1000,
            kind=UploadKind.AUDIO,
        )
        return rank([upload], recording, album_title)

    def fetch(
        self,
        candidate: Candidate,
        into_dir: Path,
        *,
        should_stop: Callable[[], bool],
        on_progress: Callable[[Progress], None] | None = None,
        judge: Callable[[Candidate], None] = lambda _: None,
    ) -> Path:
        """A copy of the one file."""
        judge(candidate)
        self._take_time("download", should_stop)
        into_dir.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(self._audio_path, into_dir / f"audio{self._audio_path.suffix}"))

    def verify(
        self, path: Path, placement: Placement, *, is_decided: bool = False
    ) -> Fingerprint | None:
        """Nothing: decoding would measure ffmpeg."""
        return None

    def _take_time(self, what: str, should_stop: Callable[[], bool]) -> None:
        self._budgets.wait_for_turn(f"{what}:{SITE}", PERMITTED_INTERVAL, should_stop=should_stop)
        threading.Event().wait(self._half_seconds)


def main() -> None:
    """Get ready, wait for the line, run."""
    seconds, audio_path = float(sys.argv[1]), Path(sys.argv[2])

    def open_with_slow_sites(settings: Settings, database: Database, *, run_id: str) -> Services:
        services = open_services(settings, database, run_id=run_id)
        services.source = SlowSites(database, seconds, audio_path)
        return services

    vars(flows.pipeline)["open_services"] = open_with_slow_sites
    print("ready", flush=True)
    sys.stdin.readline()
    flows.pipeline.pipeline()


if __name__ == "__main__":
    main()
