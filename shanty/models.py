"""The values that the pipeline works with, frozen: wanted tracks, candidates, files, work items.

Owns the shape of what the other modules pass to each other. Refuses to know where a value came
from (a search, a database row) and where it goes. MusicBrainz's own entities are in
:mod:`shanty.music.entities`. Times that we measure are in seconds.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from shanty.music.entities import Artist, ReleaseGroup


class Stage(StrEnum):
    """What is done to a track, in this order.

    To add a stage, add one line here and one module of the same name in ``shanty/stages/``.
    """

    DOWNLOAD = "download"
    INDEX = "index"
    TAG = "tag"
    ORGANIZE = "organize"
    ENRICH = "enrich"
    REPLAYGAIN = "replaygain"
    LYRICS = "lyrics"

    def following(self, used: Collection[Stage]) -> Stage | None:
        """The next stage in use, or None after the last one."""
        stages = list(Stage)
        later = stages[stages.index(self) + 1 :]
        return next((stage for stage in later if stage in used), None)


class Status(StrEnum):
    """The state of a work item. Pending with ``run_after`` in the future is shown as *waiting*."""

    PENDING = "pending"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE_STATUSES = (Status.PENDING, Status.ACTIVE)


class TrackStatus(StrEnum):
    """What has become of a track somebody asked for."""

    WANTED = "wanted"
    IN_LIBRARY = "in_library"
    NEEDS_REVIEW = "needs_review"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # no rule wants it any longer; its history is kept
    REMOVED = "removed"  # a person took its file out again; only they make it wanted again


class CandidateStatus(StrEnum):
    """The fate of a search result. While it is rejected, only a person can pick it again."""

    FOUND = "found"
    ACCEPTED = "accepted"  # a person wants this one, whatever its score
    CHOSEN = "chosen"
    REJECTED = "rejected"


class UploadKind(StrEnum):
    """The kind of an upload, as far as its site says."""

    UNKNOWN = ""
    AUDIO = "audio"  # the label's own audio, nothing but the recording
    OFFICIAL_VIDEO = "official_video"  # the label's or the artist's video
    USER = "user"  # an upload by anybody


class Priority:
    """Lower runs first. Plain numbers, so that a rule may place itself between two of them."""

    FORCED = 0
    NEW_RELEASE = 50
    ASKED_FOR = 75  # a single song or album: it need not wait for another artist's discography
    BACK_CATALOGUE = 100
    LOOKED_AT_AGAIN = 125  # earlier tries came to nothing
    IN_LIBRARY = 150  # a stage that was switched on later, for tracks already filed


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One part of a candidate's score: what it looks at, how good that is, and what it adds.

    ``value`` is 0 to 1. ``contribution`` is in points of the score; the contributions of all parts
    add up to the score. A part of weight 0 only takes away: its value is a factor on the score.
    """

    name: str
    value: float
    weight: float
    contribution: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A search result that may be the wanted recording.

    ``(source, source_id)`` is its stable identity: yt-dlp's extractor key and the id there.
    ``score`` is 0 to 1; ``score_parts`` says how it came about. ``id`` is None until stored.
    What the site does not say is empty or None: ``is_verified`` is about the channel,
    ``release_year`` about the recording.
    """

    source: str
    source_id: str
    url: str
    title: str
    uploader: str = ""
    channel: str = ""
    album: str = ""
    artists: tuple[str, ...] = ()
    track: str = ""
    duration_seconds: float | None = None
    view_count: int | None = None
    kind: UploadKind = UploadKind.UNKNOWN
    is_verified: bool | None = None
    is_explicit: bool | None = None
    release_year: int | None = None
    score: float = 0.0
    score_parts: tuple[ScorePart, ...] = ()
    status: CandidateStatus = CandidateStatus.FOUND
    reject_reason: str = ""
    id: int | None = None

    @property
    def key(self) -> str:
        """The stable identity in one text."""
        return f"{self.source}:{self.source_id}"

    def completed_from(self, known: Candidate) -> Candidate:
        """This candidate, with missing values taken from ``known``, the same upload seen before.

        So a search that says less than an earlier one takes no evidence away.
        """
        missing = {
            name: getattr(known, name)
            for name in _EVIDENCE
            if getattr(self, name) in ("", (), None)
        }
        return replace(self, **missing)


_EVIDENCE = (
    "uploader",
    "channel",
    "album",
    "artists",
    "track",
    "duration_seconds",
    "view_count",
    "kind",
    "is_verified",
    "is_explicit",
    "release_year",
)


@dataclass(frozen=True, slots=True)
class AudioProperties:
    """What an audio file is, as read from the file. ``bitrate`` is in bits per second."""

    container: str
    codec: str
    duration_seconds: float
    bitrate: int
    sample_rate: int
    channels: int
    size_bytes: int
    checksum: str


@dataclass(frozen=True, slots=True)
class Lyrics:
    """The words of a recording: ``synced`` is LRC text, with a time for each line."""

    synced: str = ""
    plain: str = ""
    is_instrumental: bool = False


@dataclass(frozen=True, slots=True)
class WantedTrack:
    """A row of the catalogue's tracks: a recording to get and the place where it belongs."""

    id: int
    recording_mbid: str
    release_key: str
    release_track_mbid: str
    title: str
    artist: str
    album: str
    length_ms: int | None
    status: TrackStatus
    priority: int = Priority.BACK_CATALOGUE
    reason: str = ""

    @property
    def label(self) -> str:
        """``Artist – Title``, for people."""
        return f"{self.artist} – {self.title}"


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Which release groups of an artist are meant.

    A group's primary type must be one of ``primary_types``, and each of its secondary types one of
    ``secondary_types``. Its first release must not be before ``from_date`` (``""``: any time).
    """

    primary_types: tuple[str, ...]
    secondary_types: tuple[str, ...] = ()
    from_date: str = ""


@dataclass(frozen=True, slots=True)
class WatchRule:
    """What a person asked for. ``kind`` is artist, album or track; counts are tracks by status.

    ``group_filter`` is for artists. ``release_mbid`` is the release that a track is filed under.
    ``groups`` is how many release groups are meant, ``pending_groups`` how many of them have not
    been taken up yet. If ``completed_at`` is None, the rule was interrupted and the next run goes
    on with it. ``told_apart_by`` is empty unless another rule has the same name.
    """

    id: int
    kind: str
    mbid: str
    name: str
    created_at: datetime
    is_monitored: bool = True
    group_filter: GroupFilter | None = None
    release_mbid: str = ""
    completed_at: datetime | None = None
    groups: int = 0
    pending_groups: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    told_apart_by: str = ""

    @property
    def label(self) -> str:
        """The name, with what tells it from another one."""
        return f"{self.name} ({self.told_apart_by})" if self.told_apart_by else self.name


@dataclass(frozen=True, slots=True)
class KnownArtist:
    """An artist, when it was fetched, and when its release groups were listed.

    A listing that began at ``listing_began_at`` goes on at ``listing_offset``.
    """

    artist: Artist
    fetched_at: datetime
    listed_at: datetime | None = None
    listing_began_at: datetime | None = None
    listing_offset: int = 0


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A release group, the edition chosen for it, and when these were read.

    ``look_at`` is when MusicBrainz is asked again for a group that it had nothing of.
    """

    group: ReleaseGroup
    seen_at: datetime
    release_key: str | None = None
    fetched_at: datetime | None = None
    gone_at: datetime | None = None
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is. A value that the site does not tell, or not yet, is None.

    ``slot_at`` is when its turn to ask the site comes, while it waits for that.
    """

    downloaded_bytes: int
    total_bytes: int | None = None
    bytes_per_second: float | None = None
    slot_at: datetime | None = None

    @property
    def eta_seconds(self) -> float | None:
        """How long the rest takes at this speed; None if that cannot be known."""
        if self.total_bytes is None or not self.bytes_per_second:
            return None
        return max(0, self.total_bytes - self.downloaded_bytes) / self.bytes_per_second


@dataclass(frozen=True, slots=True)
class TrackFile:
    """The one file of a track, in staging or in the library. ``checksum`` is SHA-256, hex."""

    track_id: int
    path: Path
    is_placed: bool
    candidate_id: int | None
    checksum: str = ""
    properties: AudioProperties | None = None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A row of ``work_queue``: one stage of one track.

    ``attempt`` counts claims, this one included. ``lease_owner`` is the worker that holds it.
    ``payload`` is what the stage before handed over.
    """

    id: int
    stage: Stage
    status: Status
    track_id: int
    priority: int
    attempt: int
    max_attempts: int
    run_after: datetime
    created_at: datetime
    payload: dict[str, Any] = field(default_factory=dict)
    lease_owner: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error_class: str | None = None
    error: str | None = None
    label: str = ""

    @property
    def is_urgent(self) -> bool:
        """Whether a person wants this one before everything else."""
        return self.priority <= Priority.FORCED
