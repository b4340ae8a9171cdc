"""The settings file as a backup holds it: without secrets, and without this machine's own places.

``home`` and ``database_url`` say where a machine keeps things. They stay what they are on the
machine that a backup is restored on.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from shanty.backup.archive import BackupError
from shanty.config.plain_values import is_secret
from shanty.config.section import Section
from shanty.config.settings import ENVIRONMENT_PREFIX, Settings

OWN_PLACES = ("home", "database_url")
_Keys = tuple[str, ...]


def text_for_backup(text: str, *, with_secrets: bool) -> str:
    """The text of a settings file without this machine's places and, if so told, its secrets.

    Comments stay, if the secrets can be taken out line by line; else only the values stay.

    Raises:
        BackupError: the text is not TOML.
    """
    content = _parse(text)
    left_out: list[_Keys] = [(name,) for name in OWN_PLACES]
    if not with_secrets:
        left_out += secret_keys()
    for keys in left_out:
        text = _without(text, keys)
    if with_secrets:
        return text
    names = {keys[-1] for keys in left_out}
    lines = [line for line in text.splitlines() if not _is_commented_out(line, names)]
    text = "".join(f"{line}\n" for line in lines)
    values = [value for keys in secret_keys() for value in _texts(_get(content, keys))]
    if any(value and value in text for value in values):  # in a comment, or written otherwise
        text = _written_out(_parse(text))
    if any(value and value in text for value in values):
        raise BackupError("a password stands in the settings file under another key too: remove it")
    return text


def text_for_this_machine(present: str, restored: str) -> str:
    """A restored settings file with the places that the present one names.

    Raises:
        BackupError: one of them is not TOML.
    """
    here, content = _parse(present), _parse(restored)
    for name in OWN_PLACES:
        if name in content:
            restored = _without(restored, (name,))
    lines = [f"{name} = {_value(here[name])}\n" for name in OWN_PLACES if name in here]
    return "".join(lines) + restored


def plain_environment() -> dict[str, str]:
    """The variables that are settings of ours, without secrets and this machine's places."""
    hidden = {"__".join(keys).upper() for keys in [*secret_keys(), *((n,) for n in OWN_PLACES)]}
    found = {}
    for name, value in os.environ.items():
        key = name.upper().removeprefix(ENVIRONMENT_PREFIX)
        first = key.partition("__")[0].lower()
        is_ours = key != name.upper() and first in Settings.model_fields and key not in hidden
        # A whole section as JSON may hold a secret among other things.
        if is_ours and ("__" in key or not _has_secrets(first)):
            found[name] = value
    return found


def secret_keys() -> list[_Keys]:
    """The keys of all settings that are secrets: ``("server", "password")``."""
    return list(_secret_keys(Settings.model_fields))


def _secret_keys(fields: Mapping[str, Any], above: _Keys = ()) -> Iterator[_Keys]:
    for name, field in fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield from _secret_keys(kind.model_fields, (*above, name))
        elif is_secret(kind):
            yield (*above, name)


def _has_secrets(first: str) -> bool:
    return any(keys[0] == first for keys in secret_keys())


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BackupError(f"the settings file is not TOML: {error}") from None


def _without(text: str, keys: _Keys) -> str:
    """The text without one key."""
    content = _parse(text)
    if _get(content, keys) is None:
        return text
    wanted = _parse(text)
    table = wanted
    for key in keys[:-1]:
        table = table[key]
    del table[keys[-1]]
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if keys[-1] not in line:
            continue
        shorter = "".join([*lines[:number], *lines[number + 1 :]])
        try:
            if tomllib.loads(shorter) == wanted:
                return shorter
        except tomllib.TOMLDecodeError:
            continue
    return _written_out(wanted)


def _get(content: Any, keys: _Keys) -> Any:
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _texts(value: Any) -> list[str]:
    """The texts in a value: itself, or those of a list."""
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _is_commented_out(line: str, names: set[str]) -> bool:
    match = re.match(r"\s*#[#\s]*[\"']?(?:[\w-]+\.)*([\w-]+)[\"']?\s*=", line)
    return match is not None and match[1] in names


def _written_out(content: Mapping[str, Any]) -> str:
    """Values as TOML, without comments."""
    tables = {key: value for key, value in content.items() if isinstance(value, dict)}
    lines = [f"{_value(k)} = {_value(v)}" for k, v in content.items() if k not in tables]
    for name, table in tables.items():
        lines += ["", f"[{_value(name)}]"]
        lines += [f"{_value(key)} = {_value(value)}" for key, value in table.items()]
    text = "\n".join(lines) + "\n"
    if _parse(text) != content:
        raise BackupError("the settings file has values that cannot be copied without its secrets")
    return text


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_value(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value) if isinstance(value, bool | int) else str(value)
