"""The secret of a home: the one line of ``SHANTY_HOME/secret``.

Owns how it is made and read. Knows nothing of its users.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from shanty.errors import ShantyError
from shanty.files.atomic import move_exclusively, temporary_in

USER = "shanty"
"""The user name for schemes that need one beside the secret, such as HTTP Basic."""
_NAME = "secret"
_RANDOM_BYTES = 32
_MIN_LENGTH, _MAX_LENGTH = 16, 1024
_NEW_ONE = "remove it, and the next start makes a new one"


def read_secret(home: Path) -> str:
    """The secret of a home; the first call makes it.

    Raises:
        ShantyError: the file holds no secret, or others can know it.
        OSError: the file can be neither read nor made.
    """
    path = home / _NAME
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)


def _make(path: Path) -> None:
    """Write a new secret, unless another process has just done so: the first one counts."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with temporary_in(path.parent) as part:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(part, flags, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(_RANDOM_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            move_exclusively(part, path)


def _read(path: Path) -> str:
    # Non-blocking: opening somebody else's pipe would wait for ever.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ShantyError(f"{path} is a link, not a file: {_NEW_ONE}") from None
        raise
    try:
        _require_own(path, os.fstat(descriptor))
        content = os.read(descriptor, _MAX_LENGTH + 1)
    finally:
        os.close(descriptor)
    secret = content.removesuffix(b"\n").decode("ascii", errors="replace")
    is_one_word = secret.isascii() and secret.isprintable() and not set(secret) & {" ", ":"}
    if not (_MIN_LENGTH <= len(secret) < _MAX_LENGTH and is_one_word):
        raise ShantyError(
            f"{path} holds no secret, which is one line of at least {_MIN_LENGTH} letters and "
            f"digits: {_NEW_ONE}"
        )
    return secret


def _require_own(path: Path, found: os.stat_result) -> None:
    """Make sure that no other user can have written or read the file."""
    if not stat.S_ISREG(found.st_mode):
        raise ShantyError(f"{path} is no file: {_NEW_ONE}")
    if os.geteuid() != 0 and found.st_uid not in (0, os.geteuid()):
        raise ShantyError(f"{path} is the file of another user: {_NEW_ONE}")
    if found.st_mode & 0o077:
        raise ShantyError(
            f"{path} can be read by other users: {_NEW_ONE}; or, if nobody has read it, `chmod 600`"
        )
