"""Text made safe as one component of a path, on every common filesystem.

Owns what a file name may be. Refuses to know templates and the library.

Names are safe for Windows unless the caller asks for less. A person can still recognise the
original: a forbidden character becomes ``_``, and nothing is transliterated. Sources: the rules
that Picard and beets have settled on, and
https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

LONGEST_BYTES = 255
"""The most bytes that a component may have on Linux and in most network protocols."""
KEPT_BACK_BYTES = 15
"""Room for " (999)" after a name that is taken, and for a few bytes that other programs append."""
MAX_COMPONENT_BYTES = LONGEST_BYTES - KEPT_BACK_BYTES

_REPLACEMENT = "_"
# Forbidden everywhere: separators, control characters (C0, DEL, C1), line and paragraph separators,
# the byte order mark, marks that change the writing direction, and lone surrogates.
_NOWHERE = (
    "/\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
)
_FORBIDDEN_ANYWHERE = re.compile(f"[{_NOWHERE}]")
_FORBIDDEN = re.compile(f'[{_NOWHERE}\\\\"*:<>?|]')
_EDGES = re.compile(r"^[\s.]+|[\s.]+$")
_EDGES_ANYWHERE = re.compile(r"^[\s.]+|\s+$")
# Windows reserves these too, and pathvalidate does not know them.
_MORE_DEVICE_NAMES = ("CONIN$", "CONOUT$")
_JOINER = "\u200d"


def clean_value(text: str, *, windows_safe: bool = True) -> str:
    """Return a value without separators and forbidden characters, to become part of a component.

    A value of dots alone becomes ``_``, so that the album ``...`` still has a name.
    """
    cleaned = _replace_forbidden(text, windows_safe=windows_safe)
    cleaned = " ".join(cleaned.split())
    return _REPLACEMENT if cleaned and not _EDGES.sub("", cleaned) else cleaned


def clean_component(
    text: str,
    suffix: str = "",
    *,
    windows_safe: bool = True,
    longest: int = MAX_COMPONENT_BYTES,
) -> str:
    """Return a whole component that every filesystem accepts; never empty, ``.`` or ``..``.

    Without ``windows_safe``, Windows and its network shares may refuse it. It has at most
    ``longest`` bytes: a longer text is cut between two characters as a person sees them. ``suffix``
    (a file's extension with its dot) is kept whole.
    """
    edges = _EDGES if windows_safe else _EDGES_ANYWHERE
    cleaned = _trim(_replace_forbidden(text, windows_safe=windows_safe), edges)
    name = _fit(cleaned, suffix, longest, edges)
    if not windows_safe:
        return name
    name = _avoid_devices(name)
    excess = len(name.encode()) - longest
    if excess > 0:  # a reserved name has become longer
        name = _avoid_devices(_fit(cleaned, suffix, longest - excess, edges))
    return name


def _fit(text: str, suffix: str, limit: int, edges: re.Pattern[str]) -> str:
    cut = _trim(_cut(text, limit - len(suffix.encode())), edges)
    return (cut or _REPLACEMENT) + suffix


def _avoid_devices(name: str) -> str:
    """Change a name that Windows reserves for a device: ``CON.x`` becomes ``CON_.x``."""
    from pathvalidate import sanitize_filename

    return sanitize_filename(
        name,
        replacement_text=_REPLACEMENT,
        platform="universal",
        additional_reserved_names=_MORE_DEVICE_NAMES,
    )


def add_to_stem(name: str, addition: str, longest: int = LONGEST_BYTES) -> str:
    """Add text before a file name's suffix; cut the stem if the name would become too long."""
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    end = f"{addition}{dot}{suffix}"
    return _cut(stem, longest - len(os.fsencode(end))) + end


def is_text(path: Path) -> bool:
    """Whether a path is valid UTF-8, which the names in old collections need not be."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _replace_forbidden(text: str, *, windows_safe: bool) -> str:
    forbidden = _FORBIDDEN if windows_safe else _FORBIDDEN_ANYWHERE
    return forbidden.sub(_REPLACEMENT, unicodedata.normalize("NFC", text))


def _trim(text: str, edges: re.Pattern[str]) -> str:
    # A leading dot hides a file; a leading dash looks like an option; Windows drops final dots.
    text = edges.sub("", text)
    return _REPLACEMENT + text[1:] if text.startswith("-") else text


def _cut(text: str, limit: int) -> str:
    """Cut a text to at most ``limit`` bytes, never inside a character."""
    encoded = os.fsencode(text)
    if len(encoded) <= limit:
        return text
    end = len(encoded[: max(0, limit)].decode(errors="ignore"))
    while end > 0 and _is_inside_character(text, end):
        end -= 1
    return text[:end]


def _is_inside_character(text: str, position: int) -> bool:
    """Whether a position lies inside what people see as one character.

    These are the rules of https://unicode.org/reports/tr29/ that matter in names: combining marks,
    joined and coloured emoji, and flags.
    """
    before, after = text[position - 1], text[position]
    if unicodedata.category(after).startswith("M") or after == _JOINER or before == _JOINER:
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # skin colours
        return True
    if _is_flag_half(after):
        halves = 0
        while halves < position and _is_flag_half(text[position - 1 - halves]):
            halves += 1
        return halves % 2 == 1
    return False


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
