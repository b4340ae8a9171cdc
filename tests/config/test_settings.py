"""Settings are read as they are meant, shown as they are written, and refused in our words."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from shanty.config.example import settings_as_toml, show_settings, write_example
from shanty.config.plain_values import HIDDEN, choices_of
from shanty.config.section import Section
from shanty.config.settings import Settings, load_settings
from shanty.errors import ConfigError

SECTIONS: dict[str, type[Section]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
}
KEYS = [(section, key) for section, kind in SECTIONS.items() for key in kind.model_fields]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "shanty.toml"
    monkeypatch.setenv("SHANTY_CONFIG", str(path))
    monkeypatch.setenv("SHANTY_HOME", str(tmp_path / "home"))
    return path


@pytest.mark.parametrize("text", ["GB", '["GB"]', " GB ", "GB,"])
def test_a_plain_text_is_a_list_of_one(
    config: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    config.write_text("")
    monkeypatch.setenv("SHANTY_CATALOGUE__COUNTRIES", text)
    assert load_settings().catalogue.countries == ("GB",)
    monkeypatch.delenv("SHANTY_CATALOGUE__COUNTRIES")
    value = text if text.startswith("[") else json.dumps(text)
    config.write_text(f"[catalogue]\ncountries = {value}\n")
    assert load_settings().catalogue.countries == ("GB",)


def test_a_number_is_the_word_that_is_written_like_it(config: Path) -> None:
    config.write_text("[library]\nid3_version = 2.3\n")
    assert load_settings().library.id3_version == "2.3"


def test_commas_separate_what_a_text_lists(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("[download]\nsearch = 'ytmusic, ytsearch4'\n")
    assert load_settings().download.search == ("ytmusic", "ytsearch4")
    monkeypatch.setenv("SHANTY_CATALOGUE__PRIMARY_TYPES", "album,ep")
    assert load_settings().catalogue.primary_types == ("Album", "EP")
    monkeypatch.setenv("SHANTY_CATALOGUE__COUNTRIES", "")
    assert load_settings().catalogue.countries == ()


@pytest.mark.parametrize("wrong", ["\x1b[1m", "", -1, 2.5, True, ["x", 1], {"a": 1}])
def test_no_key_answers_in_the_words_of_the_machine(config: Path, wrong: Any) -> None:
    """Whatever is written for whichever key, it is taken or refused by one sentence of ours."""
    refused = 0
    for section, key in KEYS:
        config.write_text("")
        try:
            load_settings(**{section: {key: wrong}})
        except ConfigError as error:
            refused += 1
            text = str(error)
            assert text.startswith(f"setting '{section}"), text
            machine = r"Input|valid |Value error|instance of|pattern|NoneType|<class|tuple|\x1b"
            assert not re.search(machine, text), text
            assert "\n" not in text
    assert refused >= 5, "some key must refuse each of these"


@pytest.mark.parametrize(
    ("section", "key", "wrong", "sentence"),
    [
        ("download", "format", "song", "'song' is not one of \"best\", "),
        ("library", "id3_version", 2.5, '\'2.5\' is not one of "2.4" or "2.3"'),
        ("catalogue", "formats", "['CD']", "is no list: write it as"),
        ("coverart", "url", "http://me:hush @x", "is not written as it must be"),
        ("coverart", "url", "https://x\n", "is not written as it must be"),
        ("ytmusic", "url", "https://x/\n", "is not written as it must be"),
        ("art", "file_name", "name\n", "is not written as it must be"),
        ("musicbrainz", "url", "http://me:hush@x/ws", "'http://me:**********@x/ws' is not written"),
        ("download", "search", [], "is empty: it needs a value"),
        ("download", "search", 8, "8 is neither a text nor a list of texts"),
        ("queue", "max_attempts", "many", "'many' is not a whole number"),
        ("queue", "max_attempts", 0, "0 is out of bounds: it must be at least 1"),
        ("sources", "pause", "0s", "'0s' is out of bounds: it must be at least 1 second"),
        ("library", "windows_safe", "perhaps", "'perhaps' is neither true nor false"),
        ("musicbrainz", "url", "musicbrainz", "is not written as it must be, such as https://"),
        ("server", "password", 12345678, "the value is not a text: put it in quotes"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_right(
    config: Path, section: str, key: str, wrong: Any, sentence: str
) -> None:
    config.write_text("")
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        load_settings(**{section: {key: wrong}})


def test_a_value_in_the_place_of_a_table_is_refused(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text('server = "a secret that is nowhere repeated"\n')
    with pytest.raises(ConfigError, match=r"'server'.*it holds keys") as refused:
        load_settings()
    assert "secret" not in str(refused.value)
    config.write_text("")
    monkeypatch.setenv("SHANTY_WORKERS", "8")
    with pytest.raises(ConfigError, match=r"SHANTY_WORKERS.*it holds keys"):
        load_settings()


def test_what_is_shown_can_be_read_again(config: Path) -> None:
    config.write_text(
        '[library]\ntemplate = "{artist}/\\u007f\\"{title}\\\\.{ext}"\n'
        '[server]\npassword = "not to be shown"\n[scheduling]\npipeline = "30m"\n'
        '[download]\nquiet_hours = "18:00-23:00"\nbandwidth = "2M"\n'
    )
    settings = load_settings()
    text = settings_as_toml(settings)
    assert "not to be shown" not in text
    assert "# password is set" in text
    shown = show_settings(settings)
    read = tomllib.loads(text)
    for key, value in shown.items():
        section, _, name = key.rpartition(".")
        found = (read.get(section, {}) if section else read).get(name)
        assert found == (None if value == HIDDEN else value), key
    config.write_text(text + "\n[server]\n".join([""]))
    assert show_settings(load_settings()) == shown | {"server.password": None}


def test_every_key_is_explained_with_its_choices(config: Path) -> None:
    write_example(config)
    lines = config.read_text().splitlines()
    for section, key in KEYS:
        start = lines.index(f"[{section}]")
        place = next(
            n for n, line in enumerate(lines[start:], start) if line[2:].startswith(f"{key} =")
        )
        about = lines[place - 1]
        assert re.match(r"# \w.{5}", about), f"{section}.{key} is not explained"
        field = SECTIONS[section].model_fields[key]
        for choice in choices_of(field):
            assert choice in about, f"{section}.{key} does not name {choice}"
        if field.get_default(call_default_factory=True, validated_data={}) is None:
            assert about.endswith("an example:"), f"{section}.{key} has no such default"
    for table in ("workers", "scheduling"):
        assert lines[lines.index(f"[{table}]") + 1].startswith("# ")


def test_the_example_has_the_effect_of_no_file(config: Path) -> None:
    config.touch()
    before = show_settings(load_settings())
    config.unlink()
    write_example(config)
    text = config.read_text()
    assert show_settings(load_settings()) == before
    is_example = False
    kept = []
    for line in text.splitlines():
        if re.match(r"# \w+ = ", line) and not is_example:
            kept.append(line.removeprefix("# "))
        elif line.startswith("["):
            kept.append(line)
        is_example = line.endswith("an example:")
    config.write_text("\n".join(kept))
    changed = {
        key
        for key, value in show_settings(load_settings()).items()
        if before[key] != value and not key.startswith("scheduling")
    }
    assert changed <= {"home"}, "an uncommented default changes nothing"
    config.write_text(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE))
    assert load_settings().server.password is not None, "every example is one"


def test_a_password_in_an_address_is_not_shown(config: Path) -> None:
    config.write_text(
        'database_url = "postgresql+psycopg://me:hush%40x@host/db"\n'
        '[coverart]\nurl = "https://me:hush@covers.example"\n'
    )
    settings = load_settings()
    text = settings_as_toml(settings)
    assert "hush" not in text + json.dumps(show_settings(settings))
    assert "me:" not in tomllib.loads(text)["coverart"].get("url", ""), "nor is half of it in force"
    assert "# database_url is set, and is not shown" in text
