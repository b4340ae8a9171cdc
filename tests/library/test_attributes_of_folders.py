"""Filed files have the group, mode and access list of their folder, not those of staging."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shanty.db import Database
from shanty.library.m3u import write_playlist
from shanty.library.undo import find_acts, undo
from shanty.models import Lyrics
from shanty.music.entities import Placement
from tests.world.filed_library import FiledLibrary, by_hand, make_placements

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can give files to other groups"
)

GROUP, STAGING_GROUP, READER = 4321, 5678, 7777
OWNER_TAG, NAMED_USER, GROUP_TAG, MASK, OTHER, NOBODY = 1, 2, 4, 16, 32, 0xFFFFFFFF


class LyricsStandIn:
    def find(self, **_: object) -> Lyrics:
        return Lyrics(plain="la la")


def pack_list(*entries: tuple[int, int, int]) -> bytes:
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def for_reader(rights: int, mask: int = 7) -> bytes:
    """Return an access list that gives one more user some rights."""
    return pack_list(
        (OWNER_TAG, 7, NOBODY),
        (NAMED_USER, rights, READER),
        (GROUP_TAG, 5, NOBODY),
        (MASK, mask, NOBODY),
        (OTHER, 0, NOBODY),
    )


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture(params=["one disk", "another disk"])
def library(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_database: Database
) -> Iterator[FiledLibrary]:
    """Yield a library with lyrics. Its staging has another group and an access list."""
    made = FiledLibrary(tmp_path, sqlite_database)
    made.settings = made.settings.model_copy(
        update={"lyrics": made.settings.lyrics.model_copy(update={"enabled": True})}
    )
    made.lyrics = LyricsStandIn()  # type: ignore[assignment]
    staging = tmp_path / "staging"
    if request.param == "another disk":
        staging = Path("/dev/shm") / f"shanty-test-{os.getpid()}-{tmp_path.name}"
        if staging.parent.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("there is no second filesystem here")
    staging.mkdir()
    os.chown(staging, 0, STAGING_GROUP)
    staging.chmod(0o2700)
    try:
        os.setxattr(staging, "system.posix_acl_default", for_reader(6))
    except OSError as error:
        pytest.skip(f"there are no access lists here: {error}")
    download = made.settings.download.model_copy(update={"staging": staging})
    made.settings = made.settings.model_copy(update={"download": download})
    yield made
    shutil.rmtree(staging, ignore_errors=True)


def file_one(library: FiledLibrary, placement: Placement, audio: Path) -> Path:
    with umask(0o077):  # as strict as the service may be with its own files
        (track_id,) = library.file([placement], audio)
    return library.path(track_id)


def shape(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_gid, stat.S_IMODE(status.st_mode)


def access_list(path: Path) -> bytes | None:
    try:
        return os.getxattr(path, "system.posix_acl_access")
    except OSError:
        return None


@pytest.mark.parametrize("mode", [0o2775, 0o750])
def test_filed_files_take_group_and_mode_of_their_folder(
    mode: int, library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    os.chown(library.library_dir, 0, GROUP)
    library.library_dir.chmod(mode)
    path = file_one(library, make_placements("One")[0], made_audio["opus"])
    found = [one for one in path.parent.iterdir() if one.name[0] != "."]
    assert {one.suffix for one in found} == {".opus", ".jpg", ".txt"}
    for one in found:
        assert shape(one) == (GROUP, mode & 0o666), one
        assert access_list(one) is None, "that was for staging"
    for folder in (path.parent, path.parent.parent):
        assert shape(folder) == (GROUP, mode)


def test_a_sticky_folder_does_not_let_everybody_change_filed_files(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    library.library_dir.chmod(0o1777)
    path = file_one(library, make_placements("One")[0], made_audio["opus"])
    assert shape(path)[1] == 0o644
    assert shape(path.parent)[1] == 0o755


def test_a_default_access_list_applies_to_all_filed_files(
    library: FiledLibrary, made_audio: dict[str, Path]
) -> None:
    os.setxattr(library.library_dir, "system.posix_acl_default", for_reader(7))
    path = file_one(library, make_placements("One")[0], made_audio["opus"])
    beside = path.parent / "made by anybody"
    beside.touch()
    wanted = access_list(beside)
    assert wanted is not None
    for one in path.parent.iterdir():
        assert access_list(one) == wanted, one
        assert shape(one)[1] == shape(beside)[1]
    assert os.getxattr(path.parent, "system.posix_acl_default") == for_reader(7)


def test_attributes_taken_from_the_folder_survive_every_act(
    library: FiledLibrary, made_audio: dict[str, Path], trash_elsewhere: None
) -> None:
    os.setxattr(library.library_dir, "system.posix_acl_default", for_reader(7))
    os.chown(library.library_dir, 0, GROUP)
    path = file_one(library, make_placements("One")[0], made_audio["opus"])
    before = (*shape(path), access_list(path))
    with umask(0o077):
        assert undo(find_acts("first-run", library.catalog), by_hand(library)).refused == []
        assert not path.exists()
        for trashed in library.catalog.trash.list_trash():
            by_hand(library, "back").restore(trashed)
        library.check_catalogue()
        assert (*shape(path), access_list(path)) == before
        beside = path.parent / "made by anybody"
        beside.touch()
    assert access_list(path) == access_list(beside), "of a folder that was made anew"


def test_a_playlist_takes_its_folders_attributes_and_keeps_a_persons_changes(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "Playlists"
    folder.mkdir()
    os.chown(folder, 0, GROUP)
    folder.chmod(0o775)
    path = folder / "Anna.m3u8"
    with umask(0o077):
        assert write_playlist(path, "one")
        assert shape(path) == (GROUP, 0o664)
        os.chown(path, 1234, STAGING_GROUP)
        path.chmod(0o640)
        assert write_playlist(path, "two")
    assert shape(path) == (STAGING_GROUP, 0o640)
    assert path.stat().st_uid == 1234


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_filing_works_on_a_disk_without_owners_and_modes(
    number: int,
    library: FiledLibrary,
    made_audio: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such disks are FAT, exFAT, network shares and a container's mounts."""

    def refusing(operation: Callable[..., Any], word: str) -> Callable[..., Any]:
        def call(path: Any, *args: Any, **more: Any) -> Any:
            if word in str(args) and Path(path).is_relative_to(library.library_dir.parent):
                raise OSError(number, os.strerror(number), path)
            return operation(path, *args, **more)

        return call

    track_id = library.download(make_placements("One")[0], made_audio["opus"])
    for name in ("chmod", "chown"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name), ""))
    for name in ("getxattr", "setxattr", "removexattr"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name), "acl"))
    library.work()
    path = library.path(track_id)
    assert path.is_file()
    library.check_catalogue()
