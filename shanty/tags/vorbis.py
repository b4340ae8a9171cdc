"""Vorbis comments, the tags of FLAC, Ogg Vorbis and Opus files.

Owns their keys and both ways of embedding a picture. Refuses to know where values come from.
"""

# mypy: allow-untyped-calls
# mutagen claims to be typed, but is not.

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

from mutagen.flac import FLAC, Picture, VCFLACDict
from mutagen.flac import error as FLACError

from shanty.tags.covers import FRONT, Cover
from shanty.tags.mapping import TEXT_TAGS
from shanty.tags.style import Foreign, TagStyle, stays
from shanty.tags.tagset import TagSet, parse_number

_NUMBER_KEYS = {
    "track": ("TRACKNUMBER", ("TRACKTOTAL", "TOTALTRACKS"), ("TRACK", "TRACKC")),
    "disc": ("DISCNUMBER", ("DISCTOTAL", "TOTALDISCS"), ("DISC", "DISCC")),
}
_PICTURE_KEY = "METADATA_BLOCK_PICTURE"


def read(audio: Any) -> TagSet:
    """Return the tags of a file."""
    comments = audio.tags if audio.tags is not None else {}
    found = {tag.field: tuple(comments.get(tag.vorbis, ())) for tag in TEXT_TAGS}
    numbers: dict[str, int | None] = {}
    for name, (number_key, total_keys, _) in _NUMBER_KEYS.items():
        number, total = parse_number(_first(comments, number_key))
        totals = [parse_number(_first(comments, key))[0] for key in total_keys]
        numbers[f"{name}_number"] = number
        numbers[f"{name}_total"] = next((t for t in totals if t is not None), total)
    is_compilation = _first(comments, "COMPILATION") == "1"
    return TagSet.from_texts(found, is_compilation=is_compilation, **numbers)


def as_stored(tags: TagSet, style: TagStyle) -> TagSet:
    """Return the tags as they read back: all of them."""
    return tags


def apply(audio: Any, tags: TagSet, cover: Cover | None, style: TagStyle) -> None:
    """Set our comments in memory, and the front cover if one is given."""
    if audio.tags is None:
        audio.add_tags()
    comments = audio.tags
    if style.foreign is not Foreign.KEEP:
        _drop_foreign(audio, style.foreign)
    texts = tags.texts()
    for tag in TEXT_TAGS:
        _set(comments, tag.vorbis, list(texts[tag.field]))
        for alias in tag.vorbis_aliases:
            _set(comments, alias, [])
    for name, (number_key, total_keys, aliases) in _NUMBER_KEYS.items():
        number, total = getattr(tags, f"{name}_number"), getattr(tags, f"{name}_total")
        _set(comments, number_key, [] if number is None else [str(number)])
        for key in total_keys:
            _set(comments, key, [] if total is None else [str(total)])
        for alias in aliases:
            _set(comments, alias, [])
    _set(comments, "COMPILATION", ["1"] if tags.is_compilation else [])
    if isinstance(audio, FLAC):
        # FLAC allows one comment block (RFC 9639, 8.6). If there are two, players mix their values.
        audio.metadata_blocks[:] = [
            block for block in audio.metadata_blocks if block is comments or not _is_comment(block)
        ]
    if cover is not None:
        _set_cover(audio, cover)


def read_cover(audio: Any) -> Cover | None:
    """Return the embedded front cover; None if there is none."""
    front = _front(audio)
    return front and Cover(front.mime, front.data, front.width, front.height)


def snapshot(audio: Any, style: TagStyle | None = None) -> object:
    """Return what would be saved, as a value that can be compared."""
    comments: list[tuple[str, list[str]]] = []
    if audio.tags is not None:
        comments = sorted((key, list(audio.tags[key])) for key in audio.tags.keys())  # noqa: SIM118
    if not isinstance(audio, FLAC):
        return comments, []
    count = sum(map(_is_comment, audio.metadata_blocks))
    return comments, [picture.write() for picture in audio.pictures], count


def save(audio: Any, path: Path, style: TagStyle | None = None) -> None:
    """Write the tags into a file."""
    audio.save(path)


def _drop_foreign(audio: Any, foreign: Foreign) -> None:
    fronts = [front] if foreign is Foreign.DROP and (front := _front(audio)) is not None else []
    for key in list(audio.tags.keys()):
        if not stays(key, foreign):
            del audio.tags[key]
    if isinstance(audio, FLAC):
        audio.clear_pictures()
        for picture in fronts:
            audio.add_picture(picture)
    else:
        _set(audio.tags, _PICTURE_KEY, [_encode(picture) for picture in fronts])


def _set_cover(audio: Any, cover: Cover) -> None:
    picture = Picture()
    picture.type, picture.mime, picture.data = FRONT, cover.mime, cover.data
    picture.width, picture.height = cover.width, cover.height
    if isinstance(audio, FLAC):
        others = [other for other in audio.pictures if other.type != FRONT]
        audio.clear_pictures()
        for each in (picture, *others):
            audio.add_picture(each)
        return
    kept = [
        text
        for text in audio.tags.get(_PICTURE_KEY, ())
        if (other := _decode(text)) is None or other.type != FRONT
    ]
    _set(audio.tags, _PICTURE_KEY, [_encode(picture), *kept])
    for legacy in ("COVERART", "COVERARTMIME"):  # front covers were embedded so before 2008
        _set(audio.tags, legacy, [])


def _front(audio: Any) -> Any:
    """Return the picture block of the front cover; None if there is none."""
    if isinstance(audio, FLAC):
        pictures = list(audio.pictures)
    else:
        texts = audio.tags.get(_PICTURE_KEY, ()) if audio.tags is not None else ()
        pictures = [picture for text in texts if (picture := _decode(text)) is not None]
    return next((picture for picture in pictures if picture.type == FRONT), None)


def _encode(picture: Any) -> str:
    return base64.b64encode(picture.write()).decode("ascii")


def _is_comment(block: Any) -> bool:
    return isinstance(block, VCFLACDict)


def _decode(text: str) -> Any:
    try:
        return Picture(base64.b64decode(text))
    except (FLACError, binascii.Error, ValueError):
        return None


def _set(comments: Any, key: str, values: list[str]) -> None:
    if values:
        comments[key] = values
    elif key in comments:
        del comments[key]


def _first(comments: Any, key: str) -> str:
    return next(iter(comments.get(key, ())), "")
