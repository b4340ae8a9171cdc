"""Tags in files: reading them, and writing them so that a crash cannot damage the file.

Owns which formats can be tagged and the order of events. Refuses to know what is in a tag
(``tagset``) and how a format spells it (``id3``, ``vorbis``, ``mp4``).
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol

from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from shanty.errors import BadCandidateError, StageError
from shanty.files.atomic import BeforeReplacing, disk_error, mark_of, real_file, replaced_by_copy
from shanty.tags import id3, mp4, vorbis
from shanty.tags.audio import open_audio
from shanty.tags.covers import Cover
from shanty.tags.style import TagStyle
from shanty.tags.tagset import TagSet, build_tags

__all__ = [
    "TagChange",
    "TagSet",
    "build_tags",
    "find_format",
    "find_refusal",
    "preview_tags",
    "read_cover",
    "read_recording_mbid",
    "read_tags",
    "write_tags",
]


class TagFormat(Protocol):
    """What a module has to offer to be a tag format. ``audio`` is mutagen's file object."""

    def read(self, audio: Any) -> TagSet:
        """Return the tags of a file."""

    def read_cover(self, audio: Any) -> Cover | None:
        """Return the embedded front cover; None if there is none."""

    def as_stored(self, tags: TagSet, style: TagStyle) -> TagSet:
        """Return the tags as they read back if they are written in this style."""

    def apply(self, audio: Any, tags: TagSet, cover: Cover | None, style: TagStyle) -> None:
        """Set our tags in memory. The style decides which other tags stay."""

    def snapshot(self, audio: Any, style: TagStyle | None = None) -> object:
        """Return what would be saved, as a value that can be compared.

        Without a style, the file keeps its own.
        """

    def save(self, audio: Any, path: Path, style: TagStyle | None = None) -> None:
        """Write the tags into a file, in place. Without a style, the file keeps its own."""


_FORMATS: dict[type, TagFormat] = {
    MP3: id3,
    FLAC: vorbis,
    OggFLAC: vorbis,
    OggOpus: vorbis,
    OggSpeex: vorbis,
    OggVorbis: vorbis,
    MP4: mp4,
}
_STYLE = TagStyle()


def read_tags(path: Path) -> TagSet:
    """Return the tags of a file that a ``TagSet`` has fields for.

    Raises:
        BadCandidateError: it is not audio, or has a format that we cannot tag.
        TransientError: the file is not there or cannot be read.
    """
    audio = open_audio(path)
    return _format_of(audio, path).read(audio)


def read_cover(path: Path) -> Cover | None:
    """Return the embedded front cover of a file; None if it has none that is JPEG or PNG."""
    audio = open_audio(path)
    try:
        return _format_of(audio, path).read_cover(audio)
    except StageError:
        return None


def read_recording_mbid(path: Path) -> str | None:
    """Return the recording that a file says it is; None if it has no such tag or is not audio.

    Raises:
        TransientError: the file is not there or cannot be read.
    """
    try:
        return read_tags(path).recording_mbid or None
    except BadCandidateError:
        return None


@dataclass(frozen=True, slots=True)
class TagChange:
    """A field of a ``TagSet`` that would change, with its values as the file would store them."""

    field: str
    before: Any
    after: Any


def preview_tags(
    path: Path, tags: TagSet, style: TagStyle = _STYLE
) -> tuple[TagChange, ...] | None:
    """Return what ``write_tags`` would change, field by field; None if it would write nothing.

    The result is empty if only something else would change: foreign tags dropped, another version
    of ID3, a contradicting spelling removed. Raises as ``read_tags`` does.
    """
    audio = open_audio(path)
    form = _format_of(audio, path)
    try:
        before = form.read(audio)
    except Exception as error:
        raise BadCandidateError(f"{path.name} has tags that cannot be read") from error
    if not _apply(audio, form, tags, None, style, path.name):
        return None
    stored = form.as_stored(tags, style)
    values = [(f.name, getattr(before, f.name), getattr(stored, f.name)) for f in fields(TagSet)]
    return tuple(TagChange(name, old, new) for name, old, new in values if old != new)


def write_tags(
    path: Path,
    tags: TagSet,
    *,
    cover: Cover | None = None,
    style: TagStyle = _STYLE,
    before_replacing: BeforeReplacing | None = None,
) -> bool:
    """Set a file's tags to these; return whether anything had to be changed.

    Every tag of a ``TagSet`` is ours: afterwards it has this value or, if that is empty, is gone.
    All other tags are a person's and stay, unless ``style`` says otherwise. If no cover is given,
    an embedded cover stays too. A given cover replaces the front cover only.

    The file is replaced as a whole by a tagged copy that has been read back and synced, because
    mutagen saves in place and a kill in the middle destroys the file. ``before_replacing`` is
    called with the old file and the copy.

    Raises:
        BadCandidateError: it is not audio, is damaged, or has a format that we cannot tag. Another
            candidate may do.
        WaitError: the disk is full, read-only or forbidden. The file is as it was.
        TransientError: the file is not there, cannot be read, or was changed meanwhile.
    """
    path = real_file(path)
    mark = mark_of(path)
    audio = open_audio(path)
    form = _format_of(audio, path)
    if not _apply(audio, form, tags, cover, style, path.name):
        return False
    try:
        with replaced_by_copy(path, mark, before_replacing) as copy:
            _tag_copy(audio, form, copy, tags, style, path.name)
    except OSError as error:
        raise disk_error(error, "write the tags of", path) from error
    return True


def _apply(
    audio: Any, form: TagFormat, tags: TagSet, cover: Cover | None, style: TagStyle, name: str
) -> bool:
    """Set the tags in memory; return whether the file would change."""
    try:
        before = form.snapshot(audio, style)
        form.apply(audio, tags, cover, style)
        return form.snapshot(audio, style) != before
    except Exception as error:
        raise BadCandidateError(f"{name} has tags that cannot be changed") from error


def _tag_copy(
    audio: Any, form: TagFormat, copy: Path, tags: TagSet, style: TagStyle, name: str
) -> None:
    """Save into the copy and read it back, so that the original is only replaced by a good file.

    Raises:
        OSError: the disk refuses.
        BadCandidateError: mutagen cannot write this file, or it reads back differently.
    """
    try:
        form.save(audio, copy, style)
        written = type(audio)(copy)
    except Exception as error:
        refusal = find_refusal(error)
        # EINVAL is not the disk's refusal: a damaged file made mutagen seek to a wrong place.
        if refusal is not None and refusal.errno != errno.EINVAL:
            raise refusal from error
        raise BadCandidateError(f"{name} is too damaged to be tagged") from error
    stored = form.as_stored(tags, style)
    if form.read(written) != stored or abs(written.info.length - audio.info.length) > 0.1:
        raise BadCandidateError(f"{name} does not keep the tags that are written to it")


def find_refusal(error: BaseException) -> OSError | None:
    """Return the operating system's error inside an error of mutagen; None if there is none."""
    seen: BaseException | None = error
    while seen is not None:
        for found in (seen, *seen.args):
            if isinstance(found, OSError) and found.errno is not None:
                return found
        seen = seen.__cause__ or seen.__context__
    return None


def find_format(audio: Any) -> TagFormat | None:
    """Return the format that reads and writes the file's tags; None if we cannot tag it."""
    return _FORMATS.get(type(audio))


def _format_of(audio: Any, path: Path) -> TagFormat:
    form = find_format(audio)
    if form is None:
        raise BadCandidateError(f"{path.name} is {type(audio).__name__}, which we cannot tag")
    return form
