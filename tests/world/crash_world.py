"""A library that pipeline processes fill although they get killed; what must hold at the end."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shanty.catalog import Catalog
from shanty.config.sections import LIBRARY_MARK
from shanty.config.settings import load_settings
from shanty.db import Database, open_database
from shanty.demo.world import World
from shanty.files.checksum import checksum
from shanty.models import CandidateStatus, Stage, Status
from shanty.sources.opening import open_musicbrainz
from shanty.tags.gain_tags import read_gain
from shanty.tags.lyrics import has_lyrics, lyrics_beside
from shanty.tags.tagging import build_tags, read_recording_mbid, read_tags
from shanty.watching.watch import watch_track
from shanty.workqueue import WorkQueue
from tests.world.forked_process import ForkedProcess, start_forked
from tests.world.pipeline_process import run_once

ROOT = Path(__file__).resolve().parent.parent.parent
RUN_TIMEOUT_SECONDS = 180
AUDIO = {".mp3", ".flac", ".ogg", ".opus", ".m4a"}


@dataclass
class CrashWorld:
    """An offline world, a database and a library folder, shared by the processes of one test."""

    world: World
    folder: Path
    database_url: str
    api_url: str
    database: Database
    killed: list[str] = field(default_factory=list)
    _started: int = 0
    downloaded: dict[str, int] = field(default_factory=dict)
    """How often each upload had been fetched when the queue first showed its download as done."""

    @property
    def library_dir(self) -> Path:
        return self.folder / "library"

    @property
    def queue(self) -> WorkQueue:
        return WorkQueue(self.database)

    @property
    def catalog(self) -> Catalog:
        return Catalog(self.database)

    def environment(self, **more: str) -> dict[str, str]:
        own = {
            "SHANTY_HOME": str(self.folder / "home"),
            "SHANTY_CONFIG": str(self.folder / "shanty.toml"),
            "SHANTY_LIBRARY__PATH": str(self.library_dir),
            "SHANTY_DATABASE_URL": self.database_url,
            # Many kills hit the same items here, and attempts are not under test: allow very many.
            "SHANTY_QUEUE__MAX_ATTEMPTS": "100",
            # Use every stage, also those that a person has to switch on.
            "SHANTY_REPLAYGAIN__ENABLED": "true",
            "SHANTY_LYRICS__ENABLED": "true",
            "SHANTY_LYRICS__SAVE": "both",
            "PREFECT_API_URL": self.api_url,
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
        }
        return {**os.environ, **self.world.settings_environment(), **own, **more}

    def want_everything(self) -> None:
        musicbrainz = open_musicbrainz(
            load_settings(musicbrainz={"url": self.world.base_url, "rate": 1000.0}),
            self.database,
        )
        for mbid in self.world.recordings:
            watch_track(mbid, database=self.database, musicbrainz=musicbrainz)

    def start(self, **environment: str) -> ForkedProcess:
        self._started += 1
        return start_forked(
            run_once,
            environment=self.environment(**environment),
            output_path=self.folder / f"output-{self._started}.log",
        )

    def run(self, **environment: str) -> int:
        """Run one process to its end; returns its exit code, which is -9 if it was killed."""
        process = self.start(**environment)
        code = process.wait(RUN_TIMEOUT_SECONDS)
        assert code in (0, -signal.SIGKILL), process.output
        return code

    def run_and_kill_at(self, point: str) -> bool:
        """Run one process that kills itself; returns False if it never came to that point."""
        is_killed = self.run(SHANTY_TEST_KILL=point) == -signal.SIGKILL
        return self._note(is_killed, point)

    def run_and_kill_after(self, seconds: float) -> bool:
        """Run one process, and kill it from outside ``seconds`` after its first stage began."""
        log = self.folder / f"begun-{random.random()}"
        process = self.start(SHANTY_TEST_LOG=str(log))
        wait = threading.Event()
        while not log.exists() and process.returncode is None:
            wait.wait(0.02)
        wait.wait(seconds)
        process.kill()
        return self._note(process.wait(RUN_TIMEOUT_SECONDS) == -signal.SIGKILL, f"{seconds:.2f} s")

    def _note(self, is_killed: bool, how: str) -> bool:
        """Remember a kill, and which downloads count as done from now on."""
        if not is_killed:
            return False
        self.killed.append(how)
        counts = self.world.requests.complete_media()
        queue = WorkQueue(self.database)
        for item in queue.overview.list_items(
            stage=Stage.DOWNLOAD, status="completed", limit=100_000
        ):
            for candidate in Catalog(self.database).candidates.of_track(item.track_id):
                if candidate.status is CandidateStatus.CHOSEN:
                    media_id = candidate.source_id
                    self.downloaded.setdefault(media_id, counts[media_id])
        return True

    def check(self) -> None:
        """Check that every track is in the library once and whole, and nothing was done twice."""
        files = [path for path in self.library_dir.rglob("*") if path.is_file()]
        files.remove(self.library_dir / LIBRARY_MARK)
        tracks = [path for path in files if path.suffix in AUDIO]
        found = Counter(read_recording_mbid(path) for path in tracks)
        assert found == Counter(self.world.recordings), f"after {self.killed}"
        for path in tracks:
            mbid = read_recording_mbid(path)
            assert mbid is not None
            assert read_tags(path) == build_tags(self.world.expected(mbid)), path
        beside = {path.with_suffix(suffix) for path in tracks for suffix in (".lrc", ".txt")}
        strange = [
            p
            for p in files
            if p.suffix not in AUDIO and not p.name.startswith("cover.") and p not in beside
        ]
        assert not strange, f"left over: {strange}"
        self._check_extras()
        self._check_queue()
        counts = self.world.requests.complete_media()
        repeated = {key: n for key, n in self.downloaded.items() if counts[key] != n}
        assert not repeated, f"downloaded again: {repeated}, after {self.killed}"

    def _check_extras(self) -> None:
        """Check that all files of each album have its gain, and that each song has its lyrics."""
        catalog = Catalog(self.database)
        albums: dict[str, set[str]] = {}
        for track, file in catalog.files.list_library():
            gains = read_gain(file.path)
            (album,) = [value for name, value in gains.items() if name.endswith("ALBUM_GAIN")]
            key = f"{track.release_key} {'R128_ALBUM_GAIN' in gains}"
            albums.setdefault(key, set()).add(album)
            lyrics = self.world.lyrics.lyrics_of(catalog.tracks.get_placement(track.id))
            has_words = lyrics is not None and not lyrics.is_instrumental
            assert has_lyrics(file.path) == has_words, file.path
            assert (lyrics_beside(file.path) is not None) == has_words, file.path
            assert file.checksum == checksum(file.path)
        assert all(len(gains) == 1 for gains in albums.values()), albums

    def _check_queue(self) -> None:
        items = WorkQueue(self.database).overview.list_items(limit=100_000)
        done = Counter((i.track_id, i.stage) for i in items if i.status is Status.COMPLETED)
        track_ids = [track.id for track in Catalog(self.database).tracks.list_tracks()]
        assert done == Counter((track_id, stage) for track_id in track_ids for stage in Stage)
        live = [i for i in items if i.status in (Status.PENDING, Status.ACTIVE, Status.FAILED)]
        assert not live


@contextmanager
def crash_world(
    folder: Path, database_url: str, api_url: str, *, tracks: int, download_seconds: float = 0.3
) -> Iterator[CrashWorld]:
    """A world in which everything is wanted and nothing is in the library yet."""
    for name in ("home", "library"):
        (folder / name).mkdir(parents=True)
    (folder / "shanty.toml").touch()
    database = open_database(database_url)
    cache_dir = folder.parent.parent / "audio"  # rendered once for all tests of a session
    with World(tracks, cache_dir, download_seconds=download_seconds) as world:
        crashing = CrashWorld(world, folder, database_url, api_url, database)
        crashing.want_everything()
        yield crashing
    database.dispose()
