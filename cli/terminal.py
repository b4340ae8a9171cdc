"""What a terminal, a pipe or a locale can show: text leaves this process whole or escaped.

Owns how our output is encoded, and that names of files are UTF-8 whatever the locale says: the
service, a shell and a cron job of one person must mean the same files.
"""

from __future__ import annotations

import codecs
import encodings.ascii
import io
import os
import sys

_ASCII = "ascii_only"  # as Python's own, but Typer takes that for a mistake, and writes UTF-8


def start_over_in_utf8() -> None:
    """Run this very command anew, with UTF-8 for names of files, if the locale has another one.

    Its output stays in the locale's encoding. What was typed is handed on in UTF-8, but for the
    names of files that are there. Returns if Python has UTF-8 already.
    """
    if sys.getfilesystemencoding() == "utf-8" or sys.flags.utf8_mode:
        return
    arguments = [_in_utf8(argument) for argument in sys.orig_argv[1:]]
    environment = {
        "PYTHONIOENCODING": f"{sys.stdout.encoding}:backslashreplace",
        **os.environ,
        "PYTHONUTF8": "1",
    }
    program = os.fsencode(sys.executable)
    os.execve(program, [program, *arguments], environment)


def _in_utf8(argument: str) -> bytes:
    typed = os.fsencode(argument)
    try:
        typed.decode("utf-8")  # which text in another encoding hardly ever is by chance
    except UnicodeDecodeError:
        is_name = os.path.lexists(argument)
        return typed if is_name else argument.encode("utf-8", "surrogateescape")
    return typed


def escape_what_cannot_be_shown() -> None:
    """Let what the encoding of our output lacks be written as ``\\u266b``, and not stop us."""
    codecs.register(_find_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            encoding = _ASCII if is_ascii else stream.encoding
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def has_unicode(stream: object) -> bool:
    """Whether every character can be written there as it is."""
    return str(getattr(stream, "encoding", "")).lower().startswith("utf")


def _find_ascii(name: str) -> codecs.CodecInfo | None:
    if name != _ASCII:
        return None
    found = encodings.ascii.getregentry()
    return codecs.CodecInfo(
        found.encode,
        found.decode,
        found.streamreader,
        found.streamwriter,
        found.incrementalencoder,
        found.incrementaldecoder,
        name=_ASCII,
    )
