"""What one asker does at the circuits that it has to pass; ``Circuits.guard`` gives it one.

Owns what the asker knows: which circuits it passes, what it asks for, and whether it is a probe.
Refuses to know how a circuit changes.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Protocol

from shanty.errors import SourcePausedError
from shanty.sources.refusals import DELIVERY


class Gates(Protocol):
    """The circuits, as far as a passage needs them."""

    def admit(self, names: Sequence[str], probe: str) -> bool:
        """Let a request through, or raise SourcePausedError; whether its outcome counts."""

    def succeed(self, names: Sequence[str], probe: str, *, is_begun: bool = False) -> bool:
        """Note that sources have answered; whether nothing is left to be noted."""

    def end_probe(self, names: Sequence[str], probe: str, *, pause: bool) -> None:
        """Give a probe back that says nothing."""


class Passage:
    """One request, or several for one thing. The first name is the source.

    ``subject`` is what is asked for, and ``asks`` how (see :mod:`shanty.sources.refusals`); without
    a subject, every failure is taken for one of the source.
    """

    def __init__(
        self, circuits: Gates, names: Sequence[str], subject: str = "", asks: str = DELIVERY
    ):
        self.names = names
        self.subject = subject
        self.asks = asks
        self.probe = uuid.uuid4().hex
        self.is_abandoned = False
        self._circuits = circuits
        self._is_watched = False

    def enter(self) -> None:
        """Go on if nothing is in the way. May be called before each of several requests.

        Raises:
            SourcePausedError: a circuit is open.
        """
        try:
            self._is_watched |= self._circuits.admit(self.names, self.probe)
        except SourcePausedError:
            self._is_watched = True  # the first name may have let us probe before the next refused
            raise

    def begin(self) -> None:
        """What was asked for has begun to come: a source that asked us to wait no longer does.

        Called by whoever knows it before the end. Whether it comes whole is another question.
        """
        if self._is_watched:
            self._is_watched = not self._circuits.succeed(self.names, self.probe, is_begun=True)

    def succeed(self) -> None:
        """The source has answered."""
        if self._is_watched:
            self._circuits.succeed(self.names, self.probe)
        self._is_watched = False

    def fail(self) -> None:
        """There was no answer: if this was a probe, another one is made later."""
        if self._is_watched:
            self._circuits.end_probe(self.names, self.probe, pause=True)

    def abandon(self) -> None:
        """Nothing is known: if this was a probe, another one may be made at once."""
        self.is_abandoned = True
        if self._is_watched:
            self._circuits.end_probe(self.names, self.probe, pause=False)
