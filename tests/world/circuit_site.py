"""A site with a circuit, for tests that ask it and let it refuse, by a clock that they set."""

from __future__ import annotations

import random

import pytest

from shanty.db import Database
from shanty.errors import WaitError
from shanty.sources.circuit_rows import Circuit
from shanty.sources.circuits import Circuits
from shanty.sources.pauses import PausePolicy
from tests.world.databases import Clock

SITE = "site"


class NoChance(random.Random):
    def random(self) -> float:
        return 0.0


@pytest.fixture
def circuits(database: Database, clock: Clock) -> Circuits:
    return Circuits(database, PausePolicy(60, 3600), clock=clock, rng=NoChance())


def ask(circuits: Circuits, error: BaseException | None = None, *more: str) -> None:
    with circuits.guard(SITE, *more) as passage:
        passage.enter()
        if error is not None:
            raise error


def refuse(circuits: Circuits, **about: object) -> None:
    with pytest.raises(WaitError):
        ask(circuits, WaitError("prove that you are no bot", source="other", **about))  # type: ignore[arg-type]


def only(circuits: Circuits) -> Circuit:
    (one,) = circuits.list_all()
    return one
