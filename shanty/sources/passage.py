"""One asker's way through the circuits that it needs; ``Circuits.guard`` makes a passage.

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
        """Let a request through, or raise SourcePausedError; returns whether its outcome counts."""

    def succeed(self, names: Sequence[str], probe: str, *, is_begun: bool = False) -> bool:
        """Note that sources have answered; returns whether nothing is left to be noted."""

    def end_probe(self, names: Sequence[str], probe: str, *, pause: bool) -> None:
        """Give back a probe that proved nothing."""


class Passage:
    """One request, or several for one thing. The first name is the source.

    ``subject`` is what is asked for, and ``asks`` the kind of request (see
    :mod:`shanty.sources.refusals`). Without a subject, every failure counts as the source's.
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
        """Go on if every circuit lets us. May be called before each of several requests.

        Raises:
            SourcePausedError: a circuit is open.
        """
        try:
            self._is_watched |= self._circuits.admit(self.names, self.probe)
        except SourcePausedError:
            self._is_watched = True  # the first name may have let us probe before the next refused
            raise

    def begin(self) -> None:
        """Note that the answer has begun to come: a source that asked us to wait no longer does.

        Only callers that see the beginning call this. Whether the answer comes whole is judged at
        the end.
        """
        if self._is_watched:
            self._is_watched = not self._circuits.succeed(self.names, self.probe, is_begun=True)

    def succeed(self) -> None:
        """Note that the source has answered."""
        if self._is_watched:
            self._circuits.succeed(self.names, self.probe)
        self._is_watched = False

    def fail(self) -> None:
        """Note that there was no answer: if this was a probe, another one is made later."""
        if self._is_watched:
            self._circuits.end_probe(self.names, self.probe, pause=True)

    def abandon(self) -> None:
        """Note that nothing was learnt: if this was a probe, another one may be made at once."""
        self.is_abandoned = True
        if self._is_watched:
            self._circuits.end_probe(self.names, self.probe, pause=False)
