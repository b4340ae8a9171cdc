"""The log of events: whole lines from several processes, bounded, and without secrets."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.processes import bound_log, start_owned
from shanty.config.settings import Settings, load_settings
from shanty.diagnosis import event_log
from shanty.errors import ConfigError
from tests.world.crash_world import ROOT

DATABASE_PASSWORD, SERVER_PASSWORD = "p4ss:of/database", "p4ss of server"
KEYS = ("k3y-of-acoustid", "k3y-of-fanart")
LINES = 2000
PROCESS = """
import sys
from pathlib import Path
from shanty.diagnosis import event_log
from shanty.config.settings import load_settings
import logging
event_log.MAX_BYTES = 60_000
event_log.write_events_to_file(load_settings(home=Path(sys.argv[1])))
for number in range(int(sys.argv[3])):
    logging.getLogger("shanty.stages.execution").info("%s %05d %s", sys.argv[2], number, "x" * 40)
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("SHANTY_CONFIG", raising=False)
    return load_settings(
        home=tmp_path,
        database_url="postgresql+psycopg://shanty:p4ss%3Aof%2Fdatabase@db/shanty",
        server={"password": SERVER_PASSWORD},
        acoustid={"key": KEYS[0]},
        art={"artist_key": KEYS[1]},
    )


@pytest.fixture
def handler(settings: Settings) -> Iterator[logging.Handler]:
    made = event_log.write_events_to_file(settings)
    yield made
    event_log.stop_writing(made)


def test_no_secret_is_written_not_even_by_a_traceback(
    settings: Settings, handler: logging.Handler
) -> None:
    logger = logging.getLogger("shanty.anything")
    try:
        raise ValueError(f"cannot connect with {DATABASE_PASSWORD}")
    except ValueError:
        logger.exception("the password is %s, the keys are %s", SERVER_PASSWORD, KEYS)
    text = event_log.log_path(settings.home).read_text()
    assert "the password is ***, the keys are ('***', '***')" in text
    assert "Traceback" in text
    assert "cannot connect with ***" in text
    for secret in (DATABASE_PASSWORD, SERVER_PASSWORD, *KEYS):
        assert secret not in text


def test_what_comes_from_outside_forges_no_line(
    settings: Settings, handler: logging.Handler
) -> None:
    logger = logging.getLogger("shanty.stages.execution")
    forged = "2026-01-01 00:00:00,000 INFO all is well"
    logger.warning("tag · %s: %s", f"Somebody – A\n{forged}\x1b[31m", f"cannot\r\n{forged}")
    try:
        raise ValueError(f"a title\n{forged}")
    except ValueError:
        logger.exception("unexpected")
    text = event_log.log_path(settings.home).read_text()
    assert text.count(forged) >= 3
    assert not [line for line in text.splitlines() if line.startswith(forged)]
    assert "\x1b" not in text
    assert len([line for line in text.splitlines() if not line.startswith(" ")]) == 2


def test_only_its_owner_can_read_it(settings: Settings, handler: logging.Handler) -> None:
    logging.getLogger("flows.pipeline").info("something")
    assert event_log.log_path(settings.home).stat().st_mode & 0o077 == 0


def test_debug_and_other_packages_stay_out(settings: Settings, handler: logging.Handler) -> None:
    logging.getLogger("shanty.x").debug("not an event")
    logging.getLogger("urllib3").error("somebody else's")
    logging.getLogger("shanty.x").info("an event")
    assert event_log.log_path(settings.home).read_text().count("\n") == 1


def test_two_processes_write_whole_lines_and_no_more_than_is_kept(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", PROCESS, str(tmp_path), name, str(LINES)], cwd=ROOT)
        for name in ("one", "two")
    ]
    assert [process.wait() for process in processes] == [0, 0]
    files = sorted(tmp_path.glob("shanty.log*"))
    assert 1 < len(files) <= event_log.BACKUPS + 1
    assert all(path.stat().st_size <= 61_000 for path in files)
    lines = [line for path in files for line in path.read_text().splitlines()]
    assert all(line.endswith("x" * 40) for line in lines)
    newest = (tmp_path / "shanty.log").read_text()
    assert f" {LINES - 1:05d} " in newest


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be written"):
        event_log.write_events_to_file(load_settings(home=tmp_path / "home"))


def test_what_a_process_prints_is_bounded_while_it_prints(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    with path.open("ab", buffering=0) as log:
        log.write(b"old\n" * 1000)
        bound_log(path, max_bytes=1000)
        log.write(b"new\n")
    assert path.read_bytes() == b"new\n"
    assert (tmp_path / "worker.log.1").read_bytes() == b"old\n" * 1000
    bound_log(path, max_bytes=1000)
    assert path.read_bytes() == b"new\n"


def test_a_process_of_ours_makes_the_folder_of_its_log(tmp_path: Path) -> None:
    process = start_owned("this", log_path=tmp_path / "new" / "process.log")
    process.communicate()
    assert (tmp_path / "new" / "process.log").exists()
