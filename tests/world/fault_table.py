"""Two tables of what goes wrong in the end-to-end run, and how it must end.

``CASES`` are faults of single tracks; they are dealt out over the recordings of a world, again and
again. ``storms`` are faults of whole services, on a timetable. Every row added here is run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from shanty.models import TrackStatus

IN_LIBRARY, FAILED, NEEDS_REVIEW = (
    TrackStatus.IN_LIBRARY,
    TrackStatus.FAILED,
    TrackStatus.NEEDS_REVIEW,
)
MAX_ATTEMPTS = 4
NEW_COOKIE = "SHANTYTESTSID"


@dataclass(frozen=True)
class Fault:
    """A fault of the world (see ``shanty.demo.faults``) that hits the best upload, or all."""

    kind: str
    of: str = "best"  # or "all": whatever a search finds of that recording
    times: int | None = None
    value: float | None = None


@dataclass(frozen=True)
class Case:
    """What is wrong with a track, and how it must end.

    ``tries`` is how many attempts its download may use: one more than the number of failures that
    are neither a wait nor a bad candidate. The reason must contain one of ``words``. ``offers``
    says which uploads there are.
    """

    name: str
    faults: tuple[Fault, ...] = ()
    tries: int = 1
    status: TrackStatus = IN_LIBRARY
    error_class: str = ""
    words: tuple[str, ...] = ("",)
    offers: str = "usual"  # or "none", "doubtful"


# Faults after which another candidate is taken at once, without an attempt being used.
_BAD_CANDIDATES = (
    "gone",
    "terminated",
    "geo",
    "blocked",
    "private",
    "age",
    "sign_in",
    "members",
    "premium",
    "live",
    "drm",
    "no_format",
    "wrong_length",
    "silent",
    "corrupt",
    "html",
)
_NONE_WILL_DO = ("candidates will do",)

CASES: tuple[Case, ...] = (
    Case("plain"),
    # Early: only those that get through after it can show that it is the upload, not the site.
    Case(
        "500 for ever",
        (Fault("server_error", "all"),),
        MAX_ATTEMPTS,  # until others have got through, it may be the site: then they are used up
        FAILED,
        # If they get through in time, it is the upload; if not, the source, which may mend.
        words=(*_NONE_WILL_DO, "does not deliver"),
    ),
    Case("cut once", (Fault("cut", times=1),), tries=2),
    Case("gone for good", (Fault("gone", "all"),), 1, FAILED, "permanent", _NONE_WILL_DO),
    Case("stalled once", (Fault("stall", times=1),), tries=2),
    Case("nothing there", (), 1, FAILED, "permanent", _NONE_WILL_DO, "none"),
    Case("doubtful", (), 1, NEEDS_REVIEW, "review", ("below the 0.75",), "doubtful"),
    Case("trickles once", (Fault("trickle", times=1, value=40),), tries=2),
    *(Case(f"best is {kind}", (Fault(kind),)) for kind in _BAD_CANDIDATES),
    Case("geo for all", (Fault("geo", "all"),), 1, FAILED, "permanent", _NONE_WILL_DO),
    Case("never answers once", (Fault("hang", times=1),), tries=2),
    Case("403 once", (Fault("forbidden", times=1),), tries=2),
    Case("500 twice", (Fault("server_error", times=2),), tries=3),
    Case("cut, then no ranges", (Fault("cut", times=1), Fault("no_range")), tries=2),
    Case("cut, then another file", (Fault("cut", times=1), Fault("changed")), tries=2),
)


@dataclass(frozen=True)
class Storm:
    """A fault of a service, or of this machine.

    A service's fault begins after ``after`` requests to it, a machine's fault after that many
    complete downloads. Then it lasts for a number of seconds. A fault without an end ends when new
    cookies have come.
    """

    kind: str
    target: str
    after: int
    lasts: float | None
    value: float | None = None

    @property
    def is_of_this_machine(self) -> bool:
        """Whether this is a fault of the machine, not of a service."""
        return self.target in ("database", "disk")

    def as_fault(self, cookie: str) -> dict[str, Any]:
        """The fault for the world's board; ``cookie`` is the one that ends it."""
        return {
            "kind": self.kind,
            "target": self.target,
            "value": self.value,
            "after": self.after,
            "lasts": self.lasts,
            "spares": "" if self.lasts is not None else cookie,
        }


# Run in every run of the suite: each kind of end, and each kind of storm.
SHORT_CASES = tuple(
    case
    for case in CASES
    if case.name.removeprefix("best is ") not in set(_BAD_CANDIDATES) - {"gone", "geo", "html"}
)
SHORT_STORMS = (
    ("unavailable", "catalogue"),
    ("rate_limited", "search"),
    ("locked", "database"),
    ("full", "disk"),
    ("bot_check", "watch"),
)


def storms(tracks: int, second: float) -> tuple[Storm, ...]:
    """All storms, one after the other over the tracks. ``second`` is the length of the plan's."""
    plan = (
        Storm("unavailable", "catalogue", 2, 120, value=10),
        Storm("rate_limited", "search", tracks // 8, 200, value=20),
        Storm("rate_limited", "watch", tracks // 4, 30, value=0),  # without a Retry-After
        Storm("unavailable", "media", tracks // 3, 15, value=5),
        Storm("locked", "database", tracks // 3, 45),
        Storm("full", "disk", tracks // 2, 15),
        Storm("bot_check", "watch", tracks * 2 // 3, None),
    )
    return tuple(
        replace(
            storm,
            lasts=None if storm.lasts is None else storm.lasts * second,
            # A header holds whole seconds, so less than one would mean none.
            value=max(1.0, storm.value * second) if storm.value else storm.value,
        )
        for storm in plan
    )
