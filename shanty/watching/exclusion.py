"""Leaves albums and songs out of a wish, and takes them in again.

Owns which part of a wish a person names, and what becomes of its tracks. A track that is being
downloaded or is in the library stays. Refuses to know how the answer is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shanty.catalog import Catalog, Exclusion
from shanty.catalog.releases import place_on
from shanty.db import Database
from shanty.errors import NotFoundError, ShantyError, count_of
from shanty.models import WatchRule
from shanty.music.entities import MBID_PATTERN
from shanty.music.names import fold_name
from shanty.workqueue import WorkQueue

_SHOWN = 8
_NOUNS = {"album": "the album", "track": "the song"}


@dataclass(frozen=True, slots=True)
class WishPart:
    """An album or a song of a wish; ``about`` tells it from others of its name.

    ``mbid`` is the release group's or the recording's; ``track_id`` is a song's number.
    """

    kind: str
    mbid: str
    name: str
    about: str = ""
    track_id: int | None = None

    @property
    def line(self) -> str:
        """All of it in a line."""
        about = f" ({self.about})" if self.about else ""
        return f"{_NOUNS[self.kind]} {self.name!r}{about}, id {self.mbid}"

    def describe(self) -> str:
        """It for people: ``the song 'Copper' (track 12)``."""
        return name_part(self.kind, self.name, self.track_id)


@dataclass(frozen=True, slots=True)
class Excluded:
    """What was left out, and what has become of its tracks, as numbers of tracks.

    ``under_way`` are still being downloaded. ``filed`` are in the library. ``wanted_still`` are
    wanted by another wish, or through another album of this one.
    """

    rule_id: int
    part: WishPart
    withdrawn: int = 0
    under_way: int = 0
    filed: int = 0
    wanted_still: int = 0

    def describe(self) -> str:
        """``left out: the album 'First'; 2 tracks no longer wanted``."""
        told = [f"{count_of(self.withdrawn, 'track')} no longer wanted"]
        if self.under_way:
            told.append(f"{count_of(self.under_way, 'track')} under way: the download goes on")
        if self.filed:
            told.append(f"{count_of(self.filed, 'track')} in the library: no file is touched")
        if self.wanted_still:
            wanted = count_of(self.wanted_still, "track")
            told.append(f"{wanted} still wanted by another wish or album")
        return f"left out: {self.part.describe()}; {', '.join(told)}"


def name_part(kind: str, name: str, track_id: int | None = None) -> str:
    """An album or a song in words: ``the song 'Copper' (track 12)``."""
    number = f" (track {track_id})" if track_id is not None else ""
    return f"{_NOUNS[kind]} {name!r}{number}"


def exclude(rule_id: int, text: str, *, database: Database, queue: WorkQueue) -> Excluded:
    """Leave an album or a song out of a wish: by its title, id or address, or the song's number.

    If it is left out already, nothing changes. Costs no request.

    Raises:
        NotFoundError: there is no such wish, or it has no such part.
        ShantyError: several parts may be meant, or the wish is for that one thing.
    """
    catalog = Catalog(database)
    rule = catalog.rules.get(rule_id)
    part = _find_part(rule, text, catalog, database)
    if part.mbid == rule.mbid:
        raise ShantyError(
            f"{rule.name!r} is all that this wish asks for; `shanty watch rm {rule.id}` takes it "
            "back"
        )
    with database.begin() as tx:
        if not catalog.rules.hold(tx, rule.id):
            raise NotFoundError(f"watch rule {rule.id} has just been removed")
        catalog.exclusions.add(tx, rule.id, part.kind, part.mbid, part.name)
        if part.kind == "album":
            let_go = set(catalog.rules.untie_group(tx, rule.id, part.mbid))
        else:
            let_go = set(catalog.exclusions.untie_recording(tx, rule.id, part.mbid))
        withdrawn = catalog.rules.withdraw_unasked(tx, let_go)
        under_way = queue.by_hand.cancel_pending(tx, withdrawn, "left out of what is wanted")
        catalog.tracks.revive(tx, under_way)
        filed = catalog.exclusions.count_filed(tx, let_go)
    return Excluded(
        rule.id,
        part,
        len(withdrawn) - len(under_way),
        len(under_way),
        filed,
        len(let_go) - len(withdrawn) - filed,
    )


def include(rule_id: int, text: str, *, database: Database) -> Exclusion:
    """Take back that an album or a song is left out of a wish; return what was left out.

    The wish's next expansion wants its tracks again, without a request if they are known.

    Raises:
        NotFoundError: there is no such wish, or no such part is left out of it.
        ShantyError: several parts may be meant.
    """
    catalog = Catalog(database)
    rule = catalog.rules.get(rule_id)
    excluded = catalog.exclusions.of_rule(rule.id)
    parts = {WishPart(one.kind, one.mbid, one.name, track_id=one.track_id): one for one in excluded}
    found = _matching(text, parts)
    if not found:
        raise NotFoundError(
            f"no album or song {text!r} is left out of {rule.name!r}; "
            f"`shanty watch show {rule.id}` lists what is left out"
        )
    one = parts[_the_one(text, found)]
    with database.begin() as tx:
        catalog.rules.hold(tx, rule.id)
        catalog.exclusions.remove(tx, rule.id, one.kind, one.mbid)
        if one.kind == "track":
            for mbid in catalog.rules.tied_groups(tx, rule.id):
                known = catalog.discographies.get_group(tx, mbid)
                key = known.release_key if known is not None else None
                release = catalog.editions.get(tx, key) if key is not None else None
                if release is not None and place_on(release, one.mbid) is not None:
                    catalog.exclusions.reopen_groups(tx, rule.id, [mbid])
    return one


def _find_part(rule: WatchRule, text: str, catalog: Catalog, database: Database) -> WishPart:
    """The part of a wish that a text names; an album that it means before one that it does not.

    An artist's other albums can be left out too, before an edit of the wish lets them in.
    """
    meant = [*_albums(rule, catalog), *_songs(rule, catalog)]
    left_out = [
        WishPart(one.kind, one.mbid, one.name, track_id=one.track_id)
        for one in catalog.exclusions.of_rule(rule.id)
    ]
    with database.read() as connection:
        listed = catalog.discographies.groups_of_artist(connection, rule.mbid)
    others = [
        WishPart("album", one.group.mbid, one.group.title, one.group.first_release_date)
        for one in listed
    ]
    for parts in (meant, left_out, others):
        if found := _matching(text, parts):
            return _the_one(text, found)
    raise NotFoundError(
        f"{rule.name!r} has no album or song {text!r}; "
        f"`shanty watch show {rule.id} --tracks` lists them"
    )


def _albums(rule: WatchRule, catalog: Catalog) -> list[WishPart]:
    return [
        WishPart("album", one.group_mbid, one.title, one.first_release_date)
        for one in catalog.rule_albums.of_rule(rule.id)
    ]


def _songs(rule: WatchRule, catalog: Catalog) -> list[WishPart]:
    return [
        WishPart("track", one.recording_mbid, one.title, f"track {one.id}, on {one.album}", one.id)
        for one in catalog.tracks.list_tracks(rule=rule.id)
    ]


def _matching(text: str, parts: Iterable[WishPart]) -> list[WishPart]:
    """The parts with the id that the text holds, else those with this title or number."""
    mbid = MBID_PATTERN.search(text.strip().lower())
    if mbid is not None:
        return [part for part in parts if part.mbid == mbid[0]]
    name = fold_name(text)
    return [
        part for part in parts if fold_name(part.name) == name or str(part.track_id) == text.strip()
    ]


def _the_one(text: str, found: list[WishPart]) -> WishPart:
    if len(found) == 1:
        return found[0]
    listed = "; ".join(part.line for part in found[:_SHOWN])
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise ShantyError(f"{text!r} may be one of {len(found)}: say its id: {listed}{more}")
