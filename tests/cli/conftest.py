"""The world of the command line's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shanty.demo.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(6, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made
