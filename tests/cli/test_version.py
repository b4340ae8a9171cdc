"""``shanty version``: what is in use, and what the package index has that is newer."""

from __future__ import annotations

import pytest

from shanty import __version__
from shanty.config.settings import load_settings
from shanty.providers.ytdlp.versions.choice import change_record, installed_version
from tests.world.shell import Shell
from tests.world.ytdlp_wheels import LocalIndex, local_index

__all__ = ["local_index"]

pytestmark = pytest.mark.takes(seconds=12)

IN_USE = f"shanty {__version__}\nyt-dlp {installed_version()} (as installed)\n"
OURS = "Project-URL: Documentation, https://github.com/shanty-music/shanty#readme"


def test_nobody_is_asked_unless_a_person_wants_it(
    shanty: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert shanty("version") == 0
    assert shanty.out == IN_USE
    known = shanty.json("version")
    assert known == {
        "shanty": __version__,
        "yt-dlp": {"version": installed_version(), "why": "as installed"},
    }


def test_without_a_network_it_is_one_line(shanty: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_FIND_LINKS": "",
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    }.items():
        monkeypatch.setenv(name, value)
    assert shanty("version", "--check") == 0
    said = "what is newer is not known: pip: the package index cannot be reached\n"
    assert (shanty.out, shanty.err) == (IN_USE + said, "")


def test_what_is_newer_is_named_with_what_to_do(
    shanty: Shell, local_index: LocalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_index.add(installed_version())
    local_index.write("shanty", "7.0", {"sea.py": ""}, "Project-URL: Home, https://sea.example/")
    assert shanty("version", "--check") == 0
    assert shanty.out == f"{IN_USE}nothing is newer\n", "the other project is none of ours"
    local_index.add("2099.1.1")
    local_index.write("shanty", "8.0", {"shanty/__init__.py": ""}, OURS)
    monkeypatch.setenv("SHANTY_SCHEDULING__TOOLS", "off")
    assert shanty("version", "--check") == 0
    _, _, tool, ours = shanty.out.splitlines()
    assert tool == (
        "newer: yt-dlp 2099.1.1: the job `tools` is off, so update it in the environment"
    )
    assert ours.startswith("newer: shanty 8.0: install it as you installed this one")
    change_record(
        load_settings().home, lambda record: record.without("2099.1.1", "it failed its proof")
    )
    known = shanty.json("version", "--check")
    assert isinstance(known, dict)
    assert known["newer"][0]["remedy"] == "it is not used: it failed its proof"
