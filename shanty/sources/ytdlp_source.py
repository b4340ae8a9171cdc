"""yt-dlp as a source: it finds and fetches recordings, and ffmpeg checks them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from shanty.config.settings import Settings
from shanty.errors import (
    DISK,
    TOOLS,
    BadCandidateError,
    TransientError,
    WaitError,
    one_line,
)
from shanty.files.atomic import disk_errors
from shanty.matching import find_contradiction, rank
from shanty.models import Candidate, Progress
from shanty.music.entities import Placement, Recording
from shanty.music.fingerprint import Fingerprint
from shanty.providers.chromaprint import take_fingerprint
from shanty.providers.ffmpeg import verify_audio
from shanty.providers.fingerprint import AcoustId
from shanty.providers.heard import Heard
from shanty.providers.ytdlp.client import fetch
from shanty.providers.ytdlp.search import search, site_of, site_of_prefix
from shanty.providers.ytdlp.stall import StallGuard, StoppedError
from shanty.providers.ytdlp.versions.outcomes import noting_outcome
from shanty.sources.budgets import Budgets
from shanty.sources.circuits import Circuits
from shanty.sources.refusals import SEARCH
from shanty.sources.turns import Turns

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
    heard: Heard = field(default_factory=Heard)

    @property
    def turns(self) -> Turns:
        """What is waited for before a site is asked."""
        return Turns(self.settings, self.budgets, self.circuits)

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
        guard = self._guard(should_stop)

        def before_http() -> None:
            self.turns.wait_to_request(site, passage, guard.is_to_stop)
            if should_stop():
                raise StoppedError("the search was given up: it is no longer ours to do")

        # Without a disk or the tools, nothing that is found could be fetched.
        self.circuits.refuse_if_blocked(DISK, TOOLS)
        subject = f"{prefix}:{query}"
        with (
            self.circuits.guard(site, subject=subject, asks=SEARCH) as passage,
            noting_outcome(self.settings.home, site, "searches", subject),
        ):
            self.turns.enter(passage)
            try:
                found = search(
                    prefix,
                    query,
                    before_http=before_http,
                    cookies_path=self._cookies_path,
                    guard=guard,
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
        judge: Callable[[Candidate], None] = lambda _: None,
    ) -> Path:
        """Download a candidate's audio; a finished file is not fetched again.

        ``judge`` gets the candidate with all that its own page says, and may refuse it before
        anything is downloaded. Waits for its turn. If the disk refuses, the work waits, as it does
        if the site refuses.
        """
        site = site_of(candidate.source)
        download = self.settings.download
        guard = self._guard(should_stop)
        with (
            self.circuits.guard(site, DISK, TOOLS, subject=candidate.key) as passage,
            noting_outcome(self.settings.home, site, "downloads", candidate.key),
        ):

            def note_slot(slot_at: datetime) -> None:
                if on_progress is not None:
                    on_progress(Progress(0, slot_at=slot_at))

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
                        before_request=partial(
                            self.turns.wait_to_download, site, passage, should_stop, note_slot
                        ),
                        before_http=partial(
                            self.turns.wait_to_request, site, passage, guard.is_to_stop
                        ),
                        bytes_per_second=self.settings.bandwidth_of_a_download,
                        on_progress=note,
                        judge=judge,
                        note_sound=self.heard.note,
                        guard=guard,
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

    def _guard(self, should_stop: Callable[[], bool] = lambda: False) -> StallGuard:
        download = self.settings.download
        return StallGuard(
            stall_seconds=download.stall_timeout.total_seconds(),
            min_bytes_per_second=download.min_speed,
            should_stop=should_stop,
        )

    @property
    def _cookies_path(self) -> Path:
        return self.settings.cookies_path

    def verify(
        self, path: Path, placement: Placement, *, is_decided: bool = False
    ) -> Fingerprint | None:
        """Check that a file is whole, audible and, as far as can be told, the recording.

        Returns its fingerprint, or None if none can be taken. ``is_decided``: it is settled that
        this is the recording, so only the file is judged. What :meth:`fetch` has decoded to the end
        a moment ago is not decoded again.

        Raises:
            BadCandidateError: the file fails one of these checks.
        """
        heard = self.heard.take(path)
        if is_decided:
            return take_fingerprint(path, verify_audio(path, None, heard=heard))
        length_ms = placement.recording.length_ms or placement.track.length_ms
        expected_seconds = length_ms / 1000 if length_ms else None
        seconds = verify_audio(path, expected_seconds, checks_silence=True, heard=heard)
        fingerprint = take_fingerprint(path, seconds)
        if self.acoustid is not None and fingerprint is not None:
            recognized = self.acoustid.recognize(fingerprint, seconds)
            other = find_contradiction(recognized, placement.recording, placement.release.title)
            if other:
                raise BadCandidateError(f"{path.name} is {other}, by its AcoustID fingerprint")
        return fingerprint


def _stumbled(error: Exception, candidate: Candidate) -> TransientError:
    trouble = TransientError(
        f"yt-dlp stumbles over {candidate.title!r}: {type(error).__name__}: {one_line(str(error))}"
    )
    trouble.is_of_source = trouble.is_of_tool = True
    return trouble
