"""Looks again and again at what a service runs, whatever the trouble, until it is told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from shanty.errors import ShantyError

logger = logging.getLogger(__name__)

TROUBLE_SECONDS = 5.0


def keep_looking(
    look: Callable[[], None],
    wait: Callable[[], bool],
    tell: Callable[[str], None],
    stopping: threading.Event,
) -> None:
    """Call ``look`` each time that ``wait`` returns, until ``wait`` says that we are to stop.

    An error is told, and the next look comes after a pause: whatever the trouble is, it may soon be
    over, and ending would help nobody.
    """
    while not wait():
        try:
            look()
        except Exception as error:
            tell(f"trouble: {error}")
            if not isinstance(error, ShantyError):
                logger.exception("while looking after the service")
            stopping.wait(TROUBLE_SECONDS)
