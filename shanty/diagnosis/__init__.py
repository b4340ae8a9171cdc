"""Whether everything that Shanty needs is there, with a remedy for what is missing.

The checks lie in one file per topic: ``storage``, ``tools``, ``network``, ``access`` and
``surroundings``. :func:`diagnose` runs all of them. ``event_log`` writes the events to a file.
"""

from __future__ import annotations

from shanty.diagnosis.findings import Finding, Level
from shanty.diagnosis.running import CHECKS, diagnose

__all__ = ["CHECKS", "Finding", "Level", "diagnose"]
