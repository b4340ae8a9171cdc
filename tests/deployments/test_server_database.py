"""Prefect's server cannot lock itself up over its SQLite file.

The tests use the server's own database set-up. Garbage that is collected in the middle of a
transaction closes a connection that waits for the end of that same transaction.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from pathlib import Path
from typing import Any

import pytest

from deployments.server_database import BUSY_SECONDS, collect_elsewhere, prevent_lockup
from tests.world.forked_process import start_forked

WAIT_SECONDS = 4  # of the connection that waits for the write lock
HELD_SECONDS = 2
ANYWHERE, ELSEWHERE = "anywhere", "elsewhere"


class Cycle:
    """Keeps what it is given until garbage is collected."""

    def __init__(self, *kept: Any):
        self.kept = (self, *kept)


def hold_a_transaction(folder: str, how: str) -> None:
    """Print how long the garbage of another connection held up a transaction."""
    gc.disable()
    if how == ELSEWHERE:
        collect_elsewhere()
    print(asyncio.run(_hold(Path(folder), how)), flush=True)
    os._exit(0)  # the leaked connection has a thread that is not a daemon


async def _hold(folder: Path, how: str) -> float:
    from prefect.server.database.configurations import AioSqliteConfiguration

    engine = await AioSqliteConfiguration(f"sqlite+aiosqlite:///{folder / 'prefect.db'}").engine()
    writer, leaked = await engine.connect(), await engine.connect()
    await writer.exec_driver_sql("CREATE TABLE t (x)")
    await leaked.exec_driver_sql(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    await writer.exec_driver_sql("BEGIN IMMEDIATE")
    # A request that is broken off while its connection waits for the write lock.
    raw = (await leaked.get_raw_connection()).driver_connection
    waiting = asyncio.ensure_future(raw.execute("BEGIN IMMEDIATE"))
    await asyncio.sleep(0.2)
    waiting.cancel()
    Cycle(leaked, leaked.sync_connection)
    del leaked, raw, waiting
    await asyncio.sleep(0.1)  # the loop lets go of it, too

    def insert(connection: Any) -> None:
        if how == ANYWHERE:
            gc.collect()  # Python would do it at some moment: here it is this one
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")

    began = time.monotonic()
    await writer.run_sync(insert)
    await writer.exec_driver_sql("COMMIT")
    return time.monotonic() - began


def held_for(folder: Path, how: str) -> float:
    output_path = folder / f"{how}.log"
    process = start_forked(
        hold_a_transaction, str(folder), how, environment=os.environ, output_path=output_path
    )
    assert process.wait(60) == 0, process.output
    return float(process.output.splitlines()[-1])


def test_garbage_does_not_hold_a_transaction_up(tmp_path: Path) -> None:
    assert held_for(tmp_path, ELSEWHERE) < HELD_SECONDS


@pytest.mark.proof
def test_garbage_would_hold_a_transaction_up(tmp_path: Path) -> None:
    """This shows that the other test can fail: Python's own collector makes the two wait."""
    assert held_for(tmp_path, ANYWHERE) >= HELD_SECONDS


def test_no_connection_waits_for_a_minute(tmp_path: Path) -> None:
    output_path = tmp_path / "settings.log"
    process = start_forked(
        print_busy_timeout, str(tmp_path), environment=os.environ, output_path=output_path
    )
    assert process.wait(60) == 0, process.output
    assert process.output.split() == [str(BUSY_SECONDS * 1000), "False"]


def print_busy_timeout(folder: str) -> None:
    """Print how long a connection of our server waits, and whether garbage is collected."""
    os.environ["PREFECT_API_DATABASE_CONNECTION_URL"] = f"sqlite+aiosqlite:///{folder}/own.db"
    from prefect.context import refresh_global_settings_context

    refresh_global_settings_context()
    prevent_lockup()
    print(asyncio.run(_read_busy_timeout()), gc.isenabled(), flush=True)
    os._exit(0)


async def _read_busy_timeout() -> int:
    from prefect.server.database import provide_database_interface

    engine = await provide_database_interface().engine()
    async with engine.connect() as connection:
        (row,) = await connection.exec_driver_sql("PRAGMA busy_timeout")
    return int(row[0])
