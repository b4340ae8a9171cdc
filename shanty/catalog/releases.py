"""Which edition of an album is taken, which of its tracks are wanted, and when it is out.

Owns these decisions, each in one place. Their parameters are the settings of ``[catalogue]``. Does
no I/O, and refuses to know where releases come from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from shanty.config.sections import CatalogueSettings
from shanty.models import GroupFilter
from shanty.music.entities import (
    VARIOUS_ARTISTS_MBID,
    Medium,
    Placement,
    Release,
    ReleaseGroup,
    Track,
)

# https://musicbrainz.org/doc/Release#Status
_STATUS_RANKS = {"Official": 0, "": 1, "Promotion": 2}
_OTHER_STATUS_RANK = 3  # Bootleg, Pseudo-Release, Withdrawn, Cancelled, Expunged
# https://musicbrainz.org/doc/Release_Group/Type
_GATHERED_TYPES = {"Compilation", "DJ-mix", "Mixtape/Street"}
_PRIMARY_RANKS = {"EP": 2, "Single": 3}
_OTHER_TYPE_RANK = 4
_GATHERED_RANK = 5
# https://musicbrainz.org/doc/Release/Format
_VIDEO_FORMATS = {
    "Betamax",
    "Blu-ray",
    "Blu-ray-R",
    "CDV",
    "DVD-Video",
    "HD-DVD",
    "LaserDisc",
    "SVCD",
    "UMD",
    "VCD",
    "VHD",
    "VHS",
}
# https://musicbrainz.org/doc/Style/Unknown_and_untitled/Special_purpose_track_title
# Tracks with these titles hold nothing that could be found. An [untitled] track is like any other.
_EMPTY_TITLES = {"[silence]", "[data track]"}

FilingKey = tuple[int, int, str, str]


def is_released(when: str, today: date) -> bool:
    """Whether a date from MusicBrainz has come. An unknown month or day counts as the last one.

    If there is no date at all, nobody has entered it, as for many old releases. It counts as come.
    """
    return not when or sortable_date(when) <= today.isoformat()


def release_moment(release: Release) -> datetime | None:
    """Return when a release is out everywhere; None if the day is not known."""
    when = release.date or release.release_group.first_release_date
    try:
        return datetime.fromisoformat(sortable_date(when)).replace(tzinfo=UTC)
    except ValueError:
        return None


def sortable_date(when: str) -> str:
    """Return a date as text that sorts: an unknown month or day is the last one.

    No date at all sorts after all others.
    """
    known = when or "9999"
    return known + "-12-31"[max(0, len(known) - 4) :]


def has_tracks(release: Release) -> bool:
    """Whether any track of a release is known. If none is, it may still have some."""
    return any(medium.tracks for medium in release.media)


def is_listed(release: Release) -> bool:
    """Whether the tracks of every medium of a release are known."""
    return bool(release.media) and all(medium.tracks for medium in release.media)


def is_meant(group: ReleaseGroup, group_filter: GroupFilter) -> bool:
    """Whether a filter lets a release group of an artist pass."""
    if group.primary_type not in group_filter.primary_types:
        return False
    if not set(group.secondary_types) <= set(group_filter.secondary_types):
        return False
    if not group_filter.from_date:
        return True
    first = group.first_release_date
    return bool(first) and sortable_date(first) >= group_filter.from_date


def choose_release(
    releases: Iterable[Release], settings: CatalogueSettings | None = None
) -> Release:
    """Return the release under which a person would look for a recording.

    The order of preference is: official releases first; then an album, an EP, a single, and what
    others put together; then the earliest. Among the editions of that one, :func:`choose_edition`
    decides.

    Raises:
        ValueError: there are no releases.
    """
    found = list(releases)
    best = min(found, key=filing_key)
    group_mbid = best.release_group.mbid
    editions = [one for one in found if group_mbid and one.release_group.mbid == group_mbid]
    return choose_edition(editions or [best], settings or CatalogueSettings())


def filing_key(release: Release) -> FilingKey:
    """Return a sort key for the releases of one recording: the smallest is where it belongs.

    It distinguishes the editions of one release group only by their status.
    """
    group = release.release_group
    return (
        _status_rank(release),
        _type_rank(release),
        sortable_date(group.first_release_date or release.date),
        group.mbid or release.mbid,
    )


def choose_edition(editions: Sequence[Release], settings: CatalogueSettings) -> Release:
    """Return the edition of a release group from which the tracks are taken.

    The order of preference is: official; from a preferred country; with the complete tracklist and
    no more (with ``bonus_discs``: with the longest one); in a preferred format; the earliest. Last
    the MBID decides, so that the result is always the same.

    Raises:
        ValueError: there are no editions.
    """
    usual = _usual_length(editions, settings)

    def length_rank(edition: Release) -> int:
        length = _length(edition, settings)
        if settings.bonus_discs:
            return -length
        # Too short is worse than too long: missing tracks are never found again.
        return 0 if length == usual else 1 if length > usual else 2

    def key(edition: Release) -> tuple[object, ...]:
        return (
            _status_rank(edition),
            _place(edition.country, settings.countries),
            length_rank(edition),
            min((_place(one.format, settings.formats) for one in edition.media), default=0),
            sortable_date(edition.date),
            edition.mbid,
        )

    return min(editions, key=key)


def is_worth_taking(edition: Release) -> bool:
    """Whether an edition is not a bootleg, a promotional copy, or a release that never came.

    :func:`choose_edition` prefers official editions. So if its choice is not worth taking, the
    group has nothing better.
    """
    return _status_rank(edition) <= _STATUS_RANKS[""]


def wanted_tracks(release: Release, settings: CatalogueSettings) -> list[Placement]:
    """Return the tracks of a release that are wanted, each recording once.

    A pregap track counts as music. Data tracks do not, unless a medium has nothing else. Videos and
    bonus discs are left out unless the settings say otherwise. Silence is always left out.
    """
    found: dict[str, Placement] = {}
    for medium in release.media:
        if not _is_wanted_medium(medium, settings):
            continue
        has_music = any(not track.is_data for track in medium.tracks)
        for track in medium.tracks:
            if track.is_data and has_music:
                continue
            if _is_wanted_track(track, settings):
                found.setdefault(track.recording.mbid, Placement(release, medium, track))
    return list(found.values())


def place_on(release: Release, recording_mbid: str) -> Placement | None:
    """Return where a recording is on a release, even if its track is not wanted."""
    for medium in release.media:
        for track in medium.tracks:
            if track.recording.mbid == recording_mbid:
                return Placement(release, medium, track)
    return None


def _is_wanted_medium(medium: Medium, settings: CatalogueSettings) -> bool:
    if medium.format in _VIDEO_FORMATS and not settings.videos:
        return False
    return settings.bonus_discs or "bonus" not in medium.title.casefold()


def _is_wanted_track(track: Track, settings: CatalogueSettings) -> bool:
    if track.recording.is_video and not settings.videos:
        return False
    return track.title.casefold() not in _EMPTY_TITLES


def _length(edition: Release, settings: CatalogueSettings) -> int:
    """Return the number of wanted tracks; an estimate if the tracks are not known."""
    if any(medium.tracks for medium in edition.media):
        return len(wanted_tracks(edition, settings))
    media = [one for one in edition.media if _is_wanted_medium(one, settings)]
    return sum(medium.track_count for medium in media)


def _usual_length(editions: Sequence[Release], settings: CatalogueSettings) -> int:
    """Return the length that most official editions of the first year have; on a tie, the shorter.

    There may be many reissues with additions. The editions of the first year are the album as it
    was meant.
    """
    official = [one for one in editions if _status_rank(one) == 0] or list(editions)
    first = min((sortable_date(one.date) for one in official), default="9999")
    limit = f"{min(int(first[:4]) + 1, 9999):04}{first[4:]}"
    lengths = Counter(
        _length(one, settings) for one in official if sortable_date(one.date) <= limit
    )
    return min(lengths, key=lambda length: (-lengths[length], length))


def _place(name: str, preferred: Sequence[str]) -> int:
    names = [one.casefold() for one in preferred]
    return names.index(name.casefold()) if name.casefold() in names else len(names)


def _status_rank(release: Release) -> int:
    return _STATUS_RANKS.get(release.status, _OTHER_STATUS_RANK)


def _type_rank(release: Release) -> int:
    group = release.release_group
    credits = (release.artist_credit, group.artist_credit)
    is_various = any(VARIOUS_ARTISTS_MBID in credit.artist_mbids for credit in credits)
    if is_various or _GATHERED_TYPES.intersection(group.secondary_types):
        return _GATHERED_RANK
    if group.primary_type == "Album":
        return 1 if group.secondary_types else 0  # a soundtrack, live album: after a plain one
    return _PRIMARY_RANKS.get(group.primary_type, _OTHER_TYPE_RANK)
