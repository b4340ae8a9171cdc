"""The settings file is changed as a careful person would: checked, whole, with its comments."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from shanty.config.example import write_example
from shanty.config.inventory import SettingKind
from shanty.config.settings import config_path, load_settings
from shanty.config.settings_file import SettingRefusedError, read_form, save_settings
from shanty.errors import ConfigError


@pytest.fixture
def path(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHANTY_CONFIG", str(home / "own.toml"))
    write_example(config_path())
    return config_path()


def save(**changes: str | None) -> list[str]:
    keys = {key.replace("__", "."): value for key, value in changes.items()}
    return [one.key for one in save_settings(keys, read_form({}).state, {})]


def test_a_change_keeps_every_comment_and_the_rights(path: Path) -> None:
    before = path.read_text()
    assert save(download__matching="eager", queue__max_attempts="3", art__embed="false") == [
        "download.matching",
        "queue.max_attempts",
        "art.embed",
    ]
    settings = load_settings()
    assert settings.download.accept_score == 0.65 and settings.queue.max_attempts == 3
    assert not settings.art.embed
    assert [line for line in before.splitlines() if line.startswith("#")] == [
        line for line in path.read_text().splitlines() if line.startswith("#")
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert save(download__matching="normal", queue__max_attempts=None, art__embed="true")
    assert load_settings().download.accept_score == 0.75
    assert list(path.parent.glob(".shanty-*.tmp")) == []


def test_nothing_is_written_if_nothing_or_something_wrong_was_typed(path: Path) -> None:
    before = path.read_bytes()
    shown = {one.key: one.value for group in read_form({}).groups for one in group.settings}
    assert save_settings(shown, read_form({}).state, {}) == []
    assert path.read_bytes() == before
    for key, wrong in {
        "queue.max_attempts": "0",
        "download.interval": "soon",
        "download.matching": "sloppy",
        "download.search": "",
        "web.port": "99999999999999999999",
        "art.embed": "perhaps",
        "musicbrainz.rate": "nan",
        "library.path": "here",
        "server.password": "short",
        "download.review_score": "1.0",
        "workers.download": "x",
    }.items():
        with pytest.raises(SettingRefusedError) as refused:
            save_settings({key: wrong}, read_form({}).state, {})
        assert key.startswith(refused.value.key), key
        assert "nput should" not in refused.value.why and "pydantic" not in refused.value.why
        assert path.read_bytes() == before
    with pytest.raises(ConfigError, match="meanwhile"):
        save_settings({"queue.max_attempts": "3"}, "another state", {})


def test_what_the_environment_sets_is_locked_and_a_secret_is_never_shown(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_QUEUE__MAX_ATTEMPTS", "5")
    monkeypatch.setenv("SHANTY_ART", '{"max_edge": 500}')
    save(server__password="correct horse", lyrics__url="http://me:sesame@lyrics.example")
    edited = read_form({})
    locked = {one.key: one.variable for g in edited.groups for one in g.settings if one.variable}
    assert locked["queue.max_attempts"] == "SHANTY_QUEUE__MAX_ATTEMPTS"
    assert locked["art.max_edge"] == "SHANTY_ART"
    assert "art.embed" not in locked, "the variable says nothing of it"
    with pytest.raises(SettingRefusedError, match="SHANTY_QUEUE__MAX_ATTEMPTS sets it"):
        save(queue__max_attempts="7")
    assert save(queue__max_attempts="5") == [], "as it is"
    for key in ("server.password", "lyrics.url"):
        found = edited.find(key)
        assert found is not None and (found.kind, found.value) == (SettingKind.SECRET, "")
    assert "horse" not in repr(edited) and "sesame" not in repr(edited)
    assert save(server__password="", lyrics__url="") == []
    assert load_settings().server.password is not None


@pytest.mark.parametrize(
    "text",
    [
        "# mine\r\n[library]\r\nwindows_safe = false # because\r\n",
        "library = {windows_safe = false}\n",
        "library.windows_safe = false\n",
        '"library"."windows_safe" = false',
        "[library]\nwindows_safe = false\n[queue]\n[workers]\ndownload = 3\n",
        "",
    ],
)
def test_whatever_the_form_of_the_file(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    path.chmod(0o640)
    save(library__id3_version="2.3", workers__tag="7", catalogue__excluded_types="Live\nDemo")
    settings = load_settings()
    assert settings.library.id3_version == "2.3" and settings.catalogue.excluded_types
    assert settings.library.windows_safe == ("windows_safe" not in text)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert "\r\n" in path.read_bytes().decode() or "\r\n" not in text


def test_a_link_is_followed_and_stays(path: Path, home: Path) -> None:
    real = home / "dotfiles.toml"
    path.rename(real)
    path.symlink_to(real)
    save(queue__max_attempts="3")
    assert path.is_symlink() and "max_attempts = 3" in real.read_text()
