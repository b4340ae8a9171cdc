"""Which of the releases that a recording is on it is filed under.

Owns that order of preference. Pure: refuses to know where releases come from.
"""

from __future__ import annotations

from collections.abc import Iterable

from shanty.models import Release

# https://musicbrainz.org/doc/Various_Artists
VARIOUS_ARTISTS_MBID = "89ad4ac3-39f7-470e-963a-56509c546377"

# https://musicbrainz.org/doc/Release#Status
_STATUS_RANKS = {"Official": 0, "": 1, "Promotion": 2}
_OTHER_STATUS_RANK = 3  # Bootleg, Pseudo-Release, Withdrawn, Cancelled, Expunged
# https://musicbrainz.org/doc/Release_Group/Type
_GATHERED_TYPES = {"Compilation", "DJ-mix", "Mixtape/Street"}
_PRIMARY_RANKS = {"EP": 2, "Single": 3}
_OTHER_TYPE_RANK = 4
_GATHERED_RANK = 5


def choose_release(releases: Iterable[Release]) -> Release:
    """The release that a person would look for the recording under.

    Official before anything else; then an album before an EP, a single, and what others put
    together; then the earliest; the MBID decides what is left, so that it is always the same one.

    Raises:
        ValueError: there are no releases.
    """
    return min(releases, key=release_sort_key)


def release_sort_key(release: Release) -> tuple[int, int, str, str]:
    """The smaller, the better; see :func:`choose_release`."""
    return (
        _STATUS_RANKS.get(release.status, _OTHER_STATUS_RANK),
        _type_rank(release),
        _sortable_date(release.date),
        release.mbid,
    )


def _type_rank(release: Release) -> int:
    group = release.release_group
    credits = (release.artist_credit, group.artist_credit)
    is_various = any(VARIOUS_ARTISTS_MBID in credit.artist_mbids for credit in credits)
    if is_various or _GATHERED_TYPES.intersection(group.secondary_types):
        return _GATHERED_RANK
    if group.primary_type == "Album":
        return 1 if group.secondary_types else 0  # a soundtrack, a live album: after a plain one
    return _PRIMARY_RANKS.get(group.primary_type, _OTHER_TYPE_RANK)


def _sortable_date(date: str) -> str:
    """An unknown month or day counts as the last one, an unknown year as never."""
    return (date or "9999") + "-99-99"[max(0, len(date or "9999") - 4) :]
