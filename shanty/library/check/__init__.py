"""Taking stock of the library: is what was filed there, as it was, and what else lies about."""

from __future__ import annotations

from shanty.library.check.check import check_library
from shanty.library.check.report import CheckReport, Finding, Kind

__all__ = ["CheckReport", "Finding", "Kind", "check_library"]
