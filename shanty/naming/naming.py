"""Which name a track gets: the kind of its release decides the template.

Owns the choice of the template. Refuses to know what is on the disk (``placement``), which tracks
share a name (``rename_plan``) and how a template is written (``templates``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shanty.config.sections import LibrarySettings
from shanty.files.filenames import MAX_COMPONENT_BYTES, clean_component, clean_value
from shanty.files.name_limit import longest_name
from shanty.models import AudioProperties
from shanty.music.entities import Placement
from shanty.naming.extensions import extension_for
from shanty.naming.own_folders import TrackName, find_own_folders
from shanty.naming.templates import PathFields, PathTemplate, fields_for


@dataclass(frozen=True, slots=True)
class Naming:
    """The templates in force. Made by :meth:`from_settings`."""

    album: PathTemplate
    compilation: PathTemplate
    single: PathTemplate
    windows_safe: bool
    longest: int = MAX_COMPONENT_BYTES
    """How many bytes a name may have, so that the disk takes it even with a number added."""

    @classmethod
    def from_settings(cls, library: LibrarySettings) -> Naming:
        """Parse the templates of the settings.

        Raises:
            ConfigError: a template is wrong; the message names its setting.
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
        """Parse the templates, and limit names to what the library's disk takes.

        Raises:
            ConfigError: a template is wrong; the message names its setting.
        """
        return cls.from_settings(library).within(longest_name(library.path))

    def within(self, longest: int) -> Naming:
        """Return the same templates for names of at most ``longest`` bytes."""
        return replace(self, longest=min(self.longest, longest))

    def name_for(self, placement: Placement, audio: AudioProperties) -> TrackName:
        """Return where a recording belongs, below the library's folder.

        A compilation is a release by Various Artists. A single is a release group of the type
        Single, or a recording that is on no release.
        """
        return self._name(placement, fields_for(placement, extension_for(audio), audio))

    def name_with_extension(self, placement: Placement, extension: str) -> TrackName:
        """Return where a recording belongs if only the file's extension is known."""
        return self._name(placement, fields_for(placement, extension))

    def tell_apart(self, folder: str, addition: str) -> str:
        """Return a folder's name with something in brackets that tells it from another one."""
        words = clean_value(addition, windows_safe=self.windows_safe)
        shortened = clean_component(
            words, windows_safe=self.windows_safe, longest=self.longest // 2
        )
        return clean_component(
            folder, f" ({shortened})", windows_safe=self.windows_safe, longest=self.longest
        )

    def _name(self, placement: Placement, values: PathFields) -> TrackName:
        template = self.album
        if values.compilation:
            template = self.compilation
        elif values.single:
            template = self.single
        path = template.render(values, windows_safe=self.windows_safe, longest=self.longest)
        return TrackName(path, find_own_folders(placement, template.depths_of_fields(values)))


def _parse_or(default: PathTemplate, text: str | None, key: str) -> PathTemplate:
    return default if text is None else PathTemplate.parse(text, key)
