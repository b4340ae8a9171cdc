"""A backup is made while others write, and restored elsewhere it is the same to the last row."""

from __future__ import annotations

import gc
import stat
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shanty.backup.archive import BackupError
from shanty.backup.making import EVERYTHING, back_up_and_prune
from shanty.backup.restoring import open_restore
from shanty.backup.retention import backup_name, choose_kept, prune
from shanty.backup.settings_text import text_for_backup
from shanty.catalog import Catalog
from shanty.db.tables import paused_stages
from shanty.errors import ConfigError, DatabaseError
from shanty.workqueue import WorkQueue
from tests.backup.conftest import Machine, find_discrepancies
from tests.world.databases import Clock
from tests.world.filed_library import make_placements
from tests.world.shell import Shell
from tests.world.stored_rows import read_rows

ON_SQLITE = pytest.mark.parametrize("urls", ["sqlite"], indirect=True)


def rows_of(machine: Machine) -> dict[str, list[str]]:
    with machine.opened() as database:
        return read_rows(database)


@pytest.mark.postgresql_too
def test_restored_elsewhere_it_is_the_same_row_by_row(here: Machine, there: Machine) -> None:
    expected = rows_of(here)
    assert {"tracks", "work_queue", "journal", "files"} <= {
        k for k, rows in expected.items() if rows
    }
    path = here.back_up()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert there.restore(path).kept is None or there.url.startswith("postgresql")
    assert rows_of(there) == expected
    assert find_discrepancies(there) == []
    with there.opened() as database, database.begin() as tx:  # new rows get new numbers
        assert Catalog(database).tracks.want(tx, make_placements("Four")[0]) > 3


def test_what_was_there_is_kept_and_can_be_restored_itself(here: Machine, there: Machine) -> None:
    with there.opened() as database, database.begin() as tx:
        tx.execute(paused_stages.insert().values(task_type="tag", paused_at=Clock().now))
    before = rows_of(there)
    kept = there.restore(here.back_up()).kept
    assert kept is not None
    assert rows_of(there) == rows_of(here) != before
    there.restore(kept)
    assert rows_of(there) == before


def test_a_backup_under_load_is_of_one_moment(here: Machine, there: Machine) -> None:
    """Each transaction replaces both pauses. A backup never has one without the other."""
    is_over, begun = threading.Event(), threading.Event()

    def write() -> None:
        with here.opened() as database:
            catalog, queue, songs = Catalog(database), WorkQueue(database), 0
            while not is_over.is_set():
                songs += 1
                with database.begin() as tx:
                    catalog.tracks.want(tx, make_placements(f"Song {songs}")[0])
                    queue.items.enqueue_wanted(tx)
                    tx.execute(paused_stages.delete())
                    tx.execute(
                        paused_stages.insert(),
                        [{"task_type": name, "paused_at": Clock().now} for name in "ab"],
                    )
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        path = here.back_up()
    finally:
        is_over.set()
        writer.join()
    there.restore(path)
    assert find_discrepancies(there) == []
    assert len(rows_of(there)["paused_stages"]) == 2
    numbers = [{row.partition(",")[0] for row in rows_of(one)["tracks"]} for one in (there, here)]
    assert numbers[0] <= numbers[1]


@ON_SQLITE
def test_only_what_is_asked_for_is_in_it(here: Machine) -> None:
    home = here.settings.home
    home.mkdir(exist_ok=True)
    for name in ("cookies.txt", "cookies.json", "secret"):
        (home / name).write_text("hush")
    here.config.write_text('[server]\npassword = "hush-hush"\nhosts = ["a.example"]\n')
    plain, full = here.back_up("plain.zip"), here.back_up("full.zip", EVERYTHING)
    with zipfile.ZipFile(plain) as archive:
        assert set(archive.namelist()) == {"backup.json", "shanty.db", "shanty.toml"}
        assert not any(b"hush" in archive.read(name) for name in archive.namelist())
        assert b"a.example" in archive.read("shanty.toml")
    with zipfile.ZipFile(full) as archive:
        assert {"cookies.txt", "cookies.json", "secret"} <= set(archive.namelist())
        assert b"hush-hush" in archive.read("shanty.toml")


@pytest.mark.parametrize(
    "text",
    [
        'server.password = "hush-hush"\n[web]\nport = 1 # mine\n',
        'server = {password = "hush-hush", hosts = ["a"]}\n',
        "[server]\npassword = '''\nhush-hush'''\n[web]\nport = 1\n",
        '[server]\n"password"="\\u0068ush-hush"\n',
        '[server]\n# password = "hush-hush"\nhosts = []\n',
        '# once: hush-hush\n[server]\npassword = "hush-hush" # hush-hush\n',
        '[acoustid]\nkey="hush-hush"\n[art]\nartist_key="hush-hush"\n',
        'database_url = "postgresql+psycopg://u:hush-hush@h/d"\nhome = "/x"\n[web]\nport = 1\n',
    ],
)
def test_no_secret_stays_in_the_settings_however_it_is_written(text: str) -> None:
    left = text_for_backup(text, with_secrets=False)
    assert "hush" not in left
    assert ("port" in left) is ("port" in text)


def test_comments_stay_where_they_can() -> None:
    text = '# mine\n[server]\npassword = "hush-hush"\nhosts = ["a"] # the proxy\n'
    left = text_for_backup(text, with_secrets=False)
    assert left == '# mine\n[server]\nhosts = ["a"] # the proxy\n'


@ON_SQLITE
def test_the_settings_come_back_and_this_machines_places_stay(
    here: Machine, there: Machine
) -> None:
    here.config.write_text('home = "/somewhere"\n[workers]\ntag = 5\n')
    path = here.back_up()
    there.config.write_text(f'home = "{there.settings.home}"\n[workers]\ntag = 1\n')
    there.restore(path, keep_settings=True)
    assert "tag = 1" in there.config.read_text()
    there.restore(path)
    assert there.config.read_text() == f'home = "{there.settings.home}"\n[workers]\ntag = 5\n'


@ON_SQLITE
def test_a_home_in_use_is_left_alone(here: Machine, there: Machine) -> None:
    path = here.back_up()
    with there.opened() as database:
        before = read_rows(database)
        worker = WorkQueue(database).workers.register(job="pipeline")
        with pytest.raises(BackupError, match="pipeline is at work here"):
            there.restore(path)
        WorkQueue(database).workers.unregister(worker)
        with pytest.raises(DatabaseError, match="in use by another process"):
            there.restore(path)
        assert read_rows(database) == before


@pytest.mark.postgresql_too
@pytest.mark.parametrize("urls", ["postgresql"], indirect=True)
def test_a_database_in_use_is_left_alone(here: Machine, there: Machine) -> None:
    path = here.back_up()
    with there.opened() as database, database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
        with pytest.raises(DatabaseError, match="other connections"):
            there.restore(path)
    assert not there.settings.home.joinpath("restoring.json").exists()


@pytest.mark.postgresql_too
@pytest.mark.parametrize("urls", ["postgresql"], indirect=True)
def test_a_missing_pg_dump_is_named(here: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DatabaseError, match=r"pg_dump.*postgresql-client"):
        here.back_up()
    assert not (here.folder / "one.zip").exists()


@ON_SQLITE
def test_a_damaged_database_is_kept_as_it_is_and_replaced(here: Machine, there: Machine) -> None:
    path, damaged = here.back_up(), b"not a database" * 1000
    database = there.settings.home / "shanty.db"
    database.parent.mkdir(parents=True, exist_ok=True)
    database.write_bytes(damaged)
    kept = there.restore(path).kept
    assert kept is not None
    assert (kept / "shanty.db").read_bytes() == damaged
    assert rows_of(there) == rows_of(here)


@ON_SQLITE
def test_a_home_that_is_half_restored_is_not_used(here: Machine, there: Machine) -> None:
    from shanty.config.home import require_whole_home

    path = here.back_up()
    with there.in_force(), open_restore(there.settings, path) as prepared:
        prepared._write_mark(there.folder / "none")
        with pytest.raises(ConfigError, match="shanty restore FILE"):
            require_whole_home(there.settings)
        prepared.carry_out()
    require_whole_home(there.settings)
    assert rows_of(there) == rows_of(here)


def test_the_last_of_days_and_weeks_are_kept() -> None:
    now = datetime(2026, 3, 29, 12, tzinfo=UTC)
    names = [backup_name(now - timedelta(hours=12 * number)) for number in range(100)]
    kept = sorted(choose_kept(names, daily=7, weekly=4), reverse=True)
    assert kept[:7] == [backup_name(now - timedelta(days=number)) for number in range(7)]
    assert len(kept) == 10  # the newest of this week is one of the seven
    assert choose_kept(names[::50], daily=7, weekly=0) == set(names[::50]), "old ones, if no newer"
    assert choose_kept(["shanty-20260230-000000.zip"], daily=1, weekly=0)


def test_only_our_own_names_are_deleted(tmp_path: Path) -> None:
    names = [f"shanty-2026010{day}-000000.zip" for day in range(1, 6)]
    others = ["before-restore-20260101-000000.zip", "mine.zip", "shanty-20260101-000000.zip.old"]
    for name in names + others:
        (tmp_path / name).touch()
    assert prune(tmp_path, daily=2, weekly=1) == 3
    assert {path.name for path in tmp_path.iterdir()} == {*names[-2:], *others}


@ON_SQLITE
def test_the_job_deletes_nothing_if_the_new_backup_fails(
    here: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = here.settings.backups_dir
    with here.opened() as database, here.in_force():
        made, deleted = back_up_and_prune(here.settings, database)
        assert (made.path.parent, deleted) == (folder, 0)
        old = [folder / f"shanty-202001{day}-000000.zip" for day in range(10, 28)]
        for path in old:
            path.touch()
        here.config.write_text("not = = toml")
        with pytest.raises(BackupError):
            back_up_and_prune(here.settings, database)
        assert all(path.exists() for path in old)


@ON_SQLITE
def test_as_a_person_does_it(here: Machine, shanty: Shell, home: Path) -> None:
    assert shanty("backup", str(home / "mine.zip")) == 0
    assert f"wrote {home}/mine.zip" in shanty.out
    assert "exists already" in shanty.fails("backup", str(home / "mine.zip"))
    gc.unfreeze()  # each command in this process has frozen what those before it left
    gc.collect()  # a command's connections end with its process
    assert shanty("restore", str(home / "mine.zip"), "--dry-run") == 0
    assert "things watched" in shanty.out
    assert not list((home / "home" / "backups").glob("before-*"))
    assert shanty("restore", str(home / "mine.zip"), "--yes") == 0
    assert "library check" in shanty.out
    assert shanty("library", "check") == 0
    assert "nothing is wrong" in shanty.out
    assert "No such file" in shanty.fails("restore", str(home / "absent.zip"))
