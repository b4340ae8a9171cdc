"""The result of a check: how bad things are, what it saw, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from shanty.config.settings import Settings


class Level(StrEnum):
    """How bad things are. Red: Shanty does not work. Yellow: it works, for now or in part."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw, and what to do about it."""

    name: str
    level: Level
    message: str
    remedy: str = ""


Check = Callable[[Settings], Iterable[Finding]]
"""A check looks at one thing, and may give more than one finding."""


def green(name: str, message: str) -> Finding:
    """A finding that all is well."""
    return Finding(name, Level.GREEN, message)


def yellow(name: str, message: str, remedy: str) -> Finding:
    """A finding that something works, for now or in part."""
    return Finding(name, Level.YELLOW, message, remedy)


def red(name: str, message: str, remedy: str) -> Finding:
    """A finding that something does not work."""
    return Finding(name, Level.RED, message, remedy)
