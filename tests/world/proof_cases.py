"""Cases that repeat a test for one more format or signal, and run only with ``make prove``."""

from __future__ import annotations

from typing import Any

import pytest


def in_proof(*values: Any) -> Any:
    """A case of a parametrized test that runs only with ``make prove``."""
    return pytest.param(*values, marks=pytest.mark.proof)
