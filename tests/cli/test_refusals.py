"""What the command line refuses: one sentence and an exit code, whatever it is given."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, Group

from cli.opening import open_state
from cli.status import draw_overview
from deployments.beginning import describe_stopped
from deployments.service_lock import only_service
from flows.server.jobs import OFF, PIPELINE, JobView
from shanty.watching.find import describe_nothing
from tests.world.databases import add_tracks
from tests.world.shell import Shell

TOO_LARGE = "99999999999999999999"


@pytest.mark.parametrize(
    "words",
    [
        ("queue", "show", f"q{TOO_LARGE}"),
        ("queue", "retry", "q1", f"q{TOO_LARGE}"),
        ("queue", "cancel", f"q{TOO_LARGE}"),
        ("queue", "ls", "--limit", TOO_LARGE),
        ("watch", "show", TOO_LARGE),
        ("watch", "rm", TOO_LARGE),
    ],
    ids=" ".join,
)
def test_a_number_that_no_database_holds_is_wrong_usage(
    shanty: Shell, words: tuple[str, ...]
) -> None:
    assert shanty(*words) == 2
    assert "is more than" in shanty.err
    assert "Traceback" not in shanty.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("search", "Foo"), "say what to look for first: `shanty search artist Foo`"),
        (("tracks", "ls", "--status", "x"), "'x' is not one of wanted, waiting, failed"),
        (("tracks", "ls", "--watch", "9" * 30), "is more than"),
        (("review", "accept"), "name the tracks that `shanty review ls` lists"),
        (("review", "reject", "1", "--below", "0.5"), "not both"),
        (("review", "accept", "--above", "x"), "'x' is no number"),
        (("review", "accept", "--above", "7"), "'7' is more than 1"),
        (("queue", "ls", "--limit", "0"), "'0' is less than 1"),
        (("queue", "ls", "--limit", "y" * 5000), "y…' is no whole number"),
    ],
)
def test_what_is_wrong_is_said_in_our_words(
    shanty: Shell, words: tuple[str, ...], told: str
) -> None:
    assert shanty(*words) == 2
    said = " ".join(shanty.err.replace("│", " ").split())
    assert told in said
    assert "Value error" not in said and "Input should" not in said
    assert len(said) < 500


def test_a_search_of_a_page_of_text_is_refused_in_a_line(shanty: Shell) -> None:
    assert len(describe_nothing("artist", "x" * 5000)) < 150
    assert describe_nothing("album", " ") == "say the name of the album"


def test_status_says_what_begins_a_run(shanty: Shell, home: Path) -> None:
    state = open_state()
    add_tracks(state.database, 1)
    assert shanty("status") == 0
    assert "no run is at work: `shanty run` begins one" in shanty.out
    with only_service(home / "home"):
        assert shanty("status") == 0
    assert "no run is at work: `shanty up` begins one when there is work" in shanty.out


def test_a_service_that_begins_no_run_is_not_waited_for(shanty: Shell) -> None:
    def job(name: str = PIPELINE, schedule: str = "every 1 h", *, paused: bool = False) -> JobView:
        return JobView("1", name, schedule, paused=paused, last_run=None, next_run=None)

    assert describe_stopped([job("backup", OFF), job("tools", paused=True), job()]) == ""
    assert "`shanty jobs resume pipeline` lets it begin" in describe_stopped([job(paused=True)])
    assert "`shanty jobs run pipeline` downloads it" in describe_stopped([job(schedule=OFF)])
    state = open_state()
    add_tracks(state.database, 1)
    with only_service(state.settings.home):
        for one, told in ((job(), "`shanty up` begins one"), (job(paused=True), "is paused")):
            drawn = StringIO()
            Console(width=120, file=drawn).print(Group(*draw_overview(state, [one])))
            assert told in drawn.getvalue()


def test_a_wish_is_known_by_its_name(shanty: Shell) -> None:
    state = open_state()
    with state.database.begin() as tx:
        for mbid, name in (("a", "Vesper Kilowatt"), ("b", "Vesper"), ("c", "Anna"), ("d", "Anna")):
            state.catalog.rules.add(tx, "artist", mbid, name)
    assert shanty("watch", "show", "kilowatt") == 0 and "Vesper Kilowatt" in shanty.out
    assert shanty("watch", "show", "vesper") == 0 and "Vesper (" in shanty.out, "the whole name"
    assert "may be several: 3 Anna (c), 4 Anna (d)" in shanty.fails("watch", "rm", "anna")
    for nothing in ("nobody", "", " "):
        assert "nothing that is watched is called" in shanty.fails("watch", "show", nothing)
    assert shanty("tracks", "ls", "--watch", "kilowatt") == 0 and "no tracks" in shanty.out
    assert "is called 'nobody'" in shanty.fails("tracks", "ls", "--watch", "nobody")
    assert shanty("watch", "rm", "kilowatt") == 0
    assert "nothing that is watched" in shanty.fails("watch", "show", "kilowatt")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("QUEUE__RETENTION", "99999999999d"),
        ("QUEUE__RETENTION", "999999d"),
        ("QUEUE__RETENTION", "9" * 400 + "d"),
        ("QUEUE__RETENTION", "99999999999"),
        ("SERVER__RETENTION", "36501d"),
        ("SCHEDULING__PIPELINE", "99999999999d"),
        ("DOWNLOAD__INTERVAL", "99999999999d"),
        ("MUSICBRAINZ__RATE", "1e-300"),
        ("MUSICBRAINZ__RATE", "inf"),
        ("MUSICBRAINZ__RATE", "nan"),
    ],
)
def test_a_setting_out_of_all_bounds_is_one_sentence(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    monkeypatch.setenv(f"SHANTY_{key}", value)
    command = "up" if key.startswith("SCHEDULING") else "status"
    assert key.lower().replace("__", ".") in shanty.fails(command)


@pytest.mark.parametrize("below", ["", "home"])
@pytest.mark.parametrize("command", ["up", "run"])
def test_a_home_that_is_no_folder_is_one_sentence(
    shanty: Shell, home: Path, monkeypatch: pytest.MonkeyPatch, command: str, below: str
) -> None:
    (home / "file").touch()
    monkeypatch.setenv("SHANTY_HOME", str(home / "file" / below))
    monkeypatch.setenv("SHANTY_DATABASE_URL", f"sqlite:///{home / 'elsewhere.db'}")
    assert f"the folder {home / 'file'}" in shanty.fails(command)


@pytest.mark.parametrize("password", ["", "short", "pässwörter", "two\tcolumns"])
def test_a_password_that_protects_nothing_is_refused(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("SHANTY_SERVER__PASSWORD", password)
    sentence = shanty.fails("up", "--host", "0.0.0.0")
    assert "SHANTY_SERVER__PASSWORD" in sentence
    assert "8 characters" in sentence
    assert not password or password not in sentence


def test_a_sentence_is_one_line_whatever_it_names(shanty: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "two\nlines\x1b[31m"
    folder.mkdir()
    (folder / "file").touch()
    assert "two lines" in shanty.fails("demo", "--dir", str(folder))
    assert "\x1b" not in shanty.err


def test_ctrl_c_is_said_to_have_been_heard(shanty: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.config.config_path", interrupt)
    assert shanty("config", "show") == 130
    assert shanty.err.strip().splitlines() == [
        "shanty: interrupted; what is done is kept, the next run goes on"
    ]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("retry", "completed"),
        ("retry", "active"),
        ("cancel", "failed"),
        ("cancel", "completed"),
        ("cancel", "cancelled"),
    ],
)
def test_a_status_that_means_nothing_here_is_wrong_usage(
    shanty: Shell, command: str, status: str
) -> None:
    assert shanty("queue", command, "--status", status) == 2
    assert f"{status!r} is not one of" in " ".join(shanty.err.split())


def test_the_configuration_file_can_be_begun_where_it_is_named(
    shanty: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "made" / "here.toml"
    monkeypatch.setenv("SHANTY_CONFIG", str(config))
    assert shanty("--help") == 0
    assert not shanty.err
    assert str(config) in shanty.fails("status")
    assert shanty("config", "init") == 0, shanty.err
    assert config.is_file()
    assert shanty("status") == 0


def test_a_worker_setting_for_no_stage_is_ignored_as_it_says(
    shanty: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_WORKERS__FOO", "3")
    monkeypatch.setenv("SHANTY_WORKERS__TAG", "5")
    (home / "shanty.toml").write_text("[workers]\nbar = 3\nindex = 7\n")
    settings = shanty.json("config", "show")
    assert isinstance(settings, dict)
    assert (settings["workers.tag"], settings["workers.index"]) == (5, 7)
    assert sorted(shanty.err.splitlines()) == [
        "shanty: warning: unknown setting SHANTY_WORKERS__FOO is ignored",
        "shanty: warning: unknown setting workers.bar is ignored",
    ]


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("queue", "ls", "--help")])
def test_help_works_with_a_broken_file(shanty: Shell, home: Path, words: tuple[str, ...]) -> None:
    (home / "shanty.toml").write_text("[download\n")
    assert shanty(*words) == 0, shanty.err
    assert shanty.out
    assert "not a TOML file" in shanty.fails("status")
