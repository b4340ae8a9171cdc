"""Cookies in use: a site's reaction is remembered and acted upon, and no value leaks."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from shanty.config.settings import Settings, load_settings
from shanty.db import Database
from shanty.demo.answers import Answer, Request
from shanty.demo.listener import Listener
from shanty.diagnosis.event_log import stop_writing, write_events_to_file
from shanty.errors import BadCandidateError, SignInError, TransientError
from shanty.models import Candidate, Stage, TrackStatus
from shanty.providers.cookie_file import CookieFile
from shanty.providers.ytdlp import programs
from shanty.providers.ytdlp.client import fetch
from shanty.providers.ytdlp.search import search
from shanty.sources.cookie_check import check_cookies
from shanty.sources.cookie_keep import count_signed_out, import_file
from shanty.stages import load_stages
from shanty.stages.execution import Fate, execute
from tests.world.crash_world import ROOT
from tests.world.ffmpeg_runs import in_front_of_ffmpeg
from tests.world.guarded_world import GuardedWorld, cookies_txt
from tests.world.stage_bench import Bench

SITE = "127.0.0.1"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedWorld]:
    with GuardedWorld(6, tmp_path_factory.getbasetemp() / "audio") as made, made.activated():
        yield made


@pytest.fixture(autouse=True)
def as_new(guarded: GuardedWorld) -> None:
    guarded.secrets.clear()
    guarded.given_out.clear()
    guarded.renews = False
    guarded.turned_away = 0


@pytest.fixture
def settings(guarded: GuardedWorld, tmp_path: Path) -> Settings:
    (tmp_path / "library").mkdir()
    return load_settings(
        home=tmp_path / "home",
        library={"path": tmp_path / "library"},
        cookies={"domains": [SITE]},
    )


@pytest.fixture
def bench(guarded: GuardedWorld, database: Database, settings: Settings) -> Bench:
    return Bench(guarded, database, settings)


def export(folder: Path, *values: str) -> Path:
    path = folder / "export.txt"
    path.write_text(cookies_txt(*values))
    return path


def value(settings: Settings) -> str:
    (one,) = CookieFile(settings.cookies_path).read().cookies
    return one.value


def test_a_site_that_wants_a_login_is_waited_for_until_there_is_one(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    track_id = bench.want()
    outcome = bench.run(bench.claim())
    assert outcome.fate is Fate.WAITING
    assert SignInError.remedy in outcome.message
    assert not bench.queue.items.claim(bench.worker_id, 1), "it would be asked at once"
    report = check_cookies(settings)
    assert not report.is_there
    assert "asks for a login" in report.trouble
    assert count_signed_out(bench.database) == {"shantydemo": 1}
    taken = import_file(export(tmp_path, guarded.sign_in()), settings, bench.database)
    assert taken.woken == 1
    assert count_signed_out(bench.database) == {}
    assert not check_cookies(settings).trouble
    item = bench.claim()
    assert item.attempt == 1, "waiting has cost an attempt"
    assert bench.run(item).fate is Fate.ADVANCED
    assert bench.status(track_id) is TrackStatus.WANTED
    report = check_cookies(settings)
    assert report.is_good
    assert report.proven_at is not None


def test_a_bot_check_that_has_passed_is_no_trouble_any_longer(
    bench: Bench, guarded: GuardedWorld, settings: Settings
) -> None:
    bench.want()
    assert bench.run(bench.claim()).fate is Fate.WAITING
    assert "asks for a login" in check_cookies(settings).trouble
    guarded.is_open = True
    try:
        bench.services.circuits.resume("shantydemo")
        assert bench.run(bench.claim()).fate is Fate.ADVANCED
        assert not check_cookies(settings).trouble, "it delivers to whoever is not signed in"
    finally:
        guarded.is_open = False


def test_cookies_that_are_refused_are_called_so_until_there_are_others(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    import_file(export(tmp_path, guarded.sign_in()), settings, bench.database)
    bench.want()
    bench.want(1)
    assert bench.run(bench.claim()).fate is Fate.ADVANCED
    guarded.sign_out()
    assert bench.run(bench.claim(Stage.DOWNLOAD)).fate is Fate.WAITING
    report = check_cookies(settings)
    assert f"{SITE} did not accept them" in report.message
    assert report.remedy
    assert report.proven_at is not None, "when they were good is worth knowing"
    import_file(export(tmp_path, guarded.sign_in()), settings, bench.database)
    assert check_cookies(settings).is_good
    assert bench.run(bench.claim(Stage.DOWNLOAD)).fate is Fate.ADVANCED


def test_other_waits_are_not_woken(
    bench: Bench, guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    import_file(export(tmp_path, guarded.sign_in()), settings, bench.database)
    guarded.faults.set("rate_limited", "search", value=600)
    try:
        bench.want()
        assert bench.run(bench.claim()).fate is Fate.WAITING
    finally:
        guarded.faults.clear()
    assert import_file(export(tmp_path, guarded.sign_in()), settings, bench.database).woken == 0
    assert [one.error_class for one in bench.queue.overview.list_items(status="waiting")] == [
        "wait"
    ]
    assert check_cookies(settings).is_good, "too many requests say nothing about cookies"


def test_threads_at_once_keep_renewed_cookies(
    guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    guarded.renews = True
    file = CookieFile(settings.cookies_path)
    file.replace([], origin="test")
    file.path.write_text(cookies_txt(guarded.sign_in(), expires=0))
    candidates = [
        search("demosearch8", guarded.expected(mbid).recording.title)[0]
        for mbid in guarded.recordings[:4]
    ]

    def one(number: int) -> Path:
        folder = tmp_path / str(number)
        return fetch(candidates[number], folder, cookies_path=settings.cookies_path)

    with ThreadPoolExecutor(4) as pool:
        assert all(path.exists() for path in pool.map(one, range(4)))
    assert guarded.turned_away == 0
    assert len(guarded.given_out) == 5
    (kept,) = file.read().cookies
    assert kept.value in guarded.given_out[1:]
    assert kept.expires is not None
    assert kept.is_http_only
    guarded.secrets = {kept.value}
    assert fetch(candidates[0], tmp_path / "again", cookies_path=settings.cookies_path).exists()
    assert value(settings) == guarded.given_out[-1]


def test_a_cookie_of_a_session_gives_way_to_one_that_is_renewed(
    guarded: GuardedWorld, settings: Settings, tmp_path: Path
) -> None:
    """A session cookie has no expiry to compare, so the one that comes last counts as newer."""
    guarded.renews = True
    CookieFile(settings.cookies_path).replace([], origin="test")
    settings.cookies_path.write_text(cookies_txt(guarded.sign_in()))
    (candidate, *_) = search("demosearch8", guarded.expected(guarded.recordings[0]).recording.title)
    fetch(candidate, tmp_path / "a", cookies_path=settings.cookies_path)
    assert value(settings) == guarded.given_out[-1]
    assert len(guarded.given_out) == 2


# Where no value may be


@contextmanager
def watching_processes() -> Iterator[set[str]]:
    """Collect every command line on this machine while the block lasts."""
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for process in psutil.process_iter():
                try:
                    seen.add("\0".join(process.cmdline()))
                except psutil.Error:
                    continue
            done.wait(0.05)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def leaks(folders: list[Path], texts: set[str], secret: str, allowed: set[Path]) -> list[str]:
    """The places where a secret is found: files below folders, and texts."""
    needle = secret.encode()
    found = [
        str(path)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path not in allowed and needle in path.read_bytes()
    ]
    return found + [text for text in texts if secret in text]


def test_no_value_is_left_anywhere(
    guarded: GuardedWorld, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """This covers every stage, with good, renewed and refused cookies, and with broken lines."""
    from shanty.db import open_database

    guarded.renews = True
    settings.home.mkdir(mode=0o700)
    path = export(tmp_path, guarded.sign_in())
    path.write_text(path.read_text() + f"{guarded.prefix} broken\n")
    handler = write_events_to_file(settings)
    database = open_database(settings.resolved_database_url)
    bench = Bench(guarded, database, settings)
    try:
        with caplog.at_level(logging.DEBUG), watching_processes() as commands:
            taken = import_file(path, settings, bench.database)
            for number in range(4):
                bench.want(number)
            stages = load_stages()
            for _ in range(3):
                outcome = execute(bench.claim(), bench.services, stages)
                while outcome.next_item is not None:
                    outcome = execute(outcome.next_item, bench.services, stages)
                assert outcome.fate is Fate.FINISHED
            guarded.sign_out()
            assert execute(bench.claim(), bench.services, stages).fate is Fate.WAITING
    finally:
        stop_writing(handler)
        database.dispose()
    path.unlink()
    assert guarded.prefix in settings.cookies_path.read_text()
    assert len(guarded.given_out) >= 4
    said = {caplog.text, repr(taken), repr(check_cookies(settings)), *commands}
    places = [settings.home, settings.library.path]
    assert leaks(places, said, guarded.prefix, set()) == [str(settings.cookies_path)]
    assert (settings.home / "shanty.log").stat().st_size > 0


@pytest.mark.parametrize("is_refused", [True, False], ids=["as it is", "without the refusal"])
def test_no_value_is_on_the_command_line_of_ffmpeg(
    is_refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """yt-dlp leaves to ffmpeg what it cannot fetch itself, such as HLS encrypted by samples.

    That is refused. If an ffmpeg were started all the same, it would get no cookies.
    """
    playlist = (
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
        '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="key"\n#EXTINF:4,\nsegment.ts\n#EXT-X-ENDLIST\n'
    )

    def answer(request: Request) -> Answer:
        if request.path.endswith(".m3u8"):
            return Answer(200, playlist.encode(), "application/vnd.apple.mpegurl")
        return Answer(200, b"x" * 2000, "application/octet-stream")

    # Each ffmpeg writes down how it was called, however short its life.
    note = in_front_of_ffmpeg(tmp_path, monkeypatch, 'printf "%s\\n" called "$@" >> "$0.pid"\n')
    expected: type[Exception] = BadCandidateError
    if not is_refused:
        monkeypatch.setattr(programs, "_refuse_addresses", lambda arguments: None)
        expected = TransientError
    cookies = tmp_path / "cookies.txt"
    cookies.write_text(cookies_txt("in-the-process-list"))
    with Listener(answer, 0) as listener:
        url = f"{listener.base_url}/song.m3u8"
        with pytest.raises(expected, match="look after" if is_refused else "ffmpeg exited"):
            fetch(Candidate("Generic", "song", url, "Song"), tmp_path, cookies_path=cookies)
    called = note.read_text()
    assert called.startswith("called\n"), "yt-dlp has not met this ffmpeg"
    assert (url in called) is not is_refused
    assert leaks([], {called}, "in-the-process-list", set()) == []


@pytest.mark.proof
def test_no_value_is_left_by_a_run_with_prefect(guarded: GuardedWorld, tmp_path: Path) -> None:
    """A whole run as a person starts it: logs, artifacts, both databases, command lines."""
    guarded.renews = True
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    temporary.mkdir()
    (tmp_path / "shanty.toml").touch()
    environment = {
        **os.environ,
        "SHANTY_HOME": str(home),
        "SHANTY_CONFIG": str(tmp_path / "shanty.toml"),
        "SHANTY_LIBRARY__PATH": str(tmp_path / "library"),
        "SHANTY_COOKIES__DOMAINS": json.dumps([SITE]),
        "TMPDIR": str(temporary),
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("PREFECT_API_URL", None)
    said: set[str] = set()

    def shanty(*words: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        said.update((done.stdout, done.stderr))

    with watching_processes() as commands:
        shanty("cookies", "import", str(export(tmp_path, guarded.sign_in())))
        shanty("watch", "add", "track", *guarded.recordings[:4])
        shanty("run", "--limit", "3")
        guarded.sign_out()
        shanty("run")
        shanty("cookies", "check", "--json")
        shanty("status", "--json")
        shanty("queue", "ls", "--json")
    assert len(guarded.given_out) >= 4
    (tmp_path / "export.txt").unlink()
    places = [home, tmp_path / "library", temporary]
    assert leaks(places, {*said, *commands}, guarded.prefix, set()) == [str(home / "cookies.txt")]
    with sqlite3.connect(next((home / "prefect").glob("prefect.db"))) as history:
        assert history.execute("SELECT count(*) FROM log").fetchone()[0] > 0
        assert history.execute("SELECT count(*) FROM artifact").fetchone()[0] > 0
    assert guarded.prefix in (home / "cookies.txt").read_text()
