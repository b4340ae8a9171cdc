"""Whoever is killed while a backup is made or restored leaves a whole file, or a way on."""

from __future__ import annotations

import time

import pytest

from shanty.backup.making import check_backup
from shanty.config.home import require_whole_home
from shanty.db.postgresql_copy import require_unused
from shanty.db.tables import paused_stages
from shanty.errors import ConfigError, DatabaseError
from tests.backup.conftest import Machine, find_discrepancies
from tests.world.databases import Clock
from tests.world.killed_steps import killed_at
from tests.world.stored_rows import read_rows


def wait_until_unused(machine: Machine) -> None:
    """Wait until PostgreSQL has noticed that a killed client is gone."""
    with machine.opened() as database:
        for _ in range(1000):
            try:
                if machine.url.startswith("postgresql"):
                    require_unused(database)
                return
            except DatabaseError:
                time.sleep(0.01)
    pytest.fail("the connections of a killed process stayed open")


def kill_backups(here: Machine, stride: int) -> None:
    target, step = here.folder / "one.zip", 1
    while killed_at(step, here.back_up):
        if target.exists():
            check_backup(target, here.folder)
            target.unlink()
        step += stride
    assert step > stride, "nothing was ever killed"
    assert target.exists(), "the last one was not killed, and did not fail"
    target.unlink()
    here.back_up()
    for folder in (here.folder, here.settings.home):
        assert [path for path in folder.iterdir() if path.name.startswith(".shanty-")] == []


def kill_restores(here: Machine, there: Machine, stride: int) -> None:
    new = here.back_up()
    with there.opened() as database:
        with database.begin() as tx:
            tx.execute(paused_stages.insert().values(task_type="tag", paused_at=Clock().now))
        before = read_rows(database)
    old = there.back_up("old.zip")
    with here.opened() as database:
        after = read_rows(database)
    step, unfinished = stride, 0
    while killed_at(step, lambda: there.restore(new)):
        try:
            require_whole_home(there.settings)
        except ConfigError:
            unfinished += 1
        else:
            with there.opened() as database:
                assert read_rows(database) in (before, after)
        wait_until_unused(there)
        there.restore(new)
        require_whole_home(there.settings)
        with there.opened() as database:
            assert read_rows(database) == after
        there.restore(old)
        step += stride
    assert unfinished, "none was killed between the first change and the last"
    with there.opened() as database:
        assert read_rows(database) == after, "the last one was not killed, and did not fail"
    assert find_discrepancies(there) == []


def test_a_killed_backup_leaves_a_whole_file_or_none(here: Machine) -> None:
    kill_backups(here, stride=29)


@pytest.mark.postgresql_too
def test_a_killed_restore_is_finished_by_the_next(here: Machine, there: Machine) -> None:
    kill_restores(here, there, stride=23 if there.url.startswith("sqlite") else 300)


@pytest.mark.proof
def test_a_backup_killed_at_every_step(here: Machine) -> None:
    kill_backups(here, stride=1)


@pytest.mark.proof
def test_a_restore_killed_at_every_step(here: Machine, there: Machine) -> None:
    kill_restores(here, there, stride=1 if there.url.startswith("sqlite") else 7)
