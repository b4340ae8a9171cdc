"""The file of a backup: a zip whose first member says what the others are.

Owns its format, and that nothing else is ever read out of one. The file may come from anywhere. So
its members have fixed names, which are no paths; each has a size and a checksum, and what is not in
the list is refused. No name out of the file is ever used as a path on the disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shanty.errors import ShantyError
from shanty.files.atomic import fsync_file, fsync_folder, move_exclusively, temporary_in
from shanty.files.private_files import FILE_MODE

SQLITE, POSTGRESQL = "shanty.db", "postgresql.sql"
SETTINGS, COOKIES, COOKIES_STATE, SECRET = "shanty.toml", "cookies.txt", "cookies.json", "secret"
HISTORY = "prefect.db"
MEMBERS = (SQLITE, POSTGRESQL, SETTINGS, COOKIES, COOKIES_STATE, SECRET, HISTORY)
"""What a backup may hold."""

_MANIFEST = "backup.json"
_FORMAT = 1
_MOST_MANIFEST_BYTES = 1 << 20
_CHUNK = 1 << 20
# Deflate makes at most 1030 bytes of one. Databases come nowhere near this.
_MOST_RATIO, _FREE_RATIO_BYTES = 200, 64 << 20
_ENCRYPTED = 0x1
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What Python raises for a zip that is damaged, cut off, or made to mislead."""


class BackupError(ShantyError):
    """A backup cannot be made, or the file is none that can be restored."""


class Contained(BaseModel):
    """One member: its size in bytes, and its SHA-256."""

    model_config = ConfigDict(frozen=True)

    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """What a backup says of itself.

    ``rows`` are the numbers of rows of each table. ``environment`` are the variables that were
    settings of the service that made it, without secrets.
    """

    model_config = ConfigDict(frozen=True)

    format: int
    shanty: str
    schema_version: Annotated[str, Field(pattern=r"^\d{4}$")]
    database: Literal["sqlite", "postgresql"]
    made_at: AwareDatetime
    prefect: str = ""
    rows: dict[str, int] = {}
    environment: dict[str, str] = {}
    members: dict[str, Contained]

    @property
    def database_member(self) -> str:
        """The name of the member that is the database."""
        return SQLITE if self.database == "sqlite" else POSTGRESQL


def write_archive(target: Path, manifest: Manifest, members: Mapping[str, Path]) -> None:
    """Write a backup of these files. Its name appears only when it is whole and durable.

    ``manifest.members`` is filled in here.

    Raises:
        BackupError: a file of that name exists.
        OSError: it cannot be written.
    """
    contained = {
        name: Contained(size=path.stat().st_size, sha256=_checksum(path))
        for name, path in members.items()
    }
    complete = manifest.model_copy(update={"members": contained})
    with temporary_in(target.parent) as part:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with (
            os.fdopen(os.open(part, flags, FILE_MODE), "w+b") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        ):
            archive.writestr(_MANIFEST, complete.model_dump_json(indent=2))
            for name, path in members.items():
                archive.write(path, name)
        fsync_file(part)
        try:
            move_exclusively(part, target)
        except FileExistsError:
            raise BackupError(
                f"{target} exists already and is left as it is: name another file"
            ) from None
        fsync_folder(target.parent)


class Archive:
    """A backup that is open for reading, made by :func:`open_archive`."""

    def __init__(self, path: Path, zipped: zipfile.ZipFile, manifest: Manifest):
        self.path, self.manifest = path, manifest
        self._zipped = zipped

    def extract(self, name: str, target: Path) -> None:
        """Write a member into a new file that only we can read, and compare it with its checksum.

        Raises:
            BackupError: the member is damaged or not there.
            OSError: the file cannot be written.
        """
        expected = self.manifest.members[name]
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with (
            _readable(self.path),
            self._zipped.open(name) as member,
            os.fdopen(os.open(target, flags, FILE_MODE), "wb") as file,
        ):
            found = _copy(member, file, expected.size)
            file.flush()
            os.fsync(file.fileno())
        if found != (expected.size, expected.sha256):
            raise BackupError(f"{self.path} is damaged: {name} in it is not what was put there")

    def unpacked_bytes(self) -> int:
        """How much room all members take."""
        return sum(one.size for one in self.manifest.members.values())


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a backup, after looking at the list of its members.

    Raises:
        BackupError: it is no backup, not whole, holds something that no backup holds, or is from a
            newer version.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise BackupError(f"{path} is no file")
        with _readable(path):
            zipped = zipfile.ZipFile(file)
        with zipped:
            _check_list(path, zipped)
            manifest = _read_manifest(path, zipped)
            _check_members(path, zipped, manifest)
            yield Archive(path, zipped, manifest)


def _read_manifest(path: Path, zipped: zipfile.ZipFile) -> Manifest:
    with _readable(path):
        try:
            with zipped.open(_MANIFEST) as member:
                content = member.read(_MOST_MANIFEST_BYTES + 1)
        except KeyError:
            raise BackupError(f"{path} is no backup of Shanty") from None
    try:
        if len(content) > _MOST_MANIFEST_BYTES:
            raise BackupError(f"{path} is no backup of Shanty: its list is too long")
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or _MANIFEST
        raise BackupError(f"{path} is no backup of Shanty: its '{where}' is wrong") from None
    if manifest.format > _FORMAT:
        raise BackupError(f"{path} was made by a newer version of Shanty: update Shanty first")
    return manifest


def _check_list(path: Path, zipped: zipfile.ZipFile) -> None:
    """Look at the names and the kinds of all members, before any is read."""
    names = [info.filename for info in zipped.infolist()]
    if foreign := sorted(set(names) - {_MANIFEST, *MEMBERS}):
        raise BackupError(f"{path} is refused: it holds {foreign[0]!r}, which no backup does")
    if len(names) != len(set(names)):
        raise BackupError(f"{path} is refused: it holds something twice")
    for info in zipped.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        is_plain = kind in (0, stat.S_IFREG) and info.compress_type in _COMPRESSIONS
        if not is_plain or info.flag_bits & _ENCRYPTED:
            raise BackupError(f"{path} is refused: {info.filename} in it is no plain file")


def _check_members(path: Path, zipped: zipfile.ZipFile, manifest: Manifest) -> None:
    """Compare the members with what the manifest says of them."""
    infos = {info.filename: info for info in zipped.infolist() if info.filename != _MANIFEST}
    if infos.keys() != manifest.members.keys() or manifest.database_member not in infos:
        raise BackupError(f"{path} is not whole: it does not hold what it lists")
    for name, info in infos.items():
        if info.file_size != manifest.members[name].size:
            raise BackupError(f"{path} is damaged: {name} in it has another size")
        if info.file_size > _FREE_RATIO_BYTES + _MOST_RATIO * info.compress_size:
            raise BackupError(f"{path} is refused: {name} in it would fill the disk")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise BackupError(f"{path} is no whole backup: it is damaged or cut off") from error


def _copy(member: IO[bytes], file: IO[bytes], most: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while chunk := member.read(_CHUNK):
        size += len(chunk)
        if size > most:
            break
        digest.update(chunk)
        file.write(chunk)
    return size, digest.hexdigest()


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_room(folder: Path, needed: int) -> None:
    """Make sure that a folder's disk has room for so many bytes.

    Raises:
        BackupError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise BackupError(
            f"the disk of {folder} has {free // 1_000_000:,} MB left, and "
            f"{needed // 1_000_000:,} MB are needed"
        )
