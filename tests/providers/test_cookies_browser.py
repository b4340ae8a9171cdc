"""A browser's cookies: the profile is found, and read to the last write."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from shanty.errors import ConfigError
from shanty.providers.ytdlp.browser import Browser, read_browser
from tests.world.login_cookies import FAR, LOGIN, a_login, make_profile, put


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
