"""Turns watch rules into wanted tracks: an artist's release groups page by page, then the editions
of each one that is meant.

Owns the order of it and what is written after each answer, so that nothing that was answered is
asked again: every request's answer is one transaction, and a run that was killed goes on after
the last one. Refuses to know who asks for it, and what the preferences are (``releases``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shanty.catalog import Catalog, RuleGroup
from shanty.catalog.releases import (
    choose_edition,
    choose_release,
    has_tracks,
    is_listed,
    is_meant,
    is_released,
    is_worth_taking,
    place_on,
    wanted_tracks,
)
from shanty.clock import utc_now
from shanty.config.sections import CatalogueSettings
from shanty.db import Database, Transaction
from shanty.errors import NotFoundError
from shanty.models import KnownArtist, Priority, WatchRule
from shanty.music.entities import Placement, Release, ReleaseGroup
from shanty.providers.musicbrainz import MusicBrainz
from shanty.workqueue import WorkQueue

NO_EDITIONS = "MusicBrainz has no release of it yet"
GONE = "MusicBrainz does not have it now"
UNKNOWN_TRACKS = "MusicBrainz does not know yet which tracks are on it"
NOTHING_OFFICIAL = "there are only bootlegs, promotional copies or cancelled releases of it"
NO_TRACKS = "it has no tracks that are wanted"


@dataclass(frozen=True, slots=True)
class Step:
    """How far an expansion is: this release group was the ``done``-th of ``total``."""

    done: int
    total: int
    title: str
    tracks: int


@dataclass(frozen=True, slots=True)
class LetGo:
    """How many release groups a rule no longer means, and how many tracks nothing wants now."""

    albums: int = 0
    tracks: int = 0


class Expansion:
    """Expands rules against one catalogue service; counts what it did."""

    def __init__(
        self,
        database: Database,
        musicbrainz: MusicBrainz,
        settings: CatalogueSettings,
        clock: Callable[[], datetime] = utc_now,
    ):
        self.database = database
        self.catalog = Catalog(database, clock)
        self.queue = WorkQueue(database, clock=clock)
        self.musicbrainz = musicbrainz
        self.settings = settings
        self.clock = clock
        self.albums = 0
        self.tracks = 0
        self.notes: list[str] = []
        """What a person should know, one sentence each."""

    # --- rules ----------------------------------------------------------------------------------

    def expand(
        self,
        rule_id: int,
        on_step: Callable[[Step], None] = lambda _: None,
        *,
        may_list: bool = True,
        is_asked: bool = True,
    ) -> None:
        """Want all that a rule means now, or what an interruption left of it.

        Without ``may_list``, an artist's release groups are not listed anew. ``is_asked``: a person
        asks, so that also what there was nothing of lately is asked for, unless this goes on where
        an interruption has left it.

        Raises:
            NotFoundError: MusicBrainz has the artist, the album or the recording no longer.
            WaitError, TransientError, PermanentError: it does not answer; what is done is kept.
        """
        rule = self.catalog.rules.get(rule_id)
        if rule.kind == "track":
            self._expand_track(rule)
            return
        goes_on = bool(self._due_groups(rule))
        if rule.kind == "artist" and (may_list or rule.completed_at is None):
            self.list_groups(rule.mbid)
            rule = self.catalog.rules.get(rule_id)  # it may have followed its artist
            self.take_up(rule)
        if is_asked and not goes_on:
            with self.database.begin() as tx:
                self.catalog.discographies.ask_for_groups(tx, rule.id)
        due = self._due_groups(rule)
        for number, pending in enumerate(due, start=1):
            tracks = self._expand_group(rule, pending)
            on_step(Step(number, len(due), pending.title, tracks))

    def _due_groups(self, rule: WatchRule) -> list[RuleGroup]:
        """What a rule has still to take up of what is out."""
        today = self.clock().date()
        return [
            pending
            for pending in self.catalog.rules.pending_groups(rule.id)
            if is_released(pending.first_release_date, today)
        ]

    def take_up(self, rule: WatchRule, *, is_narrowed: bool = False) -> LetGo:
        """Tie a rule to those of its artist's listed release groups that it means.

        A release group that it no longer means is let go if it has not been taken up yet; with
        ``is_narrowed`` also if it has.
        """
        assert rule.group_filter is not None, "an artist's rule has a filter"
        with self.database.begin() as tx:
            if not self.catalog.rules.hold(tx, rule.id):
                return LetGo()
            tied = self.catalog.rules.tied_groups(tx, rule.id)
            excluded = self.catalog.exclusions.mbids(tx, rule.id, "album")
            fresh: list[tuple[str, int]] = []
            for known in self.catalog.discographies.groups_of_artist(tx, rule.mbid):
                group = known.group
                if group.mbid in excluded:
                    continue
                if is_meant(group, rule.group_filter) and group.mbid not in tied:
                    is_news = rule.completed_at is not None and known.seen_at > rule.completed_at
                    priority = self.priority_of(group, Priority.BACK_CATALOGUE, is_news=is_news)
                    fresh.append((group.mbid, priority))
            let_go: set[int] = set()
            albums = 0
            for mbid, is_expanded in tied.items():
                tied_group = self.catalog.discographies.get_group(tx, mbid)
                is_out = mbid in excluded  # it was merged into one that is left out
                if tied_group is None or (
                    not is_out and is_meant(tied_group.group, rule.group_filter)
                ):
                    continue
                if is_out or is_narrowed or not is_expanded:
                    albums += 1
                    let_go.update(self.catalog.rules.untie_group(tx, rule.id, mbid))
            self.catalog.rules.tie_groups(tx, rule.id, fresh)
            self.catalog.rules.complete(tx, rule.id)
            return LetGo(albums, self.withdraw(tx, let_go))

    def priority_of(self, group: ReleaseGroup, usual: int, *, is_news: bool = False) -> int:
        """How soon a release group's tracks are got: new ones before what has been there long."""
        is_out = is_released(group.first_release_date, self.clock().date())
        return Priority.NEW_RELEASE if is_news or not is_out else usual

    def withdraw(self, tx: Transaction, track_ids: set[int]) -> int:
        """Stop wanting those of the tracks that no rule wants now; returns how many."""
        withdrawn = self.catalog.rules.withdraw_unasked(tx, track_ids)
        self.queue.by_hand.cancel_tracks(tx, withdrawn, "no longer wanted")
        return len(withdrawn)

    # --- an artist's release groups -------------------------------------------------------------

    def list_groups(self, artist_mbid: str) -> str:
        """List an artist's release groups unless that is known; returns the MBID it has now.

        One request per 100; a listing that was interrupted goes on at the next page.

        Raises:
            NotFoundError: MusicBrainz has no such artist now.
        """
        known = self.catalog.discographies.find_artist(artist_mbid)
        assert known is not None, "an artist is stored before its rule"
        oldest = self.clock() - self.settings.listing_age
        if known.listed_at is not None and known.listed_at > oldest:
            return artist_mbid
        began_at, offset = known.listing_began_at, known.listing_offset
        if began_at is None or began_at < oldest:
            began_at, offset = self.clock(), 0
            with self.database.begin() as tx:
                self.catalog.discographies.begin_listing(tx, artist_mbid, began_at)
        while True:
            page = self.musicbrainz.get_release_groups_page(artist_mbid, offset)
            if offset == 0:
                artist_mbid = self._follow_artist(known, list(page.items))
                if not page.items and self._has_groups(artist_mbid):
                    self.notes.append(
                        f"MusicBrainz lists nothing of {known.artist.name!r}, of whom it had "
                        "something before: that is not believed"
                    )
                    return artist_mbid
            offset += len(page.items)
            is_last = not page.items or offset >= page.total
            with self.database.begin() as tx:
                self.catalog.discographies.store_groups_page(
                    tx,
                    artist_mbid,
                    page.items,
                    began_at=began_at,
                    next_offset=None if is_last else offset,
                )
            if is_last:
                return artist_mbid

    def _has_groups(self, artist_mbid: str) -> bool:
        with self.database.read() as connection:
            return bool(self.catalog.discographies.groups_of_artist(connection, artist_mbid))

    def _follow_artist(self, known: KnownArtist, groups: list[ReleaseGroup]) -> str:
        """The artist's MBID now. Asks only when no release group is credited to the one we have.

        MusicBrainz answers for a merged MBID as if it had been asked for the right one.
        """
        mbid = known.artist.mbid
        credits = [group.artist_credit.artist_mbids for group in groups]
        credits = [mbids for mbids in credits if mbids]
        is_new = known.fetched_at > self.clock() - self.settings.listing_age
        if any(mbid in mbids for mbids in credits) or (not credits and (groups or is_new)):
            return mbid
        artist = self.musicbrainz.get_artist(mbid)
        with self.database.begin() as tx:
            if artist.mbid == mbid:
                self.catalog.discographies.store_artist(tx, artist)
            else:
                self.catalog.discographies.follow_artist(tx, mbid, artist)
                self.notes.append(f"{known.artist.name!r} is {artist.name!r} ({artist.mbid}) now")
        return artist.mbid

    # --- a release group's editions -------------------------------------------------------------

    def _expand_group(self, rule: WatchRule, pending: RuleGroup) -> int:
        """Want the tracks of a release group; returns how many. One request unless it is known."""
        mbid = pending.group_mbid
        known = self.catalog.discographies.find_group(mbid)
        if known is None:  # followed into another one meanwhile
            return 0
        if known.fetched_at is not None and known.look_at is None:
            with self.database.begin() as tx:
                release = known.release_key and self.catalog.editions.get(tx, known.release_key)
                return self._want(tx, rule, mbid, release or None, pending.priority)
        try:
            editions = self.fetch_editions(mbid)
        except NotFoundError:
            with self.database.begin() as tx:
                self.catalog.discographies.mark_group_gone(tx, mbid)
                self.catalog.rules.note_group(tx, rule.id, mbid, GONE)
            self.notes.append(
                f"MusicBrainz has {pending.title!r} ({mbid}) no longer; it is asked again later"
            )
            return 0
        with self.database.begin() as tx:
            mbid = self.follow_group(tx, mbid, editions)
            if self.is_put_off(tx, editions):
                return 0
            release = self.keep_choice(tx, mbid, editions)
            if release is None or not has_tracks(release):
                # What is not known yet is not nothing: it is asked for again.
                self.catalog.discographies.put_off_group(tx, mbid)
                why = NO_EDITIONS if release is None else UNKNOWN_TRACKS
                self.catalog.rules.note_group(tx, rule.id, mbid, why)
                return 0
            return self._want(tx, rule, mbid, release, pending.priority)

    def fetch_editions(self, group_mbid: str) -> list[Release]:
        """Every edition of a release group; pages that have come already are not asked for again.

        Raises:
            NotFoundError: MusicBrainz has no such release group now.
        """
        editions, total = self.catalog.editions.kept_pages(group_mbid)
        while total is None or len(editions) < total:
            page = self.musicbrainz.get_releases_page(group_mbid, len(editions))
            if not page.items:
                break
            first, total = len(editions), page.total
            editions += page.items
            if len(editions) < total:
                with self.database.begin() as tx:
                    self.catalog.editions.keep_page(tx, group_mbid, first, total, list(page.items))
        return editions

    def follow_group(self, tx: Transaction, asked_mbid: str, editions: list[Release]) -> str:
        """The MBID that a release group has by its editions' account; ours follows a merge."""
        self.catalog.editions.forget_pages(tx, asked_mbid)
        group = next((one.release_group for one in editions if one.release_group.mbid), None)
        if group is None or group.mbid == asked_mbid:
            return asked_mbid
        self.catalog.discographies.follow_group(tx, asked_mbid, group)
        self.notes.append(f"{group.title!r} is release group {group.mbid} now")
        return group.mbid

    def keep_choice(self, tx: Transaction, mbid: str, editions: list[Release]) -> Release | None:
        """Choose the edition to take, and keep it for the release group if its tracks are known."""
        release = self.choose(editions)
        if release is not None and has_tracks(release):
            key = self.catalog.editions.store(tx, release)
            self.catalog.discographies.choose_edition(tx, mbid, key)
        return release

    def is_put_off(self, tx: Transaction, editions: list[Release]) -> bool:
        """Whether a release group that was to be out by now has a later date; ours follows."""
        group = next((one.release_group for one in editions if one.release_group.mbid), None)
        if group is None or is_released(group.first_release_date, self.clock().date()):
            return False
        self.catalog.discographies.store_group(tx, group)
        return True

    def choose(self, editions: list[Release]) -> Release | None:
        """The edition to take, of those that are out if any is; None if there are none.

        One whose tracks are not known is taken only if no other one will do.
        """
        today = self.clock().date()
        out = [edition for edition in editions if is_released(edition.date, today)]
        if not editions:
            return None
        worthy = [one for one in out or editions if is_worth_taking(one)] or out or editions
        listed = [one for one in worthy if is_listed(one)]
        known = listed or [one for one in worthy if has_tracks(one)] or worthy
        return choose_edition(known, self.settings)

    def _want(
        self, tx: Transaction, rule: WatchRule, mbid: str, release: Release | None, priority: int
    ) -> int:
        """Want the tracks of the chosen edition for a rule, but those it wants already."""
        self.catalog.rules.hold(tx, rule.id)
        is_tied = self.catalog.rules.is_tied(tx, rule.id, mbid)
        if not is_tied or self.catalog.exclusions.has(tx, rule.id, "album", mbid):
            return 0  # a person has taken it back meanwhile
        self.albums += 1
        if release is None:
            self.catalog.rules.settle_group(tx, rule.id, mbid, NO_EDITIONS)
            return 0
        if rule.kind == "artist" and not is_worth_taking(release):
            self.catalog.rules.settle_group(tx, rule.id, mbid, NOTHING_OFFICIAL)
            return 0
        tied = self.catalog.rules.tied_tracks(tx, rule.id, mbid)
        placements = [
            placement
            for placement in self.meant_tracks(tx, rule.id, release)
            if placement.recording.mbid not in tied
        ]
        track_ids = self.catalog.tracks.want_all(tx, placements, priority=priority)
        self.queue.items.hasten(tx, track_ids, priority)
        self.catalog.rules.tie_tracks(tx, rule.id, track_ids, mbid)
        note = "" if tied or wanted_tracks(release, self.settings) else NO_TRACKS
        self.catalog.rules.settle_group(tx, rule.id, mbid, note)
        self.tracks += len(track_ids)
        return len(track_ids)

    def meant_tracks(self, tx: Transaction, rule_id: int, release: Release) -> list[Placement]:
        """The tracks of a release that are wanted, but those that are left out of the rule."""
        excluded = self.catalog.exclusions.mbids(tx, rule_id, "track")
        return [
            placement
            for placement in wanted_tracks(release, self.settings)
            if placement.recording.mbid not in excluded
        ]

    # --- a single recording ---------------------------------------------------------------------

    def _expand_track(self, rule: WatchRule) -> None:
        """Want a recording under the release that was chosen for it. One request, or none."""
        if rule.completed_at is not None:
            return
        release = self.catalog.editions.find(rule.release_mbid)
        if release is None:
            release = self.musicbrainz.get_release(rule.release_mbid)
        placement = place_on(release, rule.mbid)
        if placement is None:
            raise NotFoundError(
                f"MusicBrainz lists {rule.name!r} on {release.title!r} but not among its tracks"
            )
        with self.database.begin() as tx:
            track_id = self.catalog.tracks.want(tx, placement, priority=Priority.ASKED_FOR)
            self.queue.items.hasten(tx, [track_id], Priority.ASKED_FOR)
            self.catalog.rules.tie_tracks(tx, rule.id, [track_id])
            self.catalog.rules.complete(tx, rule.id)
        self.tracks += 1

    def choose_release(self, releases: tuple[Release, ...]) -> Release:
        """The release of a recording to file it under: of those that are out, if any is."""
        today = self.clock().date()
        out = [release for release in releases if is_released(release.date, today)]
        return choose_release(out or releases, self.settings)
