"""What the made-up catalogue holds, and how it changes while the world runs.

Owns the entities, the links between them, and the MBIDs that were merged away. Refuses to know
requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from shanty.demo.discography import Discography, list_artists, list_placements
from shanty.music.entities import Release


class CatalogueStore:
    """All entities by kind (``artist``, ``release-group``, ``release``, ``recording``) and MBID."""

    def __init__(self, *discographies: Discography) -> None:
        self.kinds = ("artist", "release-group", "release", "recording")
        self.merged: dict[tuple[str, str], str] = {}
        """The current MBID for each kind and old MBID that was merged away."""
        self.addresses: dict[str, list[tuple[str, str]]] = {}
        """The kinds and MBIDs that an address of another service is linked to."""
        self.data_tracks: set[str] = set()
        self._entities: dict[str, dict[str, Any]] = {kind: {} for kind in self.kinds}
        self._links: dict[tuple[str, str, str], dict[str, None]] = {}
        for discography in discographies:
            self.data_tracks |= discography.data_tracks
            self._entities["artist"] |= {artist.mbid: artist for artist in discography.artists}
            self.merged |= {("artist", old): new for old, new in discography.merged.items()}
            for release in discography.releases:
                self.publish(release)

    def find(self, kind: str, mbid: str) -> Any:
        """An entity, or None."""
        return self._entities[kind].get(mbid)

    def all_of(self, kind: str) -> Iterator[Any]:
        """Every entity of a kind, the oldest in the catalogue first."""
        return iter(self._entities[kind].values())

    def linked(self, kind: str, other_kind: str, other_mbid: str) -> list[Any]:
        """The entities that belong to another one, in the order of their MBIDs as on the server."""
        mbids = self._links.get((kind, other_kind, other_mbid), {})
        return [self._entities[kind][mbid] for mbid in sorted(mbids)]

    def first_date(self, recording_mbid: str) -> str:
        """When a recording first came out, or ``""``."""
        releases = self.linked("release", "recording", recording_mbid)
        return min((release.date for release in releases if release.date), default="")

    def publish(self, release: Release) -> None:
        """Add a release with all that is on it, or replace the release that has its MBID.

        If a new tracklist leaves a recording out, the recording stays in the catalogue.
        """
        if release.mbid in self._entities["release"]:
            self.remove("release", release.mbid)
        group = release.release_group
        self._entities["release"][release.mbid] = release
        self._entities["release-group"][group.mbid] = group
        for artist in list_artists([release]):
            self._entities["artist"].setdefault(artist.mbid, artist)
        self._link("release", release.mbid, "release-group", group.mbid)
        for artist_mbid in group.artist_credit.artist_mbids:
            self._link("release-group", group.mbid, "artist", artist_mbid)
        for artist_mbid in release.artist_credit.artist_mbids:
            self._link("release", release.mbid, "artist", artist_mbid)
        for placement in list_placements(release):
            recording = placement.recording
            self._entities["recording"][recording.mbid] = recording
            self._link("recording", recording.mbid, "release", release.mbid)
            for artist_mbid in recording.artist_credit.artist_mbids:
                self._link("recording", recording.mbid, "artist", artist_mbid)

    def remove(self, kind: str, mbid: str) -> None:
        """Delete an entity, if there is one. A release group takes its releases with it."""
        if kind == "release-group":
            for release in self.linked("release", kind, mbid):
                self.remove("release", release.mbid)
        self._entities[kind].pop(mbid, None)
        for key in [key for key in self._links if key[1:] == (kind, mbid)]:
            del self._links[key]
        for key, mbids in self._links.items():
            if key[0] == kind:
                mbids.pop(mbid, None)

    def merge(self, kind: str, old_mbid: str, new_mbid: str) -> None:
        """Merge one entity into another: releases with the old one now have the new one.

        Raises:
            KeyError: the new entity does not exist, or the old one is an artist with credits.
        """
        entity = self._entities[kind][new_mbid]
        if kind == "artist" and any(self.linked(k, kind, old_mbid) for k in self.kinds[1:]):
            raise KeyError(f"artist {old_mbid} is credited: only one without music can be merged")
        releases = [] if kind == "release" else self.linked("release", kind, old_mbid)
        for release in releases:
            if kind == "release-group":
                changed = replace(release, release_group=entity)
            else:
                changed = _exchange_recording(release, old_mbid, entity)
            self.publish(changed)
        self.remove(kind, old_mbid)
        for key, mbid in self.merged.items():
            if key[0] == kind and mbid == old_mbid:
                self.merged[key] = new_mbid
        self.merged[kind, old_mbid] = new_mbid

    def _link(self, kind: str, mbid: str, other_kind: str, other_mbid: str) -> None:
        """Link two entities in both directions, so that each can be browsed by the other."""
        self._links.setdefault((kind, other_kind, other_mbid), {})[mbid] = None
        self._links.setdefault((other_kind, kind, mbid), {})[other_mbid] = None


def _exchange_recording(release: Release, old_mbid: str, recording: Any) -> Release:
    media = tuple(
        replace(
            medium,
            tracks=tuple(
                replace(track, recording=recording) if track.recording.mbid == old_mbid else track
                for track in medium.tracks
            ),
        )
        for medium in release.media
    )
    return replace(release, media=media)
