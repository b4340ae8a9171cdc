"""Cases that say the same of one more format or signal, and are left to ``make prove``."""

from __future__ import annotations

from typing import Any

import pytest


def in_proof(*values: Any) -> Any:
    """One more case of a kind, for a parametrized test."""
    return pytest.param(*values, marks=pytest.mark.proof)
