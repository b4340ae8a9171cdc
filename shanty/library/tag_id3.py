"""ID3v2.4, the tags of MP3 files. Owns frames; refuses to know where values come from."""

# mypy: allow-untyped-calls
# mutagen says that it is typed, and is not.

from __future__ import annotations

from pathlib import Path
from typing import Any

from mutagen.id3 import APIC, TXXX, UFID, Encoding, Frames

from shanty.library.covers import FRONT, Cover
from shanty.library.tag_mapping import RECORDING_UFID_OWNER, TEXT_TAGS
from shanty.library.tagset import TagSet, parse_number

_UFID = f"UFID:{RECORDING_UFID_OWNER}"
_NUMBER_FRAMES = {"track": "TRCK", "disc": "TPOS"}


def read(audio: Any) -> TagSet:
    """The tags of a file."""
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


def apply(audio: Any, tags: TagSet, cover: Cover | None) -> None:
    """Set our frames in memory, and the front cover if one is given."""
    if audio.tags is None:
        audio.add_tags()
    frames = audio.tags
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
    """The embedded front cover, if it is one that we could have written."""
    for frame in _all(audio.tags if audio.tags is not None else {}, "APIC"):
        if frame.type == FRONT:
            return Cover(frame.mime, frame.data)
    return None


def snapshot(audio: Any) -> object:
    """What would be saved, as a value that compares."""
    if audio.tags is None:
        return None
    if audio.tags.version < (2, 4):
        return object()  # equals nothing: what older versions hold is always written anew
    return {
        key: [str(text) for text in frame.text] if hasattr(frame, "text") else repr(frame)
        for key, frame in audio.tags.items()
    }


def save(audio: Any, path: Path) -> None:
    """Write the tags into a file. An ID3v1 tag is brought up to date, but none is added."""
    audio.save(path, v1=1, v2_version=4)


def _set_cover(frames: Any, cover: Cover) -> None:
    for frame in _all(frames, "APIC"):
        if frame.type == FRONT:
            del frames[frame.HashKey]
    description = ""
    while f"APIC:{description}" in frames:  # mutagen tells pictures apart by this text only
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
