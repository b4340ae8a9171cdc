"""Cookies as text and as a file: every export people have, rights, merging, many at once."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from shanty.config import load_settings
from shanty.cookie_checking import check_cookies
from shanty.errors import ConfigError
from shanty.providers.cookie_file import CookieFile, Jar
from shanty.providers.cookies import Cookie, format_cookies, is_signed_in, parse_cookies
from shanty.providers.ytdlp_cookies import Browser, read_browser
from tests.audio_files import fixtures_dir
from tests.test_cli import ROOT, Shell, home

__all__ = ["home"]

FAR = 4102444800  # 2100
LOGIN = ("LOGIN_INFO", "SAPISID", "__Secure-3PSID")


@pytest.fixture
def shanty(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("SHANTY_DOWNLOAD__SEARCH", '["ytsearch8"]')
    return Shell(capsys, monkeypatch)


def cookie(
    name: str, value: str, expires: int | None = FAR, domain: str = ".youtube.com"
) -> Cookie:
    return Cookie(domain, "/", name, value, is_secure=True, expires=expires)


def a_login(value: str = "secret", expires: int | None = FAR) -> list[Cookie]:
    return [cookie(name, f"{value}-{name}", expires) for name in LOGIN]


def values(file: CookieFile) -> dict[str, str]:
    return {one.name: one.value for one in file.read().cookies}


# The format

GOOD = ".youtube.com\tTRUE\t/\tTRUE\t4102444800\tLOGIN_INFO\thush"


@pytest.mark.parametrize(
    "text",
    [
        f"# Netscape HTTP Cookie File\n\n{GOOD}\n",
        f"# Netscape HTTP Cookie File\r\n{GOOD}\r\n",
        f"\ufeff# Netscape HTTP Cookie File\n{GOOD}\n",
        GOOD,
        f"# some comment\n\n\n{GOOD}\n\n",
        GOOD.replace("\t", "   "),
        GOOD.replace("TRUE", "true"),
        GOOD.replace("4102444800", "4102444800.25"),
        GOOD.replace(".youtube", "youtube"),
        json.dumps(
            [
                {
                    "domain": "youtube.com",
                    "hostOnly": False,
                    "name": "LOGIN_INFO",
                    "value": "hush",
                    "path": "/",
                    "secure": True,
                    "expirationDate": 4102444800.25,
                }
            ]
        ),
    ],
)
def test_every_form_of_an_export_is_understood(text: str) -> None:
    parsed = parse_cookies(text)
    assert parsed.problems == ()
    assert parsed.cookies == (cookie("LOGIN_INFO", "hush"),)
    assert parse_cookies(format_cookies(parsed.cookies)) == parsed


def test_what_only_scripts_may_not_see_stays_so() -> None:
    (one,) = parse_cookies(f"#HttpOnly_{GOOD}").cookies
    assert one.is_http_only
    assert f"#HttpOnly_{GOOD}" in format_cookies([one]).splitlines()


@pytest.mark.parametrize("expires", ["", "0", "-1"])
def test_cookies_of_a_session_are_kept(expires: str) -> None:
    (one,) = parse_cookies(GOOD.replace("4102444800", expires)).cookies
    assert one.expires is None
    assert not one.is_expired(time.time())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("just some hush words", "has 4 fields instead of 7"),
        (GOOD.removesuffix("\thush"), "has 6 fields"),
        (f"{GOOD}\thush", "has 8 fields"),
        (GOOD.replace("4102444800", "1.7976931348623157e+308"), "no time"),
        (GOOD.replace("4102444800", "hush"), "no time"),
        (GOOD.replace("TRUE", "hush"), "TRUE or FALSE"),
        (GOOD.replace(".youtube.com", "hush hush"), "no domain"),
        (GOOD.replace("\t/\t", "\thush\t"), "no path"),
        (GOOD.replace("LOGIN_INFO", "hush\x1b[2J"), "no cookie can have"),
        ("[hush", "like JSON"),
        ('{"hush": 1}', "no name"),
        ('["hush", [], {"name": "hush"}]', "no cookie"),
        ("[" * 100_000, "like JSON"),
    ],
)
def test_a_line_that_is_none_is_told_by_its_number_and_not_its_words(line: str, why: str) -> None:
    parsed = parse_cookies(line)
    assert parsed.cookies == ()
    first = parsed.problems[0]
    assert first.line == 1
    assert why in str(first)
    assert "hush" not in str(parsed)


def test_good_lines_are_kept_beside_bad_ones(shanty: Shell, home: Path) -> None:
    lines = [GOOD, "hush hush", GOOD.replace("LOGIN_INFO", "SAPISID"), GOOD.replace("4", "hush")]
    (home / "export.txt").write_text("\n".join(lines))
    assert shanty("cookies", "import", str(home / "export.txt")) == 0
    assert "2 cookies of youtube.com" in shanty.out
    assert "line 2 has 2 fields" in shanty.out
    assert "line 4 has no time" in shanty.out
    assert "hush" not in shanty.out + shanty.err
    assert sorted(values(CookieFile(load_settings().cookies_path))) == ["LOGIN_INFO", "SAPISID"]


def test_no_value_is_in_a_repr() -> None:
    assert "hush" not in repr(Jar(parse_cookies(GOOD).cookies))


# The file


def test_the_file_is_never_anybody_elses(tmp_path: Path) -> None:
    """Seen from outside, while it is written again and again, with the widest umask there is."""
    path = tmp_path / "home" / "cookies.txt"
    file, modes, halves = CookieFile(path), set(), 0
    done = threading.Event()

    def look() -> None:
        nonlocal halves
        while not done.is_set():
            for one in path.parent.glob("*cookies*"):
                try:
                    mode, text = stat.S_IMODE(one.stat().st_mode), one.read_text()
                except FileNotFoundError:
                    continue
                if "secret" in text:
                    modes.add(mode)
                if one == path and len(parse_cookies(text).cookies) != len(LOGIN):
                    halves += 1

    before = os.umask(0)
    try:
        watcher = threading.Thread(target=look)
        file.replace(a_login(), origin="test")
        watcher.start()
        for number in range(25):
            file.replace(a_login(f"secret{number}"), origin="test")
        done.set()
        watcher.join()
    finally:
        os.umask(before)
    assert modes == {0o600}
    assert halves == 0
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    file = CookieFile(tmp_path / "cookies.txt")
    (tmp_path / ".cookies.txt.new").write_text("secret")
    file.replace(a_login(), origin="test")
    assert not list(tmp_path.glob("*.new")) + list(tmp_path.glob(".*.new"))


def test_of_each_cookie_the_newest_is_kept(tmp_path: Path) -> None:
    file = CookieFile(tmp_path / "cookies.txt")
    file.replace([*a_login(), cookie("TURN", "0", FAR)], origin="test")
    first, second = file.read(), file.read()
    # The one that was renewed later is brought back first.
    file.bring_back(second, [*a_login(), cookie("TURN", "new", FAR + 60), cookie("ADDED", "a")])
    file.bring_back(first, [*a_login(), cookie("TURN", "old", FAR + 30)])
    assert values(file)["TURN"] == "new"
    assert values(file)["ADDED"] == "a"
    assert is_signed_in(file.read().cookies, "youtube.com", time.time())


def test_what_a_site_has_deleted_is_not_lost(tmp_path: Path) -> None:
    file = CookieFile(tmp_path / "cookies.txt")
    file.replace(a_login(), origin="test")
    file.bring_back(file.read(), [])
    assert len(values(file)) == len(LOGIN)


@pytest.mark.parametrize("by_hand", [False, True])
def test_an_old_login_does_not_come_back_into_a_new_one(tmp_path: Path, by_hand: bool) -> None:
    file = CookieFile(tmp_path / "cookies.txt")
    file.replace(a_login("old"), origin="test")
    lent = file.read()
    if by_hand:
        file.path.write_text(format_cookies(a_login("new")))
    else:
        file.replace(a_login("new"), origin="test")
    file.bring_back(lent, a_login("older", FAR + 999))
    file.note(lent, refused=["youtube.com"])
    assert set(values(file).values()) == {f"new-{name}" for name in LOGIN}
    assert not any(one.is_refused for one in file.history().sites.values())


def test_a_file_put_there_by_hand_is_renewed_too(tmp_path: Path) -> None:
    file = CookieFile(tmp_path / "cookies.txt")
    file.path.write_text(format_cookies(a_login("mine")))
    first, second = file.read(), file.read()
    file.bring_back(first, a_login("renewed", FAR + 1))
    file.bring_back(second, [cookie("ADDED", "a")])
    assert values(file)["SAPISID"] == "renewed-SAPISID"
    assert values(file)["ADDED"] == "a"


RENEWING = """
import sys
from pathlib import Path
from shanty.providers.cookie_file import CookieFile
from tests.test_cookies import FAR, a_login, cookie
file, name = CookieFile(Path(sys.argv[1])), sys.argv[2]
for number in range(8):
    lent = file.read()
    renewed = cookie("TURN", f"{name}{number}", FAR + number)
    file.bring_back(lent, [*lent.cookies, cookie(f"{name}-{number}", "x"), renewed])
    file.note(lent, proven=[f"{name}.example"])
"""


def test_many_processes_renew_at_once_and_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    CookieFile(path).replace(a_login(), origin="test")
    names = ["a", "b", "c"]
    running = [
        subprocess.Popen([sys.executable, "-c", RENEWING, str(path), name], cwd=ROOT)
        for name in names
    ]
    assert [one.wait() for one in running] == [0, 0, 0]
    found = values(CookieFile(path))
    assert {name for name in found if "-" in name} >= {
        f"{name}-{number}" for name in names for number in range(8)
    }
    assert found["TURN"] in {f"{name}7" for name in names}
    assert set(CookieFile(path).history().sites) == {f"{name}.example" for name in names}


# Taking them in, and what is said of them


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"# Netscape HTTP Cookie File\n", "it is empty"),
        (b"\x80\x81", "it is no text"),
        (b"hush hush hush", "line 1 has 3 fields"),
        (GOOD.replace("youtube.com", "example.org").encode(), "none is of a site that is searched"),
        (GOOD.replace("4102444800", "1000000000").encode(), "has expired"),
    ],
)
def test_what_is_of_no_use_is_refused_in_a_sentence(
    shanty: Shell, home: Path, content: bytes, words: str
) -> None:
    (home / "good.txt").write_text(GOOD)
    assert shanty("cookies", "import", str(home / "good.txt")) == 0
    (home / "export.txt").write_bytes(content)
    sentence = shanty.fails("cookies", "import", str(home / "export.txt"))
    assert words in sentence
    assert "hush" not in sentence
    assert list(values(CookieFile(load_settings().cookies_path))) == ["LOGIN_INFO"], "it is lost"


@pytest.mark.parametrize(
    "words",
    [
        ("import", "/nowhere/cookies.txt"),
        ("import", "/"),
        ("import", "--browser", "netscape"),
        ("import", "--browser", "firefox:no-such-profile"),
        ("import", "--browser", "firefox:/nowhere"),
        ("import", "--browser", "chrome:/nowhere"),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_one_sentence(shanty: Shell, words: tuple[str, ...]) -> None:
    shanty.fails("cookies", *words)


def test_a_file_or_a_browser(shanty: Shell) -> None:
    assert shanty("cookies", "import") == 2
    assert shanty("cookies", "import", "x", "--browser", "firefox") == 2


def test_other_sites_are_kept_only_if_asked_for(
    shanty: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = ("example.org", "notyoutube.com", "youtube.com.example.org")
    lines = [GOOD, *(GOOD.replace("youtube.com", other) for other in others)]
    (home / "export.txt").write_text("\n".join(lines))
    assert shanty.json("cookies", "import", str(home / "export.txt"))["kept"] == 1  # type: ignore[index]
    monkeypatch.setenv("SHANTY_COOKIES__DOMAINS", '["example.org"]')
    assert shanty.json("cookies", "import", str(home / "export.txt"))["kept"] == 3  # type: ignore[index]
    said = shanty.json("cookies", "import", str(home / "export.txt"), "--all-domains")
    assert said["kept"] == 4  # type: ignore[index]


def test_check_says_how_good_they_are(shanty: Shell, home: Path) -> None:
    assert shanty("cookies", "check") == 0
    assert "there are none" in shanty.out
    file = CookieFile(load_settings().cookies_path)
    file.replace(a_login("hush"), origin="firefox:me")
    report = shanty.json("cookies", "check")
    assert isinstance(report, dict)
    assert report["is_good"]
    assert report["sites"][0]["login"].keys() == set(LOGIN)
    assert report["proven_at"] is None
    file.note(file.read(), proven=["youtube.com"])
    assert shanty.json("cookies", "check")["proven_at"]  # type: ignore[index]
    file.path.chmod(0o644)
    assert shanty("cookies", "check") == 0
    assert "others can read the file" in shanty.out
    assert f"chmod 600 {file.path}" in shanty.out
    file.note(file.read(), refused=["youtube.com"])
    assert shanty("cookies", "check") == 0
    assert "youtube.com did not accept them" in shanty.out
    assert "hush" not in shanty.out
    file.replace(a_login("hush", 1), origin="x")
    assert "all of youtube.com have expired" in check_cookies(load_settings()).message
    file.replace(a_login()[:1], origin="x")
    assert "missing or expired: SAPISID, __Secure-3PSID" in check_cookies(load_settings()).message
    file.path.write_text("hush")
    assert "line 1 has 1 fields" in check_cookies(load_settings()).message
    file.path.write_bytes(b"\x80")
    assert "no text" in check_cookies(load_settings()).message


# A browser's profile

SCHEMA = """
PRAGMA user_version = {version};
CREATE TABLE moz_cookies (
  id INTEGER PRIMARY KEY, originAttributes TEXT NOT NULL DEFAULT '', name TEXT, value TEXT,
  host TEXT, path TEXT, expiry INTEGER, lastAccessed INTEGER, creationTime INTEGER,
  isSecure INTEGER, isHttpOnly INTEGER, inBrowserElement INTEGER DEFAULT 0,
  sameSite INTEGER DEFAULT 0, schemeMap INTEGER DEFAULT 0,
  isPartitionedAttributeSet INTEGER DEFAULT 0,
  CONSTRAINT moz_uniqueid UNIQUE (name, host, path, originAttributes)
);
"""


def make_profile(folder: Path, cookies: list[Cookie], version: int = 17) -> sqlite3.Connection:
    """A profile whose database stays open, with all that was written last in its log alone."""
    folder.mkdir(parents=True, exist_ok=True)
    known = sqlite3.connect(folder / "cookies.sqlite", isolation_level=None)
    known.executescript(SCHEMA.format(version=version))
    known.execute("PRAGMA journal_mode = WAL")
    known.execute("PRAGMA wal_autocheckpoint = 0")
    put(known, cookies, version)
    return known


def put(
    profile: sqlite3.Connection, cookies: list[Cookie], version: int = 17, attributes: str = ""
) -> None:
    unit = 1000 if version >= 16 else 1
    profile.executemany(
        "INSERT OR REPLACE INTO moz_cookies (originAttributes, name, value, host, path, expiry,"
        " isSecure, isHttpOnly) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (attributes, one.name, one.value, one.domain, one.path, (one.expires or 0) * unit, 1, 0)
            for one in cookies
        ],
    )


@pytest.mark.parametrize("version", [14, 16, 17])
def test_a_profile_that_is_in_use_is_read_to_the_last_write(tmp_path: Path, version: int) -> None:
    profile = make_profile(tmp_path / "abc.me", a_login("old"), version)
    try:
        put(profile, a_login("new"), version)
        found = read_browser(Browser("firefox", str(tmp_path / "abc.me")))
        assert {one.name: one.value for one in found} == {n: f"new-{n}" for n in LOGIN}
        assert {one.expires for one in found} == {FAR}
    finally:
        profile.close()


def test_other_containers_and_embedded_pages_are_not_mixed_in(tmp_path: Path) -> None:
    profile = make_profile(tmp_path / "abc.me", a_login("mine"))
    put(profile, a_login("embedded"), attributes="^partitionKey=%28https%2Cexample.org%29")
    put(profile, a_login("at work"), attributes="^userContextId=2")
    names = {"version": 5, "identities": [{"userContextId": 2, "name": "Work"}]}
    (tmp_path / "abc.me" / "containers.json").write_text(json.dumps(names))
    path = str(tmp_path / "abc.me")
    assert {one.value for one in read_browser(Browser("firefox", path))} == {
        f"mine-{name}" for name in LOGIN
    }
    at_work = read_browser(Browser.parse(f"firefox:{path}::Work"))
    assert {one.value for one in at_work} == {f"at work-{name}" for name in LOGIN}
    with pytest.raises(ConfigError):
        read_browser(Browser.parse(f"firefox:{path}::Play"))
    profile.close()


def test_a_profile_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for number, name in enumerate(("abc.default", "xyz.music-esr")):
        folder = tmp_path / ".mozilla" / "firefox" / name
        make_profile(folder, a_login(name)).close()
        os.utime(folder / "cookies.sqlite", (number + 1e9, number + 1e9))
    for given, expected in (("default", "abc.default"), ("music-esr", "xyz.music-esr")):
        found = read_browser(Browser.parse(f"firefox:{given}"))
        assert {one.value.rpartition("-")[0] for one in found} >= {expected}
    newest = read_browser(Browser.parse("firefox"))
    assert any(one.value.startswith("xyz.music-esr") for one in newest)


def test_a_damaged_profile_is_one_sentence(tmp_path: Path) -> None:
    for content in (b"", b"SQLite format 3\0hush", b"hush" * 1000):
        (tmp_path / "cookies.sqlite").write_bytes(content)
        with pytest.raises(ConfigError) as caught:
            read_browser(Browser("firefox", str(tmp_path)))
        assert "hush" not in str(caught.value)


@pytest.mark.parametrize("version", [14, 16, 17])
def test_profiles_made_by_others_are_read(version: int, shanty: Shell, tmp_path: Path) -> None:
    folder = fixtures_dir()
    if folder is None:
        pytest.skip("no collected fixtures here")
    profile = tmp_path / "profile"
    shutil.copytree(folder / "cookies" / "made-here" / f"firefox-profile-v{version}", profile)
    said = shanty.json("cookies", "import", "--browser", f"firefox:{profile}")
    assert said["kept"] == 5  # type: ignore[index]
    known = values(CookieFile(load_settings().cookies_path))
    assert known["LOGIN_INFO"] == "FAKE_login_info"
    assert not {"CONTAINER", "EXPIRED", "UNRELATED"} & known.keys()
    shanty.json("cookies", "import", "--browser", f"firefox:{profile}::Work")
    assert values(CookieFile(load_settings().cookies_path)) == {"CONTAINER": "FAKE_container"}


def test_exports_made_by_others_are_read(shanty: Shell) -> None:
    folder = fixtures_dir()
    if folder is None:
        pytest.skip("no collected fixtures here")
    refused = {"empty.txt", "header_only.txt", "malformed_cookies.txt"}
    exports = sorted((folder / "cookies").rglob("*.txt"))
    assert len(exports) > 8
    for path in exports:
        if path.name in refused:
            shanty.fails("cookies", "import", str(path), "--all-domains")
        else:
            assert shanty("cookies", "import", str(path), "--all-domains") == 0, path
            assert "FAKE" not in shanty.out


# The job


def refresh(shanty: Shell) -> dict[str, object]:
    said = shanty.json("cookies", "refresh")
    assert isinstance(said, dict)
    return said


def test_refresh_takes_what_is_newer_and_keeps_what_is_better(
    shanty: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there are none" in str(refresh(shanty)["message"])
    profile = make_profile(tmp_path / "abc.me", a_login("first"))
    monkeypatch.setenv("SHANTY_COOKIES__BROWSER", f"firefox:{tmp_path / 'abc.me'}")
    file = CookieFile(load_settings().cookies_path)
    assert refresh(shanty)["is_new"]
    generation = file.read().generation
    assert not refresh(shanty)["is_new"], "nothing has changed"
    # yt-dlp's site renews one, the browser another: the same login, so both are kept.
    renewed = cookie("LOGIN_INFO", "by yt-dlp", FAR + 99)
    file.bring_back(file.read(), [*a_login("first")[1:], renewed])
    put(profile, [cookie("SAPISID", "by Firefox", FAR + 99)])
    file.note(file.read(), refused=["youtube.com"])
    assert not check_cookies(load_settings()).is_good
    assert refresh(shanty)["is_new"]
    assert check_cookies(load_settings()).is_good, "what was refused were the older ones"
    assert values(file)["LOGIN_INFO"] == "by yt-dlp"
    assert values(file)["SAPISID"] == "by Firefox"
    assert file.read().generation == generation
    # The browser has been signed out: what there is may still be good.
    profile.execute("DELETE FROM moz_cookies WHERE name <> '__Secure-3PSID'")
    said = refresh(shanty)
    assert not said["is_new"]
    assert "the browser has no valid LOGIN_INFO of youtube.com" in str(said["message"])
    assert values(file)["LOGIN_INFO"] == "by yt-dlp"
    file.note(file.read(), refused=["youtube.com"])
    assert not refresh(shanty)["is_new"], "a bot check may end by itself, a lost login does not"
    # Signed in again there: that is another session, and nothing of the old one stays.
    put(profile, a_login("second"))
    assert refresh(shanty)["is_new"]
    assert values(file) == {name: f"second-{name}" for name in LOGIN}
    assert check_cookies(load_settings()).is_good
    profile.close()


def test_refresh_without_its_browser_is_one_sentence(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_COOKIES__BROWSER", "firefox:gone")
    assert "'gone'" in shanty.fails("cookies", "refresh")
