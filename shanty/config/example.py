"""The settings as text: those in force, and a first ``shanty.toml`` that explains every key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shanty.config.plain_values import HIDDEN, explain, plain_value, write_toml
from shanty.config.section import Section
from shanty.config.settings import Settings
from shanty.db import hide_password
from shanty.errors import ConfigError
from shanty.files.disks import describe_refusal
from shanty.files.private_files import write_new_private
from shanty.models import Stage

# Example values of keys that have no default.
_EXAMPLES = {
    "key": "the key of your application",
    "bandwidth": "2M",
    "quiet_hours": "18:00-23:00",
    "database_url": "postgresql+psycopg://user:password@host/shanty",
    "password": "at least 8 characters",
    "staging": "/shared/staging",
    "compilation_template": "Compilations/{album} ({year})/{track:02} {artist} - {title}.{ext}",
    "single_template": "{album_artist}/Singles/{title}.{ext}",
    "trash": "/shared/trash",
    "folder": "/other-disk/shanty",
    "host": "0.0.0.0",
    "address": "https://nas.example/music",
    "artist_key": "the key that fanart.tv has given you",
}


def show_settings(settings: Settings) -> dict[str, Any]:
    """Every setting in force by its dotted key, as plain JSON values with secrets hidden."""
    values = dict(_walk(settings))
    shown_url = hide_password(settings.resolved_database_url)
    values["database_url"] = shown_url.replace(":***@", f":{HIDDEN}@")
    del values["workers"]
    values.update({f"workers.{stage.value}": settings.workers_of(stage) for stage in Stage})
    return values


def settings_as_toml(settings: Settings) -> str:
    """The settings in force as a file that has the same effect.

    A secret, and what is not set, stand as comments.
    """
    lines: list[str] = []
    table = ""
    for key, value in show_settings(settings).items():
        section, _, name = key.rpartition(".")
        if isinstance(value, dict):  # a table whose keys are free
            lines += ["", f"[{key}]", *(f"{k} = {write_toml(v)}" for k, v in value.items())]
            table = key
            continue
        if section != table:
            lines += ["", f"[{section}]"]
            table = section
        if value is None:
            lines.append(f"# {name} is not set")
        elif isinstance(value, str) and HIDDEN in value:
            lines.append(f"# {name} is set, and is not shown")
        else:
            lines.append(f"{name} = {write_toml(value)}")
    return "\n".join(lines) + "\n"


def write_example(path: Path) -> None:
    """Write a configuration file that has every key and its default as a comment.

    Raises:
        ConfigError: the file exists already, or cannot be written.
    """
    defaults = Settings.model_construct()
    lines = [
        "# Shanty's settings. Every line shows the default, or an example if it says so.",
        "# Remove the # to change it.",
        "",
    ]
    sections: list[str] = []
    for name, field in Settings.model_fields.items():
        if name == "workers":
            sections += ["", "[workers]", f"# {field.description}"]
            sections += [f"# {stage.value} = {defaults.workers_of(stage)}" for stage in Stage]
        elif name == "scheduling":
            sections += ["", "[scheduling]", f"# {field.description}; the jobs: `shanty jobs ls`"]
            sections += ["# likewise for every other job; an example:", '# pipeline = "1h"']
        elif isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            about = (field.annotation.__doc__ or "").splitlines()[0]
            sections += ["", f"[{name}]", f"# {about}"]
            sections += _example_lines(field.annotation.model_fields)
        else:
            lines += _example_lines({name: field})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only the owner may read it: a database URL may hold a password.
        write_new_private(path, "\n".join(lines + sections) + "\n")
    except FileExistsError:
        raise ConfigError(f"{path} exists already and is left as it is") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {describe_refusal(error, path)}") from None


def _walk(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Section):
            yield from _walk(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", plain_value(value)


def _example_lines(fields: Mapping[str, FieldInfo]) -> list[str]:
    lines = []
    for name, field in fields.items():
        default = plain_value(field.get_default(call_default_factory=True, validated_data={}))
        lines.append(f"# {explain(field)}{'' if default is not None else '; an example:'}")
        lines.append(f"# {name} = {write_toml(_EXAMPLES[name] if default is None else default)}")
    return lines
