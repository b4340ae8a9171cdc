"""What one check of doctor finds."""

from __future__ import annotations

from typing import Any

from shanty.config.settings import load_settings
from shanty.diagnosis.findings import Finding
from shanty.diagnosis.running import CHECKS


def found(name: str, **values: Any) -> Finding:
    """What the check of that name says first."""
    return next(iter(CHECKS[name](load_settings(**values))))
