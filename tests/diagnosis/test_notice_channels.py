"""How a notice reaches its channels: formats, mail, wrong addresses, and what stays secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shanty.backup.settings_text import text_for_backup
from shanty.config.example import settings_as_toml
from shanty.config.settings import load_settings
from shanty.db import Database
from shanty.diagnosis.event_log import secrets_of
from shanty.diagnosis.notices.channels import Channel, Message
from shanty.diagnosis.notices.notifier import send_test, tell_people
from shanty.errors import ConfigError
from shanty.workqueue import WorkQueue
from tests.world.crash_world import ROOT
from tests.world.databases import ON_SQLITE
from tests.world.receivers import HttpReceiver, mail_server


@pytest.mark.parametrize(
    ("scheme", "read"),
    [
        ("json://{host}/hook", lambda one: (one.body["title"], one.body["message"])),
        ("ntfy://{host}/shanty", lambda one: (one.body["title"], one.body["message"])),
        ("gotify://{host}/tokentoken", lambda one: (one.body["title"], one.body["message"])),
    ],
)
def test_services_get_the_notice_in_their_own_format(
    receiver: HttpReceiver, scheme: str, read: Any
) -> None:
    channel = Channel(scheme.format(host=receiver.host))
    assert channel.send(Message("Shanty: Complete", "Dröm – Nattens ljus 音楽")) == ""
    [one] = receiver.received
    assert read(one) == ("Shanty: Complete", "Dröm – Nattens ljus 音楽")


def test_a_mail_arrives_and_a_wrong_password_is_not_repeated(receiver: HttpReceiver) -> None:
    with mail_server() as mails:
        to = f"@127.0.0.1:{mails.port}?from=shanty@example.org&to=me@example.org"
        message = Message("Shanty: Complete", "Dröm – Nattens ljus")
        assert Channel(f"mailto://shanty:let%20me%20in{to}").send(message) == ""
        [mail] = mails.mails
        assert mail["Subject"] == "Shanty: Complete"
        assert mail["To"] == "me@example.org"
        assert "Dröm – Nattens ljus" in mail.get_body(("plain", "html")).get_content()
        trouble = Channel(f"mailto://shanty:open%20sesame{to}").send(message)
        assert trouble.startswith("mailto://127.0.0.1: it was not taken")
        assert "sesame" not in trouble


def test_a_test_notice_says_which_channel_does_not_take_it(
    receiver: HttpReceiver, tmp_path: Path
) -> None:
    receiver.status = 401
    urls = [f"gotify://{receiver.host}/verysecrettoken", "json://127.0.0.1:9"]
    settings = load_settings(home=tmp_path, notify={"urls": urls})
    first, second = send_test(settings)
    assert first[1].startswith("gotify://127.0.0.1: it was not taken")
    assert "verysecrettoken" not in first[1]
    assert second[1]
    with pytest.raises(ConfigError, match=r"notify\.urls.*begins with nonsense://"):
        send_test(load_settings(home=tmp_path, notify={"urls": ["nonsense://secret@x"]}))
    with pytest.raises(ConfigError, match="SHANTY_NOTIFY__URLS"):
        send_test(load_settings(home=tmp_path))


def test_what_apprise_is_warned_of_stops_nobody() -> None:
    """Another project's environment may make errors of warnings."""
    code = (
        "from shanty.diagnosis.notices.channels import Channel; print(Channel('json://nas').label)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "json://nas\n"), done.stderr


@ON_SQLITE
def test_a_channel_that_is_misspelt_does_not_end_a_run(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load_settings(home=tmp_path, notify={"urls": ["nonsense://secret@x"]})
    tell_people(settings, database, WorkQueue(database, max_attempts=3), is_last=True)
    assert "nonsense://" in caplog.text
    assert "secret" not in caplog.text


def test_addresses_are_secret_and_may_hold_a_comma(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = "mailto://me:hidden@example.org?to=one@example.org,two@example.org"
    monkeypatch.setenv("SHANTY_NOTIFY__URLS", f"{mail}, ntfy://topic")
    settings = load_settings(home=tmp_path)
    found = [url.get_secret_value() for url in settings.notify.urls]
    assert found == [mail, "ntfy://topic"]
    assert "hidden" not in settings_as_toml(settings)
    assert set(found) <= set(secrets_of(settings))
    stored = f'[notify]\nurls = [\n  "{mail}",  # mine\n  "ntfy://topic",\n]\nevery = "2h"\n'
    assert "hidden" not in text_for_backup(stored, with_secrets=False)
    assert '"2h"' in text_for_backup(stored, with_secrets=False)
