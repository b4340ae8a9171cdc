"""Whether everything that Shanty needs is there, with a remedy for what is not.

One topic per file: ``storage``, ``tools``, ``network`` and ``access`` have the checks, and
:func:`diagnose` runs all of them.
"""

from __future__ import annotations

from shanty.diagnosis.findings import Finding, Level
from shanty.diagnosis.running import CHECKS, diagnose

__all__ = ["CHECKS", "Finding", "Level", "diagnose"]
