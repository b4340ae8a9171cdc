"""The words of the field as frozen values: MusicBrainz entities, candidates, work items.

Owns the shape of what the other modules pass to each other. Refuses to know where a value came
from (MusicBrainz, a database row) and where it goes (a tag, a file name).

Names follow MusicBrainz (https://musicbrainz.org/doc/MusicBrainz_Entity); lengths are
milliseconds as there, everything measured by us is in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

MBID_PATTERN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A MusicBrainz identifier in lower case, as MusicBrainz writes it."""

# https://musicbrainz.org/doc/Style/Unknown_and_untitled/Special_purpose_artist
VARIOUS_ARTISTS_MBID = "89ad4ac3-39f7-470e-963a-56509c546377"


class Stage(StrEnum):
    """What is done to a track, in this order.

    Adding a stage is one line here and one module of the same name in ``shanty/stages/``.
    """

    DOWNLOAD = "download"
    INDEX = "index"
    TAG = "tag"
    ORGANIZE = "organize"
    ENRICH = "enrich"
    REPLAYGAIN = "replaygain"
    LYRICS = "lyrics"

    def following(self, used: Collection[Stage]) -> Stage | None:
        """The next of the stages that are used, or None after the last of them."""
        stages = list(Stage)
        later = stages[stages.index(self) + 1 :]
        return next((stage for stage in later if stage in used), None)


class Status(StrEnum):
    """The state of a work item. Pending with ``run_after`` ahead is shown as *waiting*."""

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
    WITHDRAWN = "withdrawn"  # no rule wants it any more; its history is kept
    REMOVED = "removed"  # a person took its file out again; only they make it wanted again


class CandidateStatus(StrEnum):
    """The fate of a search result. A rejected one is never picked again, but by a person."""

    FOUND = "found"
    ACCEPTED = "accepted"  # a person wants this one, whatever its score
    CHOSEN = "chosen"
    REJECTED = "rejected"


class Priority:
    """Lower runs first. Plain numbers, so that a rule may place itself between two of them."""

    FORCED = 0
    NEW_RELEASE = 50
    ASKED_FOR = 75  # by itself: not to be got after the whole discography of another artist
    BACK_CATALOGUE = 100
    IN_LIBRARY = 150  # a stage that was switched on later, for what is there already


@dataclass(frozen=True, slots=True)
class Artist:
    """A MusicBrainz artist. Only one that was asked for itself has more than the first four.

    ``area`` is a place by name, ``country`` two letters; dates are as those of a release.
    """

    mbid: str
    name: str
    sort_name: str = ""
    disambiguation: str = ""
    type: str = ""
    country: str = ""
    area: str = ""
    begin_date: str = ""
    end_date: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditedArtist:
    """One artist of a credit, with the name as printed and the words up to the next artist."""

    artist: Artist
    name: str
    join_phrase: str = ""


@dataclass(frozen=True, slots=True)
class ArtistCredit:
    """Names as printed, in order. Never split the joined string: ask for the parts."""

    parts: tuple[CreditedArtist, ...] = ()

    @property
    def name(self) -> str:
        """The credit as printed, e.g. ``Queen & David Bowie``."""
        return "".join(part.name + part.join_phrase for part in self.parts)

    @property
    def sort_name(self) -> str:
        """The credit for sorting, e.g. ``Queen & Bowie, David``."""
        return "".join(
            (part.artist.sort_name or part.name) + part.join_phrase for part in self.parts
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Each artist's name as printed."""
        return tuple(part.name for part in self.parts)

    @property
    def artist_mbids(self) -> tuple[str, ...]:
        """Each artist's MBID, in the order of the credit."""
        return tuple(part.artist.mbid for part in self.parts)


@dataclass(frozen=True, slots=True)
class Recording:
    """One captured performance: the thing that is downloaded."""

    mbid: str
    title: str
    artist_credit: ArtistCredit
    length_ms: int | None = None
    isrcs: tuple[str, ...] = ()
    disambiguation: str = ""
    is_video: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseGroup:
    """The idea of an album, of which releases are the editions."""

    mbid: str
    title: str
    artist_credit: ArtistCredit = field(default_factory=ArtistCredit)
    primary_type: str = ""
    secondary_types: tuple[str, ...] = ()
    first_release_date: str = ""
    disambiguation: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """A recording's place on a medium. ``position`` counts from 1; a pregap track has 0.

    ``is_data`` is a track of a disc's data part: mostly no music.
    """

    mbid: str
    position: int
    number: str
    title: str
    recording: Recording
    artist_credit: ArtistCredit
    length_ms: int | None = None
    is_data: bool = False


@dataclass(frozen=True, slots=True)
class Medium:
    """One disc (or side, or download) of a release. ``position`` counts from 1."""

    position: int
    format: str = ""
    title: str = ""
    tracks: tuple[Track, ...] = ()
    track_count: int = 0


@dataclass(frozen=True, slots=True)
class LabelInfo:
    """Who published a release, and under which number; either may be unknown."""

    label: str = ""
    catalog_number: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """One edition of a release group, with its media and tracks.

    ``date`` is as MusicBrainz has it: ``""``, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    ``barcode`` is None when unknown and ``""`` when the release is known to have none.
    ``label`` and ``catalog_number`` are the first ones; ``label_infos`` are all, and empty where
    the release was stored before they were kept. ``script`` is that of the titles, ISO 15924.
    """

    mbid: str
    title: str
    artist_credit: ArtistCredit
    release_group: ReleaseGroup
    status: str = ""
    country: str = ""
    date: str = ""
    barcode: str | None = None
    label: str = ""
    catalog_number: str = ""
    disambiguation: str = ""
    media: tuple[Medium, ...] = ()
    label_infos: tuple[LabelInfo, ...] = ()
    script: str = ""
    asin: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label once, in order."""
        return _distinct(info.label for info in self.label_infos) or _distinct([self.label])

    @property
    def catalog_numbers(self) -> tuple[str, ...]:
        """Every catalogue number once, in order."""
        found = _distinct(info.catalog_number for info in self.label_infos)
        return found or _distinct([self.catalog_number])


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


@dataclass(frozen=True, slots=True)
class Placement:
    """A recording where it is to be filed: the track, its medium and its release."""

    release: Release
    medium: Medium
    track: Track

    @property
    def recording(self) -> Recording:
        """The recording of the track."""
        return self.track.recording


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One part of a candidate's score: what it looks at, how good it is, and what it came to.

    ``value`` is 0 to 1. ``contribution`` is in points of the score; the contributions of all parts
    add up to it. A part of weight 0 only takes away: by the factor that its value is.
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
    score: float = 0.0
    score_parts: tuple[ScorePart, ...] = ()
    status: CandidateStatus = CandidateStatus.FOUND
    reject_reason: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class AudioProperties:
    """What a file is, as read from the file itself. ``bitrate`` is in bits per second."""

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
    """Which release groups of an artist are meant: the type has to be one of these, each of its
    secondary types too, and the first release not before ``from_date`` (``""``: whenever).
    """

    primary_types: tuple[str, ...]
    secondary_types: tuple[str, ...] = ()
    from_date: str = ""


@dataclass(frozen=True, slots=True)
class WatchRule:
    """What a person asked for. ``kind`` is artist, album or track; counts are tracks by status.

    ``group_filter`` is for artists. ``release_mbid`` is the release that a track is filed under.
    ``groups`` is how many release groups are meant, ``pending_groups`` how many of them are still
    to be taken up. A rule without ``completed_at`` was interrupted and goes on with the next run.
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


@dataclass(frozen=True, slots=True)
class KnownArtist:
    """An artist with what we know of its release groups, and as of when.

    ``listing_offset`` is where a listing that began at ``listing_began_at`` goes on.
    """

    artist: Artist
    fetched_at: datetime
    listed_at: datetime | None = None
    listing_began_at: datetime | None = None
    listing_offset: int = 0


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A release group, the edition that was chosen of it, and as of when."""

    group: ReleaseGroup
    seen_at: datetime
    release_key: str | None = None
    fetched_at: datetime | None = None
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a download is. What the site does not say, or is not known yet, is None."""

    downloaded_bytes: int
    total_bytes: int | None = None
    bytes_per_second: float | None = None

    @property
    def eta_seconds(self) -> float | None:
        """How long the rest takes at this speed."""
        if self.total_bytes is None or not self.bytes_per_second:
            return None
        return max(0, self.total_bytes - self.downloaded_bytes) / self.bytes_per_second


@dataclass(frozen=True, slots=True)
class LibraryFile:
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
