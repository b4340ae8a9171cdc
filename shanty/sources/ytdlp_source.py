"""Where recordings come from: yt-dlp finds and fetches them, ffmpeg checks them."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from shanty.config.settings import Settings
from shanty.errors import (
    DISK,
    TOOLS,
    BadCandidateError,
    SourcePausedError,
    TransientError,
    WaitError,
    one_line,
)
from shanty.files.atomic import disk_errors
from shanty.matching import find_contradiction, rank
from shanty.models import Candidate, Progress
from shanty.music.entities import Placement, Recording
from shanty.providers.ffmpeg import verify_audio
from shanty.providers.fingerprint import AcoustId
from shanty.providers.ytdlp.client import fetch, search, site_of, site_of_prefix
from shanty.providers.ytdlp.stall import StoppedError, Watch
from shanty.sources.budgets import Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.passage import Passage
from shanty.sources.refusals import SEARCH
from shanty.work_limit import get_on

logger = logging.getLogger(__name__)

# What an extractor raises at a page that it was not made for.
_STUMBLES = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError)


@dataclass(frozen=True)
class YtDlpSource:
    """Everything that yt-dlp can search, by the configured prefixes.

    Each site has a circuit and two budgets: for downloads and for all other requests. Without
    ``acoustid``, no service is asked what a file sounds like.
    """

    settings: Settings
    budgets: Budgets
    circuits: Circuits
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
        """The candidates that one search finds for a recording, scored, best first.

        Waits for its turn.
        """
        site = site_of_prefix(prefix)
        watch = self._watch(should_stop)

        def before_http() -> None:
            self._wait_to_request(site, passage, watch.is_to_stop)
            if should_stop():
                raise StoppedError("the search was given up: it is no longer ours to do")

        # Without a disk or the tools, nothing that is found could be fetched.
        self.circuits.refuse_if_blocked(DISK, TOOLS)
        with self.circuits.guard(site, subject=f"{prefix}:{query}", asks=SEARCH) as passage:
            self._enter(passage)
            try:
                found = search(
                    prefix,
                    query,
                    before_http=before_http,
                    cookies_path=self._cookies_path,
                    watch=watch,
                )
            except StoppedError:
                passage.abandon()  # it says nothing about the source
                raise
        return rank(found, recording, album_title)

    def fetch(
        self,
        candidate: Candidate,
        into_dir: Path,
        *,
        should_stop: Callable[[], bool],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Path:
        """Download a candidate's audio; a finished file is not fetched again.

        Waits for its turn. If the disk refuses, the work waits, as it does if the site refuses.
        """
        site = site_of(candidate.source)
        download = self.settings.download
        watch = self._watch(should_stop)
        with self.circuits.guard(site, DISK, TOOLS, subject=candidate.key) as passage:

            def wait_for_turn() -> None:
                self._enter(passage)
                self._wait(f"download:{site}", site, download.interval, should_stop)
                self._enter(passage)  # a circuit may have opened during the wait

            def note(progress: Progress) -> None:
                passage.begin()  # a site that has begun to send no longer refuses
                if on_progress is not None:
                    on_progress(progress)

            try:
                with disk_errors("download into", into_dir):
                    return fetch(
                        candidate,
                        into_dir,
                        audio_format=download.format,
                        before_request=wait_for_turn,
                        before_http=partial(self._wait_to_request, site, passage, watch.is_to_stop),
                        bytes_per_second=self.settings.bandwidth_of_a_download,
                        on_progress=note,
                        watch=watch,
                        cookies_path=self._cookies_path,
                    )
            except StoppedError:
                passage.abandon()  # it says nothing about the source
                raise
            except _STUMBLES as error:
                # Something on this upload's page is the reason, and perhaps on no other page.
                logger.exception("yt-dlp stumbles over %s", candidate.url)
                raise _stumbled(error, candidate) from error
            except TransientError as error:
                if not into_dir.parent.is_dir() and self._has_no_staging():
                    raise WaitError(
                        f"cannot download into {into_dir}: the disk has gone", source=DISK
                    ) from error
                raise

    def _has_no_staging(self) -> bool:
        """Whether the folder of all downloads is gone or empty: not even its locks are left."""
        folder = self.settings.incoming_dir
        return not folder.is_dir() or next(folder.iterdir(), None) is None

    def _wait_to_request(
        self, site: str, passage: Passage, should_stop: Callable[[], bool]
    ) -> None:
        interval = self.settings.download.request_interval
        if self._wait(f"request:{site}", site, interval, should_stop):
            passage.enter()

    def _wait(
        self, budget: str, site: str, interval: timedelta, should_stop: Callable[[], bool]
    ) -> bool:
        """Wait for a turn of a budget; returns whether there was one to wait for."""
        if not interval:
            return False
        # Up to twice the interval, at random: sites know a machine by its steady rhythm.
        seconds = interval.total_seconds() * random.uniform(1, 2) * self.circuits.slowness(site)

        def is_to_stop() -> bool:
            get_on()  # waiting for a turn counts as progress
            return should_stop()

        self.budgets.wait_for_turn(budget, seconds, should_stop=is_to_stop)
        return True

    def _enter(self, passage: Passage) -> None:
        quiet_hours = self.settings.download.quiet_hours
        until = quiet_hours and quiet_hours.until(datetime.now(UTC))
        if until:
            raise SourcePausedError(f"these are quiet hours ({quiet_hours})", retry_at=until)
        passage.enter()

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

    def verify(self, path: Path, placement: Placement, *, is_decided: bool = False) -> None:
        """Check that a file is whole, audible and, as far as can be told, the recording.

        ``is_decided``: it is settled that this is the recording, so only the file is judged.

        Raises:
            BadCandidateError: the file is none of this.
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


def _stumbled(error: Exception, candidate: Candidate) -> TransientError:
    trouble = TransientError(
        f"yt-dlp stumbles over {candidate.title!r}: {type(error).__name__}: {one_line(str(error))}"
    )
    trouble.is_of_source = True
    return trouble


def first_site(settings: Settings) -> str:
    """The site on which a track is looked for first."""
    return site_of_prefix(settings.download.search[0])
