"""Guessing: slowed down, bounded in memory, and no way to keep others out."""

from __future__ import annotations

import asyncio
import time

import pytest

from shanty.access import guesses
from shanty.access.guesses import FREE_GUESSES, MAX_PLACES, MAX_WAITING, Guesses
from tests.world.behind_the_door import PASSWORD, RIGHT, basic, served


def test_wrong_guesses_are_slowed_and_lock_out_nobody_with_the_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guesses, "SECONDS_PER_GUESS", 0.3)
    with served(password=PASSWORD) as door:
        assert door.ask("/api/x", basic(f"shanty:{PASSWORD}"))[0] == 200
        for number in range(FREE_GUESSES + 3):  # each moment, one of them is forgotten
            assert door.ask("/api/x", basic(f"shanty:guess{number}"))[0] == 401
        for header in (basic("shanty:one more"), basic("shanty:größe")):
            began_at = time.monotonic()
            assert door.ask("/api/x", header)[0] == 401
            assert time.monotonic() - began_at >= 0.3
            # Nor may a header choose another place to guess from.
            forwarded = "X-Forwarded-For: 192.0.2.1"
            assert door.ask("/api/x", header, forwarded)[0] == 401
            assert time.monotonic() - began_at >= 0.6
        assert door.ask("/api/x", RIGHT)[0] == 200
        assert door.ask("/api/x", basic(f"shanty:{PASSWORD}"))[0] == 200, "late, but let in"


def test_guesses_are_bounded_in_memory_and_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    counts = Guesses(clock=lambda: now[0])
    monkeypatch.setattr(guesses, "SECONDS_PER_GUESS", 1.0)

    async def turns(client: str, number: int) -> list[bool]:
        monkeypatch.setattr(guesses, "SECONDS_PER_GUESS", 0.01)
        return await asyncio.gather(*(counts.take_turn(client) for _ in range(number)))

    for _ in range(3 * FREE_GUESSES):
        counts.add("2001:db8::1")
    assert sum(asyncio.run(turns("2001:db8::ffff", 50))) == MAX_WAITING, "a network is one place"
    assert all(asyncio.run(turns("2001:db9::1", 50)))
    for number in range(3 * MAX_PLACES):
        counts.add(f"10.0.{number // 256}.{number % 256}")
    assert len(counts._counts) <= MAX_PLACES + 1
    assert sum(asyncio.run(turns("192.0.2.9", 50))) == MAX_WAITING, "too many places are one"
    now[0] += 3600
    assert all(asyncio.run(turns("2001:db8::1", 50))), "it is forgotten in time"
