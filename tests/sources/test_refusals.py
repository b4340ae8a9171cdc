"""Whose fault a failure is: judged by what happens to others at the same time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shanty.db import Database
from shanty.errors import (
    BadCandidateError,
    StageError,
    TransientError,
    UndeliveredError,
    UnreachableError,
    WaitError,
)
from shanty.sources.circuit_rows import CLOSED, OPEN
from shanty.sources.circuits import Circuits
from shanty.sources.pauses import AWAY, LONGEST_AWAY_SECONDS, REFUSING
from shanty.sources.refusals import SEARCH, TRIES
from tests.world.circuit_site import SITE, NoChance, only
from tests.world.databases import Clock

pytestmark = pytest.mark.postgresql_too


def refused(text: str = "HTTP 500") -> TransientError:
    error = TransientError(text)
    error.is_of_source = True
    return error


def busy(**about: object) -> WaitError:
    """A 503, which may concern the site or this address alone."""
    error = WaitError("HTTP 503", source="other", why="not available for now", **about)  # type: ignore[arg-type]
    error.is_plain = False
    return error


def ask(
    circuits: Circuits, subject: str, error: Exception | None = None, **how: str
) -> StageError | None:
    """Ask for something that fails in this way, or succeeds; returns the error raised."""
    try:
        with circuits.guard(SITE, subject=subject, **how) as passage:
            passage.enter()
            if error is not None:
                raise error
    except StageError as raised:
        return raised
    return None


@pytest.mark.parametrize("make", [refused, busy, lambda: UnreachableError("cut")])
def test_an_upload_refused_alone_is_at_fault(circuits: Circuits, make: object) -> None:
    for tries in range(1, TRIES + 1):
        raised = ask(circuits, "bad", make())  # type: ignore[operator]
        assert isinstance(raised, UndeliveredError), raised
        assert (raised.tries, raised.is_alone) == (tries, tries > 1)
        assert ask(circuits, "good") is None
    assert circuits.list_all() == [], "the site was paused for one upload"


def test_it_is_known_after_a_restart_and_to_other_processes(
    circuits: Circuits, database: Database, clock: Clock
) -> None:
    ask(circuits, "bad", refused())
    ask(Circuits(database, clock=clock), "good")
    raised = ask(Circuits(database, clock=clock), "bad", refused())
    assert isinstance(raised, UndeliveredError)
    assert (raised.tries, raised.is_alone) == (2, True)


@pytest.mark.parametrize("make", [refused, busy])
def test_when_others_are_refused_too_it_is_the_source(circuits: Circuits, make: object) -> None:
    raised = [ask(circuits, name, make()) for name in ("one", "two", "three")]  # type: ignore[operator]
    assert [type(one) for one in raised] == [UndeliveredError, UndeliveredError, WaitError]
    assert only(circuits).state == OPEN
    assert isinstance(raised[-1], WaitError)
    assert raised[-1].source == SITE


def test_two_that_fail_by_chance_are_not_the_source(circuits: Circuits) -> None:
    for name in ("one", "two"):
        assert isinstance(ask(circuits, name, refused()), UndeliveredError)
    assert ask(circuits, "three") is None
    assert isinstance(ask(circuits, "four", refused()), UndeliveredError)
    assert circuits.list_all() == []


def test_with_one_track_its_next_candidate_is_compared_with(circuits: Circuits) -> None:
    for _ in range(TRIES):
        raised = ask(circuits, "best", refused())
        assert isinstance(raised, UndeliveredError)
        assert not raised.is_alone
    assert isinstance(ask(circuits, "second", refused()), WaitError)
    assert only(circuits).kind == REFUSING


def test_an_unreachable_source_is_paused_and_recovers_soon(
    circuits: Circuits, clock: Clock
) -> None:
    began_at = clock.now
    assert isinstance(ask(circuits, "one", UnreachableError("cut")), UndeliveredError)
    assert isinstance(ask(circuits, "two", UnreachableError("cut")), WaitError)
    assert (only(circuits).kind, only(circuits).reason) == (AWAY, "cannot be reached")
    for _ in range(20):
        until = only(circuits).until
        assert until is not None
        assert until - clock.now <= timedelta(seconds=LONGEST_AWAY_SECONDS)
        clock.now = until
        raised = ask(circuits, "one", UnreachableError("cut"))
        assert isinstance(raised, WaitError), "a probe costs no attempt"
    assert only(circuits).opened_at == began_at, "since when is what it says"
    until = only(circuits).until
    assert until is not None
    clock.now = until
    assert ask(circuits, "two") is None
    assert circuits.list_all() == [], "no slow start after an outage"
    raised = ask(circuits, "one", refused())
    assert isinstance(raised, UndeliveredError)
    assert (raised.tries, raised.is_alone) == (1, False), "what failed meanwhile is forgiven"


def test_a_search_that_finds_no_way_is_the_source_at_once(circuits: Circuits) -> None:
    assert isinstance(
        ask(circuits, "words", UnreachableError("no such name"), asks=SEARCH), WaitError
    )
    assert only(circuits).kind == AWAY


def test_a_single_track_waits_for_an_unreachable_source(circuits: Circuits) -> None:
    """There is nothing to compare with, but an outage must not use up a single track's attempts."""
    raised = [ask(circuits, "only", UnreachableError("cut")) for _ in range(TRIES + 1)]
    assert isinstance(raised[-1], WaitError)
    assert only(circuits).kind == AWAY


def test_searches_that_get_through_do_not_speak_for_deliveries(circuits: Circuits) -> None:
    """A session that is turned away (403) can search all the same."""
    for name in ("one", "two"):
        ask(circuits, name, refused("HTTP 403"))
        assert ask(circuits, f"words {name}", asks=SEARCH) is None
    assert isinstance(ask(circuits, "three", refused("HTTP 403")), WaitError)


def test_a_plain_refusal_counts_at_once_but_not_for_ever(circuits: Circuits, clock: Clock) -> None:
    """A 429 speaks about us all; but not if only one address answers so, again and again."""
    assert isinstance(ask(circuits, "bad", WaitError("429", source="x")), WaitError)
    until = only(circuits).until
    assert until is not None
    clock.now = until
    while circuits.list_all():
        assert ask(circuits, "good") is None
    assert isinstance(ask(circuits, "bad", WaitError("429", source="x")), WaitError)
    clock.now = only(circuits).until or clock.now
    assert ask(circuits, "good") is None
    ask(circuits, "bad", refused())
    assert ask(circuits, "good") is None
    raised = ask(circuits, "bad", WaitError("429", source="x"))
    assert isinstance(raised, UndeliveredError)
    assert only(circuits).state == CLOSED


def test_a_probe_by_a_bad_upload_does_not_keep_the_source_paused(
    circuits: Circuits, clock: Clock
) -> None:
    """Only two bad uploads are left, and their next candidates get through."""
    for name in ("bad", "worse", "worst"):
        ask(circuits, name, refused())
    for _ in range(TRIES):
        clock.now = only(circuits).until or clock.now
        assert isinstance(ask(circuits, "bad", refused()), WaitError)
    assert circuits.refusals.find_frequent(["bad", "worse", "other"]) == {"bad"}
    clock.now = only(circuits).until or clock.now
    assert ask(circuits, "next of bad") is None
    assert only(circuits).state == CLOSED


def test_a_missing_upload_shows_that_the_source_answers(circuits: Circuits, clock: Clock) -> None:
    for name in ("one", "two"):
        ask(circuits, name, UnreachableError("cut"))
    clock.now = only(circuits).until or clock.now
    assert isinstance(ask(circuits, "three", BadCandidateError("gone")), BadCandidateError)
    assert circuits.list_all() == []


def test_this_machine_s_trouble_is_nobody_s_refusal(circuits: Circuits) -> None:
    for name in ("one", "two", "three", "four"):
        raised = ask(circuits, name, TransientError("ffmpeg was killed"))
        assert type(raised) is TransientError
    assert circuits.list_all() == []


def test_sites_are_judged_by_their_own(
    circuits: Circuits, database: Database, clock: Clock
) -> None:
    for name in ("one", "two"):
        ask(circuits, name, refused())
    other = Circuits(database, clock=clock, rng=NoChance())
    with pytest.raises(UndeliveredError), other.guard("another", subject="three") as passage:
        passage.enter()
        raise refused()
    assert circuits.list_all() == []


def test_a_lone_failure_is_not_blamed_for_a_later_outage(circuits: Circuits) -> None:
    ask(circuits, "hiccup", refused())
    assert ask(circuits, "good") is None
    for name in ("one", "two"):
        ask(circuits, name, refused())
    assert isinstance(ask(circuits, "hiccup", refused()), WaitError)
