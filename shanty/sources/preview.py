"""A preview: the beginning of a candidate, fetched from its source for somebody's ears alone.

Owns how long a preview is and how long it may take. It is asked for like a download: by the same
budget, circuits and quiet hours. Nothing of it stays on the disk.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shanty.config.settings import Settings
from shanty.errors import DISK, TOOLS, TransientError
from shanty.files.atomic import disk_errors
from shanty.files.private_files import make_private_folder
from shanty.models import Candidate
from shanty.providers.clip import SilentClipError, make_clip
from shanty.providers.ytdlp.beginning import fetch_beginning
from shanty.providers.ytdlp.search import site_of
from shanty.providers.ytdlp.stall import StallGuard, StoppedError
from shanty.providers.ytdlp.versions.choice import use_chosen
from shanty.sources.circuits import Circuits
from shanty.sources.turns import Turns

SECONDS = 90.0
PATIENCE_SECONDS = 75.0
"""How long a preview may take in all, the wait for its turn included."""
_LEFT_SECONDS = 3600.0


@dataclass(frozen=True)
class PreviewSource:
    """Fetches previews. Safe to use from several threads."""

    settings: Settings
    turns: Turns
    circuits: Circuits

    @property
    def _folder(self) -> Path:
        return self.settings.home / "previews"

    def prepare(
        self, candidate: Candidate, *, should_stop: Callable[[], bool] = lambda: False
    ) -> bytes:
        """The first :data:`SECONDS` of a candidate, as ``clip.make_clip`` gives them.

        Raises:
            WaitError: the source, the disk or the tools want us to wait.
            TransientError: it did not come, or took too long.
            BadCandidateError: the upload is gone, blocked, or nothing of it can be heard.
        """
        use_chosen(self.settings.home)
        give_up_at = time.monotonic() + PATIENCE_SECONDS

        def is_to_stop() -> bool:
            return should_stop() or time.monotonic() > give_up_at

        with disk_errors("put a preview into", self._folder):
            make_private_folder(self._folder)
            self._remove_left()
            with tempfile.TemporaryDirectory(dir=self._folder) as folder:
                try:
                    return self._fetch(candidate, Path(folder), is_to_stop)
                except StoppedError as error:
                    raise TransientError(
                        f"the preview did not come within {PATIENCE_SECONDS:.0f} s; try it again"
                    ) from error

    def _fetch(self, candidate: Candidate, folder: Path, is_to_stop: Callable[[], bool]) -> bytes:
        site = site_of(candidate.source)
        download = self.settings.download
        guard = StallGuard(
            stall_seconds=download.stall_timeout.total_seconds(),
            min_bytes_per_second=download.min_speed,
            should_stop=is_to_stop,
        )
        with self.circuits.guard(site, DISK, TOOLS, subject=candidate.key) as passage:
            fetch = partial(
                fetch_beginning,
                candidate,
                folder,
                before_request=partial(self.turns.wait_to_download, site, passage, is_to_stop),
                before_http=partial(self.turns.wait_to_request, site, passage, guard.is_to_stop),
                bytes_per_second=self.settings.bandwidth_of_a_download,
                guard=guard,
                cookies_path=self.settings.cookies_path,
            )
            try:
                try:
                    return make_clip(fetch(seconds=SECONDS), SECONDS)
                except SilentClipError:
                    # The index of some files stands at their end.
                    return make_clip(fetch(seconds=None), SECONDS)
            except StoppedError:
                passage.abandon()  # it says nothing about the source
                raise

    def _remove_left(self) -> None:
        """Remove what a process that was killed has left."""
        for folder in self._folder.iterdir():
            if time.time() - folder.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
