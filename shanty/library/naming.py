"""Which name a track gets: the template for its kind of release, and a name of its own.

Owns the choice of the template and numbered names. Pure: refuses to know what is on the disk
(``placement``) and how a template is written (``paths``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import TypeVar

from shanty.config import LibrarySettings
from shanty.errors import PermanentError
from shanty.library.audio import extension_for
from shanty.library.paths import PathTemplate, fields_for
from shanty.models import AudioProperties, Placement

MAX_NUMBER = 999

_Path = TypeVar("_Path", bound=PurePath)


@dataclass(frozen=True, slots=True)
class Naming:
    """The templates in force. Made by :meth:`from_settings`."""

    album: PathTemplate
    compilation: PathTemplate
    single: PathTemplate
    windows_safe: bool

    @classmethod
    def from_settings(cls, library: LibrarySettings) -> Naming:
        """Read the templates.

        Raises:
            ConfigError: names the setting.
        """
        album = PathTemplate.parse(library.template, "library.template")
        return cls(
            album,
            _parse_or(album, library.compilation_template, "library.compilation_template"),
            _parse_or(album, library.single_template, "library.single_template"),
            library.windows_safe,
        )

    def path_for(self, placement: Placement, audio: AudioProperties) -> PurePosixPath:
        """Where a recording belongs, below the library's folder.

        A compilation is what Various Artists released. A single is a release group of that type,
        or a recording that is on no release.
        """
        values = fields_for(placement, extension_for(audio), audio)
        template = self.album
        if values.compilation:
            template = self.compilation
        elif values.single:
            template = self.single
        return template.render(values, windows_safe=self.windows_safe)


def _parse_or(default: PathTemplate, text: str | None, key: str) -> PathTemplate:
    return default if text is None else PathTemplate.parse(text, key)


@dataclass(frozen=True, slots=True)
class Claim:
    """A recording (``key``, its MBID), the path that it should have, and the one it has, if any."""

    key: str
    wanted: PurePosixPath
    current: PurePosixPath | None = None


def assign_names(
    claims: Iterable[Claim], is_taken: Callable[[PurePosixPath], bool] = lambda path: False
) -> dict[str, PurePosixPath]:
    """A path for each recording, no two of them the same, on a disk that ignores case either.

    Who has the wanted name, or a numbered one like it, keeps it; the others get the first that is
    free, in the order of their keys: so the outcome does not depend on the order of the claims,
    and doing it again changes nothing. ``is_taken`` says which paths others have.

    Raises:
        PermanentError: all numbered names are taken.
    """
    ordered = sorted(claims, key=lambda claim: claim.key)
    assigned: dict[str, PurePosixPath] = {}
    used: set[str] = set()
    for claim in ordered:
        current = claim.current
        if current is None or fold_path(current) in used:
            continue
        if current == claim.wanted or is_numbered(current, claim.wanted):
            assigned[claim.key] = current
            used.add(fold_path(current))
    for claim in ordered:
        if claim.key in assigned:
            continue
        own = None if claim.current is None else fold_path(claim.current)
        for path in numbered(claim.wanted):
            if fold_path(path) not in used and (fold_path(path) == own or not is_taken(path)):
                assigned[claim.key] = path
                used.add(fold_path(path))
                break
        else:
            raise PermanentError(f"{claim.wanted} and all numbered names like it are taken")
    return assigned


def numbered(path: _Path) -> Iterator[_Path]:
    """A name and those like it, in the order in which they are tried: ``Title (2).opus`` …"""
    yield path
    for number in range(2, MAX_NUMBER + 1):
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")


def is_numbered(path: PurePosixPath, like: PurePosixPath) -> bool:
    """Whether a path is another one with a number."""
    if path.parent != like.parent or path.suffix != like.suffix:
        return False
    rest = path.stem.removeprefix(f"{like.stem} (")
    digits = rest.removesuffix(")")
    if f"{like.stem} ({digits})" != path.stem or not (digits.isascii() and digits.isdigit()):
        return False
    return digits == str(int(digits)) and 2 <= int(digits) <= MAX_NUMBER


def fold_path(path: PurePath) -> str:
    """What two paths share that are one file where case and composition do not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())
