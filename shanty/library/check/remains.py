"""What lies in the library but is not music, and what a repair does with it.

Owns what may be cleared away, and how. Refuses to know how it is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from shanty.catalog import Action, Catalog
from shanty.errors import StageError, TransientError
from shanty.files.atomic import is_leftover, remove_leftovers
from shanty.files.checksum import checksum
from shanty.files.filenames import is_text
from shanty.library.acts import BusyError, FileActs
from shanty.library.check.report import Kind
from shanty.library.leftovers import (
    LYRICS,
    find_empty_folders,
    find_lonely,
    find_unfinished,
    remove_empty_folder,
)

NO_TEXT = "left: its name is not written in UTF-8"

_BROKEN_OFF = "an interrupted operation has left it"
_MUSIC_GONE = "the music that Shanty put it beside is gone"


class Tell(Protocol):
    """Reports what lies there, and what was done about it."""

    def __call__(self, kind: Kind, path: Path, detail: str, *, repair: str) -> None:
        """Report one thing; ``repair`` is ``""`` if nothing was done."""


class Remains:
    """The remains in a library. With ``acts``, they are cleared away."""

    def __init__(
        self,
        library_dir: Path,
        own_dirs: Sequence[Path],
        catalog: Catalog,
        acts: FileActs | None,
    ) -> None:
        self._catalog = catalog
        self._library_dir = library_dir
        self._own_dirs = own_dirs
        self._acts = acts

    def look(self, tell: Tell) -> None:
        """Report all remains, and clear them away with ``acts``.

        Raises:
            WaitError: something is to be removed, and the library is not there.
        """
        for path in list(find_unfinished(self._library_dir, self._own_dirs)):
            tell(Kind.UNFINISHED, path, _BROKEN_OFF, repair=self._clear_away(path))
        for path in list(find_lonely(self._library_dir, self._own_dirs)):
            if self._is_left_over(path):
                tell(Kind.LEFT_OVER, path, _MUSIC_GONE, repair=self._leave_or_trash(path))
        for folder in list(find_empty_folders(self._library_dir, self._own_dirs)):
            tell(Kind.EMPTY_FOLDER, folder, "nothing is in it", repair=self._remove(folder))

    def _is_left_over(self, path: Path) -> bool:
        """Whether a file is ours and unchanged, and the music that it belongs to is gone.

        A file that a person has put there, or has changed, is theirs.
        """
        entry = self._catalog.journal.came_by(path)
        if entry is None or entry.action not in (Action.ADD, Action.COVER):
            return False
        with suppress(TransientError):
            if checksum(path) != entry.checksum_after:
                return False
            return entry.track_id is None or not self._has_music(path, entry.track_id)
        return False

    def _has_music(self, path: Path, track_id: int) -> bool:
        """Whether the music that a file belongs to exists, though not beside it.

        The music may still be wanted. A person may have moved it, or its disk may be absent. Lyrics
        belong to one track, and a picture to the album.
        """
        album = self._catalog.measures.tracks_of_album(
            self._catalog.tracks.get(track_id).release_key
        )
        are_lyrics = path.suffix.lower() in LYRICS
        return any(
            one.is_wanted or (one.path is not None and (one.track_id == track_id or not are_lyrics))
            for one in album
        )

    def _leave_or_trash(self, path: Path) -> str:
        return "" if self._acts is None else self._trash(path, _MUSIC_GONE)

    def _clear_away(self, path: Path) -> str:
        if self._acts is None:
            return ""
        if is_leftover(path):
            with self._acts.at_library() as library:
                remove_leftovers(library.reach(path.parent))
            return "removed"
        if not is_text(path):
            return NO_TEXT
        return self._trash(path, _BROKEN_OFF)

    def _trash(self, path: Path, why: str) -> str:
        assert self._acts is not None, "something is repaired"
        try:
            self._acts.trash(path, why)
        except (StageError, BusyError) as error:
            return f"left: {error}"
        return "in the trash"

    def _remove(self, folder: Path) -> str:
        if self._acts is None:
            return ""
        with self._acts.at_library() as library:
            return "removed" if remove_empty_folder(library.reach(folder)) else ""
