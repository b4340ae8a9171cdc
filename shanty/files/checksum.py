"""The checksum of a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from shanty.errors import TransientError
from shanty.work_limit import get_on

_PIECE_BYTES = 1024 * 1024


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hex.

    Raises:
        TransientError: the file is not there or cannot be read.
    """
    try:
        with path.open("rb") as handle:
            digest = hashlib.sha256()
            while piece := handle.read(_PIECE_BYTES):
                digest.update(piece)
                get_on()
            return digest.hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> TransientError:
    """Return the error for a file that cannot be read at the moment."""
    return TransientError(f"cannot read {path}: {error.strerror or error}")
