"""The database: schema, migrations, durability settings, and what is refused with which words."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, inspect, text

from shanty.catalog import Catalog
from shanty.config.settings import load_settings
from shanty.db import Database, hide_password, open_database, parse_url, use_engine
from shanty.db.schema import MIGRATIONS_DIR, VERSION_TABLE, known_versions
from shanty.db.tables import metadata, paused_stages
from shanty.errors import ConfigError, DatabaseError
from tests.world.databases import Clock

REPOSITORY = Path(__file__).parent.parent.parent


def test_migrations_and_tables_agree(empty_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    opened = open_database(empty_url)
    with opened.read() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        # What the comparison does not look at: the conditions of partial indexes.
        made = _index_conditions(connection)
    reference = create_engine(_second_database(empty_url, opened))
    reference_tables = _with_conditions_for_postgresql()
    reference_tables.create_all(reference)
    with reference.connect() as connection:
        assert made == _index_conditions(connection)
    reference.dispose()
    opened.dispose()


def _with_conditions_for_postgresql() -> MetaData:
    """The tables, whose partial indexes have their condition for SQLite alone in the program."""
    copy = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        for index in table.to_metadata(copy).indexes:
            condition = index.dialect_options["sqlite"]["where"]
            index.dialect_options["postgresql"]["where"] = condition
    return copy


def _second_database(url: str, opened: Database) -> str:
    """Where ``metadata.create_all`` finds nothing: another file, or the emptied database."""
    if url.startswith("sqlite"):
        return url.replace("shanty.db", "reference.db")
    with opened.begin() as tx:
        metadata.drop_all(tx)
    return url


def _index_conditions(connection: object) -> dict[str, list[str]]:
    return {
        index["name"]: [str(option) for option in index.get("dialect_options", {}).values()]
        for index in inspect(connection).get_indexes("work_queue")
    }


def test_newest_migration_is_known_by_its_file_name() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [known_versions()[-1]]
    assert {script.revision for script in scripts.walk_revisions()} == set(known_versions())


def test_downgrade_leaves_nothing(empty_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    opened = open_database(empty_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    with opened.begin() as tx:
        config.attributes.update(connection=tx, version_table=VERSION_TABLE)
        command.downgrade(config, "base")
    with opened.read() as connection:
        assert inspect(connection).get_table_names() == [VERSION_TABLE]
    opened.dispose()
    reopened = open_database(empty_url)  # and the way up again works
    with reopened.read() as connection:
        assert set(metadata.tables) < set(inspect(connection).get_table_names())
    reopened.dispose()


def test_an_installation_is_known_on_all_its_machines_and_from_all_others(
    empty_url: str, tmp_path: Path
) -> None:
    urls = [empty_url, empty_url, f"sqlite:///{tmp_path / 'other.db'}"]
    machines = [open_database(url) for url in urls]
    here, there, foreign = (Catalog(one).installation_id for one in machines)
    assert here == there != foreign
    for one in machines:
        one.dispose()


def test_opening_a_current_database_does_not_import_alembic(database_url: str) -> None:
    program = (
        "import sys; from shanty.db import open_database; open_database(sys.argv[1]);"
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, database_url], check=True, cwd=REPOSITORY)


def test_two_processes_open_a_fresh_database_at_once(empty_url: str) -> None:
    program = (
        "import sys; from shanty.db import open_database; import alembic.command;"
        "print('ready', flush=True); sys.stdin.readline(); open_database(sys.argv[1])"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    results = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], results


def test_sqlite_settings_and_file_mode(sqlite_url: str) -> None:
    before = os.umask(0)
    try:
        opened = open_database(sqlite_url)
    finally:
        os.umask(before)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with opened.begin() as tx:
        settings = {
            name: tx.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        tx.execute(paused_stages.insert(), {"task_type": "tag", "paused_at": Clock()()})
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }
    for file in path.parent.iterdir():  # the write-ahead log holds the same data
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    opened.dispose()


def test_a_raising_block_changes_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.begin() as tx:
        tx.execute(paused_stages.insert(), {"task_type": "tag", "paused_at": Clock()()})
        raise RuntimeError
    with database.read() as connection:
        assert connection.execute(paused_stages.select()).all() == []


def test_a_reader_sees_one_snapshot_and_blocks_no_writer(sqlite_url: str) -> None:
    opened = open_database(sqlite_url)
    with opened.read() as connection:
        assert connection.execute(paused_stages.select()).all() == []
        with opened.begin() as tx:
            tx.execute(paused_stages.insert(), {"task_type": "tag", "paused_at": Clock()()})
        assert connection.execute(paused_stages.select()).all() == []
    with opened.read() as connection:
        assert len(connection.execute(paused_stages.select()).all()) == 1
    opened.dispose()


def test_writers_wait_for_each_other_from_the_start(database_url: str) -> None:
    """Read, then write: with a deferred transaction SQLite would refuse one of the two."""
    first, second = open_database(database_url), open_database(database_url)
    insert = text("INSERT INTO paused_stages VALUES (:name, '2026-01-01 00:00:00')")
    errors: list[BaseException] = []
    started = threading.Event()

    def write_too() -> None:
        try:
            started.set()
            with second.begin() as tx:
                tx.execute(paused_stages.select()).all()
                tx.execute(insert, {"name": "b"})
        except BaseException as error:
            errors.append(error)

    other = threading.Thread(target=write_too)
    with first.begin() as tx:
        tx.execute(paused_stages.select()).all()
        other.start()
        started.wait()
        other.join(timeout=0.2)
        tx.execute(insert, {"name": "a"})
    other.join(timeout=20)
    assert errors == []
    with first.read() as connection:
        assert len(connection.execute(paused_stages.select()).all()) == 2
    first.dispose()
    second.dispose()


def test_an_engine_made_elsewhere_gets_the_same_settings(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:  # leaves a connection in the pool without our settings
        connection.execute(text("SELECT 1"))
    opened = use_engine(engine)
    again = use_engine(engine)
    with again.begin() as tx, opened.read() as connection:
        tx.execute(paused_stages.select()).all()
        if opened.dialect_name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()


# --- what is refused ----------------------------------------------------------------------------


def refusal(url: str) -> str:
    with pytest.raises(DatabaseError) as caught:
        open_database(url)
    message = str(caught.value)
    assert "\n" not in message
    assert "geheim" not in message
    return message


def test_a_newer_schema_is_refused(empty_url: str) -> None:
    opened = open_database(empty_url)
    with opened.begin() as tx:
        tx.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    opened.dispose()
    assert "newer version of Shanty" in refusal(empty_url)


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "other.db"


def test_a_file_that_is_not_sqlite_is_refused_and_left_alone(sqlite_path: Path) -> None:
    sqlite_path.write_bytes(b"ID3\x04 this is an MP3, honestly" * 1000)
    before = sqlite_path.read_bytes()
    assert "not a database" in refusal(f"sqlite:///{sqlite_path}")
    assert sqlite_path.read_bytes() == before


def test_a_damaged_file_is_refused(sqlite_path: Path) -> None:
    url = f"sqlite:///{sqlite_path}"
    open_database(url).dispose()
    content = bytearray(sqlite_path.read_bytes())
    content[100:4096] = os.urandom(3996)  # the page that holds the table definitions
    sqlite_path.write_bytes(content)
    assert str(sqlite_path) in refusal(url)


def test_damage_found_later_is_one_sentence_too(sqlite_path: Path) -> None:
    url = f"sqlite:///{sqlite_path}"
    open_database(url).dispose()
    content = bytearray(sqlite_path.read_bytes())
    with sqlite3.connect(sqlite_path) as raw:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'paused_stages'"
        page = raw.execute(query).fetchone()[0]
        size = raw.execute("PRAGMA page_size").fetchone()[0]
    raw.close()
    content[(page - 1) * size : page * size] = b"\xff" * size
    sqlite_path.write_bytes(content)
    opened = open_database(url)
    with pytest.raises(DatabaseError, match="malformed"), opened.read() as connection:
        connection.execute(paused_stages.select()).all()
    opened.dispose()


def test_another_programs_file_is_refused_and_left_alone(sqlite_path: Path) -> None:
    with sqlite3.connect(sqlite_path) as other:
        other.execute("CREATE TABLE items (id INTEGER PRIMARY KEY)")
        other.execute("CREATE TABLE alembic_version (version_num TEXT)")
        other.execute("INSERT INTO alembic_version VALUES ('0001')")
    other.close()
    before = sqlite_path.read_bytes()
    assert "another program" in refusal(f"sqlite:///{sqlite_path}")
    assert sqlite_path.read_bytes() == before


def test_a_server_database_whose_tables_collide_is_refused(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE unrelated (id int)"))
        connection.execute(text("CREATE TABLE work_queue (id int)"))  # as Prefect has it
    engine.dispose()
    assert "'work_queue'" in refusal(postgres_url)


def test_an_unreachable_server_is_refused_without_the_password() -> None:
    message = refusal("postgresql+psycopg://shanty:geheim@127.0.0.1:1/music")
    assert "'music' on 127.0.0.1" in message
    refusal("postgresql+psycopg://127.0.0.1:1/music?user=shanty&password=geheim")


def test_a_folder_that_cannot_be_made_or_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be opened for writing" in refusal(f"sqlite:///{tmp_path}/file/shanty.db")
    assert "cannot be opened for writing" in refusal(f"sqlite:///{tmp_path}")
    locked_dir = tmp_path / "locked"
    locked_dir.mkdir(mode=0o500)
    if os.geteuid() == 0:  # whom permissions do not stop, but a kernel's folder does
        locked_dir = Path("/proc")
    assert str(locked_dir) in refusal(f"sqlite:///{locked_dir}/shanty/shanty.db")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://shanty:geheim@localhost/music",
        "postgresql://shanty:geheim@localhost/music",
        "sqlite+aiosqlite:////tmp/x.db",
        "sqlite://",
        "geheim",
        "",
    ],
)
def test_unsupported_urls_are_refused_with_an_example(url: str) -> None:
    assert "sqlite:////path/shanty.db" in refusal(url)


@pytest.mark.parametrize(
    "folder", ["a?b", "a#b", "100%", "%41", "it's", "a b", "q?x=1&y=/2", "ü", "caf\udce9", "a@b:c"]
)
def test_a_folder_of_any_name_may_hold_the_database(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    url = f"sqlite:///{place}/shanty.db"
    assert parse_url(url).database == f"{place}/shanty.db"
    open_database(url).dispose()
    assert [path.name for path in place.iterdir()] == ["shanty.db"]


def test_options_stand_behind_the_last_part_of_a_path() -> None:
    parsed = parse_url("sqlite:////a?b/shanty.db?timeout=5")
    assert (parsed.database, dict(parsed.query)) == ("/a?b/shanty.db", {"timeout": "5"})
    assert hide_password("postgresql+psycopg://u:hush@h/d") == "postgresql+psycopg://u:***@h/d"


@pytest.mark.parametrize("name", ["line\nbreak", "caf\udce9", "bell\x07"])
def test_a_home_that_cannot_be_named_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"'home'.*another folder"):
        load_settings(home=tmp_path / name)


def test_whoever_watches_is_told_of_each_commit_and_of_nothing_else(empty_url: str) -> None:
    watched, other = open_database(empty_url), open_database(empty_url)
    with watched.watch() as look:
        before = look()
        for database in (watched, other):
            with database.read() as connection:
                connection.execute(paused_stages.select()).all()
            assert look() == before, "somebody has only read"
            with database.begin() as tx:
                tx.execute(paused_stages.delete())
                name = f"stage{database is other}"
                tx.execute(paused_stages.insert().values(task_type=name, paused_at=Clock().now))
            assert look() != before
            before = look()
    other.dispose()
    watched.dispose()
