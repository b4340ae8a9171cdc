"""What goes wrong in the offline world, for whom, and when.

Owns the switched-on faults and their timetable. A fault may be bound to a target, to a span of time
since the first request to the world, to numbers of requests, and to the lack of a cookie. Refuses
to know how a fault looks on the wire: the services know that.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from shanty.demo.answers import Answer


class Service(StrEnum):
    """The parts of the world that a request can be for; also the names of fault targets."""

    CATALOGUE = "catalogue"
    SEARCH = "search"
    MUSIC = "music"
    WATCH = "watch"
    MEDIA = "media"
    COVERART = "coverart"
    LYRICS = "lyrics"


class FaultKind(StrEnum):
    """What can go wrong."""

    # with any service
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    SERVER_ERROR = "server_error"
    FORBIDDEN = "forbidden"
    HANG = "hang"
    # with a search of the made-up YouTube Music
    INCOMPLETE = "incomplete"
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
    FILLED_UP = "filled_up"
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
    FaultKind.FILLED_UP,
    FaultKind.CORRUPT,
    FaultKind.HTML,
}
_MUSIC_TOO = {FaultKind.INCOMPLETE, FaultKind.HTML}
_LYRICS_TOO = {FaultKind.HTML, FaultKind.CORRUPT, FaultKind.CUT}
# The origin as one target: search, watch pages and media together.
ORIGIN = "origin"
ORIGIN_SERVICES = {Service.SEARCH, Service.MUSIC, Service.WATCH, Service.MEDIA}
HANG_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    ``target`` is a :class:`Service`, ``origin`` for search, music, watch and media together, a
    media id, an MBID (a recording's stands for all its uploads), or ``""`` for everything.
    ``times`` is how often the fault happens, None for ever. ``value`` depends on the kind: the
    seconds of ``Retry-After`` for ``rate_limited`` (0: the header is not sent) and ``unavailable``;
    bytes per second for ``slow`` and ``trickle``; for ``changed``, any value makes the site ignore
    ``If-Range``.

    ``begins`` and ``ends`` bound the fault, in seconds since the first request to the world. It
    lets ``after`` requests through first, and then lasts for ``lasts`` seconds. It spares requests
    that carry the cookie ``spares`` (``NAME=VALUE``).
    """

    kind: FaultKind
    target: str = ""
    times: int | None = None
    value: float | None = None
    begins: float = 0.0
    ends: float | None = None
    after: int = 0
    lasts: float | None = None
    spares: str = ""

    def __post_init__(self) -> None:
        """Refuse a number that came as something else in JSON.

        Raises:
            TypeError: a field is no number; the message names it.
        """
        for name in ("times", "value", "begins", "ends", "after", "lasts"):
            if not isinstance(getattr(self, name), int | float | None):
                raise TypeError(f"{name} must be a number")

    @property
    def is_refusal(self) -> bool:
        """Whether the answer is an error status instead of the thing asked for."""
        return self.kind in _STATUS


@dataclass
class _Switched:
    """A fault that is on, and what it has done so far."""

    fault: Fault
    let_through: int = 0
    hits: int = 0
    hit_at: float | None = None

    def is_worn_off(self) -> bool:
        return self.fault.times is not None and self.hits >= self.fault.times

    def hits_now(self, seconds: float) -> bool:
        """Whether the fault hits a request to its target, ``seconds`` after the world's first."""
        fault = self.fault
        if seconds < fault.begins or (fault.ends is not None and seconds >= fault.ends):
            return False
        if self.let_through < fault.after:
            self.let_through += 1
            return False
        if self.hit_at is None:
            self.hit_at = seconds
        if fault.lasts is not None and seconds - self.hit_at >= fault.lasts:
            return False
        self.hits += 1
        return True


class FaultBoard:
    """The switched-on faults of one world. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._switched: list[_Switched] = []
        self._hits = Counter[tuple[str, str]]()
        self._lock = threading.Lock()
        self._clock = clock
        self._began_at: float | None = None

    def set(self, kind: str, target: str = "", **conditions: Any) -> None:
        """Switch a fault on, replacing those of the same kind and target; see :class:`Fault`.

        Raises:
            ValueError: there is no such kind.
            TypeError: there is no such condition.
        """
        fault = Fault(FaultKind(kind), target, **conditions)
        with self._lock:
            self._remove(fault.kind, target)
            self._switched.append(_Switched(fault))

    def add(self, kind: str, target: str = "", **conditions: Any) -> None:
        """Switch a fault on beside those of the same kind and target, such as for another time."""
        with self._lock:
            self._switched.append(_Switched(Fault(FaultKind(kind), target, **conditions)))

    def clear(self, kind: str | None = None, target: str | None = None) -> None:
        """Switch off the faults of this kind and target; without arguments, all."""
        with self._lock:
            self._remove(kind, target)
            if not self._switched:
                self._began_at = None
                self._hits.clear()

    def take(self, service: Service, names: Collection[str], cookies: str = "") -> Fault | None:
        """The oldest fault that hits a request known by ``names``, if any; counts the hit.

        ``cookies`` is the request's ``Cookie`` header.
        """
        borne = {one.strip() for one in cookies.split(";")} - {""}
        with self._lock:
            now = self._clock()
            if self._began_at is None:
                self._began_at = now
            for one in self._switched:
                fault = one.fault
                is_meant = not fault.target or fault.target in names
                if not is_meant or not _can_hit(fault.kind, service) or fault.spares in borne:
                    continue
                if one.is_worn_off() or not one.hits_now(now - self._began_at):
                    continue
                self._hits[fault.kind, fault.target] += 1
                return fault
        return None

    def hits(self, kind: str, target: str = "") -> int:
        """How often faults of this kind and target have hit."""
        with self._lock:
            return self._hits[kind, target]

    def as_list(self) -> list[dict[str, Any]]:
        """The faults that have not worn off, for JSON; ``times`` is how often each has left."""
        with self._lock:
            return [
                asdict(one.fault) | ({} if times is None else {"times": times - one.hits})
                for one in self._switched
                if not one.is_worn_off()
                for times in [one.fault.times]
            ]

    def _remove(self, kind: str | None, target: str | None) -> None:
        self._switched = [
            one
            for one in self._switched
            if (kind is not None and one.fault.kind != kind)
            or (target is not None and one.fault.target != target)
        ]


def _can_hit(kind: FaultKind, service: Service) -> bool:
    if kind in _ANY_SERVICE:
        return True
    if service is Service.LYRICS:
        return kind in _LYRICS_TOO
    if service is Service.MUSIC or kind is FaultKind.INCOMPLETE:
        return service is Service.MUSIC and kind in _MUSIC_TOO
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
