"""ID3v2, the tags of MP3 files: version 2.4, or 2.3 for players that know no other.

Owns the frames, what the older version cannot hold, and the APEv2 tags that an MP3 may have too.
Refuses to know where values come from.
"""

# mypy: allow-untyped-calls
# mutagen claims to be typed, but is not.

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from mutagen import MutagenError
from mutagen.apev2 import APEv2
from mutagen.id3 import APIC, TXXX, UFID, Encoding, Frames
from mutagen.mp3 import MP3

from shanty.tags.covers import FRONT, Cover
from shanty.tags.mapping import RECORDING_UFID_OWNER, TEXT_TAGS
from shanty.tags.style import Foreign, TagStyle, stays
from shanty.tags.tagset import TagSet, parse_number

_UFID = f"UFID:{RECORDING_UFID_OWNER}"
_NUMBER_FRAMES = {"track": "TRCK", "disc": "TPOS"}
# In version 2.3 a text frame has one value. Picard's default joins several by this.
_JOINED_BY = "/"
# Frames of version 2.4 that we write into version 2.3 too. Players read the first ones there, and
# Picard writes them. The others are a person's: a player that does not know them skips them.
_ALSO_IN_V23 = (
    *("TSOP", "TSOA", "TSOT", "TSST"),
    *("TMOO", "RVA2", "EQU2", "TDEN", "TDRL", "TDTG", "TPRO", "SEEK"),
)


def read(audio: Any) -> TagSet:
    """Return the tags of a file."""
    frames = audio.tags if audio.tags is not None else {}
    found: dict[str, tuple[str, ...]] = {}
    described = {frame.desc.lower(): frame for frame in _all(frames, "TXXX")}
    for tag in TEXT_TAGS:
        kind, _, description = tag.id3.partition(":")
        if kind == "UFID":
            frame = frames.get(_UFID)
            found[tag.field] = (frame.data.decode("utf-8", "replace"),) if frame else ()
        else:
            frame = described.get(description.lower()) if kind == "TXXX" else frames.get(kind)
            found[tag.field] = _texts(frame)
    numbers: dict[str, int | None] = {}
    for name, kind in _NUMBER_FRAMES.items():
        text = next(iter(_texts(frames.get(kind))), "")
        numbers[f"{name}_number"], numbers[f"{name}_total"] = parse_number(text)
    is_compilation = next(iter(_texts(frames.get("TCMP"))), "") == "1"
    return TagSet.from_texts(found, is_compilation=is_compilation, **numbers)


def as_stored(tags: TagSet, style: TagStyle) -> TagSet:
    """Return the tags as they read back.

    Version 2.3 joins several values into one. It stores a date as a whole or as its year alone, and
    the year is all that it stores of the original date.
    """
    if style.id3_version != 3:
        return tags
    joined: dict[str, Any] = {
        name: (_JOINED_BY.join(values),) for name, values in tags.texts().items() if len(values) > 1
    }
    return replace(
        tags,
        **joined,
        date=tags.date if len(tags.date) == len("2001-02-03") else tags.date[:4],
        original_date=tags.original_date[:4],
    )


def apply(audio: Any, tags: TagSet, cover: Cover | None, style: TagStyle) -> None:
    """Set our frames in memory, and the front cover if one is given."""
    if audio.tags is None:
        audio.add_tags()
    frames = audio.tags
    if style.foreign is not Foreign.KEEP:
        _drop_foreign(frames, style.foreign)
    for name in [n for tag in TEXT_TAGS for n in (tag.id3, *tag.id3_aliases)]:
        _delete(frames, name)
    texts = tags.texts()
    for tag in TEXT_TAGS:
        values = list(texts[tag.field])
        if not values:
            continue
        kind, _, description = tag.id3.partition(":")
        if kind == "UFID":
            frames.add(UFID(owner=RECORDING_UFID_OWNER, data=values[0].encode("utf-8")))
        elif kind == "TXXX":
            frames.add(TXXX(encoding=Encoding.UTF8, desc=description, text=values))
        else:
            frames.add(Frames[kind](encoding=Encoding.UTF8, text=values))
    _set_number(frames, "TRCK", tags.track_number, tags.track_total)
    _set_number(frames, "TPOS", tags.disc_number, tags.disc_total)
    frames.delall("TCMP")
    if tags.is_compilation:
        frames.add(Frames["TCMP"](encoding=Encoding.UTF8, text=["1"]))
    if cover is not None:
        _set_cover(frames, cover)


def read_cover(audio: Any) -> Cover | None:
    """Return the embedded front cover; None if there is none."""
    for frame in _all(audio.tags if audio.tags is not None else {}, "APIC"):
        if frame.type == FRONT:
            return Cover(frame.mime, frame.data)
    return None


def snapshot(audio: Any, style: TagStyle | None = None) -> object:
    """Return what would be saved, as a value that can be compared."""
    if audio.tags is None:
        return None
    version = _version_to_write(audio, style)
    if audio.tags.version[:2] != (2, version):
        return object()  # equals nothing: a tag of another version is always rewritten
    if style is not None and audio.filename and _foreign_in_ape(Path(audio.filename), style):
        return object()  # equals nothing: foreign APEv2 tags have to go
    return {key: _value(frame, version) for key, frame in _as_version(audio.tags, version).items()}


def save(audio: Any, path: Path, style: TagStyle | None = None) -> None:
    """Write the tags into a file. An existing ID3v1 tag is updated, but none is added."""
    if style is not None and (foreign := _foreign_in_ape(path, style)):
        _drop_from_ape(path, foreign)
        audio.info = MP3(path).info  # the length may follow from the file's size
    version = _version_to_write(audio, style)
    frames = _as_version(audio.tags, version)
    frames.save(path, v1=1, v2_version=version, v23_sep=_JOINED_BY)


def _version_to_write(audio: Any, style: TagStyle | None) -> int:
    """Return the version of the style; without a style, keep the file's own."""
    if style is not None:
        return style.id3_version
    return 3 if audio.tags.version[:2] == (2, 3) else 4


def _as_version(frames: Any, version: int) -> Any:
    """Return the frames in a version's form. In memory, mutagen holds those of 2.4."""
    if version == 4:
        return frames
    older = copy.deepcopy(frames)
    kept = [frame for kind in _ALSO_IN_V23 for frame in older.getall(kind)]
    older.update_to_v23()
    for frame in kept:
        older.add(frame)
    return older


def _value(frame: Any, version: int) -> object:
    if not hasattr(frame, "text"):
        return repr(frame)
    texts = [str(text) for text in frame.text]
    return texts if version == 4 else _JOINED_BY.join(texts)


def _drop_foreign(frames: Any, foreign: Foreign) -> None:
    for key, frame in list(frames.items()):
        name = frame.desc if frame.FrameID in {"TXXX", "COMM"} else frame.FrameID
        is_front = frame.FrameID == "APIC" and frame.type == FRONT
        if not (stays(name, foreign) or (is_front and foreign is Foreign.DROP)):
            del frames[key]


def _foreign_in_ape(path: Path, style: TagStyle) -> list[str]:
    """Return the keys to drop from an APEv2 tag, which some players prefer to the ID3 tag."""
    if style.foreign is Foreign.KEEP:
        return []
    try:
        return [key for key in APEv2(path) if not stays(key, style.foreign)]
    except MutagenError:
        return []  # there is no such tag, or it cannot be read


def _drop_from_ape(path: Path, keys: list[str]) -> None:
    tag = APEv2(path)
    for key in keys:
        del tag[key]
    if tag:
        tag.save(path)
    else:
        tag.delete(path)


def _set_cover(frames: Any, cover: Cover) -> None:
    for frame in _all(frames, "APIC"):
        if frame.type == FRONT:
            del frames[frame.HashKey]
    description = ""
    while f"APIC:{description}" in frames:  # mutagen tells pictures apart only by this text
        description += "front"
    frames.add(
        APIC(
            encoding=Encoding.LATIN1,
            mime=cover.mime,
            type=FRONT,
            desc=description,
            data=cover.data,
        )
    )


def _set_number(frames: Any, kind: str, number: int | None, total: int | None) -> None:
    frames.delall(kind)
    if number is not None:
        text = f"{number}/{total}" if total else f"{number}"
        frames.add(Frames[kind](encoding=Encoding.UTF8, text=[text]))


def _delete(frames: Any, name: str) -> None:
    kind, _, description = name.partition(":")
    if kind == "TXXX":
        # Taggers disagree on the case of descriptions, and readers ignore it.
        for frame in frames.getall("TXXX"):
            if frame.desc.lower() == description.lower():
                del frames[frame.HashKey]
    else:
        frames.delall(name)


def _all(frames: Any, kind: str) -> list[Any]:
    return list(frames.getall(kind)) if hasattr(frames, "getall") else []


def _texts(frame: Any) -> tuple[str, ...]:
    return tuple(str(text) for text in frame.text) if frame is not None else ()
