"""The base of every table of ``shanty.toml``."""

from __future__ import annotations

import re
from typing import Any, Literal, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

_BETWEEN_ADDRESSES = re.compile(r"[,\s]+(?=[A-Za-z][\w+.-]*://)")


class Section(BaseModel):
    """A table of ``shanty.toml``. ``shanty.config.settings.unknown_keys`` finds unknown keys."""

    # Pydantic's own engine takes 50 ms to prepare our patterns, at the start of each command. In
    # Python's, `$` lets a last line break pass: an end is written `\Z`.
    model_config = ConfigDict(frozen=True, extra="ignore", regex_engine="python-re")

    @field_validator("*", mode="before")
    @classmethod
    def _take_what_is_meant(cls, value: Any, info: ValidationInfo) -> Any:
        """Take a plain text for a list (``GB``, or ``GB, XE``), and ``2.3`` for ``"2.3"``.

        Raises:
            ValueError: the text begins like a list and is none, as ``['GB']`` in a variable.
        """
        field = cls.model_fields[str(info.field_name)]
        kind = get_origin(field.annotation)
        if kind is tuple and isinstance(value, str):
            return _split(value)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return str(value) if kind is Literal and is_number else value


def _split(text: str) -> tuple[str, ...]:
    if text.lstrip().startswith(("[", "{", '"')):
        raise ValueError(f'{text!r} is no list: write it as ["one", "two"], or as one, two')
    # An address may hold a comma itself: mailto://…?to=one@example.org,two@example.org
    parts = _BETWEEN_ADDRESSES.split(text) if "://" in text else text.split(",")
    return tuple(part.strip() for part in parts if part.strip())
