"""Every setting as text, as the file and the environment have it at this moment.

Owns how a setting is typed and shown in a form, what its default is, and which variable locks it.
Refuses to show a secret. :mod:`shanty.config.settings_file` writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from shanty.config.plain_values import HIDDEN, choices_of, is_secret, plain_value
from shanty.config.section import Section
from shanty.config.settings import Settings, read_environment
from shanty.models import Stage

_AT_START = ("home", "database_url", "scheduling", "server", "web")
"""What ``shanty up`` reads only as it starts. A job reads everything else as it begins."""


class SettingKind(StrEnum):
    """How a setting is typed."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    LIST = "list"  # one a line
    SECRET = "secret"  # never shown


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as text.

    ``is_set`` if the file has it. ``variable`` is the variable that locks it, or empty.
    ``choices`` are the words that it may be, or may list; empty if it is free.
    """

    key: str
    about: str
    kind: SettingKind
    value: str
    default: str
    choices: tuple[str, ...]
    is_set: bool
    variable: str

    @property
    def name(self) -> str:
        """The key within its table."""
        return self.key.rpartition(".")[2]

    @property
    def needs_restart(self) -> bool:
        """Whether a change waits for the next start of ``shanty up``."""
        return self.key.split(".")[0] in _AT_START


@dataclass(frozen=True, slots=True)
class Group:
    """A table of the file with its settings; the name of the first one is empty."""

    name: str
    about: str
    settings: tuple[Setting, ...]


def list_groups(
    settings: Settings, content: Mapping[str, Any], jobs: Mapping[str, str]
) -> list[Group]:
    """Every setting by table.

    ``content`` is the file's. ``jobs`` are the keys of schedules, each with the default one.
    """
    reader = _Reader(settings, content)
    first: list[Setting] = []
    groups: list[Group] = []
    for name, field in Settings.model_fields.items():
        section, about = field.annotation, f"{field.description}."
        if name == "workers":
            groups.append(Group(name, about, tuple(reader.workers())))
        elif name == "scheduling":
            groups.append(Group(name, about, tuple(reader.schedules(jobs))))
        elif isinstance(section, type) and issubclass(section, Section):
            found = tuple(reader.of_section(name, section))
            groups.append(Group(name, (section.__doc__ or "").splitlines()[0], found))
        else:
            first.append(reader.of_field(name, field, settings))
    return [Group("", "Where everything is.", tuple(first)), *groups]


class _Reader:
    def __init__(self, settings: Settings, content: Mapping[str, Any]):
        self._settings = settings
        self._content = content
        self._locked = _locked_keys()

    def of_section(self, name: str, section: type[Section]) -> Iterator[Setting]:
        value = getattr(self._settings, name)
        for key, field in section.model_fields.items():
            yield self.of_field(f"{name}.{key}", field, value)

    def workers(self) -> Iterator[Setting]:
        plain = Settings.model_construct()
        for stage in Stage:
            number, default = self._settings.workers_of(stage), str(plain.workers_of(stage))
            yield self._setting(f"workers.{stage}", "", SettingKind.NUMBER, str(number), default)

    def schedules(self, jobs: Mapping[str, str]) -> Iterator[Setting]:
        for job in sorted({*jobs, *self._settings.scheduling}):
            default = jobs.get(job, "")
            text = self._settings.scheduling.get(job, default)
            yield self._setting(f"scheduling.{job}", "", SettingKind.TEXT, text, default)

    def of_field(self, key: str, field: FieldInfo, model: Any) -> Setting:
        value = getattr(model, key.rpartition(".")[2])
        choices = tuple(choices_of(field))
        kind = _kind_of(field, value)
        if kind is SettingKind.CHOICE and not choices:
            choices = ("true", "false")
        shown = "" if kind is SettingKind.SECRET else as_text(value)
        default = as_text(_default_of(field, model))
        return self._setting(key, field.description or "", kind, shown, default, choices)

    def _setting(
        self,
        key: str,
        about: str,
        kind: SettingKind,
        value: str,
        default: str,
        choices: tuple[str, ...] = (),
    ) -> Setting:
        table, _, name = key.rpartition(".")
        place = self._content.get(table, {}) if table else self._content
        is_set = isinstance(place, Mapping) and name in place
        variable = self._locked.get(key) or self._locked.get(table, "")
        return Setting(key, about, kind, value, default, choices, is_set, variable)


def as_text(value: Any) -> str:
    """A setting's value as a person types it; a list has one a line."""
    plain = plain_value(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, float):
        return f"{plain:g}"
    return "\n".join(map(str, plain)) if isinstance(plain, list) else str(plain)


def _default_of(field: FieldInfo, model: Any) -> Any:
    # A default that follows from another setting, as a template does from its preset.
    known = {} if isinstance(model, Settings) else dict(model)
    return field.get_default(call_default_factory=True, validated_data=known)


def _kind_of(field: FieldInfo, value: Any) -> SettingKind:
    if is_secret(field.annotation) or HIDDEN in as_text(value):
        return SettingKind.SECRET
    if get_origin(field.annotation) is tuple:
        return SettingKind.LIST
    if bool in _parts_of(field.annotation) or choices_of(field):
        return SettingKind.CHOICE
    is_number = {int, float} & _parts_of(field.annotation)
    return SettingKind.NUMBER if is_number else SettingKind.TEXT


def _parts_of(annotation: Any) -> set[Any]:
    if hasattr(annotation, "__metadata__"):
        return _parts_of(annotation.__origin__)
    if get_origin(annotation) in (Union, UnionType):
        return {part for one in get_args(annotation) for part in _parts_of(one)}
    return {annotation}


def _locked_keys() -> dict[str, str]:
    """The keys that the environment sets, each with the name of its variable."""
    names = {name.upper(): name for name in os.environ}
    prefix = str(Settings.model_config["env_prefix"])
    found: dict[str, str] = {}
    for name, value in read_environment().items():
        own = f"{prefix}{name}".upper()
        if not isinstance(value, Mapping):
            found[name] = names.get(own, own)
            continue
        for key in value:  # the file may still say what the other keys of the table are
            nested = f"{own}__{key}".upper()
            found[f"{name}.{key}"] = names.get(nested) or names.get(own, nested)
    return found
