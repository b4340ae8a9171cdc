"""Which name a track gets: the template for its kind of release, and numbers for equal names.

Owns the choice of the template and how a name is numbered. Refuses to know what is on the disk
(``placement``), which tracks share a name (``rename_plan``) and how a template is written
(``templates``).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath, PurePosixPath
from typing import TypeVar

from shanty.config.sections import LibrarySettings
from shanty.files.filenames import LONGEST_BYTES, MAX_COMPONENT_BYTES, add_to_stem
from shanty.files.name_limit import longest_name
from shanty.models import AudioProperties
from shanty.music.entities import Placement
from shanty.naming.templates import PathFields, PathTemplate, fields_for
from shanty.tags.audio import extension_for

MAX_NUMBER = 999

_Path = TypeVar("_Path", bound=PurePath)


@dataclass(frozen=True, slots=True)
class Naming:
    """The templates in force. Made by :meth:`from_settings`."""

    album: PathTemplate
    compilation: PathTemplate
    single: PathTemplate
    windows_safe: bool
    longest: int = MAX_COMPONENT_BYTES
    """How many bytes a name may have that the disk is to take, with what may be added to it."""

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

    @classmethod
    def for_disk(cls, library: LibrarySettings) -> Naming:
        """Read the templates, for names that the library's disk takes.

        Raises:
            ConfigError: names the setting.
        """
        return cls.from_settings(library).within(longest_name(library.path))

    def within(self, longest: int) -> Naming:
        """The same with names of so many bytes at most."""
        return replace(self, longest=min(self.longest, longest))

    def path_for(self, placement: Placement, audio: AudioProperties) -> PurePosixPath:
        """Where a recording belongs, below the library's folder.

        A compilation is what Various Artists released. A single is a release group of that type,
        or a recording that is on no release.
        """
        return self._path_of(fields_for(placement, extension_for(audio), audio))

    def path_with_extension(self, placement: Placement, extension: str) -> PurePosixPath:
        """The same for a file of which no more than its extension is known."""
        return self._path_of(fields_for(placement, extension))

    def _path_of(self, values: PathFields) -> PurePosixPath:
        template = self.album
        if values.compilation:
            template = self.compilation
        elif values.single:
            template = self.single
        return template.render(values, windows_safe=self.windows_safe, longest=self.longest)


def _parse_or(default: PathTemplate, text: str | None, key: str) -> PathTemplate:
    return default if text is None else PathTemplate.parse(text, key)


def numbered(path: _Path, longest: int = LONGEST_BYTES) -> Iterator[_Path]:
    """A name and those like it, in the order in which they are tried: ``Title (2).opus`` …

    A name that is so long that no number can be added is cut for it.
    """
    yield path
    for number in range(2, MAX_NUMBER + 1):
        yield path.with_name(add_to_stem(path.name, f" ({number})", longest))


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
