"""Looks for what is new: release groups of watched artists, and changes to known tracklists.

Owns what is looked at again and when, and that one artist's trouble is not another's. Refuses to
know jobs: the flow of that name calls it and shows the report. All of it costs no request while
the answers that are stored are young enough.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from shanty.catalog.releases import (
    has_tracks,
    is_listed,
    is_released,
    is_worth_taking,
    wanted_tracks,
)
from shanty.clock import utc_now
from shanty.config.sections import CatalogueSettings
from shanty.db import Database, Transaction
from shanty.errors import DatabaseError, NotFoundError, StageError, WaitError, count_of, one_line
from shanty.models import KnownGroup, Priority, WatchRule
from shanty.music.entities import Placement, Release
from shanty.providers.musicbrainz import MusicBrainz
from shanty.watching.expansion import Expansion

logger = logging.getLogger(__name__)

LOOKED_AT_AGAIN = 200
"""How many known tracklists a run asks for anew at the most, so that it ends the same hour."""
_FAILURES_IN_A_ROW = 3
"""After so many the service is down, and the next artist would be told the same."""


@dataclass
class MonitorReport:
    """What a run has looked at, found and could not do; sentences for people."""

    artists: int = 0
    albums: int = 0
    tracks: int = 0
    requests: int = 0
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stopped: str = ""

    def describe(self) -> str:
        """All of it as one line."""
        line = (
            f"{count_of(self.artists, 'artist')} looked at, {count_of(self.albums, 'new album')}, "
            f"{count_of(self.tracks, 'track')} newly wanted, "
            f"{count_of(self.requests, 'request')} made"
        )
        if self.failures:
            line += f"; {len(self.failures)} failed: {self.failures[0]}"
        return f"{line}; {self.stopped}" if self.stopped else line


@dataclass(frozen=True)
class _Missing:
    """A release group that was not found, by its name for a report.

    ``artist_mbid`` is whose listing has it no longer; empty if nobody's was asked for.
    """

    mbid: str
    name: str
    artist_mbid: str = ""


@dataclass(frozen=True)
class _Look:
    """Something to look at: its name for a report, and how."""

    name: str
    run: Callable[[], None]


class Monitor:
    """One run over everything that is watched."""

    def __init__(
        self,
        database: Database,
        musicbrainz: MusicBrainz,
        settings: CatalogueSettings,
        clock: Callable[[], datetime] = utc_now,
    ):
        self._expansion = Expansion(database, musicbrainz, settings, clock)
        self._catalog = self._expansion.catalog
        self._database = database
        self._musicbrainz = musicbrainz
        self._settings = settings
        self._clock = clock
        self._report = MonitorReport()
        self._missing: list[_Missing] = []
        self._missing_when_found = 0
        """How many were missing when a release group was last found."""

    def run(self) -> MonitorReport:
        """Look at everything that is due; stop asking when the service does not want to answer.

        Raises:
            DatabaseError: what was found cannot be kept.
        """
        report, in_a_row = self._report, 0
        before = self._musicbrainz.requests_made
        for look in self._looks():
            try:
                look.run()
                in_a_row = 0
            except WaitError as error:
                report.stopped = f"stopped asking: {error}; {_when(error)}"
                break
            except DatabaseError:
                raise
            except NotFoundError as error:
                in_a_row = 0
                report.notes.append(f"{look.name}: {error}")
            except Exception as error:
                if not isinstance(error, StageError):
                    logger.exception("looking at %s failed", look.name)
                report.failures.append(f"{look.name}: {error}")
                in_a_row += 1
                if in_a_row == _FAILURES_IN_A_ROW:
                    report.stopped = "stopped asking; the next run goes on here"
                    break
        self._settle_missing()
        report.requests = self._musicbrainz.requests_made - before
        report.tracks += self._expansion.tracks
        report.notes += self._expansion.notes
        return report

    def _looks(self) -> Iterator[_Look]:
        """What was interrupted and the artists, in the order of asking; then known tracklists."""
        for rule in self._catalog.rules.list_rules():
            if self._is_due(rule):
                yield _Look(one_line(rule.name), lambda rule=rule: self._look_at_rule(rule))  # type: ignore[misc]
        before = self._clock() - self._settings.tracklist_age
        for known in self._catalog.discographies.groups_to_look_at_again(before, LOOKED_AT_AGAIN):
            yield _Look(one_line(known.group.title), lambda known=known: self._look_at_group(known))  # type: ignore[misc]

    def _is_due(self, rule: WatchRule) -> bool:
        today = self._clock().date()
        return (
            rule.completed_at is None
            or (rule.kind == "artist" and rule.is_monitored)
            or any(
                is_released(pending.first_release_date, today)
                for pending in self._catalog.rules.pending_groups(rule.id)
            )
        )

    def _look_at_rule(self, rule: WatchRule) -> None:
        is_listed = rule.kind == "artist" and rule.is_monitored
        is_known = rule.completed_at is not None
        albums = self._expansion.albums
        if not self._catalog.rules.has(rule.id):
            return  # it has become part of another one, or was taken back
        self._expansion.expand(rule.id, may_list=is_listed, is_asked=False)
        if is_listed:
            self._report.artists += 1
            self._settle_what_is_missing(self._catalog.rules.get(rule.id))
        if is_known:
            self._report.albums += self._expansion.albums - albums

    # --- what an artist's listing lacks ---------------------------------------------------------

    def _settle_what_is_missing(self, rule: WatchRule) -> None:
        """Find out what became of release groups that were listed for the artist once."""
        with self._database.read() as connection:
            tied = self._catalog.rules.tied_groups(connection, rule.id)
        for known in self._catalog.discographies.groups_no_longer_listed(rule.mbid):
            if known.group.mbid in tied and known.gone_at is None:
                self._find_missing(rule, known)
            else:
                with self._database.begin() as tx:
                    self._catalog.discographies.forget_listing(tx, rule.mbid, known.group.mbid)

    def _find_missing(self, rule: WatchRule, known: KnownGroup) -> None:
        mbid, title = known.group.mbid, known.group.title
        try:
            group = self._musicbrainz.get_release_group(mbid)
        except NotFoundError:
            self._missing.append(_Missing(mbid, f"{title!r} by {rule.name!r}", rule.mbid))
            return
        self._missing_when_found = len(self._missing)
        with self._database.begin() as tx:
            self._catalog.discographies.forget_listing(tx, rule.mbid, mbid)
            if group.mbid != mbid:
                self._catalog.discographies.follow_group(tx, mbid, group)
        if group.mbid != mbid:
            self._report.notes.append(
                f"{title!r} by {rule.name!r} is release group {group.mbid} now"
            )
        # A listing that was interrupted may have missed one: then it comes with the next.
        elif rule.mbid not in group.artist_credit.artist_mbids:
            self._report.notes.append(f"{title!r} is no longer credited to {rule.name!r}")

    # --- what MusicBrainz has no longer ---------------------------------------------------------

    def _settle_missing(self) -> None:
        """Believe what was answered with *not found*, if the service still knows anything else.

        It is asked again all the same, with growing distance: what was deleted may come back.
        """
        if not self._missing:
            return
        if not self._knows_anything():
            self._report.notes.append(
                f"MusicBrainz knows nothing of {count_of(len(self._missing), 'album')} that it "
                "knew before, and of no other: none of that is believed"
            )
            return
        for one in self._missing:
            with self._database.begin() as tx:
                self._catalog.discographies.mark_group_gone(tx, one.mbid)
                if one.artist_mbid:
                    self._catalog.discographies.forget_listing(tx, one.artist_mbid, one.mbid)
            self._report.notes.append(
                f"MusicBrainz has {one.name} no longer; what was got of it stays"
            )

    def _knows_anything(self) -> bool:
        """Whether the service has answered for a release group since the last one was missing."""
        if len(self._missing) == self._missing_when_found:
            return True
        other = self._catalog.discographies.find_another_group([one.mbid for one in self._missing])
        artists = [one.artist_mbid for one in self._missing if one.artist_mbid]
        try:
            if other is not None:
                self._musicbrainz.get_release_group(other)
            elif artists and len(self._missing) == 1:
                self._musicbrainz.get_artist(artists[-1])
            else:
                return False
        except (NotFoundError, StageError):
            return False
        return True

    # --- what has changed on a tracklist --------------------------------------------------------

    def _look_at_group(self, known: KnownGroup) -> None:
        """Ask for a release group's editions anew and follow what has changed on ours."""
        asked_mbid, title = known.group.mbid, known.group.title
        if any(one.mbid == asked_mbid for one in self._missing):
            return  # it was not found a moment ago
        try:
            editions = self._expansion.fetch_editions(asked_mbid)
        except NotFoundError:
            if known.gone_at is not None:  # it is gone still, or again
                with self._database.begin() as tx:
                    self._catalog.discographies.put_off_group(tx, asked_mbid)
            else:
                self._missing.append(_Missing(asked_mbid, repr(title)))
            return
        self._missing_when_found = len(self._missing)
        with self._database.begin() as tx:
            mbid = self._expansion.follow_group(tx, asked_mbid, editions)
            now = self._catalog.discographies.get_group(tx, mbid)
            key = now.release_key if now is not None and now.release_key else known.release_key
            if not editions:
                self._catalog.discographies.choose_edition(tx, mbid, key)
                return
            # Once chosen, an edition is kept as long as there is one: albums do not change shape.
            release = next((one for one in editions if one.mbid == key), None)
            release = release or self._expansion.choose(editions)
            assert release is not None, "there are editions"
            present = None if key is None else self._catalog.editions.get(tx, key)
            if not has_tracks(release) and key is not None:
                # Its tracks are not known for now: that is not to say that it has none.
                self._catalog.discographies.choose_edition(tx, mbid, key)
                return
            if present is not None:
                self._follow_recordings(tx, present, release)
            self._follow_tracklist(tx, mbid, release)

    def _follow_recordings(self, tx: Transaction, before: Release, after: Release) -> None:
        """A track that is the same and has another recording now: it was merged or put right."""
        now = {track.mbid: track.recording for medium in after.media for track in medium.tracks}
        for medium in before.media:
            for track in medium.tracks:
                recording = now.get(track.mbid)
                if recording is not None and recording.mbid != track.recording.mbid:
                    self._catalog.tracks.replace_recording(tx, track.recording.mbid, recording.mbid)

    def _follow_tracklist(self, tx: Transaction, mbid: str, release: Release) -> None:
        on_it = {one.recording.mbid for one in wanted_tracks(release, self._settings)}
        vanished: dict[int, str] = {}
        for rule_id, _ in self._catalog.rules.of_group(tx, mbid):
            self._catalog.rules.hold(tx, rule_id)
        rules = self._catalog.rules.of_group(tx, mbid)  # as they are while they are held
        left_out: set[int] = set()
        for rule_id, _ in rules:
            meant = self._meant(tx, rule_id, release)
            tied = self._catalog.rules.tied_tracks(tx, rule_id, mbid)
            lost = tied.keys() - meant.keys() if is_listed(release) else ()
            for recording_mbid in lost:
                row = tied[recording_mbid]
                if recording_mbid in on_it:
                    left_out.add(row.id)
                else:
                    vanished[row.id] = row.title
                self._catalog.rules.untie_track(tx, rule_id, row.id, mbid)
        self._expansion.withdraw(tx, left_out.union(vanished))
        key = self._catalog.editions.store(tx, release)
        self._catalog.discographies.choose_edition(tx, mbid, key)
        for title in vanished.values():
            self._report.notes.append(f"{title!r} is no longer on {release.title!r}")
        for rule_id, kind in rules:
            if kind != "artist" or is_worth_taking(release):
                self._want_added(tx, rule_id, mbid, self._meant(tx, rule_id, release))

    def _meant(self, tx: Transaction, rule_id: int, release: Release) -> dict[str, Placement]:
        meant = self._expansion.meant_tracks(tx, rule_id, release)
        return {placement.recording.mbid: placement for placement in meant}

    def _want_added(
        self, tx: Transaction, rule_id: int, mbid: str, placements: dict[str, Placement]
    ) -> None:
        tied = self._catalog.rules.tied_tracks(tx, rule_id, mbid)
        self._catalog.tracks.refile_all(tx, [placements[one] for one in tied if one in placements])
        added = [placement for one, placement in placements.items() if one not in tied]
        track_ids = self._catalog.tracks.want_all(tx, added, priority=Priority.NEW_RELEASE)
        self._expansion.queue.items.hasten(tx, track_ids, Priority.NEW_RELEASE)
        self._catalog.rules.tie_tracks(tx, rule_id, track_ids, mbid)
        self._catalog.rules.settle_group(tx, rule_id, mbid)
        self._report.tracks += len(track_ids)


def _when(error: WaitError) -> str:
    if error.retry_at is None:
        return "the next run goes on here"
    return f"the next run after {error.retry_at:%H:%M} UTC goes on here"
