"""A file that is no good backup is refused with one sentence, and nothing is changed."""

from __future__ import annotations

import json
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from shanty.backup.archive import BackupError
from shanty.backup.restoring import open_restore
from tests.backup.conftest import Machine

pytestmark = pytest.mark.parametrize("urls", ["sqlite"], indirect=True)

Change = Callable[[dict[Any, bytes]], None]


def rewritten(path: Path, change: Change, *, honest: bool = True) -> Path:
    """The backup with other members; an honest manifest lists their sizes and checksums."""
    import hashlib

    with zipfile.ZipFile(path) as archive:
        members: dict[Any, bytes] = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with suppress(ValueError, RecursionError, KeyError):
        manifest = json.loads(members["backup.json"])
        if not honest:
            raise KeyError
        manifest["members"] = {
            name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in members.items()
            if name != "backup.json" and isinstance(name, str)
        }
        members["backup.json"] = json.dumps(manifest).encode()
    made = path.with_name("hostile.zip")
    made.unlink(missing_ok=True)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made


def put(name: Any, data: bytes = b"x") -> Change:
    return lambda members: members.update({name: data})


def take(name: str) -> Change:
    def change(members: dict[Any, bytes]) -> None:
        del members[name]

    return change


def edit(**values: Any) -> Change:
    def change(members: dict[Any, bytes]) -> None:
        members["backup.json"] = json.dumps(json.loads(members["backup.json"]) | values).encode()

    return change


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("cookies.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def with_sql(statement: str) -> Change:
    def change(members: dict[Any, bytes]) -> None:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(members["shanty.db"])
        connection.executescript(statement)
        members["shanty.db"] = connection.serialize()

    return change


def from_the_future(members: dict[Any, bytes]) -> None:
    with_sql("UPDATE shanty_schema SET version_num='9999'")(members)
    edit(schema_version="9999")(members)


HOSTILE: dict[str, tuple[Change, str]] = {
    "a path that climbs out": (put("../evil"), "which no backup does"),
    "a whole path": (put("/etc/evil"), "which no backup does"),
    "a folder": (put("prefect/"), "which no backup does"),
    "a name of ours in other letters": (put("SECRET"), "which no backup does"),
    "a link": (put(link(), b"/etc/passwd"), "no plain file"),
    "a bomb": (put("prefect.db", bytes(200 << 20)), "fill the disk"),
    "no manifest": (take("backup.json"), "no backup of Shanty"),
    "a manifest that is none": (put("backup.json", b"[" * 100_000), "no backup of Shanty"),
    "a manifest that is too long": (put("backup.json", b" " * (2 << 20)), "too long"),
    "no database": (take("shanty.db"), "not whole"),
    "a database that is none": (put("shanty.db", b"x" * 5000), "not a database"),
    "a trigger": (
        with_sql("CREATE TRIGGER t AFTER INSERT ON tracks BEGIN DELETE FROM files; END"),
        "neither a table nor an index",
    ),
    "a view": (with_sql("CREATE VIEW v AS SELECT 1"), "neither a table nor an index"),
    "another schema than it says": (
        with_sql("UPDATE shanty_schema SET version_num='0001'"),
        "0001",
    ),
    "a newer schema": (from_the_future, "newer version of Shanty"),
    "a newer format": (edit(format=2), "newer version of Shanty"),
    "a version that is no number": (edit(schema_version="../1"), "schema_version"),
    "settings that are none": (put("shanty.toml", b"\xff = ["), "damaged"),
    "another kind of database": (edit(database="postgresql"), "not whole"),
}


def refused(machine: Machine, path: Path) -> str:
    before = sorted(machine.settings.home.rglob("*"))
    with (
        machine.in_force(),
        pytest.raises(BackupError) as caught,
        open_restore(machine.settings, path),
    ):
        pass
    assert sorted(machine.settings.home.rglob("*")) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_wrong_with_a_backup_is_one_sentence(here: Machine) -> None:
    path = here.back_up()
    for what, (change, expected) in HOSTILE.items():
        said = refused(here, rewritten(path, change))
        assert expected in said, f"{what}: {said}"
    assert "another size" in refused(
        here, rewritten(path, put("shanty.db", b"short"), honest=False)
    )


def test_a_backup_that_is_cut_off_or_damaged_anywhere_is_refused(here: Machine) -> None:
    path = here.back_up()
    whole, cut = path.read_bytes(), path.with_name("cut.zip")
    for part in range(0, len(whole), len(whole) // 25):
        cut.write_bytes(whole[:part])
        refused(here, cut)
    for part in range(40, len(whole) - 40, len(whole) // 25):
        cut.write_bytes(whole[:part] + bytes([whole[part] ^ 0xFF]) + whole[part + 1 :])
        with here.in_force():
            try:
                with open_restore(here.settings, cut):
                    pass  # the damage is where it means nothing, such as the time of a member
            except BackupError as error:
                assert "\n" not in str(error)


def test_what_is_no_file_is_refused(here: Machine) -> None:
    assert "cannot be restored" in refused(here, here.folder)
    assert "is no file" in refused(here, Path("/dev/null"))
    assert "cannot be restored" in refused(here, here.folder / "absent.zip")
