"""The checks of ``shanty doctor`` for the pages: begun by a person, run once for all who look."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from deployments.signs import SERVICE_CHECKS
from shanty.clock import utc_now
from shanty.config.settings import Settings
from shanty.diagnosis.findings import Finding, Level
from shanty.diagnosis.running import diagnose


@dataclass(frozen=True, slots=True)
class SeenFindings:
    """What the checks have seen so far, since ``began_at``; None if nobody has asked yet."""

    findings: tuple[Finding, ...] = ()
    began_at: datetime | None = None
    is_running: bool = False

    def count(self, level: Level) -> int:
        """How many findings are as bad as this."""
        return sum(one.level == level for one in self.findings)


class Checkup:
    """The last check of one process. ``announce`` is called with each finding."""

    def __init__(self, settings: Settings, announce: Callable[[], None]):
        self._settings = settings
        self._announce = announce
        self._lock = threading.Lock()
        self._seen = SeenFindings()

    def read(self) -> SeenFindings:
        """What is known now."""
        return self._seen

    def begin(self) -> None:
        """Begin to check everything, unless that is going on already."""
        with self._lock:
            if self._seen.is_running:
                return
            self._seen = SeenFindings(began_at=utc_now(), is_running=True)
        threading.Thread(target=self._run, name="checks of the page", daemon=True).start()

    def _run(self) -> None:
        try:
            for finding in diagnose(self._settings, more=SERVICE_CHECKS):
                seen = self._seen
                self._seen = replace(seen, findings=(*seen.findings, finding))
                self._announce()
        finally:
            self._seen = replace(self._seen, is_running=False)
            self._announce()
