"""Changing a few tags of a file in the library, whole or not at all.

Owns the order of events, the same as in ``tagging.write_tags``: a copy is changed, read back, and
swapped in. Refuses to know which tags they are. A file that cannot be tagged stays as it is. What
is added here is only an extra, so a failure is no reason to look for another candidate.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shanty.errors import BadCandidateError, PermanentError
from shanty.files.atomic import BeforeReplacing, disk_errors, mark_of, real_file, replaced_by_copy
from shanty.tags.audio import open_audio
from shanty.tags.tagging import find_format, find_refusal


def open_tagged(path: Path) -> Any:
    """Open a file as mutagen's object, if it has a format that we can tag.

    Raises:
        PermanentError: it is not audio, is damaged, or has a format that we cannot tag.
        TransientError: it is not there or cannot be read.
    """
    try:
        audio = open_audio(path)
    except BadCandidateError as error:
        raise PermanentError(str(error)) from error
    if find_format(audio) is None:
        raise PermanentError(f"{path.name} is {type(audio).__name__}, which we cannot tag")
    return audio


def edit_tags(
    path: Path,
    change: Callable[[Any], None],
    *,
    is_right: Callable[[Any], bool],
    before_replacing: BeforeReplacing | None = None,
) -> bool:
    """Let ``change`` set tags in memory, and save them; return whether anything was different.

    The changed copy is read back, and ``is_right`` judges it.

    Raises:
        PermanentError: it cannot be tagged. The file is as it was.
        WaitError: the disk is full, read-only or forbidden. The file is as it was.
        TransientError: the file is not there, cannot be read, or was changed meanwhile.
    """
    path = real_file(path)
    mark = mark_of(path)
    audio = open_tagged(path)
    form = find_format(audio)
    assert form is not None, "open_tagged has checked it"
    before = form.snapshot(audio)
    if audio.tags is None:
        audio.add_tags()
    change(audio)
    if form.snapshot(audio) == before:
        return False
    with (
        disk_errors("write the tags of", path),
        replaced_by_copy(path, mark, before_replacing) as copy,
    ):
        try:
            form.save(audio, copy)
            written = type(audio)(copy)
        except Exception as error:
            refusal = find_refusal(error)
            if refusal is not None and refusal.errno != errno.EINVAL:
                raise refusal from error
            raise PermanentError(f"{path.name} is too damaged to be tagged") from error
        if not is_right(written) or abs(written.info.length - audio.info.length) > 0.1:
            raise PermanentError(f"{path.name} does not keep the tags that are written to it")
    return True
