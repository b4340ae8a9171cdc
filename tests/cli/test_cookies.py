"""`shanty cookies`: taking them in, what is said of them, and the job that refreshes them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shanty.config.settings import load_settings
from shanty.providers.cookie_file import CookieFile
from shanty.sources.cookie_check import check_cookies, sites_of
from tests.world.audio_files import fixtures_dir
from tests.world.login_cookies import FAR, GOOD, LOGIN, a_login, cookie, make_profile, put, values
from tests.world.shell import Shell


@pytest.fixture
def shanty(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("SHANTY_DOWNLOAD__SEARCH", '["ytsearch8"]')
    return Shell(capsys, monkeypatch)


def test_good_lines_are_kept_beside_bad_ones(shanty: Shell, home: Path) -> None:
    lines = [GOOD, "hush hush", GOOD.replace("LOGIN_INFO", "SAPISID"), GOOD.replace("4", "hush")]
    (home / "export.txt").write_text("\n".join(lines))
    assert shanty("cookies", "import", str(home / "export.txt")) == 0
    assert "2 cookies of youtube.com" in shanty.out
    assert "line 2 has 2 fields" in shanty.out
    assert "line 4 has no time" in shanty.out
    assert "hush" not in shanty.out + shanty.err
    assert sorted(values(CookieFile(load_settings().cookies_path))) == ["LOGIN_INFO", "SAPISID"]


# Taking them in, and what is said of them


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"# Netscape HTTP Cookie File\n", "it is empty"),
        (b"\x80\x81", "it is no text"),
        (b"hush hush hush", "line 1 has 3 fields"),
        (
            GOOD.replace("youtube.com", "example.org").encode(),
            "none belongs to a site that Shanty downloads from",
        ),
        (GOOD.replace("4102444800", "1000000000").encode(), "have expired"),
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
    assert "no cookies are stored" in shanty.out
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
    assert "no cookies are stored" in str(refresh(shanty)["message"])
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
    assert "the browser no longer has a valid LOGIN_INFO of youtube.com" in str(said["message"])
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


def test_youtube_music_needs_the_cookies_of_the_site_that_has_the_uploads(home: Path) -> None:
    settings = load_settings(home=home, download={"search": ["ytmusic"]})
    assert sites_of(settings) == ("youtube.com",)
