"""Whether anything was committed to our database, asked again and again at next to no cost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress

from shanty.db import Database


class DatabaseNews:
    """What was committed to a database, seen by one thread. :meth:`close` it in the end."""

    def __init__(self, database: Database):
        self._database = database
        self._stack = ExitStack()
        self._read: Callable[[], str] | None = None

    def version(self) -> str | None:
        """A text that changes with every commit, whosever it is; None if it cannot be told."""
        try:
            if self._read is None:
                self._read = self._stack.enter_context(self._database.watch())
            return self._read()
        except Exception:
            # Whoever reads the database itself meets the trouble, and names it.
            self.close()
            return None

    def close(self) -> None:
        """Let the database go."""
        self._read = None
        with suppress(Exception):  # it is gone already
            self._stack.close()
