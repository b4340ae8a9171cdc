"""What every media server can be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from shanty.providers.media_servers.address import ServerAddress

MOST_FOLDERS = 20
"""If more folders have changed, the server looks through the whole library once."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Folders of the library whose files have changed, relative to it; all of them exist.

    ``.`` is the library itself. ``is_less``: music was also moved away or removed.
    """

    folders: tuple[PurePosixPath, ...]
    is_less: bool = False

    @classmethod
    def of(cls, folders: Iterable[PurePosixPath], *, is_less: bool = False) -> Changes:
        """What to tell: no folder that lies in another one, and the library if there are many."""
        kept: list[PurePosixPath] = []
        for folder in sorted(set(folders)):
            if not any(folder.is_relative_to(one) for one in kept):
                kept.append(folder)
        if len(kept) > MOST_FOLDERS:
            kept = [PurePosixPath(".")]
        return cls(tuple(kept), is_less)


class MediaServer(Protocol):
    """A server that shows the library."""

    def __init__(self, address: ServerAddress) -> None:
        """Keep how it is reached; ask nothing."""

    @property
    def label(self) -> str:
        """What it is and where, for people; without a password."""

    def tell(self, changes: Changes, library: PurePosixPath) -> None:
        """Let it look at what has changed. ``library`` is where our library is, here.

        Raises:
            TransientError: it cannot be reached, or has trouble.
            WaitError: it asks us to wait.
            PermanentError: it refuses.
        """
