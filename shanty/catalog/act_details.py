"""What the journal keeps of an act beside its paths and checksums: a value for each kind of act.

Owns the only reading and writing of their JSON, of which rows of every earlier release are read.
Refuses to know what the act means for the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from shanty.models import AudioProperties, TrackFile, TrackStatus


class Action(StrEnum):
    """What is done to a file."""

    PLACE = "place"  # from staging into the library, for the first time
    TAG = "tag"  # the same file, with other tags
    COVER = "cover"  # a new file beside the music
    ADD = "add"  # another new file, such as lyrics
    WRITE = "write"  # a file of ours that is no music gets another content
    RENAME = "rename"
    TRASH = "trash"
    RESTORE = "restore"  # out of the trash


@dataclass(frozen=True, slots=True)
class FileStamp:
    """A file's size and time after an act: they show without reading whether it was changed."""

    size: int | None = None
    mtime_ns: int | None = None


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """Where a track's file came from and what it was: enough to file it again as it was."""

    candidate_id: int | None = None
    properties: AudioProperties | None = None

    @classmethod
    def of(cls, file: TrackFile) -> FileOrigin:
        """The origin of a track's file."""
        return cls(file.candidate_id, file.properties)


@dataclass(frozen=True, slots=True)
class Placed:
    """Of ``place``. The checksum of what was filed; entries have had their own only later."""

    checksum: str = ""
    stamp: FileStamp = FileStamp()


@dataclass(frozen=True, slots=True)
class Changed:
    """Of ``tag`` and ``write``."""

    stamp: FileStamp = FileStamp()


@dataclass(frozen=True, slots=True)
class Added:
    """Of ``cover`` and ``add``."""

    stamp: FileStamp = FileStamp()


@dataclass(frozen=True, slots=True)
class Renamed:
    """Of ``rename``. ``planned`` is how many files the run was to move, if it had a plan."""

    stamp: FileStamp = FileStamp()
    planned: int | None = None


@dataclass(frozen=True, slots=True)
class Trashed:
    """Of ``trash``. The last three are only of a track's file.

    ``track_status`` is the track's status from then on, and ``reject_candidate`` the candidate that
    is never picked again.
    """

    stamp: FileStamp = FileStamp()
    reason: str = ""
    origin: FileOrigin | None = None
    track_status: TrackStatus | None = None
    reject_candidate: int | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """Of ``restore``."""

    stamp: FileStamp = FileStamp()


Detail: TypeAlias = Placed | Changed | Added | Renamed | Trashed | Restored

KINDS: Mapping[Action, type[Detail]] = {
    Action.PLACE: Placed,
    Action.TAG: Changed,
    Action.WRITE: Changed,
    Action.COVER: Added,
    Action.ADD: Added,
    Action.RENAME: Renamed,
    Action.TRASH: Trashed,
    Action.RESTORE: Restored,
}
"""Which kind of detail each action has."""


def read_detail(action: Action, document: Mapping[str, Any]) -> Detail:
    """Read the detail of an act from its JSON; a key that an old row lacks is its default."""
    stamp = FileStamp(document.get("size"), document.get("mtime_ns"))
    kind = KINDS[action]
    if kind is Placed:
        return Placed(str(document.get("checksum") or ""), stamp)
    if kind is Renamed:
        return Renamed(stamp, document.get("planned"))
    if kind is Trashed:
        status = document.get("track_status")
        return Trashed(
            stamp,
            str(document.get("reason") or ""),
            read_origin(document.get("file") or {}),
            TrackStatus(status) if status else None,
            document.get("reject_candidate"),
        )
    return kind(stamp=stamp)


def write_detail(detail: Detail) -> dict[str, Any]:
    """Return the detail of an act as its JSON."""
    document: dict[str, Any] = {
        name: value for name, value in asdict(detail.stamp).items() if value is not None
    }
    match detail:
        case Placed(checksum=checksum) if checksum:
            document["checksum"] = checksum
        case Renamed(planned=planned) if planned is not None:
            document["planned"] = planned
        case Trashed():
            document["reason"] = detail.reason
            if detail.origin is not None:
                status = detail.track_status
                document["file"] = write_origin(detail.origin)
                document["track_status"] = None if status is None else status.value
                document["reject_candidate"] = detail.reject_candidate
    return document


def read_origin(document: Mapping[str, Any]) -> FileOrigin | None:
    """Read the origin of a track's file from its JSON; None for a file of no track."""
    if not document:
        return None
    properties = document.get("properties")
    return FileOrigin(
        document.get("candidate_id"), AudioProperties(**properties) if properties else None
    )


def write_origin(origin: FileOrigin | None) -> dict[str, Any]:
    """Return the origin of a track's file as its JSON; empty for a file of no track."""
    if origin is None:
        return {}
    properties = None if origin.properties is None else asdict(origin.properties)
    return {"candidate_id": origin.candidate_id, "properties": properties}
