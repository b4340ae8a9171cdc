"""Settings as plain values, and those as TOML.

Owns how a value is written down. Refuses to know which settings there are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shanty.config.quiet_hours import QuietHours

HIDDEN = "**********"
"""What is shown in the place of a secret."""
_PASSWORD_IN_ADDRESS = re.compile(r"(://[^/@\s:]*:)[^/@]+@")


def plain_value(value: Any) -> Any:
    """A setting as a plain JSON value. A secret is hidden."""
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        if not seconds:
            return "0s"
        for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
            if seconds % size == 0:
                return f"{int(seconds // size)}{unit}"
        return f"{int(seconds) if seconds.is_integer() else seconds}s"
    if isinstance(value, Path | QuietHours):
        return str(value)
    if isinstance(value, tuple):
        # Not even how many there are is shown.
        is_hidden = any(isinstance(one, SecretStr) for one in value)
        return HIDDEN if is_hidden else list(value)
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, str):
        return _PASSWORD_IN_ADDRESS.sub(rf"\g<1>{HIDDEN}@", value)
    return value


def write_toml(value: Any) -> str:
    """A plain value as TOML: a text, a number, a truth value or a list of such."""
    # JSON leaves a few letters alone that TOML forbids or that a terminal obeys.
    return escape(json.dumps(value, ensure_ascii=False))


def escape(text: str) -> str:
    """The text with each letter that cannot be printed written as its number."""
    return "".join(letter if letter.isprintable() else _number(letter) for letter in text)


def _number(letter: str) -> str:
    code = ord(letter)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks a type of setting whose values are words that a function of ours judges."""

    words: tuple[str, ...]


def is_secret(annotation: Any) -> bool:
    """Whether the values of a type are secrets."""
    return annotation is SecretStr or any(map(is_secret, get_args(annotation)))


def choices_of(field: FieldInfo) -> list[str]:
    """The words of which a setting is one, or a list; empty if it is free."""
    return list(dict.fromkeys(_choices(field.annotation)))


def explain(field: FieldInfo) -> str:
    """One line on what a setting means, with its choices if it has some."""
    about = field.description or ""
    if choices := choices_of(field):
        some = "any" if get_origin(field.annotation) is tuple else "one"
        about += f"; {some} of {', '.join(choices)}"
    return about


def _choices(annotation: Any) -> Iterator[str]:
    if isinstance(annotation, OneOf):
        yield from annotation.words
    elif get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    else:
        for part in get_args(annotation):
            yield from _choices(part)
