"""Ready-made templates for file names, by the program that the library is for.

Owns the words of ``library.preset``. The template language is that of ``shanty.naming.templates``.

Each follows what its program documents or does by default:

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
    """The templates of one preset; without one of its own, compilations or singles are as albums.

    The year is added where the program leaves it open: two albums of one name are no rarity.
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
    """The templates that hold where a person has set none, by the settings that came before.

    A template of the person's own is for everything, compilations and singles too.
    """
    preset = PRESETS[settings.get("preset", "shanty")]
    template = settings.get("template", preset.template)
    return preset if template == preset.template else NamePreset(template)
