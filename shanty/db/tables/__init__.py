"""Table definitions: the one description of the schema that code and migrations share.

Import tables from here, because ``metadata`` is the schema only with all of them. Times are stored
as UTC in :class:`UtcDateTime`. The module of each table says which code alone writes it.
"""

from __future__ import annotations

from shanty.db.tables.catalogue import (
    artist_groups,
    artists,
    candidates,
    edition_pages,
    looks,
    merged_mbids,
    release_groups,
    releases,
    request_counts,
    rule_exclusions,
    rule_groups,
    rule_tracks,
    searches,
    set_aside,
    tracks,
    wanted_logins,
    watch_rules,
)
from shanty.db.tables.columns import UtcDateTime, metadata
from shanty.db.tables.library import (
    files,
    fingerprints,
    folder_claims,
    installation,
    journal,
    known_library,
    loudness,
    lyrics_answers,
    owned_files,
    owned_isrcs,
    trashed_files,
    undo_deltas,
)
from shanty.db.tables.pace import budgets, circuits, refusals
from shanty.db.tables.queued_work import download_progress, paused_stages, work_queue, workers
from shanty.db.tables.telling import media_servers, notice_channels, notices

__all__ = [
    "UtcDateTime",
    "artist_groups",
    "artists",
    "budgets",
    "candidates",
    "circuits",
    "download_progress",
    "edition_pages",
    "files",
    "fingerprints",
    "folder_claims",
    "installation",
    "journal",
    "known_library",
    "looks",
    "loudness",
    "lyrics_answers",
    "media_servers",
    "merged_mbids",
    "metadata",
    "notice_channels",
    "notices",
    "owned_files",
    "owned_isrcs",
    "paused_stages",
    "refusals",
    "release_groups",
    "releases",
    "request_counts",
    "rule_exclusions",
    "rule_groups",
    "rule_tracks",
    "searches",
    "set_aside",
    "tracks",
    "trashed_files",
    "undo_deltas",
    "wanted_logins",
    "watch_rules",
    "work_queue",
    "workers",
]
