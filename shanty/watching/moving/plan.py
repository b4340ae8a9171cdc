"""What would be watched of what another program watched, and doing that.

Owns the comparison with the rules that exist, and that each new rule is one transaction: whatever
ends it in the middle, the same again goes on. Refuses to know where the wishes come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from shanty.catalog import Catalog
from shanty.catalog.releases import is_released
from shanty.errors import NotFoundError, ShantyError, StageError, UnreachableError, WaitError
from shanty.models import Priority, WatchRule
from shanty.music.entities import NOBODY_MBIDS, Artist, ReleaseGroup
from shanty.watching.expansion import Expansion
from shanty.watching.watch import Wish, watch_recording

NO_ID = "it has no MusicBrainz id there"
NOBODY = "it stands for nobody in particular"
_FAILURES_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class MovedWish:
    """One thing that another program watches or has, as it would be watched here.

    ``kind`` is artist, album or track; an artist or an album comes with what is known of it.
    ``without`` are albums of an artist that are not wanted, as MBID and title. ``refusal`` says why
    it is not taken over, if it is not.
    """

    kind: str
    name: str
    mbid: str = ""
    artist: Artist | None = None
    group: ReleaseGroup | None = None
    wish: Wish = field(default_factory=Wish)
    without: tuple[tuple[str, str], ...] = ()
    refusal: str = ""

    @classmethod
    def of_artist(
        cls, artist: Artist, wish: Wish, without: tuple[tuple[str, str], ...] = ()
    ) -> MovedWish:
        """An artist to be watched."""
        refusal = NOBODY if artist.mbid in NOBODY_MBIDS else "" if artist.mbid else NO_ID
        return cls("artist", artist.name, artist.mbid, artist, None, wish, without, refusal=refusal)

    @classmethod
    def of_album(cls, group: ReleaseGroup) -> MovedWish:
        """An album to be wanted."""
        credit = group.artist_credit.name
        name = f"{credit} – {group.title}" if credit else group.title
        refusal = "" if group.mbid else NO_ID
        return cls("album", name, group.mbid, group=group, refusal=refusal)


class Standing(StrEnum):
    """What becomes of a wish."""

    NEW = "new"
    WATCHED = "watched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A wish and what becomes of it; ``rule_id`` is the rule that watches it already."""

    moved: MovedWish
    standing: Standing
    rule_id: int | None = None


def propose(wishes: Iterable[MovedWish], catalog: Catalog) -> list[Proposal]:
    """Compare wishes with the rules that exist; what comes twice counts once. Asks nobody."""
    rules = {(rule.kind, rule.mbid): rule.id for rule in catalog.rules.list_rules()}
    through_artists = catalog.rule_albums.rules_of_groups()
    found: dict[tuple[str, str], Proposal] = {}
    for moved in wishes:
        rule_id = rules.get((moved.kind, moved.mbid))
        if rule_id is None and moved.kind == "album":
            rule_id = through_artists.get(moved.mbid)
        if rule_id is not None:
            standing = Standing.WATCHED
        else:
            standing = Standing.REFUSED if moved.refusal else Standing.NEW
        found.setdefault((moved.kind, moved.mbid or moved.name), Proposal(moved, standing, rule_id))
    return list(found.values())


def take_over(proposal: Proposal, expansion: Expansion) -> int | None:
    """Store the rule for what is new. One request for a song, none for all else.

    Returns the rule's id; None if somebody has made that rule meanwhile, which stays as it is.

    Raises:
        NotFoundError: MusicBrainz has no such song.
        WaitError, TransientError, PermanentError: it cannot be asked for a song.
    """
    moved, catalog = proposal.moved, expansion.catalog
    if moved.kind == "track":
        return watch_recording(moved.mbid, expansion)
    is_known = catalog.discographies.find_artist(moved.mbid) is not None
    with expansion.database.begin() as tx:
        if catalog.rules.is_there(tx, moved.kind, moved.mbid):
            return None
        if moved.group is not None:
            if catalog.discographies.get_group(tx, moved.mbid) is None:
                catalog.discographies.store_group(tx, moved.group)
            rule_id = catalog.rules.add(tx, "album", moved.mbid, moved.name)
            priority = expansion.priority_of(moved.group, Priority.BACK_CATALOGUE)
            catalog.rules.tie_groups(tx, rule_id, [(moved.mbid, priority)])
            catalog.rules.complete(tx, rule_id)
            return rule_id
        assert moved.artist is not None, "an artist comes with what is known of it"
        if not is_known:
            catalog.discographies.store_artist(tx, moved.artist)
        wish = moved.wish
        rule_id = catalog.rules.add(
            tx,
            "artist",
            moved.mbid,
            moved.name,
            group_filter=wish.group_filter(None, expansion.settings),
            is_monitored=wish.is_monitored is not False,
        )
        for mbid, title in moved.without:
            catalog.exclusions.add(tx, rule_id, "album", mbid, title)
        return rule_id


@dataclass(frozen=True, slots=True)
class FoundOut:
    """What a rule means, found out; or why not, in ``trouble``."""

    rule: WatchRule
    trouble: str = ""


def unfinished(rule_ids: Iterable[int], expansion: Expansion) -> list[int]:
    """Those of the rules of which it is not known yet what they mean. Asks nobody."""
    wanted, catalog = set(rule_ids), expansion.catalog
    today = expansion.clock().date()
    return [
        rule.id
        for rule in catalog.rules.list_rules()
        if rule.id in wanted
        and (
            rule.completed_at is None
            or any(
                is_released(pending.first_release_date, today)
                for pending in catalog.rules.pending_groups(rule.id)
            )
        )
    ]


def find_out(rule_ids: Iterable[int], expansion: Expansion) -> Iterator[FoundOut]:
    """Find out one by one what rules mean. One's trouble is not another's.

    Raises:
        StageError: MusicBrainz does not want to be asked now; the same again goes on here.
    """
    in_a_row = 0
    for rule_id in rule_ids:
        trouble = ""
        try:
            expansion.expand(rule_id, is_asked=False)
            in_a_row = 0
        except NotFoundError as error:
            trouble = str(error)
        except StageError as error:
            in_a_row += 1
            if isinstance(error, WaitError | UnreachableError) or in_a_row == _FAILURES_IN_A_ROW:
                raise
            trouble = str(error)
        try:
            yield FoundOut(expansion.catalog.rules.get(rule_id), trouble)
        except ShantyError:
            continue  # it has become part of another rule
