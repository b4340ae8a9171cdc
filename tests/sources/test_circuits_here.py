"""Circuits of one machine's disk and tools do not hold up any other machine."""

from __future__ import annotations

import re
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shanty import host_identity
from shanty.db import Database, tables
from shanty.errors import DISK, LIBRARY, TOOLS, SignInError, SourcePausedError, WaitError
from shanty.sources.circuit_names import circuit_name, label_of
from shanty.sources.circuit_rows import GONE_AFTER_SECONDS
from shanty.sources.circuits import Circuits
from shanty.sources.pauses import LONGEST_LOCAL_SECONDS
from shanty.sources.states import list_source_states
from shanty.workqueue import WorkQueue
from tests.world.circuit_site import SITE, ask, only
from tests.world.databases import Clock

pytestmark = pytest.mark.postgresql_too


def test_this_machines_own_affairs_hold_up_this_machine(
    circuits: Circuits, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WaitError) as caught:
        ask(circuits, WaitError("the disk is full", source="disk"), "disk")
    assert caught.value.source == circuit_name("disk") == only(circuits).name
    with pytest.raises(SourcePausedError, match="disk is full"):
        ask(circuits, None, "disk")
    ask(circuits)  # nothing against the site itself
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    ask(circuits, None, "disk")
    monkeypatch.undo()
    for _ in range(9):
        clock.advance(3600)
        with pytest.raises(WaitError):
            ask(circuits, WaitError("the disk is full", source="disk"), "disk")
    until = only(circuits).until
    assert until == clock.now + timedelta(seconds=LONGEST_LOCAL_SECONDS)
    clock.now = until
    ask(circuits, None, "disk")
    assert circuits.list_all() == []


@pytest.mark.parametrize(
    ("raised_for", "guarded", "circuit"),
    [
        (DISK, LIBRARY, LIBRARY),
        (LIBRARY, LIBRARY, LIBRARY),
        (TOOLS, LIBRARY, TOOLS),
        (DISK, DISK, DISK),
        (LIBRARY, DISK, LIBRARY),
        (DISK, SITE, DISK),
        (LIBRARY, SITE, LIBRARY),
    ],
)
def test_the_guard_alone_says_whose_trouble_it_is(
    circuits: Circuits, raised_for: str, guarded: str, circuit: str
) -> None:
    error = WaitError("the disk is full", source=raised_for, why="full")
    with (
        pytest.raises(WaitError, match="disk is full") as caught,
        circuits.guard(guarded) as passage,
    ):
        passage.enter()
        raise error
    assert caught.value.source == circuit_name(circuit) == only(circuits).name
    assert caught.value.why == "full"
    assert error.source == raised_for, "what was raised is still as it was raised"
    assert caught.value.__cause__ is error


def test_no_layer_can_change_the_address_of_an_error() -> None:
    error = SignInError("sign in", source="Youtube")
    with pytest.raises(AttributeError):
        error.source = DISK  # type: ignore[misc]
    addressed = error.addressed_to("youtube", tries=2)
    assert isinstance(addressed, SignInError)
    assert (addressed.source, addressed.tries, str(addressed)) == ("youtube", 2, str(error))
    assert (error.source, error.tries) == ("Youtube", 0)


def test_two_containers_of_one_name_have_a_disk_each(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    circuits = Circuits(database)
    circuits.open(circuit_name("disk"), "the disk is full")
    host = socket.gethostname()
    (state,) = list_source_states(database, WorkQueue(database))
    assert state.label == label_of(only(circuits).name) == f"disk@{host}"
    assert state.describe().startswith(f"disk@{host}: paused until")
    with pytest.raises(SourcePausedError, match=re.escape(f"disk@{host} is paused: ")):
        ask(circuits, None, "disk")
    here = circuit_name("disk")
    boot_id = tmp_path / "boot_id"
    boot_id.write_text("another\n")
    monkeypatch.setattr(host_identity, "_BOOT_ID", boot_id)
    ask(circuits, None, "disk")
    circuits.open(circuit_name("disk"), "the disk is full")
    assert {one.name for one in circuits.list_all()} == {here, circuit_name("disk")}
    said = [one.label for one in list_source_states(database, WorkQueue(database))]
    assert set(said) == {here, circuit_name("disk")}, "which of the two?"


def test_a_machine_that_was_started_anew_leaves_nothing_behind(
    circuits: Circuits, database: Database, clock: Clock
) -> None:
    before = "disk@nas/0123456789ab"
    circuits.open(before, "the disk is full")
    circuits.open(SITE, "slow down")
    clock.advance(60 * 2 + GONE_AFTER_SECONDS)
    assert [one.name for one in circuits.list_all()] == [SITE]
    circuits.open(circuit_name("disk"), "the disk is full")
    with database.read() as connection:
        names = set(connection.scalars(select(tables.circuits.c.name)))
    assert names == {SITE, circuit_name("disk")}
