"""What a check gives: how bad it is, what it saw, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from shanty.config.settings import Settings


class Level(StrEnum):
    """How bad it is. Red: Shanty does not work like this. Yellow: it does, for now or in part."""

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
"""Looks at one thing, and may have more than one line to say about it."""


def green(name: str, message: str) -> Finding:
    """All is well."""
    return Finding(name, Level.GREEN, message)


def yellow(name: str, message: str, remedy: str) -> Finding:
    """It works, for now or in part."""
    return Finding(name, Level.YELLOW, message, remedy)


def red(name: str, message: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(name, Level.RED, message, remedy)
