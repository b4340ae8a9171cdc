"""Taking stock of the library: are the filed files there and unchanged, and what else is there."""

from __future__ import annotations

from shanty.library.check.check import check_library
from shanty.library.check.report import CheckReport, Discrepancy, Kind

__all__ = ["CheckReport", "Discrepancy", "Kind", "check_library"]
