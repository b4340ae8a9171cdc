"""Playlists as files: what an ``.m3u8`` of ours holds, and which ones are ours.

Owns the format, the mark that tells ours from a person's, and that a name or a title can make no
line of its own. Refuses to know what is watched. Source: RFC 8216 for UTF-8 and ``#EXTINF``;
lines that begin with ``#`` and are not known are comments to every player.
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
    """A line of a playlist. ``seconds`` is -1 when unknown, as the format has it."""

    path: Path
    artist: str
    title: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A playlist of ours and what it is for. One that is not intact has become a person's: its
    text was changed, or it is a copy, or has another name.
    """

    owner: str
    path: Path
    is_intact: bool


def render(owner: str, entries: Iterable[Entry], target: Path) -> str:
    """The text of a playlist at ``target``; ``owner``, without spaces, says what it is for.

    What has a path that is no text or more than one line is left out: the format cannot say it.
    """
    lines = []
    for entry in entries:
        path = os.path.relpath(entry.path, target.parent).replace(os.sep, "/")
        if not _is_one_line(path):
            continue
        # A name that begins like a comment.
        path = f"./{path}" if path.startswith("#") else path
        name = one_line(f"{entry.artist} - {entry.title}")
        lines.append(f"#EXTINF:{entry.seconds},{name}\n{path}\n")
    body = "".join(lines)
    return f"{_HEADER}#SHANTY {owner} {_digest(owner, target.name, body)}\n{body}"


def find_marked(folder: Path) -> list[Marked]:
    """The playlists in a folder that we wrote, also those that are not as we wrote them."""
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
    """Whether a playlist is this text already.

    Raises:
        WaitError: the disk forbids to read it.
    """
    with disk_errors("read", path):
        return path.is_file() and path.read_bytes() == text.encode()


def write_playlist(path: Path, text: str) -> bool:
    """Make a playlist this text; returns whether it was anything else. Whole or not at all.

    Raises:
        WaitError: the disk is full, read-only or forbidden; what was there is intact.
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
    """The text of a file, ``""`` if it is none of ours; only the beginning of a foreign one."""
    try:
        with path.open("rb") as handle:
            head = handle.read(_LONGEST_MARK)
            if b"#SHANTY " not in head:
                return ""
            return (head + handle.read()).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _digest(owner: str, name: str, body: str) -> str:
    name = unicodedata.normalize("NFC", name)  # some filesystems give back another form
    return hashlib.sha256(f"{owner}\n{name}\n{body}".encode()).hexdigest()


def _is_one_line(path: str) -> bool:
    """Whether a path can be a line of UTF-8 text."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return path.splitlines() == [path] and "\0" not in path
