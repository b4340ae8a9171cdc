"""The settings as a form: checked, saved with comments, locked, secret; and the checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.config.example import write_example
from shanty.config.settings import Settings, config_path, load_settings
from shanty.diagnosis.findings import Finding, green, red
from shanty.diagnosis.running import CHECKS
from shanty.providers.ytdlp.versions.choice import change_record, installed_version
from tests.world.hostile_metadata import HOSTILE, Reader
from tests.world.page_server import Pages, serve_pages
from tests.world.service_home import wait_until


@pytest.fixture
def pages(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    monkeypatch.setenv("SHANTY_CONFIG", str(home / "own.toml"))
    write_example(config_path())
    with serve_pages(load_settings()) as served:
        yield served


def state_of(pages: Pages) -> str:
    return str(re.findall(r'name="state" value="([0-9a-f]+)"', pages.get("/settings").text)[0])


def test_a_setting_is_shown_saved_and_refused(pages: Pages) -> None:
    page = pages.get("/settings").text
    keys = {
        f"{name}.{key}"
        for name, field in Settings.model_fields.items()
        for key in getattr(field.annotation, "model_fields", ())
    }
    shown = {one["key"] for one in pages.api("/settings").json()["settings"]}
    assert keys <= shown and "workers.download" in shown and "scheduling.pipeline" in shown
    assert all(key.rpartition(".")[2].replace("_", " ") in page for key in keys)
    before = state_of(pages)
    told = pages.follow(pages.post("/settings", state=before, **{"queue.max_attempts": "3"})).text
    assert "Saved: queue.max_attempts" in told and load_settings().queue.max_attempts == 3
    text = config_path().read_text()
    assert "# max_attempts = 8\nmax_attempts = 3\n" in text, "it stands below what explains it"
    stale = pages.post("/settings", state=before, **{"queue.max_attempts": "4"})
    assert stale.status == 422 and "changed elsewhere" in stale.text
    wrong = pages.post("/settings", state=state_of(pages), **{"queue.max_attempts": "<b>"})
    assert wrong.status == 422 and 'aria-invalid="true"' in wrong.text
    assert (
        "&lt;b&gt;" in wrong.text
        and "<b>" not in wrong.text.replace("<b>max attempts</b>", "x")[:0]
    )
    assert config_path().read_text() == text
    for key, value in (
        ("scheduling.pipeline", "soon"),
        ("scheduling.polka", "1h"),
        ("library.template", "{nothing}"),
        ("library.template", "no field at all"),
        ("no.such", "x"),
        ("musicbrainz.contact", "\ud800"),
    ):
        answer = pages.api("/settings", "PATCH", {"changes": {key: value}})
        assert answer.status == 422 and answer.json()["error"]["type"] == "wrong_setting", key
    assert config_path().read_text() == text
    done = pages.api("/settings", "PATCH", {"changes": {"scheduling.pipeline": "2h"}})
    assert "start it again" in done.json()["message"]
    pages.post("/settings", state=state_of(pages), reset="queue.max_attempts")
    assert load_settings().queue.max_attempts == 8
    assert load_settings().scheduling == {"pipeline": "2h"}


def test_names_are_previewed_and_nothing_is_saved(pages: Pages) -> None:
    template = {"library.template": "{artist}/{title}.{ext}"}
    page = pages.post("/settings/preview", state="", **template)
    assert page.status == 200 and "Anna Lind/What Now_.opus" in page.text
    assert load_settings().library.template != "{artist}/{title}.{ext}"
    names = pages.api("/settings/preview", "POST", {"changes": {"library.preset": "beets"}}).json()
    assert names["names"][2].startswith("Compilations/Sea Shanties/")
    wrong = pages.post("/settings/preview", state="", **{"library.template": "{polka}"})
    assert wrong.status == 422 and "polka" in Reader(wrong.text).text
    for text in HOSTILE:
        answer = pages.post("/settings/preview", state="", **{"library.template": text})
        assert answer.status in (200, 422)
        assert len([tag for tag, _ in Reader(answer.text).tags if tag == "script"]) == 1, "ours"


def test_what_the_environment_sets_is_locked_and_secrets_are_not_shown(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANTY_QUEUE__MAX_ATTEMPTS", "5")
    saved = pages.post("/settings", state=state_of(pages), **{"server.password": "correct horse"})
    page = pages.follow(saved).text
    assert "set by SHANTY_QUEUE__MAX_ATTEMPTS" in page and 'name="queue.max_attempts"' not in page
    assert "horse" not in page and "horse" not in pages.api("/settings").text
    assert "correct horse" in config_path().read_text()
    locked = pages.api("/settings", "PATCH", {"changes": {"queue.max_attempts": "7"}})
    assert locked.status == 422 and "SHANTY_QUEUE__MAX_ATTEMPTS sets it" in locked.text


def test_a_file_that_is_wrong_is_told_of(pages: Pages) -> None:
    config_path().write_text("[queue]\nmax_attempts = 'many'\n")
    page = pages.get("/settings")
    assert page.status == 200 and "max_attempts" in page.text and "Health" in page.text
    config_path().write_text("[queue\n")
    assert "is not a TOML file" in pages.get("/settings").text
    assert pages.api("/settings").status == 422
    config_path().write_text("[queue]\npolka = 1\n")
    assert "queue.polka" in pages.get("/settings").text


def test_the_yt_dlp_in_use_is_named_and_the_one_that_is_not(pages: Pages) -> None:
    used = f"yt-dlp {installed_version()} (as installed)"
    page = pages.get("/settings").text
    assert used in page and "is not used" not in page
    change_record(load_settings().home, lambda record: record.without("2099.1.1", "it says <b>"))
    page = pages.get("/settings").text
    assert used in page and "yt-dlp 2099.1.1 is not used: it says &lt;b&gt;" in page


def test_everything_is_checked_when_a_person_asks(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(settings: Settings) -> list[Finding]:
        return [green("one", "all <b> well"), red("two", "it is gone", "bring it back")]

    monkeypatch.setattr("shanty.diagnosis.running.CHECKS", {"all": look})
    assert CHECKS and pages.api("/settings/check").json()["began_at"] is None
    assert "It takes some seconds" in pages.get("/settings").text
    pages.post("/settings/check")
    wait_until(lambda: not pages.api("/settings/check").json()["is_running"], "the check ends", 30)
    page = pages.get("/settings").text
    assert "all &lt;b&gt; well" in page and "bring it back" in page
    assert "1 fault" in page
    assert "The last check has found 1 fault" in pages.get("/").text
    found = pages.api("/settings/check").json()["findings"]
    assert [one["level"] for one in found][:2] == ["green", "red"]
