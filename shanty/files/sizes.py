"""Sizes as people say them."""

from __future__ import annotations


def format_bytes(number: float) -> str:
    """A size in decimal units: ``870 B``, ``1.4 MB``."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
