"""Which machine this is: two containers of one name do not see each other's processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from shanty import host_identity
from shanty.db import Database
from shanty.host_identity import identify_host
from shanty.workqueue import WorkQueue
from tests.world.crash_world import ROOT
from tests.world.databases import Clock

PROGRAM = "from shanty.host_identity import identify_host; print(identify_host())"


def ask(*prefix: str) -> str:
    done = subprocess.run(
        [*prefix, sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode and prefix:
        pytest.skip(f"no namespace of its own here: {done.stderr.strip()}")
    return done.stdout.strip()


def test_it_is_one_for_all_processes_here_and_says_the_name() -> None:
    assert ask() == identify_host()
    assert identify_host().startswith(f"{socket.gethostname()}/")


def test_a_container_of_the_same_name_is_another_machine() -> None:
    elsewhere = ask("unshare", "--pid", "--fork", "--map-root-user")
    assert elsewhere.partition("/")[0] == socket.gethostname()
    assert elsewhere != identify_host()


def test_another_boot_is_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = identify_host()
    boot_id = tmp_path / "boot_id"
    boot_id.write_text("another\n")
    monkeypatch.setattr(host_identity, "_BOOT_ID", boot_id)
    assert identify_host() != here


def test_without_boot_ids_and_namespaces_the_name_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_identity, "_BOOT_ID", tmp_path / "none")
    monkeypatch.setattr(host_identity, "_PID_NAMESPACE", tmp_path / "none")
    here = identify_host()
    monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
    assert identify_host() != here


def test_a_worker_in_a_container_of_the_same_name_is_not_taken_for_dead(
    queue: WorkQueue, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its process id means nothing here, even where it is that of nobody, or of somebody else."""
    boot_id = tmp_path / "boot_id"
    boot_id.write_text("the other one\n")
    with monkeypatch.context() as patch:
        patch.setattr(host_identity, "_BOOT_ID", boot_id)
        patch.setattr(os, "getpid", lambda: 1)  # there it has number 1
        worker_id = queue.workers.register()
    assert [one.worker_id for one in queue.workers.list_live()] == [worker_id]
    assert queue.upkeep.rescue().workers == ()
    clock.advance(31)
    assert [one.worker_id for one in queue.upkeep.rescue().workers] == [worker_id]


def test_two_homes_with_one_database_do_not_keep_each_other_from_working(
    queue: WorkQueue, database: Database, clock: Clock
) -> None:
    first = queue.workers.register("run-1", "pipeline", home="/one")
    clock.advance(1)
    second = queue.workers.register("run-2", "pipeline", home="/two")
    clock.advance(1)
    third = queue.workers.register("run-3", "pipeline", home="/two")
    assert queue.workers.other_on_this_host(first, "pipeline") is None
    assert queue.workers.other_on_this_host(second, "pipeline") is None
    other = queue.workers.other_on_this_host(third, "pipeline")
    assert other is not None
    assert other.worker_id == second
