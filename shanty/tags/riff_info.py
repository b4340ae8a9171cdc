"""The INFO list of a WAV file: the tags of the format itself, which mutagen does not read.

Source: Multimedia Programming Interface and Data Specifications 1.0, "LIST Chunk".
"""

from __future__ import annotations

import struct
from pathlib import Path

_FIELDS = {b"INAM": "title", b"IART": "artist", b"IPRD": "album", b"ISRC": "isrcs"}
_MOST_BYTES = 1024 * 1024


def read_riff_info(path: Path) -> dict[str, tuple[str, ...]]:
    """Read the texts of a WAV file's INFO list, by the names of our tags; empty if there is none.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return {}
        while len(header := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", header)
            if name == b"LIST" and size <= _MOST_BYTES:
                content = file.read(size)
                if content[:4] == b"INFO":
                    return _read_fields(content[4:])
                file.seek(size % 2, 1)
            else:
                file.seek(size + size % 2, 1)
    return {}


def _read_fields(content: bytes) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    at = 0
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        text = _decode(content[at + 8 : at + 8 + size])
        if name in _FIELDS and text:
            found[_FIELDS[name]] = (text,)
        at += 8 + size + size % 2
    return found


def _decode(raw: bytes) -> str:
    """The specification names no encoding: today it is UTF-8, and was that of Windows before."""
    raw = raw.split(b"\0", 1)[0]
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace").strip()
