"""A library that is filled from a world in which everything goes wrong, and what must hold then.

The faults are those of ``fault_table``. Threads, or the pipeline in a process of its own, do the
work with the given settings. The checks afterwards look at the counters of the servers, at the rows
of the queue, and at the library.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import psycopg
from sqlalchemy import select

from shanty.catalog import Catalog
from shanty.config.sections import CatalogueSettings
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.db.tables import metadata
from shanty.demo.audio import Variant
from shanty.demo.offers import RIGHT_KINDS, OfferKind
from shanty.demo.world import World
from shanty.errors import ShantyError
from shanty.models import CandidateStatus, Stage, Status, TrackStatus, WantedTrack, WorkItem
from shanty.sources.cookie_keep import import_file
from shanty.sources.opening import open_musicbrainz
from shanty.sources.supply import first_site
from shanty.tags.tagging import build_tags, read_recording_mbid, read_tags
from shanty.watching.expansion import Expansion
from shanty.watching.monitor import Monitor
from shanty.watching.watch import Wish, watch_artist
from shanty.workqueue import WorkQueue
from tests.world.crash_world import AUDIO
from tests.world.fault_table import IN_LIBRARY, MAX_ATTEMPTS, NEW_COOKIE, Case, Storm
from tests.world.faulty_run import DISK_IS_FULL, refusals

OLD_SECRET, NEW_SECRET = "0ldSecretOfSomebody5991", "newSecretOfSomebody7741"
_EVERYTHING = CatalogueSettings(
    primary_types=("Album", "Single", "EP", "Broadcast", "Other"), excluded_types=()
)
_FINAL = (TrackStatus.IN_LIBRARY, TrackStatus.FAILED, TrackStatus.NEEDS_REVIEW)


def cookie_line(value: str) -> str:
    """A cookie file with the one cookie that the bot check asks for."""
    fields = ("127.0.0.1", "FALSE", "/", "FALSE", "2000000000", NEW_COOKIE, value)
    return "# Netscape HTTP Cookie File\n" + "\t".join(fields) + "\n"


@dataclass
class FaultyWorld:
    """One end-to-end run. ``second`` is how many real seconds a second of the plan takes."""

    world: World
    folder: Path
    settings: Settings
    database: Database
    cases: tuple[Case, ...]
    storms: tuple[Storm, ...]
    second: float
    case_of: dict[str, Case] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    command_lines: set[str] = field(default_factory=set)
    struck: set[str] = field(default_factory=set)
    woken: int = 0
    """How many tracks had waited for new cookies when they came."""

    def __post_init__(self) -> None:
        self.catalog = Catalog(self.database)
        self.queue = WorkQueue(self.database, max_attempts=MAX_ATTEMPTS)
        self._over = threading.Event()

    # --- before ---------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Deal out the cases, switch the storms on, and add rules for all artists."""
        for number, mbid in enumerate(self.world.recordings):
            self._deal(mbid, self.cases[number % len(self.cases)])
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._render, self.world.recordings))
        for storm in self.storms:
            if not storm.is_of_this_machine:
                self.world.faults.add(**storm.as_fault(f"{NEW_COOKIE}={NEW_SECRET}"))
        musicbrainz = open_musicbrainz(self.settings, self.database)
        expansion = Expansion(self.database, musicbrainz, _EVERYTHING)
        placements = map(self.world.expected, self.world.recordings)
        credits = [placement.release.artist_credit for placement in placements]
        artists = {part.artist.mbid: part.artist for credit in credits for part in credit.parts}
        for artist in artists.values():
            watch_artist(artist, Wish(), expansion)
        self.settings.cookies_path.write_text(cookie_line(OLD_SECRET))
        self.settings.cookies_path.chmod(0o600)

    def _deal(self, mbid: str, case: Case) -> None:
        self.case_of[mbid] = case
        offers = self.world.offers(mbid)
        if case.offers == "none":
            self.world.replace_offers(mbid, tuple(o for o in offers if o.kind not in RIGHT_KINDS))
        elif case.offers == "doubtful":
            # Its title names no artist, so it might be the right one.
            doubtful = replace(
                offers[0],
                kind=OfferKind.COVER,
                title=self.world.expected(mbid).recording.title,
                channel="uploads",
                sound=f"somebody else than {mbid}",
                track="",
                artists=(),
                album="",
            )
            others = tuple(offer for offer in offers if offer.kind not in RIGHT_KINDS)
            self.world.replace_offers(mbid, (doubtful, *others))
        for fault in case.faults:
            target = mbid if fault.of == "all" else offers[0].id
            self.world.faults.add(fault.kind, target, times=fault.times, value=fault.value)

    def _render(self, mbid: str) -> None:
        """Render all files first: on a busy machine, rendering one looks like a stall."""
        case = self.case_of[mbid]
        if case.status is not IN_LIBRARY:
            return
        spoilt = {fault.kind for fault in case.faults if fault.times is None}
        studio, offers = self.world._origin.studio, self.world.offers(mbid)
        for variant in [one for one in Variant if one in spoilt] or [Variant.PLAIN]:
            studio.read_audio(offers[0], variant)
        if spoilt - {"no_range", "changed"}:
            studio.read_audio(offers[1])

    # --- meanwhile ------------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator[None]:
        """A block for the work; meanwhile storms come, the monitor runs, and new cookies arrive.

        The list of processes is watched too.
        """
        parts: list[Callable[[], None]] = [
            self._monitor,
            self._bring_cookies,
            self._watch_processes,
        ]
        parts += [partial(self._strike, one) for one in self.storms if one.is_of_this_machine]
        threads = [threading.Thread(target=self._guarded, args=(part,)) for part in parts]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(60)

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except BaseException as error:
            self.trouble.append(repr(error))
            raise

    def _wait_for(self, has_come: Callable[[], bool]) -> bool:
        """Wait for a moment of the plan; returns False if the run ends earlier."""
        while not has_come():
            if self._over.wait(0.02):
                return False
        return True

    def _monitor(self) -> None:
        """Do the work of the monitor job, as soon as it may ask again."""
        while not self._over.is_set() and self._tracks_missing():
            with suppress(ShantyError):
                musicbrainz = open_musicbrainz(self.settings, self.database)
                Monitor(self.database, musicbrainz, _EVERYTHING).run()
                with self.database.begin() as tx:
                    self.queue.items.enqueue_wanted(tx, source=first_site(self.settings))
            self._over.wait(max(0.2, 10 * self.second))

    def _bring_cookies(self) -> None:
        """Import new cookies, as a person does a while after the site has asked for a proof."""
        if not self._wait_for(lambda: self.world.faults.hits("bot_check", "watch") > 0):
            return
        self._over.wait(20 * self.second)
        export = self.folder / "export" / "cookies.txt"
        export.parent.mkdir()
        export.write_text(cookie_line(NEW_SECRET))
        taken = import_file(export, self.settings, self.database)
        export.unlink()
        assert taken.kept == 1, taken
        self.woken = taken.woken

    def _strike(self, storm: Storm) -> None:
        counted = self.world.requests
        if not self._wait_for(lambda: sum(counted.complete_media().values()) >= storm.after):
            return
        if storm.target == "disk":
            flag = self.folder / DISK_IS_FULL
            flag.touch()
            self._wait_for(refusals(flag).exists)
            self._over.wait(storm.lasts)
            flag.unlink()
        else:
            with self._locked_database():
                self._over.wait(storm.lasts)
        self.struck.add(storm.target)

    @contextmanager
    def _locked_database(self) -> Iterator[None]:
        url = self.settings.resolved_database_url
        if url.startswith("sqlite"):
            other = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)
            other.isolation_level = None
            other.execute("BEGIN EXCLUSIVE")
        else:
            other = psycopg.connect(url.replace("+psycopg", ""))
            other.execute("LOCK TABLE work_queue IN ACCESS EXCLUSIVE MODE")
        try:
            yield
        finally:
            other.rollback()
            other.close()

    def _watch_processes(self) -> None:
        while not self._over.wait(0.1):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    self.command_lines.add(path.read_bytes().decode("utf-8", "replace"))

    def _tracks_missing(self) -> bool:
        return len(self.catalog.tracks.list_tracks()) < len(self.world.recordings)

    def is_done(self) -> bool:
        """Whether every track has come to its end, and no work is left."""
        tracks = self.catalog.tracks.list_tracks()
        return (
            len(tracks) == len(self.world.recordings)
            and all(track.status in _FINAL for track in tracks)
            and not any(
                item.status in (Status.PENDING, Status.ACTIVE)
                for item in self.queue.overview.list_items(limit=100_000)
            )
        )

    # --- afterwards -----------------------------------------------------------------------------

    def check(self) -> None:
        """Check everything that the run promises."""
        assert not self.trouble
        self._check_storms()
        tracks = self.catalog.tracks.list_tracks()
        assert {track.recording_mbid for track in tracks} == set(self.world.recordings)
        items: dict[int, list[WorkItem]] = {}
        for item in self.queue.overview.list_items(limit=100_000):
            items.setdefault(item.track_id, []).append(item)
        for track in tracks:
            self._check_track(track, items[track.id])
        self._check_library()
        repeated = {key: n for key, n in self.world.requests.complete_media().items() if n != 1}
        assert not repeated, f"downloaded again: {repeated}"
        self.check_budgets()
        self.check_secrets()

    def _check_storms(self) -> None:
        """Check that each storm has hit some request: otherwise it proves nothing."""
        for storm in self.storms:
            if not storm.is_of_this_machine:
                assert self.world.faults.hits(storm.kind, storm.target), storm
            else:
                assert storm.target in self.struck, storm
        assert refusals(self.folder / DISK_IS_FULL).exists()

    def _check_track(self, track: WantedTrack, items: list[WorkItem]) -> None:
        case = self.case_of[track.recording_mbid]
        latest = max(items, key=lambda item: item.id)
        about = f"{case.name}: {track.label} is {track.status}: {track.reason or latest.error}"
        assert track.status is case.status, about
        assert any(words in track.reason for words in case.words), about
        if case.error_class:
            assert latest.error_class == case.error_class, about
            assert len(track.reason.split()) > 5, about  # a sentence, not a code
        for item in items:
            tries = case.tries if item.stage is Stage.DOWNLOAD else 1
            assert item.attempt <= tries, f"{about}; {item.stage} took {item.attempt} attempts"
        if case.status is IN_LIBRARY:
            chosen = [
                one
                for one in self.catalog.candidates.of_track(track.id)
                if one.status is CandidateStatus.CHOSEN
            ]
            [right] = chosen
            assert self.world.is_right(track.recording_mbid, right.source_id), about

    def _check_library(self) -> None:
        files = [p for p in self.settings.library.path.rglob("*") if p.suffix in AUDIO]
        found = Counter(read_recording_mbid(path) for path in files)
        expected = {mbid for mbid, case in self.case_of.items() if case.status is IN_LIBRARY}
        assert found == Counter(expected)
        for path in files:
            mbid = read_recording_mbid(path)
            assert mbid is not None
            assert read_tags(path) == build_tags(self.world.expected(mbid)), path

    def check_budgets(self) -> None:
        """Check, by each source's own counters, that none was asked more often than agreed."""
        requests = self.world.requests
        download = self.settings.download
        # A turn is taken at one moment and used a little later, so two requests may come close.
        for interval, kinds in (
            (download.interval, ["media"]),
            (download.request_interval, ["search", "watch"]),
        ):
            most = requests.most_within(20 * interval.total_seconds(), kinds)
            assert most <= 22, f"{most} requests for {kinds} in the time of 20 turns"
        rate = self.settings.musicbrainz.rate
        assert requests.most_within(1.0, ["catalogue"]) <= rate + 2

    def check_secrets(self, *more_folders: Path) -> None:
        """Check that cookie values are nowhere but in the cookie file."""
        secrets = [OLD_SECRET.encode(), NEW_SECRET.encode()]
        own = self.settings.cookies_path
        assert secrets[1] in own.read_bytes(), "what is looked for must be there to be found"
        paths = [path for folder in (self.folder, *more_folders) for path in folder.rglob("*")]
        if (url := self.settings.resolved_database_url).startswith("sqlite"):
            file = Path(url.removeprefix("sqlite:///"))
            paths += file.parent.glob(f"{file.name}*")  # also what was deleted, and the log
        for path in paths:
            if path.is_file() and path != own:
                content = path.read_bytes()
                assert not any(secret in content for secret in secrets), path
        with self.database.read() as connection:
            for table in metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    assert "Somebody" not in str(tuple(row)), table.name
        assert any("pytest" in line for line in self.command_lines)
        assert not any("Somebody" in line for line in self.command_lines)
