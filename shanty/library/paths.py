"""Where a track belongs in the library: the path template and the values that fill it.

Owns the template language. Refuses to know what is on the disk (``placement``) and what makes a
name safe (``filenames``).

A template is a relative path with fields in braces, for example the default,

    {album_artist}/{album} ({year})/{disc:}{track:02} {title}.{ext}

- ``{track:02}`` pads a number with zeros to two digits.
- ``{disc:}``, with the colon, is ``1-`` on a release of several discs and nothing on one disc.
- Round or square brackets vanish, with the space before them, when no field in them has a value:
  an album of unknown year is just ``Album``.
- ``{{`` and ``}}`` are braces.

Values are made safe before they are put in: a slash in a title never makes a folder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import PurePosixPath

from shanty.errors import ConfigError
from shanty.library.filenames import clean_component, clean_value
from shanty.models import Placement

_TOKEN = re.compile(r"\{\{|\}\}|\{(?P<name>\w*)(?P<colon>:(?P<width>[^{}]*))?\}|[^{}]|.", re.S)
_NUMBERS = ("disc", "disc_total", "track")
_CLOSING = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class PathFields:
    """The values that a template may use. Text may be empty; ``ext`` is without its dot."""

    album_artist: str
    album: str
    artist: str
    title: str
    ext: str
    track: int = 0
    disc: int = 1
    disc_total: int = 1
    year: str = ""
    original_year: str = ""
    date: str = ""
    country: str = ""
    media: str = ""
    disc_subtitle: str = ""
    label: str = ""
    catalog_number: str = ""
    recording_mbid: str = ""
    release_mbid: str = ""


def fields_for(placement: Placement, extension: str) -> PathFields:
    """The values for a recording where it is filed; ``extension`` is without its dot."""
    release, medium, track = placement.release, placement.medium, placement.track
    artist = track.artist_credit.name or placement.recording.artist_credit.name
    first_date = release.release_group.first_release_date
    return PathFields(
        album_artist=release.artist_credit.name or artist,
        album=release.title,
        artist=artist,
        title=track.title or placement.recording.title,
        ext=extension,
        track=track.position,
        disc=medium.position,
        disc_total=max(len(release.media), medium.position),
        year=(release.date or first_date)[:4],
        original_year=first_date[:4],
        date=release.date,
        country=release.country,
        media=medium.format,
        disc_subtitle=medium.title,
        label=release.label,
        catalog_number=release.catalog_number,
        recording_mbid=placement.recording.mbid,
        release_mbid=release.mbid,
    )


_NAMES = tuple(field.name for field in fields(PathFields))
_WHEN_EMPTY = {
    "album_artist": "Unknown Artist",
    "artist": "Unknown Artist",
    "album": "Unknown Album",
    "title": "Untitled",
}


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    width: int = 0
    is_disc_prefix: bool = False

    def value(self, values: PathFields) -> str:
        value = getattr(values, self.name)
        if self.is_disc_prefix:
            return f"{values.disc}-" if values.disc_total > 1 else ""
        if isinstance(value, int):
            return f"{value:0{self.width}d}"
        return clean_value(value) or _WHEN_EMPTY.get(self.name, "")


_Part = str | _Field


@dataclass(frozen=True, slots=True)
class _Group:
    """Parts in a row; an optional group vanishes when none of its fields has a value."""

    parts: tuple[_Part, ...]
    is_optional: bool

    def render(self, values: PathFields) -> str:
        found = [p if isinstance(p, str) else p.value(values) for p in self.parts]
        has_value = any(isinstance(p, _Field) and f for p, f in zip(self.parts, found, strict=True))
        return "" if self.is_optional and not has_value else "".join(found)


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A parsed template: for each component, its groups."""

    components: tuple[tuple[_Group, ...], ...]

    @classmethod
    def parse(cls, text: str) -> PathTemplate:
        """Read a template.

        Raises:
            ConfigError: an unknown field, a stray brace, a path that is not relative and plain,
                or a file name that does not end in ``.{ext}``.
        """
        components: list[list[_Part]] = [[]]
        for match in _TOKEN.finditer(text):
            part = _part_of(match, text)
            if part == "/":
                components.append([])
            else:
                components[-1].append(part)
        for parts in components:
            literal = "".join(part if isinstance(part, str) else "x" for part in parts)
            if not literal.strip(" .") or "\\" in literal:
                raise ConfigError(
                    f"library.template: {text!r} has to be a relative path without empty parts, "
                    "'.', '..' or backslashes"
                )
        if components[-1][-2:] != [".", _Field("ext")] or len(components[-1]) < 3:
            raise ConfigError(f"library.template: {text!r} has to end in a name and .{{ext}}")
        del components[-1][-2:]
        return cls(tuple(_group(parts) for parts in components))

    def render(self, values: PathFields) -> PurePosixPath:
        """The path below the library's folder: every component safe, none of them empty."""
        extension = re.sub(r"[^a-z0-9]", "", values.ext.lower())[:10] or "audio"
        names = ["".join(g.render(values) for g in groups) for groups in self.components]
        folders = [clean_component(name) for name in names[:-1]]
        return PurePosixPath(*folders, clean_component(names[-1], f".{extension}"))


def _part_of(match: re.Match[str], text: str) -> _Part:
    token = match[0]
    if token in {"{{", "}}"}:
        return token[0]
    name, width = match["name"], match["width"]
    if name is None:
        if token in {"{", "}"}:
            raise ConfigError(f"library.template: {text!r} has a brace without its partner")
        return token
    if name not in _NAMES:
        raise ConfigError(
            f"library.template: there is no field {{{name}}}; there are {', '.join(_NAMES)}"
        )
    if name == "disc" and match["colon"] and not width:
        return _Field(name, is_disc_prefix=True)
    if not match["colon"]:
        return _Field(name)
    if name not in _NUMBERS or not re.fullmatch(r"0?[1-9]", width):
        raise ConfigError(
            f"library.template: {token} is not understood; a number's width is written like "
            "{track:02}"
        )
    return _Field(name, width=int(width))


def _group(parts: list[_Part]) -> tuple[_Group, ...]:
    """Bracketed stretches with a field, and the space before them, are groups of their own."""
    groups: list[_Group] = []
    start = position = 0
    while position < len(parts):
        end = _closing_position(parts, position)
        if end is None or not any(isinstance(part, _Field) for part in parts[position:end]):
            position += 1
            continue
        opening = position - 1 if position > start and parts[position - 1] == " " else position
        groups.append(_Group(tuple(parts[start:opening]), is_optional=False))
        groups.append(_Group(tuple(parts[opening : end + 1]), is_optional=True))
        start = position = end + 1
    groups.append(_Group(tuple(parts[start:]), is_optional=False))
    return tuple(groups)


def _closing_position(parts: list[_Part], position: int) -> int | None:
    opening = parts[position]
    closing = _CLOSING.get(opening) if isinstance(opening, str) else None
    if closing is None or closing not in parts[position:]:
        return None
    return parts.index(closing, position)
