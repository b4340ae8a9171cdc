"""The command line as a person or a script meets it: output, exit codes, one-line errors."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.demo.world import World
from shanty.workqueue.item_numbers import name_item
from tests.world.crash_world import ROOT
from tests.world.databases import STAGES
from tests.world.shell import UNKNOWN_MBID, Shell, file_everything

pytestmark = pytest.mark.usefixtures("world")


def test_help_is_complete(shanty: Shell) -> None:
    import typer.main

    from cli.main import app

    def check(command: object, name: str) -> None:
        assert getattr(command, "help", None), f"{name} has no help"
        for word, below in getattr(command, "commands", {}).items():
            check(below, f"{name} {word}")

    check(typer.main.get_command(app), "shanty")
    assert shanty("--help") == 0
    for word in ("demo", "run", "watch", "status", "queue", "library", "doctor", "config"):
        assert word in shanty.out


HEAVY = ("prefect", "requests", "cronsim", "cron_descriptor", "sqlalchemy.dialects.postgresql")


def test_help_and_status_import_nothing_that_they_do_not_need(home: Path) -> None:
    open_database(load_settings().resolved_database_url).dispose()  # migrating needs more
    for words in (["--help"], ["status"], ["run", "--help"]):
        code = (
            "import sys; from cli.main import main\n"
            f"sys.argv = ['shanty', *{words!r}]\n"
            "try: main()\n"
            "except SystemExit: pass\n"
            f"print(*set({HEAVY}) & set(sys.modules), file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stderr.strip() == "", words


def test_wrong_usage_is_exit_code_2(shanty: Shell) -> None:
    assert shanty("status", "--nonsense") == 2
    assert shanty("queue", "retry") == 2
    assert shanty("queue", "ls", "--stage", "nonsense") == 2


def test_wanting_listing_and_forgetting_a_track(shanty: Shell, world: World) -> None:
    first, second = world.recordings[:2]
    assert (
        shanty("watch", "add", "track", first, f"https://musicbrainz.org/recording/{second}") == 0
    )
    assert "wanted: Maren Østby – Harbour Lights" in shanty.out
    assert shanty("watch", "add", "track", first) == 0, "asking twice is no error"
    rules = shanty.json("watch", "ls")
    assert [(rule["kind"], rule["mbid"], rule["wanted"]) for rule in rules] == [
        ("track", first, 1),
        ("track", second, 1),
    ]
    assert shanty("watch", "rm", str(rules[0]["id"])) == 0
    assert [rule["mbid"] for rule in shanty.json("watch", "ls")] == [second]
    assert shanty.json("status")["tracks"]["wanted"] == 1
    assert "no watch rule" in shanty.fails("watch", "rm", "99")


def test_status_and_listings_follow_the_contract(shanty: Shell, world: World) -> None:
    shanty("watch", "add", "track", *world.recordings[:2])
    file_everything()
    status = shanty.json("status")
    assert set(status) == {
        "queue",
        "tracks",
        "next_look_at",
        "requests",
        "downloads",
        "cookies",
        "sources",
        "paused",
        "quiet_until",
        "is_running",
        "died",
        "hindrances",
        "needs",
        "estimate_seconds",
        "waiting",
        "jobs",
        "trouble",
        "yt-dlp",
    }
    assert list(status["queue"]) == [stage.value for stage in STAGES]
    for counts in status["queue"].values():
        assert counts == {"pending": 0, "waiting": 0, "active": 0, "completed": 2, "failed": 0}
    assert status["tracks"] == {"wanted": 0, "in_library": 2, "needs_review": 0, "failed": 0}
    items = shanty.json("queue", "ls")
    assert len(items) == 2 * len(STAGES)
    assert set(items[0]) == {
        "id",
        "track_id",
        "task_type",
        "status",
        "track",
        "recording_mbid",
        "attempt",
        "run_after",
        "next_look_at",
        "error_class",
        "error",
    }
    library = shanty.json("library", "ls")
    assert {entry["recording_mbid"] for entry in library} == set(world.recordings[:2])
    assert set(library[0]) == {"id", "recording_mbid", "title", "artist", "album", "path"}
    assert all(Path(entry["path"]).is_file() for entry in library)
    for words in (
        ["status"],
        ["tracks", "ls"],
        ["queue", "ls"],
        ["library", "ls"],
        ["watch", "ls"],
    ):
        assert shanty(*words) == 0
        assert shanty.out.strip()


def test_failed_work_is_shown_and_retried(shanty: Shell, world: World) -> None:
    world.faults.set("gone", target=world.recordings[0])
    shanty("watch", "add", "track", world.recordings[0])
    file_everything()
    world.faults.clear()
    (item,) = shanty.json("queue", "ls", "--status", "failed")
    assert item["error_class"] == "permanent"
    assert shanty.json("queue", "show", name_item(item["id"]))["error"] == item["error"]
    assert shanty.json("status")["tracks"]["failed"] == 1
    assert shanty("queue", "retry", "--status", "failed", "--now") == 0
    assert shanty.json("status")["tracks"] == {
        "wanted": 1,
        "in_library": 0,
        "needs_review": 0,
        "failed": 0,
    }
    assert shanty("queue", "cancel", name_item(item["id"])) == 0
    assert shanty.json("status")["tracks"]["wanted"] == 0, "it would come back with the next run"
    assert shanty("queue", "retry", name_item(item["id"])) == 0
    assert shanty.json("status")["tracks"]["wanted"] == 1
    assert "no work item q12345" in shanty.fails("queue", "retry", "q12345")
    assert "no work item q12345" in shanty.fails("queue", "show", "q12345")


def test_pausing_shows_in_the_status(shanty: Shell) -> None:
    assert shanty("queue", "pause", "--stage", "download") == 0
    shanty("status")
    assert "paused: download" in shanty.out
    assert shanty("queue", "resume") == 0
    shanty("status")
    assert "paused" not in shanty.out


def test_what_musicbrainz_does_not_know_is_one_sentence(shanty: Shell, world: World) -> None:
    assert UNKNOWN_MBID in shanty.fails("watch", "add", "track", UNKNOWN_MBID)
    assert "knows no track like 'hello'" in shanty.fails("watch", "add", "track", "hello")
    artist = world.discography.artists[0].mbid
    assert artist in shanty.fails("watch", "add", "track", artist)


def test_an_unreachable_musicbrainz_is_one_sentence(
    shanty: Shell, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_MUSICBRAINZ__URL", "http://127.0.0.1:9")
    sentence = shanty.fails("watch", "add", "track", world.recordings[0])
    assert "127.0.0.1:9 cannot be reached" in sentence


def test_a_wrong_setting_names_the_key_and_the_place(
    shanty: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "shanty.toml"
    config.write_text('[workers]\ndownload = "many"\n')
    sentence = shanty.fails("status")
    assert "workers.download" in sentence
    assert str(config) in sentence
    config.write_text("this is not toml")
    assert str(config) in shanty.fails("status")
    config.write_text("[download]\nformatt = 'flac'\n")
    assert shanty("status") == 0
    assert "unknown setting download.formatt" in shanty.err
    config.write_text("")
    monkeypatch.setenv("SHANTY_WORKERS__DOWNLOAD", "0")
    assert "SHANTY_WORKERS__DOWNLOAD" in shanty.fails("status")
    monkeypatch.delenv("SHANTY_WORKERS__DOWNLOAD")
    monkeypatch.setenv("SHANTY_CONFIG", str(home / "missing.toml"))
    assert "missing.toml" in shanty.fails("status")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        # A flow runs in a folder of its own, and what it files there goes when the run ends.
        ("SHANTY_LIBRARY__PATH", "Music", "'Music' is not a whole path"),
        ("SHANTY_HOME", "state", "'state' is not a whole path"),
        ("SHANTY_LIBRARY__TRASH", "trash", "'trash' is not a whole path"),
        ("SHANTY_DATABASE_URL", "sqlite:///shanty.db", "whole path"),
        # Left empty by a compose file: the working directory is nobody's to clear.
        ("SHANTY_DOWNLOAD__STAGING", "", "no folder is named"),
        ("SHANTY_LIBRARY__PATH", "", "no folder is named"),
        ("SHANTY_HOME", "~nobody-of-this-name/x", "nobody's home folder"),
    ],
)
def test_a_path_means_the_same_folder_to_every_process(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    sentence = shanty.fails("status")
    assert words in sentence
    assert variable in sentence


@pytest.mark.parametrize(
    "words",
    [
        ("queue", "show", "--", "-99999999999999999999"),
        ("watch", "show", "--", "-99999999999999999999"),
        ("sources", "resume", "\udcff"),
        ("library", "scan", "x" * 5000),
        ("library", "scan", "~nobody-of-this-name/x"),
        ("cookies", "import", "x" * 5000),
    ],
)
def test_nonsense_is_one_sentence(shanty: Shell, words: tuple[str, ...]) -> None:
    assert shanty.fails(*words)


def test_output_that_cannot_be_written_is_one_sentence(home: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "cli.main", "config", "show"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == "shanty: No space left on device\n"


def test_a_bad_template_is_refused_before_anything_runs(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_LIBRARY__TEMPLATE", "{nonsense}/{title}.{ext}")
    assert "nonsense" in shanty.fails("run")


def test_a_database_that_is_not_ours_is_left_alone(shanty: Shell, home: Path) -> None:
    path = home / "home" / "shanty.db"
    path.write_bytes(b"this is no database, but it is somebody's" * 100)
    before = path.read_bytes()
    assert str(path) in shanty.fails("status")
    assert path.read_bytes() == before
    path.unlink()
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE recipes (name TEXT)")
    foreign.close()
    assert str(path) in shanty.fails("status")


def test_an_unreachable_database_does_not_show_its_password(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://somebody:hunter2@127.0.0.1:9/shanty"
    monkeypatch.setenv("SHANTY_DATABASE_URL", url)
    sentence = shanty.fails("status")
    assert "127.0.0.1" in sentence
    assert "hunter2" not in sentence
    assert shanty("config", "show") == 0
    assert "hunter2" not in shanty.out
    assert "hunter2" not in json.dumps(shanty.json("config", "show"))


def test_config_init_writes_a_file_that_is_read_back(
    shanty: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shanty.json("config", "show")
    config = home / "made" / "shanty.toml"
    monkeypatch.delenv("SHANTY_CONFIG")
    monkeypatch.setattr("shanty.config.settings.default_config_path", lambda: config)
    assert shanty("config", "init") == 0
    assert shanty.json("config", "show") == before
    assert "exists already" in shanty.fails("config", "init")
    # Every line of it is right as it stands, when the comment sign is taken away.
    lines = [line for line in config.read_text().splitlines() if " = " in line or "[" in line]
    assert 'database_url = "postgresql+psycopg://user:password@host/shanty"' in lines[1]
    config.write_text("\n".join(line.removeprefix("# ") for line in lines if "://user" not in line))
    assert shanty("config", "show") == 0, shanty.err
    assert "unknown" not in shanty.err


def test_run_with_a_server_that_does_not_answer_is_one_sentence(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert "http://127.0.0.1:9/api" in shanty.fails("run")


def test_a_port_in_use_is_one_sentence(shanty: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"port {port} is in use" in shanty.fails("up", "--port", port)


def test_an_open_server_needs_a_password(shanty: Shell) -> None:
    assert "SHANTY_SERVER__PASSWORD" in shanty.fails("up", "--host", "0.0.0.0")


def test_doctor_names_a_remedy_for_what_is_wrong(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shanty("doctor") == 0, shanty.out
    monkeypatch.setenv("SHANTY_MUSICBRAINZ__URL", "http://127.0.0.1:9")
    assert shanty("doctor", "--json") == 1
    (red,) = [finding for finding in json.loads(shanty.out) if finding["level"] == "red"]
    assert red["name"] == "MusicBrainz"
    assert red["remedy"]


def test_one_number_names_a_track_in_every_list(shanty: Shell, world: World) -> None:
    shanty("watch", "add", "track", *world.recordings[:3])
    file_everything()
    numbers = {one["recording_mbid"]: one["id"] for one in shanty.json("tracks", "ls")}
    assert set(numbers) == set(world.recordings[:3])
    for entry in shanty.json("library", "ls"):
        assert entry["id"] == numbers[entry["recording_mbid"]]
    items = shanty.json("queue", "ls")
    for item in items:
        assert item["track_id"] == numbers[item["recording_mbid"]]
        assert isinstance(item["id"], int)
    shanty("queue", "ls")
    shown = shanty.out.splitlines()[1:]
    assert [line.split()[0] for line in shown] == [f"q{item['id']}" for item in items]
    explained = shanty.json("explain", str(items[0]["track_id"]))
    assert explained["track"]["recording_mbid"] == items[0]["recording_mbid"]


def test_no_command_takes_a_work_item_for_a_track(shanty: Shell, world: World) -> None:
    shanty("watch", "add", "track", *world.recordings[:2])
    file_everything()
    item = shanty.json("queue", "ls")[0]["id"]
    for words in (["review", "reject"], ["review", "accept"], ["explain"], ["undo"]):
        assert f"`shanty queue show q{item}`" in shanty.fails(*words, f"q{item}")
    for words in (["show"], ["retry"], ["cancel"]):
        assert "number of a track" in shanty.fails("queue", *words, "1")
    assert {one["status"] for one in shanty.json("tracks", "ls")} == {"in_library"}
    assert shanty("queue", "show", f"Q{item}") == 0, "as people type it"


def test_a_list_that_is_cut_says_of_how_many(shanty: Shell, world: World) -> None:
    shanty("watch", "add", "track", *world.recordings[:2])
    file_everything()
    shanty("queue", "ls", "--limit", "3")
    assert shanty.out.splitlines()[-1].startswith(f"3 of {2 * len(STAGES)}")
    shanty("queue", "ls", "--limit", str(2 * len(STAGES)))
    assert " of " not in shanty.out.splitlines()[-1]
    ended = [one["id"] for one in shanty.json("queue", "ls", "--status", "completed")]
    assert ended[0] == max(ended), "the newest first"
