"""The base of every table of ``shanty.toml``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of ``shanty.toml``. ``shanty.config.settings.unknown_keys`` finds unknown keys."""

    model_config = ConfigDict(frozen=True, extra="ignore")
