"""Where a track belongs in the library: the path template.

Owns the template language. Refuses to know what the values mean (``fields``), what is on the
disk (``placement``) and what makes a name safe (``filenames``).

A template is a relative path with fields in braces, for example the default,

    {album_artist}/{album} ({year})/{disc:}{track:02} {title}.{ext}

- ``{track:02}`` pads a number with zeros to two digits.
- ``{field?this}`` is ``this`` if the field has a value, else nothing. ``{field?this|that}`` is
  ``that`` if the field has no value. Both may hold fields, further conditions, and slashes:
  ``{multi_disc?CD {disc}/}`` makes a folder for each disc of a release that has several.
- ``{disc:}``, with the colon, is short for ``{multi_disc?{disc}-}``, padded to as many digits as
  the number of discs has.
- Round or square brackets vanish, with the space before them, if no field in them has a value. So
  an album of unknown year is just ``Album``.
- ``{{`` and ``}}`` are braces.

Values are made safe before they are put in: a slash in a title never makes a folder.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from shanty.errors import ConfigError, one_line
from shanty.files.filenames import MAX_COMPONENT_BYTES, clean_component, clean_value
from shanty.naming.fields import CONDITIONS, NAMES, NUMBERS, PathFields, fields_for

__all__ = ["PathFields", "PathTemplate", "fields_for"]

MAX_FOLDERS = 12
"""A path of this many folders fits into Linux's 4096 bytes, even with the longest names."""

_FIELD = re.compile(r"\{(?P<name>\w*)(?:(?P<colon>:(?P<width>[^{}?|]*))?\}|(?P<condition>\?))")
_WIDTH = re.compile(r"0?[1-9]|0{1,4}")
_CLOSING = {"(": ")", "[": "]"}
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

    def render(self, values: PathFields, *, windows_safe: bool) -> str:
        value = getattr(values, self.name)
        if self.is_disc_prefix:
            width = len(str(values.disc_total))
            return f"{values.disc:0{width}d}-" if values.disc_total > 1 else ""
        if isinstance(value, int):
            return "" if _is_unknown(self.name, value) else f"{value:0{self.width}d}"
        return clean_value(value, windows_safe=windows_safe) or _WHEN_EMPTY.get(self.name, "")


@dataclass(frozen=True, slots=True)
class _Condition:
    """A condition, written ``{name?then|otherwise}``."""

    name: str
    then: tuple[_Node, ...]
    otherwise: tuple[_Node, ...]

    def choose(self, values: PathFields) -> tuple[_Node, ...]:
        """The side of the condition that these values lead to."""
        value = getattr(values, self.name)
        return self.then if value and not _is_unknown(self.name, value) else self.otherwise

    def render(self, values: PathFields, *, windows_safe: bool) -> str:
        return _join(self.choose(values), values, windows_safe=windows_safe)


@dataclass(frozen=True, slots=True)
class _Bracket:
    """A bracketed part, with the space before it. It vanishes if no field in it has a value."""

    nodes: tuple[_Node, ...]

    def render(self, values: PathFields, *, windows_safe: bool) -> str:
        found = [_render(node, values, windows_safe=windows_safe) for node in self.nodes]
        has_value = any(
            text for node, text in zip(self.nodes, found, strict=True) if not isinstance(node, str)
        )
        return "".join(found) if has_value else ""


_Node = str | _Field | _Condition | _Bracket


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A parsed template, without its ``.{ext}``."""

    nodes: tuple[_Node, ...]

    @classmethod
    def parse(cls, text: str, key: str = "library.template") -> PathTemplate:
        """Parse a template; ``key`` is the setting that it comes from.

        Raises:
            ConfigError: it has an unknown field or a stray brace, is not a plain relative path, or
                does not end in ``.{ext}``. The message names the key.
        """
        try:
            nodes = _Parser(text).parse()
            if nodes[-2:] != [".", _Field("ext")]:
                raise _Flaw(f"{text!r} has to end in a name and .{{ext}}")
            del nodes[-2:]
            for is_true in (True, False):
                _check_outline(_outline(nodes, is_true=is_true), text)
        except _Flaw as flaw:
            raise ConfigError(f"{key}: {one_line(str(flaw))}") from None
        return cls(tuple(nodes))

    def render(
        self,
        values: PathFields,
        *,
        windows_safe: bool = True,
        longest: int = MAX_COMPONENT_BYTES,
    ) -> PurePosixPath:
        """Return the path below the library's folder.

        Every component is safe, is not empty, and has at most ``longest`` bytes.
        """
        extension = re.sub(r"[^a-z0-9]", "", values.ext.lower())[:10] or "audio"
        # No value holds a slash, so every slash comes from the template.
        *folders, name = _join(self.nodes, values, windows_safe=windows_safe).split("/")
        return PurePosixPath(
            *(
                clean_component(folder, windows_safe=windows_safe, longest=longest)
                for folder in folders
            ),
            clean_component(name, f".{extension}", windows_safe=windows_safe, longest=longest),
        )

    def depths_of_fields(self, values: PathFields) -> dict[str, int]:
        """Return how deep the first folder lies that each field has a part in naming.

        The folder below the library's has depth 1. A field that names no folder is left out.
        """
        depths: dict[str, int] = {}
        depth = 1
        for node in _resolve(self.nodes, values):
            if isinstance(node, str):
                depth += node.count("/")
            else:
                depths.setdefault(node.name, depth)
        return {name: at for name, at in depths.items() if at < depth}  # the last one is the file


def _resolve(nodes: tuple[_Node, ...], values: PathFields) -> Iterator[str | _Field]:
    """Yield the text and the fields that are left once every condition is decided."""
    for node in nodes:
        if isinstance(node, _Condition):
            yield from _resolve(node.choose(values), values)
        elif isinstance(node, _Bracket):
            yield from _resolve(node.nodes, values)
        else:
            yield node


def _is_unknown(name: str, value: object) -> bool:
    # Track 0 is the pregap track, and every disc has a number. Any other 0 means unknown.
    return value == 0 and isinstance(value, int) and name not in {"track", "disc"}


def _render(node: _Node, values: PathFields, *, windows_safe: bool) -> str:
    return node if isinstance(node, str) else node.render(values, windows_safe=windows_safe)


def _join(nodes: tuple[_Node, ...], values: PathFields, *, windows_safe: bool) -> str:
    return "".join(_render(node, values, windows_safe=windows_safe) for node in nodes)


class _Flaw(Exception):
    """What is wrong with a template, in words that do not name the setting."""


class _Parser:
    """Reads one template, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def parse(self) -> list[_Node]:
        return self._nodes("")

    def _nodes(self, ends: str) -> list[_Node]:
        """Parse up to one of the characters ``ends``, which is not consumed, or to the end."""
        nodes: list[_Node] = []
        while self._position < len(self._text):
            rest = self._text[self._position :]
            if ends and rest[0] in ends:
                break
            if rest.startswith("{{") or (not ends and rest.startswith("}}")):
                nodes.append(rest[0])
                self._position += 2
            elif rest[0] in "{}":
                nodes.append(self._field())
            else:
                nodes.append(rest[0])
                self._position += 1
        return _with_brackets(nodes)

    def _field(self) -> _Node:
        match = _FIELD.match(self._text, self._position)
        if match is None:
            raise _Flaw(f"{self._text!r} has a brace without its partner")
        self._position = match.end()
        name = match["name"]
        if name not in NAMES:
            raise _Flaw(_describe_unknown(name))
        if match["condition"]:
            return self._condition(name)
        if name in CONDITIONS:
            raise _Flaw(f"{{{name}}} is yes or no, and cannot be shown: write {{{name}?this|that}}")
        width = match["width"]
        if match["colon"] is None:
            return _Field(name)
        if name == "disc" and not width:
            return _Field(name, is_disc_prefix=True)
        if name not in NUMBERS or not _WIDTH.fullmatch(width):
            raise _Flaw(
                f"{match[0]} is not understood; a number's width is written like {{track:02}}"
            )
        return _Field(name, width=int(width) or len(width))

    def _condition(self, name: str) -> _Condition:
        then = self._nodes("|}")
        otherwise: list[_Node] = []
        if self._next() == "|":
            self._position += 1
            otherwise = self._nodes("|}")
        if self._next() != "}":
            raise _Flaw(f"{{{name}?…}} does not end like {{{name}?this}} or {{{name}?this|that}}")
        self._position += 1
        return _Condition(name, tuple(then), tuple(otherwise))

    def _next(self) -> str:
        return self._text[self._position : self._position + 1]


def _describe_unknown(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), NAMES, n=1, cutoff=0.5)
    hint = f"did you mean {{{close[0]}}}?" if close else f"there are {', '.join(NAMES)}"
    return f"there is no field {{{name}}}; {hint}"


def _with_brackets(nodes: list[_Node]) -> list[_Node]:
    """Turn each bracketed part that contains a field into a node of its own."""
    found: list[_Node] = []
    position = 0
    while position < len(nodes):
        end = _closing_position(nodes, position)
        inside = nodes[position : end + 1] if end is not None else []
        if end is None or all(isinstance(node, str) for node in inside):
            found.append(nodes[position])
            position += 1
            continue
        inner = [inside[0], *_with_brackets(inside[1:-1]), inside[-1]]
        if found and found[-1] == " ":
            inner.insert(0, found.pop())
        found.append(_Bracket(tuple(inner)))
        position = end + 1
    return found


def _closing_position(nodes: list[_Node], position: int) -> int | None:
    """Return where the bracket that opens here closes; None if not in the same component."""
    opening = nodes[position]
    closing = _CLOSING.get(opening) if isinstance(opening, str) else None
    depth = 0
    for place in range(position, len(nodes) if closing else position):
        if nodes[place] == "/":
            return None
        depth += (nodes[place] == opening) - (nodes[place] == closing)
        if depth == 0:
            return place
    return None


def _outline(nodes: list[_Node] | tuple[_Node, ...], *, is_true: bool) -> str:
    """Return the path with ``x`` for each value, and with all conditions true or all false."""
    text = ""
    for node in nodes:
        if isinstance(node, str):
            text += node
        elif isinstance(node, _Bracket):
            text += _outline(node.nodes, is_true=is_true)
        elif isinstance(node, _Condition):
            text += _outline(node.then if is_true else node.otherwise, is_true=is_true)
        else:
            text += "x"
    return text


def _check_outline(outline: str, text: str) -> None:
    *folders, name = outline.split("/")
    if "\\" in outline or any(not folder.strip(" .") for folder in folders):
        raise _Flaw(
            f"{text!r} has to be a relative path without empty parts, '.', '..' or backslashes"
        )
    if not name.strip(" ."):
        raise _Flaw(f"{text!r} has to end in a name and .{{ext}}")
    if len(folders) > MAX_FOLDERS:
        raise _Flaw(f"{text!r} has more than {MAX_FOLDERS} folders")
