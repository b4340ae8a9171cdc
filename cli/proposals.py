"""A preview of what would be watched, the question whether to do it, and doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import typer

from cli.opening import open_state
from cli.printing import print_json, print_table
from cli.watch.adding import Adding
from cli.watch.rules import describe_rule
from shanty.errors import NotFoundError, ShantyError, StageError, WaitError, count_of
from shanty.watching.moving.plan import (
    MovedWish,
    Proposal,
    Standing,
    find_out,
    propose,
    take_over,
    unfinished,
)
from shanty.watching.terms import terms_of

_SHOWN = 10
_MANY_REQUESTS = 30  # as many seconds


class MovingIn:
    """One import: what it needs, and what the person has said of it."""

    def __init__(self, *, is_agreed: bool, is_later: bool, is_quiet: bool):
        self.adding = Adding(open_state(), is_quiet=is_quiet)
        self._is_agreed = is_agreed
        self._is_later = is_later
        self._is_quiet = is_quiet

    def settle(self, moved: Sequence[MovedWish], *, hint: str = "") -> None:
        """Show what would be watched; if the person agrees, watch it, and say what it means."""
        adding, catalog = self.adding, self.adding.state.catalog
        proposals = propose(moved, catalog)
        new = [one for one in proposals if one.standing is Standing.NEW]
        waiting = unfinished(
            [one.rule_id for one in proposals if one.rule_id is not None], adding.expansion
        )
        if not self._is_quiet:
            self._show(proposals)
        if hint:
            adding.say(hint)
        rule_ids: list[int] = []
        troubles: list[str] = []
        if (new or waiting) and self._is_wanted(new):
            rule_ids = self._take_over(new, troubles)
            if not self._is_later:
                troubles += self._find_out([*waiting, *rule_ids])
        if self._is_quiet:
            added = {"rules": rule_ids, "troubles": troubles}
            print_json(
                {standing.value: self._documents(proposals, standing) for standing in Standing}
                | added
            )

    def _show(self, proposals: list[Proposal]) -> None:
        new = [one.moved for one in proposals if one.standing is Standing.NEW]
        print_table(
            ("kind", "name", "asks for"),
            [(one.kind, one.name, self._describe(one)) for one in new],
            empty="nothing is new",
        )
        watched = [one.moved.name for one in proposals if one.standing is Standing.WATCHED]
        if watched:
            self._say_some("watched already, and left as it is", watched)
        refused: dict[str, list[str]] = {}
        for one in proposals:
            if one.standing is Standing.REFUSED:
                refused.setdefault(one.moved.refusal, []).append(one.moved.name or "?")
        for why, names in refused.items():
            self._say_some(f"left out, because {why}", names)

    def _say_some(self, what: str, names: list[str]) -> None:
        more = len(names) - _SHOWN
        listed = "; ".join(names[:_SHOWN]) + (
            f"; and {more} more (--json has all)" if more > 0 else ""
        )
        self.adding.say(f"{len(names)} {what}: {listed}")

    def _describe(self, moved: MovedWish) -> str:
        if moved.kind != "artist":
            return "one album" if moved.kind == "album" else "one song"
        settings, wish = self.adding.state.settings.catalogue, moved.wish
        group_filter = wish.group_filter(None, settings)
        terms = terms_of(group_filter, settings, is_monitored=wish.is_monitored is not False)
        left_out = f"without {count_of(len(moved.without), 'album')}" if moved.without else ""
        return ", ".join(filter(None, (terms.describe(), left_out)))

    def _is_wanted(self, new: list[Proposal]) -> bool:
        """Ask, unless that is said already; without anybody to ask, say how to agree."""
        if self._is_agreed:
            return True
        kinds = Counter(one.moved.kind for one in new)
        what = ", ".join(
            count_of(kinds[kind], noun)
            for kind, noun in (("artist", "artist"), ("album", "album"), ("track", "song"))
            if kinds[kind]
        )
        # A listing for an artist, the editions of an album, a song and its release.
        least = kinds["artist"] + kinds["album"] + 2 * kinds["track"]
        if least >= _MANY_REQUESTS and not self._is_later:
            self.adding.say(
                f"to find out which songs these are takes at least {count_of(least, 'request')} of "
                "MusicBrainz; --later leaves that to the job `monitor`"
            )
        if self.adding.may_ask:
            return typer.confirm(f"Watch {what}?" if new else "Go on with what is watched already?")
        done = f"watches {what}" if new else "goes on with what is watched already"
        self.adding.say(f"nothing is changed; the same command with --yes {done}")
        return False

    def _take_over(self, new: list[Proposal], troubles: list[str]) -> list[int]:
        rule_ids: list[int] = []
        for one in new:
            try:
                rule_id = take_over(one, self.adding.expansion)
            except NotFoundError as error:  # one that is gone does not hold up the others
                troubles.append(f"{one.moved.name}: {error}")
                self.adding.say(troubles[-1])
                continue
            except StageError as error:
                raise _interrupted(error, f"{count_of(len(rule_ids), 'rule')} added") from error
            if rule_id is not None:
                rule_ids.append(rule_id)
        self.adding.say(f"{count_of(len(rule_ids), 'rule')} added")
        return rule_ids

    def _find_out(self, rule_ids: list[int]) -> list[str]:
        adding, done = self.adding, 0
        troubles: list[str] = []
        try:
            for done, found in enumerate(find_out(rule_ids, adding.expansion), start=1):
                what = found.trouble or describe_rule(found.rule)
                adding.say(f"{done:4}/{len(rule_ids)}  {found.rule.name}: {what}")
                if found.trouble:
                    troubles.append(f"{found.rule.name}: {found.trouble}")
        except StageError as error:
            looked_at = f"all are watched, and {done} of {len(rule_ids)} looked at"
            raise _interrupted(error, looked_at, "the same command or the job `monitor`") from error
        has = adding.state.catalog.rules.has
        adding.say_when_it_begins([rule_id for rule_id in rule_ids if has(rule_id)])
        return troubles

    def _documents(self, proposals: list[Proposal], standing: Standing) -> list[dict[str, Any]]:
        return [
            {
                "kind": one.moved.kind,
                "mbid": one.moved.mbid or None,
                "name": one.moved.name,
                **_about(one, self._describe(one.moved) if standing is Standing.NEW else ""),
            }
            for one in proposals
            if one.standing is standing
        ]


def _interrupted(error: StageError, done: str, what: str = "the same command") -> ShantyError:
    """How far it is, and what goes on there."""
    at = error.retry_at if isinstance(error, WaitError) else None
    when = f", after {at:%H:%M:%S} UTC" if at else ""
    return ShantyError(f"{error}; {done}: {what} goes on there{when}")


def _about(one: Proposal, asks_for: str) -> dict[str, Any]:
    if one.standing is Standing.WATCHED:
        return {"rule": one.rule_id}
    if one.standing is Standing.REFUSED:
        return {"why": one.moved.refusal}
    without = [{"mbid": mbid, "title": title} for mbid, title in one.moved.without]
    return {"asks_for": asks_for, "without": without}
