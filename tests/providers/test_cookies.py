"""Cookies: the format of an export, and the file that is never anybody else's."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from shanty.providers.cookie_file import CookieFile, Jar
from shanty.providers.cookies import format_cookies, is_signed_in, parse_cookies
from tests.world.crash_world import ROOT
from tests.world.login_cookies import FAR, GOOD, LOGIN, a_login, cookie, values


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
from tests.world.login_cookies import FAR, a_login, cookie
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
