"""Changes the settings file: checked before it is written, whole, and with a person's comments.

Owns how a typed text becomes a value of the file, and where a new line goes.
:mod:`shanty.config.inventory` says which settings there are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError

from shanty.config.inventory import Group, Setting, SettingKind, list_groups
from shanty.config.plain_values import write_toml
from shanty.config.settings import Settings, config_path, first_fault, settings_of
from shanty.errors import ConfigError, StageError
from shanty.files.atomic import real_file, temporary_in
from shanty.files.disks import describe_refusal
from shanty.files.placement import replace_file
from shanty.files.private_files import FILE_MODE, write_new_private

_WRITING = Lock()


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """The settings as the file and the environment have them, and the state of the file."""

    groups: list[Group]
    state: str

    def find(self, key: str) -> Setting | None:
        """A setting by its key."""
        settings = (one for group in self.groups for one in group.settings)
        return next((one for one in settings if one.key == key), None)


class SettingRefusedError(ConfigError):
    """A value is wrong. ``key`` is its setting, as far as it is one setting's fault."""

    def __init__(self, key: str, why: str):
        super().__init__(f"{key}: {why}" if key else why)
        self.key = key
        self.why = why


def read_form(jobs: Mapping[str, str]) -> SettingsForm:
    """The settings as they would be read now.

    ``jobs`` are the keys of schedules, each with the default one.

    Raises:
        ConfigError: the file cannot be read, or is wrong as it is.
    """
    return _form_of(_read(config_path()), jobs)


def save_settings(
    changes: Mapping[str, str | None],
    state: str | None,
    jobs: Mapping[str, str],
    *,
    check: Callable[[Settings], None] = lambda settings: None,
) -> list[Setting]:
    """Write changes into the file, by key; None is the default. Returns the changed settings.

    A text that says what the setting is already changes nothing. ``state`` is that of the file
    when it was shown, if it was. ``check`` may refuse settings for reasons that are not known here.

    Raises:
        SettingRefusedError: a value is wrong, or the environment sets it; nothing is written.
        ConfigError: the file was changed meanwhile, or cannot be written.
    """
    with _WRITING:
        path = config_path()
        text = _read(path)
        if state not in (None, _state_of(text)):
            raise ConfigError(
                "the settings were changed elsewhere meanwhile: look at them again, and then save"
            )
        new_text, changed = _change(text, changes, jobs)
        if changed:
            check(_settings_of(_parse(new_text)))
            _write(path, new_text)
        return changed


def settings_after(changes: Mapping[str, str | None], jobs: Mapping[str, str]) -> Settings:
    """The settings as they would be after :func:`save_settings`; nothing is written.

    Raises:
        SettingRefusedError: a value is wrong, or the environment sets it.
        ConfigError: the file is wrong as it is.
    """
    return _settings_of(_parse(_change(_read(config_path()), changes, jobs)[0]))


def _change(
    text: str, changes: Mapping[str, str | None], jobs: Mapping[str, str]
) -> tuple[str, list[Setting]]:
    """The file's text after the changes, and the settings that are others then."""
    form = _form_of(text, jobs)
    wanted = {
        setting: typed
        for setting, typed in ((_named(form, key), new) for key, new in changes.items())
        if _is_change(setting, typed)
    }
    values = {one.key: _value(one, typed) for one, typed in wanted.items()}
    return _edit(text, values), list(wanted)


def _form_of(text: str, jobs: Mapping[str, str]) -> SettingsForm:
    content = _parse(text)
    return SettingsForm(list_groups(_settings_of(content), content, jobs), _state_of(text))


def _named(form: SettingsForm, key: str) -> Setting:
    setting = form.find(key)
    if setting is None:
        raise SettingRefusedError("", f"there is no setting {key!r}")
    return setting


def _is_change(setting: Setting, typed: str | None) -> bool:
    if typed is None:
        return setting.is_set
    if setting.kind is SettingKind.SECRET:
        is_other = typed != ""  # an empty field leaves a secret as it is
    else:
        is_other = _lines(typed) != _lines(setting.value)
    if is_other and setting.variable:
        raise SettingRefusedError(setting.key, f"the variable {setting.variable} sets it")
    return is_other


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]


def _value(setting: Setting, typed: str | None) -> Any:
    """What a typed text is in the file; None if the file is to have nothing."""
    if typed is not None and not _is_whole(typed):
        raise SettingRefusedError(setting.key, "it has a letter that no file holds")
    lines = None if typed is None else _lines(typed)
    if lines is None or lines == _lines(setting.default):
        return None
    if setting.kind is SettingKind.LIST:
        return lines
    if len(lines) > 1:
        raise SettingRefusedError(setting.key, "it must be one line")
    if not lines:
        if setting.kind is SettingKind.TEXT and setting.default:
            return ""  # which is something else than the default
        return None
    (plain,) = lines
    if setting.choices == ("true", "false"):
        return {"true": True, "false": False}.get(plain, plain)
    return _number(plain) if setting.kind is SettingKind.NUMBER else plain


def _is_whole(text: str) -> bool:
    """Whether a text has no half of a letter, and nothing that ends a text for some programs."""
    try:
        return "\0" not in text.encode().decode()
    except UnicodeEncodeError:
        return False


def _number(text: str) -> int | float | str:
    if re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        return int(text)
    if re.fullmatch(r"[+-]?[0-9]{0,18}\.[0-9]{1,18}", text):
        return float(text)
    return text  # such as 2M; what it is worth is found out by the setting


# --- the file -------------------------------------------------------------------------------------


def _edit(text: str, values: Mapping[str, Any]) -> str:
    """The file's text with other values, and everything else as it was."""
    for key, value in values.items():
        for change in (_put_below_example, _put_anywhere):
            wanted = _parse(text)
            _put(wanted, key, value)
            try:
                edited = change(text, key, value)
                if tomllib.loads(edited) == wanted:
                    text = edited
                    break
            except (TOMLKitError, tomllib.TOMLDecodeError, TypeError, ValueError):
                continue
        else:
            raise ConfigError(
                f"{config_path()} is written in a way that cannot be changed from here: "
                "change it by hand"
            )
    return text


def _put_below_example(text: str, key: str, value: Any) -> str:
    """Write a new setting below the comment that shows its default, as ``config init`` does."""
    table, _, name = key.rpartition(".")
    here = ""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if head := re.match(r"\s*\[+\s*([^\[\]]+?)\s*\]+", line):
            here = head[1]
        elif here == table and re.match(rf"\s*#\s*{re.escape(name)}\s*=", line):
            if value is None:
                break
            end = "\r\n" if line.endswith("\r\n") else "\n"
            start = line if line.endswith("\n") else f"{line}{end}"
            lines[number] = f"{start}{name} = {write_toml(value)}{end}"
            return "".join(lines)
    raise ValueError("there is no such comment")


def _put_anywhere(text: str, key: str, value: Any) -> str:
    document = tomlkit.parse(text)
    _put(document, key, value)
    return tomlkit.dumps(document)


def _put(document: Any, key: str, value: Any) -> None:
    table, _, name = key.rpartition(".")
    if table and table not in document:
        if value is None:
            return
        document[table] = tomlkit.table() if isinstance(document, tomlkit.TOMLDocument) else {}
    place = document[table] if table else document
    if value is None:
        place.pop(name, None)
    else:
        place[name] = value


def _settings_of(content: Mapping[str, Any]) -> Settings:
    try:
        return settings_of(content)
    except ValidationError as error:
        raise SettingRefusedError(*first_fault(error)) from None


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not a TOML file: it is not written in UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{config_path()} is not a TOML file: {error}") from None


def _state_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _write(path: Path, text: str) -> None:
    """Write the file, whole or not at all. A new one is for its owner alone."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_new_private(path, text)
            return
        real = real_file(path)
        with temporary_in(real.parent) as new:
            new.touch(FILE_MODE)
            new.write_bytes(text.encode())
            replace_file(real, new)
    except FileExistsError:
        raise ConfigError(
            "the settings were changed elsewhere meanwhile: look at them again, and then save"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {describe_refusal(error, path)}") from None
    except StageError as error:
        raise ConfigError(f"{path} cannot be written: {error}") from None
