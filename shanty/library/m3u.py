"""Playlists as files: what our ``.m3u8`` files contain, and how we recognise them.

Owns the format, the mark that tells our playlists from a person's, and that no name or title can
add a line. Refuses to know what is watched. Source: RFC 8216 for UTF-8 and ``#EXTINF``. To every
player, an unknown line that begins with ``#`` is a comment.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from shanty.errors import one_line
from shanty.files.atomic import disk_errors, fsync_file, fsync_folder, temporary_in
from shanty.files.attributes import keep_attributes, take_after
from shanty.files.placement import make_missing

SUFFIX = ".m3u8"
_HEADER = "#EXTM3U\n"
_MARK = re.compile(_HEADER + r"#SHANTY (\S+) ([0-9a-f]{64})\n")
_LONGEST_MARK = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """A track in a playlist. ``seconds`` is -1 if unknown, as in the format."""

    path: Path
    artist: str
    title: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A playlist that we wrote, and what it is for.

    If it is not intact it has become a person's: its text was changed, it was copied, or it has
    another name.
    """

    owner: str
    path: Path
    is_intact: bool


def render(owner: str, entries: Iterable[Entry], target: Path) -> str:
    """Return the text of a playlist at ``target``; ``owner``, without spaces, says what it is for.

    A track is left out if its path is not UTF-8 or has a line break: the format cannot express it.
    """
    lines = []
    for entry in entries:
        path = os.path.relpath(entry.path, target.parent).replace(os.sep, "/")
        if not _is_one_line(path):
            continue
        # This name would be taken for a comment.
        path = f"./{path}" if path.startswith("#") else path
        name = one_line(f"{entry.artist} - {entry.title}")
        lines.append(f"#EXTINF:{entry.seconds},{name}\n{path}\n")
    body = "".join(lines)
    return f"{_HEADER}#SHANTY {owner} {_digest(owner, target.name, body)}\n{body}"


def find_marked(folder: Path) -> list[Marked]:
    """Return the playlists in a folder that we wrote, including those changed since."""
    found = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for path in sorted(folder.iterdir()):
            if path.suffix == SUFFIX and path.is_file() and not path.is_symlink():
                text = _read(path)
                if match := _MARK.match(text):
                    digest = _digest(match[1], path.name, text[match.end() :])
                    found.append(Marked(match[1], path, digest == match[2]))
    return found


def is_playlist(path: Path, text: str) -> bool:
    """Whether a playlist has this text already.

    Raises:
        WaitError: the disk cannot be read.
    """
    with disk_errors("read", path):
        return path.is_file() and path.read_bytes() == text.encode()


def write_playlist(path: Path, text: str) -> bool:
    """Write a playlist, whole or not at all; return whether its text had to be changed.

    Raises:
        WaitError: the disk is full, read-only or forbidden. The old playlist is intact.
    """
    if is_playlist(path, text):
        return False
    with disk_errors("write", path):
        make_missing(path.parent)
        with temporary_in(path.parent) as temporary:
            temporary.write_bytes(text.encode())
            if path.is_file():
                keep_attributes(path, temporary)
            else:
                take_after(temporary, path.parent)
            fsync_file(temporary)
            temporary.replace(path)
            fsync_folder(path.parent)
    return True


def _read(path: Path) -> str:
    """Return the text of a file of ours, else ``""``; only the start of a foreign file is read."""
    try:
        with path.open("rb") as handle:
            head = handle.read(_LONGEST_MARK)
            if b"#SHANTY " not in head:
                return ""
            return (head + handle.read()).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _digest(owner: str, name: str, body: str) -> str:
    name = unicodedata.normalize("NFC", name)  # some filesystems list names in another form
    return hashlib.sha256(f"{owner}\n{name}\n{body}".encode()).hexdigest()


def _is_one_line(path: str) -> bool:
    """Whether a path can be a line of UTF-8 text."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return path.splitlines() == [path] and "\0" not in path
