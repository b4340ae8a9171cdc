"""Shanty keeps a music library complete. This package knows nothing of Prefect or a terminal."""

from __future__ import annotations

__version__ = "0.1.0"
