"""A file's attributes are kept where the disk allows it, and not needed where it does not."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from shanty.library.acts import FileActs
from shanty.library.undo import find_acts, undo
from shanty.models import TrackStatus
from shanty.tags.tagging import build_tags
from tests.world.filed_library import FiledLibrary, by_hand, make_placements


@pytest.fixture
def database_url(sqlite_copy_url: str) -> str:
    """Use SQLite only: these tests do not depend on the database."""
    return sqlite_copy_url


OTHER_TAGS = build_tags(make_placements("Other")[0])
MARK = "user.shanty.test"


def attributes(path: Path) -> tuple[object, ...]:
    status = path.stat()
    marks = [name for name in os.listxattr(path) if name == MARK]
    return status.st_mode, status.st_uid, status.st_gid, marks


def act_in_turn(library: FiledLibrary, track_id: int, acts: FileActs) -> Iterator[Path]:
    """Write tags, change them back, trash the file, restore it; yield where it is after each."""
    path = library.path(track_id)
    assert acts.write_tags(track_id, path, OTHER_TAGS)
    yield path
    acts.change_back(library.catalog.journal.of_track(track_id)[0])
    yield path
    yield acts.trash(path, "test", track_id=track_id, track_status=TrackStatus.REMOVED)
    yield acts.restore(library.catalog.trash.list_trash()[0])


def test_owner_mode_and_marks_of_a_file_survive_whatever_is_done_to_it(
    library: FiledLibrary, made_audio: dict[str, Path], trash_elsewhere: None
) -> None:
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    path = library.path(track_id)
    if os.geteuid() == 0:
        os.chown(path, 1234, 4321)
    path.chmod(0o464)
    with suppress(OSError):  # a disk that knows no such marks has owners and modes
        os.setxattr(path, MARK, b"5")
    before = attributes(path)
    for where in act_in_turn(library, track_id, by_hand(library)):
        assert attributes(where) == before


def test_a_share_works_although_its_files_belong_to_somebody_else(
    library: FiledLibrary,
    made_audio: dict[str, Path],
    trash_elsewhere: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refusing(operation: Callable[..., None]) -> Callable[..., None]:
        def refuse(path: Any, *args: Any, **kwargs: Any) -> None:
            if Path(path).is_relative_to(library.library_dir):
                raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)
            operation(path, *args, **kwargs)

        return refuse

    for name in ("chmod", "chown", "utime", "setxattr"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))
    (track_id,) = library.file(make_placements("One"), made_audio["opus"])
    before = library.tree()
    for where in act_in_turn(library, track_id, by_hand(library, "acts")):
        assert where.is_file()
    assert library.tree() == before
    assert undo(find_acts("first-run", library.catalog), by_hand(library)).refused == []
    library.check_catalogue()
