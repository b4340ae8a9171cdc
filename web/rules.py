"""What the pages and the API do with a rule: change it, leave a part of it out, take it back."""

from __future__ import annotations

from shanty.errors import ShantyError, count_of
from shanty.library.playlists import refresh_playlists
from shanty.music.release_types import parse_primary_type, parse_secondary_type
from shanty.watching.exclusion import Excluded, exclude, include, name_part
from shanty.watching.terms import parse_from_date
from shanty.watching.watch import Wish, unwatch
from web.parts import Parts


def read_wish(
    types: list[str] | None = None,
    also: list[str] | None = None,
    from_date: str | None = None,
    *,
    is_monitored: bool | None = None,
) -> Wish:
    """The wish that a form or a program has sent; what is None stays as it is.

    Raises:
        ShantyError: there is no such type or day, or no type is left.
    """
    if types is not None and not types:
        raise ShantyError("choose at least one type of release, or no longer watch it")
    try:
        return Wish(
            None if types is None else tuple(map(parse_primary_type, types)),
            None if also is None else tuple(map(parse_secondary_type, also)),
            parse_from_date(from_date) if from_date else from_date,
            is_monitored,
        )
    except ValueError as error:
        raise ShantyError(str(error)) from None


def change_rule(parts: Parts, rule_id: int, wish: Wish) -> str:
    """Let a rule ask for something else; returns a sentence about it.

    Raises:
        NotFoundError: there is no such rule.
        ShantyError: a rule of this kind does not know what the wish says.
    """
    change = parts.wishing.edit(rule_id, wish)
    name = parts.catalog.rules.get(rule_id).label
    if change is None:
        return f"{name}: nothing changes, it asks for that already."
    told = f"{name}: from now on {change.after.describe() or 'monitored'}."
    if change.let_go.tracks or change.let_go.albums:
        albums, tracks = change.let_go.albums, change.let_go.tracks
        told += f" {count_of(albums, 'album')} and {count_of(tracks, 'track')} no longer wanted."
    return told


def remove_rule(parts: Parts, rule_id: int) -> str:
    """Take a wish back; returns a sentence about it. No file is touched.

    Raises:
        NotFoundError: there is no such rule.
    """
    name = parts.catalog.rules.get(rule_id).label
    withdrawn = unwatch(rule_id, database=parts.database, queue=parts.queue)
    refresh_playlists(parts.settings, parts.catalog)
    return f"{name} is no longer watched; {count_of(withdrawn, 'track')} no longer wanted."


def leave_out(parts: Parts, rule_id: int, part: str) -> Excluded:
    """Leave an album or a song out of a rule. No file is touched.

    Raises:
        NotFoundError: there is no such rule, or it has no such part.
        ShantyError: several parts may be meant, or the rule asks for nothing else.
    """
    excluded = exclude(rule_id, part, database=parts.database, queue=parts.queue)
    refresh_playlists(parts.settings, parts.catalog)
    return excluded


def take_in(parts: Parts, rule_id: int, part: str) -> str:
    """Want again what was left out of a rule; returns a sentence about it.

    Raises:
        NotFoundError: there is no such rule, or no such part is left out of it.
        ShantyError: several parts may be meant.
    """
    included = include(rule_id, part, database=parts.database)
    parts.wishing.expand(rule_id)
    named = name_part(included.kind, included.name, included.track_id)
    return f"{named[0].upper()}{named[1:]} is wanted again."
