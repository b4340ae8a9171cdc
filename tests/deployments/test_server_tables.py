"""The tables of a new Prefect database: made at once, as Prefect's own migrations make them."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from deployments import server_tables
from deployments.server_tables import (
    TABLES_PATH,
    dump_tables,
    made_with,
    make_tables,
    prepare_tables,
)
from tests.world.prefect_tables import migrate

OLD = "python -m tests.world.prefect_tables makes the script of the installed Prefect"


def test_the_script_is_of_the_installed_prefect_and_of_its_last_migration(tmp_path: Path) -> None:
    script = TABLES_PATH.read_text(encoding="utf-8")
    assert made_with(script) == version("prefect"), OLD
    assert make_tables(tmp_path / "prefect.db")
    assert dump_tables(tmp_path / "prefect.db") == script
    with closing(sqlite3.connect(tmp_path / "prefect.db")) as connection:
        (reached,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert {reached} == _newest_migrations(), OLD


def _newest_migrations() -> set[str]:
    found = find_spec("prefect")
    assert found is not None and found.origin is not None
    folder = Path(found.origin).parent / "server/database/_migrations/versions/sqlite"
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    made = set(re.findall(r'^revision = "(\w+)"', text, re.MULTILINE))
    return made - set(re.findall(r'^down_revision = "(\w+)"', text, re.MULTILINE))


def test_a_database_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "prefect.db"
    path.write_bytes(b"history")
    assert not make_tables(path)
    assert path.read_bytes() == b"history"


def test_only_a_database_with_all_tables_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "prefect?.db"
    assert prepare_tables(path) == prepare_tables(path) != {}
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'earlier'")
    assert prepare_tables(path) == {}
    path.write_bytes(b"no database")
    assert prepare_tables(path) == {}


def test_only_its_own_user_can_read_it(tmp_path: Path) -> None:
    assert make_tables(tmp_path / "prefect.db")
    assert (tmp_path / "prefect.db").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["prefect.db"]


def test_another_prefect_makes_its_own_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "other.sql"
    script.write_text("-- Prefect 0.1\nCREATE TABLE old (id);\n")
    monkeypatch.setattr(server_tables, "TABLES_PATH", script)
    assert not make_tables(tmp_path / "prefect.db")
    assert not (tmp_path / "prefect.db").exists()


def test_a_script_that_breaks_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "broken.sql"
    script.write_text(f"-- Prefect {version('prefect')}\nCREATE TABLE one (id);\nCREATE TABBLE;\n")
    monkeypatch.setattr(server_tables, "TABLES_PATH", script)
    assert not make_tables(tmp_path / "prefect.db")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.sql"]


@pytest.mark.proof
def test_it_is_what_prefects_own_migrations_make(tmp_path: Path) -> None:
    script = TABLES_PATH.read_text(encoding="utf-8")
    assert _lines(dump_tables(migrate(tmp_path))) == _lines(script), OLD


def _lines(script: str) -> list[str]:
    """The lines in one order: the migrations make a table's foreign keys now so, now so."""
    return sorted(line.strip(" \t,") for line in script.splitlines())
