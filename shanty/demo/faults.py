"""What goes wrong in the offline world, and when.

Owns the switched-on faults and their countdown. Each is bound to a target and may wear off after
a number of times. Refuses to know how a fault looks on the wire: the services do.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import asdict, dataclass
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
    LYRICS = "lyrics"


class FaultKind(StrEnum):
    """What can go wrong."""

    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    SERVER_ERROR = "server_error"
    BOT_CHECK = "bot_check"
    GONE = "gone"
    GEO = "geo"
    CUT = "cut"
    SLOW = "slow"
    WRONG_LENGTH = "wrong_length"
    SILENT = "silent"
    FILLED_UP = "filled_up"
    CORRUPT = "corrupt"
    HTML = "html"


_STATUS = {
    FaultKind.RATE_LIMITED: 429,
    FaultKind.UNAVAILABLE: 503,
    FaultKind.SERVER_ERROR: 500,
}
_WATCH_ONLY = {FaultKind.BOT_CHECK, FaultKind.GONE, FaultKind.GEO}
_LYRICS_TOO = {FaultKind.HTML, FaultKind.CORRUPT, FaultKind.CUT}
# The origin as one target: everything of it that is not the catalogue or the covers.
ORIGIN = "origin"
ORIGIN_SERVICES = {Service.SEARCH, Service.WATCH, Service.MEDIA}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    ``target``: a :class:`Service`, ``origin`` for search, watch and media together, a media id,
    an MBID (a recording's stands for all its search results), or ``""`` for everything. ``times``
    is how often it still happens, None for ever. ``value`` is the seconds of ``Retry-After`` for
    ``rate_limited`` and ``unavailable``, bytes per second for ``slow``.
    """

    kind: FaultKind
    target: str = ""
    times: int | None = None
    value: float | None = None

    @property
    def is_refusal(self) -> bool:
        """Whether it answers with an error status instead of the thing asked for."""
        return self.kind in _STATUS


class FaultBoard:
    """The switched-on faults of one world. Safe to use from several threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def set(
        self, kind: str, target: str = "", times: int | None = None, value: float | None = None
    ) -> None:
        """Switch a fault on, in place of one of the same kind and target.

        Raises:
            ValueError: there is no such kind.
        """
        fault = Fault(FaultKind(kind), target, times, value)
        with self._lock:
            self._remove(fault.kind, target)
            self._faults.append(fault)

    def clear(self, kind: str | None = None, target: str | None = None) -> None:
        """Switch off the faults of this kind and target; without them, all."""
        with self._lock:
            self._remove(kind, target)

    def take(self, service: Service, names: Collection[str]) -> Fault | None:
        """The fault that hits a request known by ``names``, counted down; the oldest wins."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                is_meant = not fault.target or fault.target in names
                if not is_meant or not _can_hit(fault.kind, service):
                    continue
                if fault.times is not None:
                    left = Fault(fault.kind, fault.target, fault.times - 1, fault.value)
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
    if kind in _STATUS:
        return True
    if service is Service.LYRICS:
        return kind in _LYRICS_TOO
    return service is (Service.WATCH if kind in _WATCH_ONLY else Service.MEDIA)


def refusal_answer(fault: Fault, service: Service) -> Answer:
    """The error answer of a refusal, with the body that the real service would send.

    MusicBrainz: https://musicbrainz.org/doc/MusicBrainz_API/Rate_Limiting
    """
    headers = {}
    if fault.kind is not FaultKind.SERVER_ERROR:
        default = 1.0 if fault.kind is FaultKind.UNAVAILABLE else None
        seconds = default if fault.value is None else fault.value
        if seconds is not None:
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
