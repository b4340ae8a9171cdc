"""What MusicBrainz says, which of it is wanted and why, and what was found for it.

Written by ``shanty.catalog`` alone.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shanty.db.tables.columns import Identity, UtcDateTime, metadata

releases = Table(
    "releases",
    metadata,
    Column("key", String(64), primary_key=True),  # the MBID, or our key for a lone track
    Column("release_group_mbid", String(36), nullable=False, index=True),
    Column("document", JSON, nullable=False),  # a Release, as catalog writes it
    Column("fetched_at", UtcDateTime, nullable=False),
)

artists = Table(
    "artists",
    metadata,
    Column("mbid", String(36), primary_key=True),
    Column("name", Text, nullable=False),
    Column("document", JSON, nullable=False),  # an Artist
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("listed_at", UtcDateTime),  # its release groups are completely known as of this time
    # A listing under way: when it began, and where its next page begins.
    Column("listing_began_at", UtcDateTime),
    Column("listing_offset", Integer, nullable=False, server_default="0"),
)

release_groups = Table(
    "release_groups",
    metadata,
    Column("mbid", String(36), primary_key=True),
    Column("title", Text, nullable=False),
    Column("first_release_date", String(10), nullable=False),
    Column("document", JSON, nullable=False),  # a ReleaseGroup
    Column("seen_at", UtcDateTime, nullable=False),  # when it was first seen
    # The chosen edition, and when MusicBrainz was last asked for all of them. If there is a time
    # but no edition, none of them could be taken.
    Column("release_key", ForeignKey("releases.key")),
    Column("fetched_at", UtcDateTime),
    Column("gone_at", UtcDateTime),  # MusicBrainz no longer had it when last asked
    # How often in a row MusicBrainz had nothing of it to take, and when to ask again.
    Column("lacks", Integer, nullable=False, server_default="0"),
    Column("look_at", UtcDateTime),
)

artist_groups = Table(
    "artist_groups",
    metadata,
    Column("artist_mbid", ForeignKey("artists.mbid", ondelete="CASCADE"), primary_key=True),
    Column(
        "group_mbid",
        ForeignKey("release_groups.mbid", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    Column("listed_at", UtcDateTime, nullable=False),  # when the last listing that had it began
)

# The pages of a group's editions that were fetched, kept until the last one was.
edition_pages = Table(
    "edition_pages",
    metadata,
    Column("group_mbid", String(36), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("document", JSON, nullable=False),  # a list of Release
    Column("fetched_at", UtcDateTime, nullable=False),
)

# Artists and release groups that MusicBrainz has merged into others since we knew them.
merged_mbids = Table(
    "merged_mbids",
    metadata,
    Column("old_mbid", String(36), primary_key=True),
    Column("mbid", String(36), nullable=False),
)

request_counts = Table(
    "request_counts",
    metadata,
    Column("service", String(32), primary_key=True),
    Column("day", String(10), primary_key=True),  # the day in UTC, as YYYY-MM-DD
    Column("number", Integer, nullable=False),
)

tracks = Table(
    "tracks",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("recording_mbid", String(36), nullable=False, unique=True),
    Column("release_key", ForeignKey("releases.key"), nullable=False, index=True),
    Column("release_track_mbid", String(36), nullable=False),
    Column("title", Text, nullable=False),
    Column("artist", Text, nullable=False),
    Column("album", Text, nullable=False),
    Column("length_ms", Integer),
    Column("status", String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("priority", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("searched_anew_at", UtcDateTime),  # earlier answers to searches do not count
    # The library is listed by album, and most tracks are in it.
    Index("ix_tracks_status_release_key", "status", "release_key"),
)

# When a stage looks again at a track that has failed, waits for a person, or lacks something.
looks = Table(
    "looks",
    metadata,
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("task_type", String(32), primary_key=True),  # the stage
    Column("times", Integer, nullable=False),  # how often it came to nothing
    Column("at", UtcDateTime, nullable=False, index=True),
)

watch_rules = Table(
    "watch_rules",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("kind", String(16), nullable=False),  # artist, album, track
    Column("mbid", String(36), nullable=False),
    Column("name", Text, nullable=False),
    Column("document", JSON, nullable=False),  # a GroupFilter; null except for an artist
    Column("is_monitored", Boolean, nullable=False),
    Column("release_mbid", String(36), nullable=False),  # the release of a track; "" if none
    Column("created_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),  # when everything that it first meant was known
    UniqueConstraint("kind", "mbid"),
)

# The release groups that a rule means, and when their tracks were made wanted.
rule_groups = Table(
    "rule_groups",
    metadata,
    Column("rule_id", ForeignKey("watch_rules.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "group_mbid",
        ForeignKey("release_groups.mbid", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    Column("priority", Integer, nullable=False),
    Column("expanded_at", UtcDateTime),
    Column("note", Text, nullable=False, server_default=""),  # why it has no tracks
)

rule_tracks = Table(
    "rule_tracks",
    metadata,
    Column("rule_id", ForeignKey("watch_rules.id", ondelete="CASCADE"), primary_key=True),
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True, index=True),
    # Through which release group; "" for a track that was asked for by itself.
    Column("group_mbid", String(36), primary_key=True, index=True),
)

# What a person has left out of a rule: an album by its release group, a song by its recording.
rule_exclusions = Table(
    "rule_exclusions",
    metadata,
    Column("rule_id", ForeignKey("watch_rules.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(16), primary_key=True),  # album, track
    Column("mbid", String(36), primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

candidates = Table(
    "candidates",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("document", JSON, nullable=False),  # the Candidate's other fields
    Column("score", Float, nullable=False),
    Column("score_parts", JSON, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reject_reason", Text, nullable=False, server_default=""),
    Column("found_at", UtcDateTime, nullable=False),
    UniqueConstraint("track_id", "source", "source_id"),
)

# Candidates that are rejected only because nobody was signed in, and their status before.
wanted_logins = Table(
    "wanted_logins",
    metadata,
    Column("candidate_id", ForeignKey("candidates.id", ondelete="CASCADE"), primary_key=True),
    # Of the cookie jar whose login did not help; "" if there was no login.
    Column("generation", String(16), nullable=False),
    Column("status_before", String(16), nullable=False),
)

# Candidates that were rejected because they could not be fetched, and their status before. They
# become candidates again when the track is looked at the next time.
set_aside = Table(
    "set_aside",
    metadata,
    Column("candidate_id", ForeignKey("candidates.id", ondelete="CASCADE"), primary_key=True),
    Column("status_before", String(16), nullable=False),
)

# Searches that were made for a track, so that they are not repeated. Their results are candidates.
searches = Table(
    "searches",
    metadata,
    Column("track_id", ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True),
    Column("prefix", Text, primary_key=True),  # yt-dlp's prefix, with the number of results
    Column("query", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("result_count", Integer, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
)
