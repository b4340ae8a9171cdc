"""What a wish would mean, found out without wishing.

Owns which albums and tracks a wish would add. What MusicBrainz answers is kept, as for a wish, so
that the wish itself asks for none of it again. Refuses to know what the tracks cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shanty.catalog.releases import (
    has_tracks,
    is_meant,
    is_released,
    is_worth_taking,
    wanted_tracks,
)
from shanty.errors import NotFoundError
from shanty.models import KnownGroup
from shanty.music.entities import Artist, Placement, Release, ReleaseGroup
from shanty.watching.absence import describe_offers
from shanty.watching.expansion import (
    GONE,
    NO_EDITIONS,
    NO_TRACKS,
    NOTHING_OFFICIAL,
    UNKNOWN_TRACKS,
    Expansion,
)
from shanty.watching.watch import Wish, learn_group, require_somebody, standalone


@dataclass(frozen=True, slots=True)
class PreviewedAlbum:
    """An album that a wish would mean.

    ``lacking`` are its tracks that would be fetched, ``there`` is how many others are wanted or in
    the library already. ``note`` says why there are none. If ``is_asked`` is false, nobody has
    asked yet which tracks it has.
    """

    group: ReleaseGroup
    lacking: tuple[Placement, ...] = ()
    there: int = 0
    note: str = ""
    is_asked: bool = True


def preview_artist(
    artist: Artist,
    wish: Wish,
    expansion: Expansion,
    on_step: Callable[[int, int, PreviewedAlbum], None] = lambda *_: None,
    *,
    most_requests: int | None = None,
) -> list[PreviewedAlbum]:
    """The albums that watching an artist would mean, the oldest first.

    One request for each hundred release groups, and one for each album that is not known yet. For
    more than ``most_requests`` albums that are not known, the rest is not asked for. ``on_step``
    hears of each album, with its number and the number of all.

    Raises:
        ShantyError: it is nobody in particular, or MusicBrainz cannot be asked.
    """
    require_somebody(artist)
    catalog = expansion.catalog
    with expansion.database.begin() as tx:
        catalog.discographies.store_artist(tx, artist)
    mbid = expansion.list_groups(artist.mbid)
    rule = catalog.rules.find("artist", mbid)
    meant = wish.group_filter(rule.group_filter if rule else None, expansion.settings)
    with expansion.database.read() as connection:
        listed = catalog.discographies.groups_of_artist(connection, mbid)
        left_out = catalog.exclusions.mbids(connection, rule.id, "album") if rule else set()
        without = catalog.exclusions.mbids(connection, rule.id, "track") if rule else set()
    looking = _Looking(expansion, most_requests, without, is_choosy=True)
    groups = [one for one in listed if is_meant(one.group, meant)]
    if not groups:
        expansion.notes.append(describe_offers(mbid, meant, expansion))
    groups = [one for one in groups if one.group.mbid not in left_out]
    albums = []
    for number, known in enumerate(groups, start=1):
        album = looking.look_at(known)
        albums.append(album)
        on_step(number, len(groups), album)
    return albums


def preview_known(mbids: Iterable[str], expansion: Expansion) -> list[PreviewedAlbum]:
    """Albums that MusicBrainz has told of before, in this order. Asks nobody."""
    looking = _Looking(expansion, 0, is_choosy=True)
    found = map(expansion.catalog.discographies.find_group, mbids)
    return [looking.look_at(known) for known in found if known is not None]


def preview_album(mbid: str, expansion: Expansion) -> list[PreviewedAlbum]:
    """The album itself. Two requests at the most, or more if it has many editions.

    Raises:
        NotFoundError: MusicBrainz has no such release group.
        WaitError, TransientError, PermanentError: it does not answer.
    """
    group = learn_group(mbid, expansion)
    known = expansion.catalog.discographies.find_group(group.mbid)
    assert known is not None, "it has just been stored"
    return [_Looking(expansion).look_at(known)]


def preview_recording(mbid: str, expansion: Expansion) -> list[PreviewedAlbum]:
    """One song, under the release that it would be filed under. Two requests at the most.

    Raises:
        NotFoundError: MusicBrainz has no such recording.
        WaitError, TransientError, PermanentError: it does not answer.
    """
    found = expansion.musicbrainz.get_recording(mbid)
    placement = standalone(found.recording)
    lacking = expansion.catalog.tracks.find_lacking([placement], is_song=True)
    release = expansion.choose_release(found.releases) if found.releases else placement.release
    return [PreviewedAlbum(release.release_group, tuple(lacking), 1 - len(lacking))]


class _Looking:
    """Looks at albums one by one, and counts a recording that is on several of them once."""

    def __init__(
        self,
        expansion: Expansion,
        most_requests: int | None = None,
        without: Iterable[str] = (),
        *,
        is_choosy: bool = False,
    ):
        self._expansion = expansion
        self._left = most_requests
        self._counted = set(without)
        self._is_choosy = is_choosy

    def look_at(self, known: KnownGroup) -> PreviewedAlbum:
        """What an album would add to what is wanted."""
        expansion, group = self._expansion, known.group
        if not is_released(group.first_release_date, expansion.clock().date()):
            return PreviewedAlbum(group, note="not out yet")
        if known.fetched_at is not None and known.look_at is None:
            release = expansion.catalog.editions.find(known.release_key or "")
        elif self._left == 0:
            return PreviewedAlbum(group, is_asked=False)
        else:
            self._left = None if self._left is None else self._left - 1
            try:
                editions = expansion.fetch_editions(group.mbid)
            except NotFoundError:
                return PreviewedAlbum(group, note=GONE)
            with expansion.database.begin() as tx:
                mbid = expansion.follow_group(tx, group.mbid, editions)
                if expansion.is_put_off(tx, editions):
                    return PreviewedAlbum(group, note="not out yet")
                release = expansion.keep_choice(tx, mbid, editions)
        return self._count(group, release)

    def _count(self, group: ReleaseGroup, release: Release | None) -> PreviewedAlbum:
        if release is None:
            return PreviewedAlbum(group, note=NO_EDITIONS)
        if self._is_choosy and not is_worth_taking(release):
            return PreviewedAlbum(group, note=NOTHING_OFFICIAL)
        if not has_tracks(release):
            return PreviewedAlbum(group, note=UNKNOWN_TRACKS)
        meant = wanted_tracks(release, self._expansion.settings)
        fresh = [one for one in meant if one.recording.mbid not in self._counted]
        self._counted.update(one.recording.mbid for one in fresh)
        lacking = self._expansion.catalog.tracks.find_lacking(fresh)
        note = "" if meant else NO_TRACKS
        return PreviewedAlbum(group, tuple(lacking), len(fresh) - len(lacking), note)
