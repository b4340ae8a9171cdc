"""What goes wrong in the offline world, for whom, and when.

Owns the switched-on faults and their timetable: each is bound to a target, to a span of time since
the world was first asked for anything, to a number of times, to the lack of a cookie, or to all of
these. Refuses to know how a fault looks on the wire: the services do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from shanty.demo.answers import Answer


class Service(StrEnum):
    """The parts of the world a request can be for; also names of fault targets."""

    CATALOGUE = "catalogue"
    SEARCH = "search"
    WATCH = "watch"
    MEDIA = "media"
    COVERART = "coverart"


class FaultKind(StrEnum):
    """What can go wrong."""

    # with any service
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    SERVER_ERROR = "server_error"
    FORBIDDEN = "forbidden"
    HANG = "hang"
    # on a watch page
    BOT_CHECK = "bot_check"
    CAPTCHA = "captcha"
    SESSION_LIMIT = "session_limit"
    GONE = "gone"
    TERMINATED = "terminated"
    GEO = "geo"
    BLOCKED = "blocked"
    PRIVATE = "private"
    AGE = "age"
    SIGN_IN = "sign_in"
    MEMBERS = "members"
    PREMIUM = "premium"
    LIVE = "live"
    DRM = "drm"
    NO_FORMAT = "no_format"
    # with a file
    CUT = "cut"
    SLOW = "slow"
    STALL = "stall"
    TRICKLE = "trickle"
    NO_RANGE = "no_range"
    CHANGED = "changed"
    WRONG_LENGTH = "wrong_length"
    SILENT = "silent"
    CORRUPT = "corrupt"
    HTML = "html"


_STATUS = {
    FaultKind.RATE_LIMITED: 429,
    FaultKind.UNAVAILABLE: 503,
    FaultKind.SERVER_ERROR: 500,
    FaultKind.FORBIDDEN: 403,
}
_ANY_SERVICE = {*_STATUS, FaultKind.HANG}
_MEDIA_ONLY = {
    FaultKind.CUT,
    FaultKind.SLOW,
    FaultKind.STALL,
    FaultKind.TRICKLE,
    FaultKind.NO_RANGE,
    FaultKind.CHANGED,
    FaultKind.WRONG_LENGTH,
    FaultKind.SILENT,
    FaultKind.CORRUPT,
    FaultKind.HTML,
}
# The origin as one target: everything of it that is not the catalogue or the covers.
ORIGIN = "origin"
ORIGIN_SERVICES = {Service.SEARCH, Service.WATCH, Service.MEDIA}
HANG_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    ``target``: a :class:`Service`, ``origin`` for search, watch and media together, a media id,
    an MBID (a recording's stands for all its search results), or ``""`` for everything. ``times``
    is how often it still happens, None for ever. ``value`` is the seconds of ``Retry-After`` for
    ``rate_limited`` (0: none is sent) and ``unavailable``, bytes per second for ``slow`` and
    ``trickle``. It happens from ``begins`` up to ``ends``, in seconds since the first request to
    the world, and not to requests that bear the cookie ``spares`` (``NAME=VALUE``).
    """

    kind: FaultKind
    target: str = ""
    times: int | None = None
    value: float | None = None
    begins: float = 0.0
    ends: float | None = None
    spares: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether it answers with an error status instead of the thing asked for."""
        return self.kind in _STATUS

    def is_on(self, seconds: float) -> bool:
        """Whether its time has come and is not over."""
        return self.begins <= seconds and (self.ends is None or seconds < self.ends)


class FaultBoard:
    """The switched-on faults of one world. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._clock = clock
        self._began_at: float | None = None

    def set(self, kind: str, target: str = "", **conditions: Any) -> None:
        """Switch a fault on, in place of one of the same kind and target; see :class:`Fault`.

        Raises:
            ValueError: there is no such kind.
            TypeError: there is no such condition.
        """
        fault = Fault(FaultKind(kind), target, **conditions)
        with self._lock:
            self._remove(fault.kind, target)
            self._faults.append(fault)

    def clear(self, kind: str | None = None, target: str | None = None) -> None:
        """Switch off the faults of this kind and target; without them, all."""
        with self._lock:
            self._remove(kind, target)
            if not self._faults:
                self._began_at = None

    def take(self, service: Service, names: Collection[str], cookies: str = "") -> Fault | None:
        """The fault that hits a request known by ``names``, counted down; the oldest wins.

        ``cookies`` is the header of that name.
        """
        borne = {one.strip() for one in cookies.split(";")}
        with self._lock:
            now = self._clock()
            if self._began_at is None:
                self._began_at = now
            for index, fault in enumerate(self._faults):
                is_meant = not fault.target or fault.target in names
                if not is_meant or not _can_hit(fault.kind, service):
                    continue
                if not fault.is_on(now - self._began_at) or fault.spares in borne - {""}:
                    continue
                if fault.times is not None:
                    left = replace(fault, times=fault.times - 1)
                    self._faults[index : index + 1] = [left] if left.times else []
                return fault
        return None

    def as_list(self) -> list[dict[str, Any]]:
        """The faults that are still on, for JSON."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def _remove(self, kind: str | None, target: str | None) -> None:
        self._faults = [
            fault
            for fault in self._faults
            if (kind is not None and fault.kind != kind)
            or (target is not None and fault.target != target)
        ]


def _can_hit(kind: FaultKind, service: Service) -> bool:
    if kind in _ANY_SERVICE:
        return True
    return service is (Service.MEDIA if kind in _MEDIA_ONLY else Service.WATCH)


def refusal_answer(fault: Fault, service: Service) -> Answer:
    """The error answer of a refusal, with the body that the real service would send.

    MusicBrainz: https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting
    """
    headers = {}
    if fault.kind in (FaultKind.RATE_LIMITED, FaultKind.UNAVAILABLE):
        default = 1.0 if fault.kind is FaultKind.UNAVAILABLE else None
        seconds = default if fault.value is None else fault.value
        if seconds:
            headers["Retry-After"] = f"{seconds:g}"
    status = _STATUS[fault.kind]
    if service is Service.CATALOGUE:
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<error><text>Your requests are exceeding the'
            " allowable rate limit.</text><text>For usage, please see:"
            " https://musicbrainz.org/development/mmd</text></error>"
        )
        return Answer(status, body.encode(), "application/xml; charset=utf-8", headers)
    return Answer(status, f"{status} {fault.kind}\n".encode(), headers=headers)
