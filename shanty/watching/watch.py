"""What a person wants: rules for artists, albums and single recordings, stored and withdrawn.

Owns what a rule begins as and what becomes of its wishes when it goes. A rule is stored first;
:mod:`shanty.watching.expansion` turns it into tracks, and again after an interruption.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shanty.catalog import Catalog
from shanty.config.sections import CatalogueSettings
from shanty.db import Database
from shanty.errors import ShantyError
from shanty.models import GroupFilter, Priority, WantedTrack, WatchRule
from shanty.music.entities import (
    NOBODY_MBIDS,
    Artist,
    Medium,
    Placement,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)
from shanty.providers.musicbrainz import MusicBrainz
from shanty.watching.expansion import Expansion, LetGo
from shanty.watching.terms import Terms, allowed_types, read_terms, terms_of
from shanty.workqueue import WorkQueue


@dataclass(frozen=True, slots=True)
class Wish:
    """How an artist is to be watched; None leaves it as it was, or as the settings say.

    ``also`` are secondary types that are wanted although the settings exclude them. Empty, it and
    ``from_date`` take back what they said before.
    """

    primary_types: tuple[str, ...] | None = None
    also: tuple[str, ...] | None = None
    from_date: str | None = None
    is_monitored: bool | None = None

    def group_filter(self, before: GroupFilter | None, settings: CatalogueSettings) -> GroupFilter:
        """The filter of the rule, which had another one before if it is not new."""
        allowed = allowed_types(settings)
        wanted = before or GroupFilter(settings.primary_types, allowed)
        if self.primary_types is not None:
            wanted = replace(wanted, primary_types=self.primary_types)
        if self.also is not None:
            wanted = replace(wanted, secondary_types=tuple(dict.fromkeys((*allowed, *self.also))))
        if self.from_date is not None:
            wanted = replace(wanted, from_date=self.from_date)
        return wanted


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule asked for before and asks for now, and what it has let go."""

    rule_id: int
    before: Terms
    after: Terms
    let_go: LetGo

    @property
    def take_back(self) -> str:
        """The command that makes the rule what it was."""
        return f"shanty watch edit {self.rule_id} {self.before.options}"


@dataclass(frozen=True, slots=True)
class Watched:
    """The rule for an artist; ``change`` is None if it is new or asks for the same as before."""

    rule_id: int
    change: Change | None = None


def watch_artist(artist: Artist, wish: Wish, expansion: Expansion) -> Watched:
    """Store the rule for an artist. Costs no request.

    What an earlier rule for the artist meant and this one does not is withdrawn.

    Raises:
        ShantyError: it is nobody in particular, such as Various Artists.
    """
    require_somebody(artist)
    catalog = expansion.catalog
    before = catalog.rules.find("artist", artist.mbid)
    if before is not None:
        with expansion.database.begin() as tx:
            catalog.discographies.store_artist(tx, artist)
        change = _change_artist(before, wish, expansion)
        return Watched(before.id, change)
    with expansion.database.begin() as tx:
        catalog.discographies.store_artist(tx, artist)
        rule_id = catalog.rules.add(
            tx,
            "artist",
            artist.mbid,
            artist.name,
            group_filter=wish.group_filter(None, expansion.settings),
            is_monitored=wish.is_monitored is not False,
        )
    return Watched(rule_id)


def require_somebody(artist: Artist) -> None:
    """Refuse an artist who is nobody in particular.

    Raises:
        ShantyError: it is one.
    """
    if artist.mbid in NOBODY_MBIDS:
        raise ShantyError(
            f"{artist.name} stands for nobody in particular and cannot be watched; "
            "`shanty watch add album` takes a single release"
        )


def edit_rule(rule_id: int, wish: Wish, expansion: Expansion) -> Change | None:
    """Change what a rule asks for; None if it asks for that already. Costs no request.

    Raises:
        NotFoundError: there is no such rule.
        ShantyError: the wish says something that a rule of this kind does not know.
    """
    rule = expansion.catalog.rules.get(rule_id)
    if rule.kind == "artist":
        return _change_artist(rule, wish, expansion)
    if (wish.primary_types, wish.also, wish.from_date) != (None, None, None):
        raise ShantyError(
            f"{rule.name} is {'an album' if rule.kind == 'album' else 'one song'}: "
            "only an artist has types and a date"
        )
    if rule.kind == "track":
        raise ShantyError(f"{rule.name} is one song: nothing of it is new, so it is not monitored")
    is_monitored = rule.is_monitored if wish.is_monitored is None else wish.is_monitored
    if is_monitored == rule.is_monitored:
        return None
    with expansion.database.begin() as tx:
        expansion.catalog.rules.change(tx, rule.id, rule.group_filter, is_monitored=is_monitored)
    before = read_terms(rule, expansion.settings)
    return Change(rule.id, before, replace(before, is_monitored=is_monitored), LetGo())


def _change_artist(rule: WatchRule, wish: Wish, expansion: Expansion) -> Change | None:
    catalog, settings = expansion.catalog, expansion.settings
    group_filter = wish.group_filter(rule.group_filter, settings)
    is_monitored = rule.is_monitored if wish.is_monitored is None else wish.is_monitored
    before = read_terms(rule, settings)
    after = terms_of(group_filter, settings, is_monitored=is_monitored)
    if group_filter == rule.group_filter and after == before:
        return None
    with expansion.database.begin() as tx:
        catalog.rules.change(tx, rule.id, group_filter, is_monitored=is_monitored)
    let_go = LetGo()
    if group_filter != rule.group_filter:
        let_go = expansion.take_up(catalog.rules.get(rule.id), is_narrowed=True)
    return Change(rule.id, before, after, let_go)


def watch_album(mbid: str, expansion: Expansion, *, is_monitored: bool | None = None) -> int:
    """Store the rule for a release group; returns its id. One request, unless it is known.

    Raises:
        NotFoundError: MusicBrainz has no such release group.
        WaitError, TransientError, PermanentError: it does not answer.
    """
    catalog = expansion.catalog
    before = catalog.rules.find("album", mbid)
    if is_monitored is None:
        is_monitored = True if before is None else before.is_monitored
    group = learn_group(mbid, expansion)
    with expansion.database.begin() as tx:
        catalog.discographies.store_group(tx, group)  # one that was gone is asked for again
        name = f"{group.artist_credit.name} – {group.title}"
        rule_id = catalog.rules.add(tx, "album", group.mbid, name, is_monitored=is_monitored)
        priority = expansion.priority_of(group, Priority.ASKED_FOR)
        catalog.rules.tie_groups(tx, rule_id, [(group.mbid, priority)])
        catalog.rules.complete(tx, rule_id)
    return rule_id


def learn_group(mbid: str, expansion: Expansion) -> ReleaseGroup:
    """A release group, stored. One request, unless it is known.

    Raises:
        NotFoundError: MusicBrainz has no such release group.
        WaitError, TransientError, PermanentError: it does not answer.
    """
    catalog = expansion.catalog
    known = catalog.discographies.find_group(mbid)
    if known is not None:
        return known.group
    # What comes with it is what the expansion needs next, so it is kept.
    page = expansion.musicbrainz.get_releases_page(mbid)
    if page.items and page.items[0].release_group.mbid:
        group = page.items[0].release_group
    else:
        group = expansion.musicbrainz.get_release_group(mbid)
    with expansion.database.begin() as tx:
        catalog.discographies.store_group(tx, group)
        catalog.editions.keep_page(tx, group.mbid, 0, page.total, list(page.items))
    return group


def watch_recording(mbid: str, expansion: Expansion) -> int:
    """Store the rule for a recording; returns its id. One request, unless it is watched already.

    Raises:
        NotFoundError: MusicBrainz has no such recording.
        WaitError, TransientError, PermanentError: it does not answer.
    """
    catalog = expansion.catalog
    before = catalog.rules.find("track", mbid)
    if before is not None:
        _want_again(before.id, expansion)
        return before.id
    found = expansion.musicbrainz.get_recording(mbid)
    recording = found.recording  # a merged MBID answers with the one it was merged into
    name = f"{recording.artist_credit.name} – {recording.title}"
    release_mbid = expansion.choose_release(found.releases).mbid if found.releases else ""
    with expansion.database.begin() as tx:
        rule_id = catalog.rules.add(tx, "track", recording.mbid, name, release_mbid=release_mbid)
        if not found.releases:
            track_id = catalog.tracks.want(tx, standalone(recording), priority=Priority.ASKED_FOR)
            catalog.rules.tie_tracks(tx, rule_id, [track_id])
            catalog.rules.complete(tx, rule_id)
    return rule_id


def watch_track(
    mbid: str,
    *,
    database: Database,
    musicbrainz: MusicBrainz,
    settings: CatalogueSettings | None = None,
) -> WantedTrack:
    """Want one recording, filed under the best release it is on. Costs two requests at the most.

    Raises:
        NotFoundError: MusicBrainz has no such recording.
        WaitError, TransientError: MusicBrainz cannot answer now.
    """
    expansion = Expansion(database, musicbrainz, settings or CatalogueSettings())
    rule_id = watch_recording(mbid, expansion)
    expansion.expand(rule_id)
    (track_id,) = expansion.catalog.rules.tracks_of(rule_id)
    return expansion.catalog.tracks.get(track_id)


def _want_again(rule_id: int, expansion: Expansion) -> None:
    """A person asks anew for what is stored: what failed or was withdrawn is wanted again."""
    catalog = expansion.catalog
    placements = [catalog.tracks.get_placement(one) for one in catalog.rules.tracks_of(rule_id)]
    with expansion.database.begin() as tx:
        for placement in placements:
            catalog.tracks.want(tx, placement, priority=Priority.ASKED_FOR)


def standalone(recording: Recording) -> Placement:
    """A recording that is on no release is filed as a single of its own name."""
    credit = recording.artist_credit
    track = Track("", 1, "1", recording.title, recording, credit, recording.length_ms)
    medium = Medium(1, "Digital Media", "", (track,), 1)
    group = ReleaseGroup("", recording.title, credit, "Single")
    release = Release("", recording.title, credit, group, media=(medium,))
    return Placement(release, medium, track)


def unwatch(rule_id: int, *, database: Database, queue: WorkQueue) -> int:
    """Withdraw what only this rule wanted, and its work; returns the number of tracks.

    Raises:
        NotFoundError: there is no such rule.
    """
    catalog = Catalog(database)
    with database.begin() as tx:
        withdrawn = catalog.rules.remove(tx, rule_id)
        queue.by_hand.cancel_tracks(tx, withdrawn, "no longer wanted")
    return len(withdrawn)
