"""iTunes metadata, the tags of MP4 files.

Owns the atoms. Refuses to know where values come from.
"""

# mypy: allow-untyped-calls
# mutagen claims to be typed, but is not.

from __future__ import annotations

from pathlib import Path
from typing import Any

from mutagen.mp4 import MP4Cover, MP4FreeForm

from shanty.tags.covers import Cover
from shanty.tags.mapping import TEXT_TAGS
from shanty.tags.style import Foreign, TagStyle, stays
from shanty.tags.tagset import TagSet

_ORIGINAL_DATE_OF_BEETS = "----:com.apple.iTunes:ORIGINAL YEAR"
_NUMBER_ATOMS = {"track": "trkn", "disc": "disk"}
_IMAGE_FORMATS = {"image/jpeg": MP4Cover.FORMAT_JPEG, "image/png": MP4Cover.FORMAT_PNG}


def read(audio: Any) -> TagSet:
    """Return the tags of a file."""
    atoms = audio.tags if audio.tags is not None else {}
    found = {tag.field: _texts(atoms.get(tag.mp4)) for tag in TEXT_TAGS}
    numbers: dict[str, int | None] = {}
    for name, atom in _NUMBER_ATOMS.items():
        pair = next(iter(atoms.get(atom) or ()), None)
        numbers[f"{name}_number"], numbers[f"{name}_total"] = pair or (None, None)
    return TagSet.from_texts(found, is_compilation=bool(atoms.get("cpil")), **numbers)


def as_stored(tags: TagSet, style: TagStyle) -> TagSet:
    """Return the tags as they read back: all of them."""
    return tags


def apply(audio: Any, tags: TagSet, cover: Cover | None, style: TagStyle) -> None:
    """Set our atoms in memory, and the front cover if one is given."""
    if audio.tags is None:
        audio.add_tags()
    atoms = audio.tags
    if style.foreign is not Foreign.KEEP:
        _drop_foreign(atoms, style.foreign)
    owned = {name.lower() for tag in TEXT_TAGS for name in (tag.mp4, *tag.mp4_aliases)}
    # Taggers disagree on the case of freeform names, and readers ignore it.
    for key in [key for key in atoms if key.startswith("----:") and key.lower() in owned]:
        del atoms[key]
    texts = tags.texts()
    for tag in TEXT_TAGS:
        key, values = tag.mp4, list(texts[tag.field])
        if key.startswith("----:"):
            _set(atoms, key, [MP4FreeForm(value.encode("utf-8")) for value in values])
        else:
            _set(atoms, key, values)
    if tags.original_date:
        # Picard writes a freeform atom with a name of its own. beets and other readers that use
        # mediafile look only here.
        atoms[_ORIGINAL_DATE_OF_BEETS] = [MP4FreeForm(tags.original_date.encode("utf-8"))]
    for name, atom in _NUMBER_ATOMS.items():
        number, total = getattr(tags, f"{name}_number"), getattr(tags, f"{name}_total")
        _set(atoms, atom, [] if number is None else [(number, total or 0)])
    atoms.pop("cpil", None)
    if tags.is_compilation:
        atoms["cpil"] = True
    if cover is not None:
        # MP4 has no picture types: the first picture is the front.
        picture = MP4Cover(cover.data, _IMAGE_FORMATS[cover.mime])
        atoms["covr"] = [picture, *list(atoms.get("covr") or ())[1:]]


def read_cover(audio: Any) -> Cover | None:
    """Return the embedded front cover; None if there is none."""
    for picture in (audio.tags or {}).get("covr") or ():
        for mime, image_format in _IMAGE_FORMATS.items():
            if picture.imageformat == image_format:
                return Cover(mime, bytes(picture))
    return None


def snapshot(audio: Any, style: TagStyle | None = None) -> object:
    """Return what would be saved, as a value that can be compared."""
    if audio.tags is None:
        return None
    return {key: list(v) if isinstance(v, list) else v for key, v in audio.tags.items()}


def save(audio: Any, path: Path, style: TagStyle | None = None) -> None:
    """Write the tags into a file."""
    audio.save(path)


def _drop_foreign(atoms: Any, foreign: Foreign) -> None:
    fronts = list(atoms.get("covr") or ())[:1] if foreign is Foreign.DROP else []
    for key in list(atoms):
        if not stays(key.rpartition(":")[2], foreign):
            del atoms[key]
    _set(atoms, "covr", fronts)


def _set(atoms: Any, key: str, values: list[Any]) -> None:
    if values:
        atoms[key] = values
    else:
        atoms.pop(key, None)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(
        value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        for value in values or ()
    )
