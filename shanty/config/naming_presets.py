"""Ready-made templates for file names, one preset for each program that reads the library.

Owns the words of ``library.preset``. ``shanty.naming.templates`` owns the template language.

Each preset follows what its program documents or does by default:

- plex: https://support.plex.tv/articles/200265296-adding-music-media-from-folders/ (the disc's
  number before the track's, as in ``101 - Title``)
- jellyfin: https://jellyfin.org/docs/general/server/media/music/ (a folder for each album, with
  the tracks of all its discs)
- navidrome: https://www.navidrome.org/docs/faq/ (goes by tags alone; a folder for each album)
- picard: its default file naming script
- beets: https://beets.readthedocs.io/en/stable/reference/config.html#path-format-configuration
- lidarr: its standard and its multi-disc track format, below a folder for each artist
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

PresetName = Literal["shanty", "plex", "jellyfin", "navidrome", "picard", "beets", "lidarr"]


@dataclass(frozen=True, slots=True)
class NamePreset:
    """The templates of one preset. Compilations and singles without their own are named as albums.

    Where a program leaves it open, the year is added: albums of the same name are not rare.
    """

    template: str
    compilation_template: str | None = None
    single_template: str | None = None


PRESETS: dict[PresetName, NamePreset] = {
    "shanty": NamePreset("{album_artist}/{album} ({year})/{disc:}{track:02} {title}.{ext}"),
    "plex": NamePreset(
        "{album_artist}/{album} ({year})/{multi_disc?{disc}}{track:02} - {title}.{ext}"
    ),
    "jellyfin": NamePreset(
        "{album_artist}/{album} ({year})/{disc:}{track:02} - {title}.{ext}",
        "{album_artist}/{album} ({year})/{disc:}{track:02} - {artist} - {title}.{ext}",
    ),
    "navidrome": NamePreset(
        "{album_artist}/{album} ({year})/{disc:}{track:02} - {title}.{ext}",
        "{album_artist}/{album} ({year})/{disc:}{track:02} - {artist} - {title}.{ext}",
    ),
    "picard": NamePreset(
        "{album_artist}/{album}/{disc:}{track:02} {multi_artist?{artist} - }{title}.{ext}"
    ),
    "beets": NamePreset(
        "{album_artist}/{album}/{disc:}{track:02} {title}.{ext}",
        "Compilations/{album}/{disc:}{track:02} {title}.{ext}",
        "{release_mbid?{album_artist}/{album}/{disc:}{track:02} {title}"
        "|Non-Album/{artist}/{title}}.{ext}",
    ),
    "lidarr": NamePreset(
        "{album_artist}/{album} ({year})/{multi_disc?{media} {disc:02}/}"
        "{album_artist} - {album} - {track:02} - {title}.{ext}"
    ),
}


def choose_preset(settings: Mapping[str, Any]) -> NamePreset:
    """The default templates, given the settings that were read before them.

    If a person has set a template of their own, it names everything, compilations and singles too.
    """
    preset = PRESETS[settings.get("preset", "shanty")]
    template = settings.get("template", preset.template)
    return preset if template == preset.template else NamePreset(template)
