"""The catalogue: what is wanted, where it belongs, what was found for it, and what we have.

With ``catalog_owned`` and ``catalog_review``, the only writer of ``releases``, ``tracks``,
``watch_rules``, ``rule_tracks``, ``candidates``, ``files`` and ``journal``. Knows nothing of the
queue: whoever changes both does so in one transaction, by handing the same ``tx`` to both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, Table, and_, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from shanty.catalog_owned import MatchableTrack, OwnedFiles, take_owned
from shanty.db import Database
from shanty.db.tables import (
    candidates,
    files,
    journal,
    releases,
    rule_tracks,
    tracks,
    watch_rules,
)
from shanty.errors import NotFoundError
from shanty.models import (
    AudioProperties,
    Candidate,
    CandidateStatus,
    LibraryFile,
    Placement,
    Priority,
    Release,
    ScorePart,
    TrackStatus,
    WantedTrack,
    WatchRule,
)

_RELEASE: TypeAdapter[Release] = TypeAdapter(Release)
_CANDIDATE_COLUMNS = {"id", "source", "source_id", "url", "title", "score", "score_parts"}
_CANDIDATE_FATE = {"status", "reject_reason"}


def utc_now() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)


class Catalog:
    """Reads and writes the catalogue of one database."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now):
        self._database = database
        self._clock = clock

    # --- wanting --------------------------------------------------------------------------------

    def want(
        self, tx: Connection, placement: Placement, *, priority: int = Priority.BACK_CATALOGUE
    ) -> int:
        """Make a track wanted under its release; returns its id.

        A recording is wanted once, however often it is asked for: a track that is in the library
        or under way stays as it is, one that failed or was withdrawn is wanted again. One whose
        recording a person has already, as a scan has found, is in the library at once.
        """
        now = self._clock()
        key = _release_key(placement)
        document = _RELEASE.dump_python(placement.release, mode="json")
        self._upsert(
            tx,
            releases,
            {
                "key": key,
                "release_group_mbid": placement.release.release_group.mbid,
                "document": document,
                "fetched_at": now,
            },
            conflict=("key",),
            replaced=("document", "fetched_at"),
        )
        track, recording = placement.track, placement.recording
        artist, length_ms = track.artist_credit.name, recording.length_ms or track.length_ms
        values = {
            "recording_mbid": recording.mbid,
            "release_key": key,
            "release_track_mbid": track.mbid,
            "title": track.title,
            "artist": artist,
            "album": placement.release.title,
            "length_ms": length_ms,
            "status": TrackStatus.WANTED,
            "priority": priority,
            "created_at": now,
            "updated_at": now,
        }
        self._upsert(tx, tracks, values, conflict=("recording_mbid",), replaced=())
        tx.execute(
            update(tracks)
            .where(
                tracks.c.recording_mbid == recording.mbid,
                tracks.c.status.in_([TrackStatus.FAILED, TrackStatus.WITHDRAWN]),
            )
            .values(status=TrackStatus.WANTED, reason="", priority=priority, updated_at=now)
        )
        track_id, status = tx.execute(
            select(tracks.c.id, tracks.c.status).where(tracks.c.recording_mbid == recording.mbid)
        ).one()
        titles = (track.title, recording.title)
        wanted = MatchableTrack(
            track_id,
            recording.mbid,
            recording.isrcs,
            artist,
            titles,
            placement.release.title,
            length_ms,
        )
        if status == TrackStatus.WANTED and take_owned(tx, wanted, now):
            self.set_track_status(tx, track_id, TrackStatus.IN_LIBRARY)
        return int(track_id)

    def add_rule(
        self, tx: Connection, kind: str, mbid: str, name: str, track_ids: Iterable[int]
    ) -> int:
        """Remember what a person asked for and which tracks that means; returns the rule's id."""
        values = {"kind": kind, "mbid": mbid, "name": name, "created_at": self._clock()}
        self._upsert(tx, watch_rules, values, conflict=("kind", "mbid"), replaced=("name",))
        rule_id = int(
            tx.execute(
                select(watch_rules.c.id).where(
                    watch_rules.c.kind == kind, watch_rules.c.mbid == mbid
                )
            ).scalar_one()
        )
        for track_id in track_ids:
            values = {"rule_id": rule_id, "track_id": track_id}
            self._upsert(tx, rule_tracks, values, conflict=("rule_id", "track_id"), replaced=())
        return rule_id

    def remove_rule(self, tx: Connection, rule_id: int) -> list[int]:
        """Forget a rule; returns the ids of the tracks that are thereby no longer wanted.

        Only what no other rule wants and what is not in the library is withdrawn. No file is
        touched.

        Raises:
            NotFoundError: there is no such rule.
        """
        others = select(rule_tracks.c.track_id).where(rule_tracks.c.rule_id != rule_id)
        mine = select(rule_tracks.c.track_id).where(rule_tracks.c.rule_id == rule_id)
        withdrawn = list(
            tx.execute(
                update(tracks)
                .where(
                    tracks.c.id.in_(mine),
                    tracks.c.id.not_in(others),
                    tracks.c.status != TrackStatus.IN_LIBRARY,
                )
                .values(status=TrackStatus.WITHDRAWN, updated_at=self._clock())
                .returning(tracks.c.id)
            ).scalars()
        )
        tx.execute(delete(rule_tracks).where(rule_tracks.c.rule_id == rule_id))
        gone = tx.execute(delete(watch_rules).where(watch_rules.c.id == rule_id)).rowcount
        if not gone:
            raise NotFoundError(f"there is no watch rule {rule_id}; `shanty watch ls` shows them")
        return withdrawn

    def rules(self) -> list[WatchRule]:
        """All watch rules, oldest first, with the number of their tracks by status."""
        with self._database.read() as connection:
            rows = connection.execute(select(watch_rules).order_by(watch_rules.c.id)).all()
            counted = connection.execute(
                select(rule_tracks.c.rule_id, tracks.c.status, func.count())
                .join(tracks, tracks.c.id == rule_tracks.c.track_id)
                .group_by(rule_tracks.c.rule_id, tracks.c.status)
            ).all()
        counts: dict[int, dict[str, int]] = {}
        for rule_id, status, number in counted:
            counts.setdefault(rule_id, {})[status] = number
        return [WatchRule(**row._mapping, counts=counts.get(row.id, {})) for row in rows]

    # --- tracks ---------------------------------------------------------------------------------

    def get_track(self, track_id: int) -> WantedTrack:
        """One track.

        Raises:
            NotFoundError: there is none with that id.
        """
        found = self._tracks(select(tracks).where(tracks.c.id == track_id))
        if not found:
            raise NotFoundError(f"there is no track {track_id}")
        return found[0]

    def list_tracks(self, status: TrackStatus | None = None) -> list[WantedTrack]:
        """Tracks by artist, album and title."""
        query = select(tracks).order_by(tracks.c.artist, tracks.c.album, tracks.c.title)
        return self._tracks(query if status is None else query.where(tracks.c.status == status))

    def count_tracks(self) -> dict[TrackStatus, int]:
        """How many tracks there are of each status; every status is a key."""
        query = select(tracks.c.status, func.count()).group_by(tracks.c.status)
        with self._database.read() as connection:
            counted = {row[0]: row[1] for row in connection.execute(query)}
        return {status: counted.get(status, 0) for status in TrackStatus}

    def set_track_status(
        self, tx: Connection, track_id: int, status: TrackStatus, reason: str = ""
    ) -> None:
        """Say what has become of a track, and why."""
        tx.execute(
            update(tracks)
            .where(tracks.c.id == track_id)
            .values(status=status, reason=reason, updated_at=self._clock())
        )

    def fail_track(self, tx: Connection, track_id: int, reason: str) -> None:
        """Mark a track as failed, unless it is in the library: there it stays."""
        self._change_status(tx, [track_id], TrackStatus.WANTED, TrackStatus.FAILED, reason)

    def withdraw_tracks(self, tx: Connection, track_ids: Iterable[int], reason: str) -> None:
        """Stop wanting tracks; what is in the library stays there."""
        self._change_status(tx, track_ids, TrackStatus.WANTED, TrackStatus.WITHDRAWN, reason)

    def revive_tracks(self, tx: Connection, track_ids: Iterable[int]) -> None:
        """Make tracks wanted again, as a manual retry of their work does."""
        for status in (TrackStatus.FAILED, TrackStatus.NEEDS_REVIEW, TrackStatus.WITHDRAWN):
            self._change_status(tx, track_ids, status, TrackStatus.WANTED)

    def get_placement(self, track_id: int) -> Placement:
        """The track with its medium and release, as stored: costs no request.

        Raises:
            NotFoundError: there is no such track.
        """
        query = (
            select(tracks.c.release_track_mbid, tracks.c.recording_mbid, releases.c.document)
            .join(releases, releases.c.key == tracks.c.release_key)
            .where(tracks.c.id == track_id)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFoundError(f"there is no track {track_id}")
        release = _RELEASE.validate_python(row.document)
        for medium in release.media:
            for track in medium.tracks:
                if (track.mbid, track.recording.mbid) == (
                    row.release_track_mbid,
                    row.recording_mbid,
                ):
                    return Placement(release, medium, track)
        raise NotFoundError(f"track {track_id} is not on its release {release.mbid}")

    # --- candidates -----------------------------------------------------------------------------

    def record_candidates(self, tx: Connection, track_id: int, found: Iterable[Candidate]) -> None:
        """Store search results with their scores. The fate of one already known is kept."""
        now = self._clock()
        for candidate in found:
            document = {
                key: value
                for key, value in asdict(candidate).items()
                if key not in _CANDIDATE_COLUMNS | _CANDIDATE_FATE
            }
            values = {
                "track_id": track_id,
                "source": candidate.source,
                "source_id": candidate.source_id,
                "url": candidate.url,
                "title": candidate.title,
                "document": document,
                "score": candidate.score,
                "score_parts": [asdict(part) for part in candidate.score_parts],
                "status": CandidateStatus.FOUND,
                "found_at": now,
            }
            self._upsert(
                tx,
                candidates,
                values,
                conflict=("track_id", "source", "source_id"),
                replaced=("url", "title", "document", "score", "score_parts"),
            )

    def candidates_of(self, track_id: int) -> list[Candidate]:
        """What was found for a track, best first, rejected ones too."""
        query = (
            select(candidates)
            .where(candidates.c.track_id == track_id)
            .order_by(candidates.c.score.desc(), candidates.c.id)
        )
        with self._database.read() as connection:
            return [_candidate(row) for row in connection.execute(query)]

    def choose_candidate(self, tx: Connection, track_id: int, candidate_id: int) -> None:
        """Mark the candidate whose file was taken; an earlier choice falls back to *found*."""
        tx.execute(
            update(candidates)
            .where(
                candidates.c.track_id == track_id,
                candidates.c.status == CandidateStatus.CHOSEN,
                candidates.c.id != candidate_id,
            )
            .values(status=CandidateStatus.FOUND)
        )
        tx.execute(
            update(candidates)
            .where(candidates.c.id == candidate_id)
            .values(status=CandidateStatus.CHOSEN)
        )

    def reject_candidate(self, tx: Connection, candidate_id: int, reason: str) -> None:
        """Remember a candidate as useless: it is never picked again."""
        tx.execute(
            update(candidates)
            .where(candidates.c.id == candidate_id)
            .values(status=CandidateStatus.REJECTED, reject_reason=reason)
        )

    # --- files ----------------------------------------------------------------------------------

    def record_file(self, tx: Connection, file: LibraryFile) -> None:
        """Store where the one file of a track lies and what it is."""
        values = {
            "track_id": file.track_id,
            "path": str(file.path),
            "is_placed": file.is_placed,
            "candidate_id": file.candidate_id,
            "checksum": file.checksum,
            "properties": asdict(file.properties) if file.properties else None,
            "updated_at": self._clock(),
        }
        self._upsert(
            tx, files, values, conflict=("track_id",), replaced=tuple(values.keys() - {"track_id"})
        )

    def forget_file(self, tx: Connection, track_id: int) -> None:
        """The track's file is of no use any more (the file itself is the caller's matter)."""
        tx.execute(delete(files).where(files.c.track_id == track_id))

    def file_of(self, track_id: int) -> LibraryFile | None:
        """The file of a track, in staging or in the library."""
        with self._database.read() as connection:
            row = connection.execute(select(files).where(files.c.track_id == track_id)).first()
        return None if row is None else _file(row)

    def list_library(self) -> list[tuple[WantedTrack, LibraryFile]]:
        """Every track in the library with its file, by path: filed by us, or found by a scan."""
        query = (
            select(files)
            .join(tracks, and_(tracks.c.id == files.c.track_id, files.c.is_placed))
            .where(tracks.c.status == TrackStatus.IN_LIBRARY)
        )
        with self._database.read() as connection:
            found = [_file(row) for row in connection.execute(query)]
        ours = {file.track_id for file in found}
        owned = OwnedFiles(self._database, self._clock).owned_tracks()
        found += [
            LibraryFile(track_id, path, is_placed=True, candidate_id=None)
            for track_id, path in owned.items()
            if track_id not in ours
        ]
        by_id = {track.id: track for track in self.list_tracks(TrackStatus.IN_LIBRARY)}
        found = [file for file in found if file.track_id in by_id]
        return [(by_id[file.track_id], file) for file in sorted(found, key=lambda f: str(f.path))]

    def write_journal(
        self,
        tx: Connection,
        *,
        run_id: str,
        track_id: int,
        action: str,
        source_path: Path,
        target_path: Path,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Note what was done to a file, with what is needed to reverse it."""
        tx.execute(
            journal.insert().values(
                at=self._clock(),
                run_id=run_id,
                track_id=track_id,
                action=action,
                source_path=str(source_path),
                target_path=str(target_path),
                detail=detail or {},
            )
        )

    def last_journal_id(self) -> int:
        """The id of the newest journal entry, 0 when there is none."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.max(journal.c.id))).scalar() or 0)

    def filed_since(self, journal_id: int) -> list[tuple[int, str, str]]:
        """What was filed after a journal entry: (entry, ``Artist – Title``, path), oldest first."""
        query = (
            select(journal.c.id, tracks.c.artist, tracks.c.title, journal.c.target_path)
            .join(tracks, tracks.c.id == journal.c.track_id)
            .where(journal.c.id > journal_id, journal.c.action == "place")
            .order_by(journal.c.id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [(row.id, f"{row.artist} – {row.title}", row.target_path) for row in rows]

    def filed_at(self) -> list[datetime]:
        """When each track was filed, oldest first."""
        query = select(journal.c.at).where(journal.c.action == "place").order_by(journal.c.id)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    # --- inside ---------------------------------------------------------------------------------

    def _change_status(
        self,
        tx: Connection,
        track_ids: Iterable[int],
        before: TrackStatus,
        after: TrackStatus,
        reason: str = "",
    ) -> None:
        tx.execute(
            update(tracks)
            .where(tracks.c.id.in_(list(track_ids)), tracks.c.status == before)
            .values(status=after, reason=reason, updated_at=self._clock())
        )

    def _tracks(self, query: Select[Any]) -> list[WantedTrack]:
        with self._database.read() as connection:
            return [_track(row) for row in connection.execute(query)]

    def _upsert(
        self,
        tx: Connection,
        table: Table,
        values: dict[str, Any],
        *,
        conflict: tuple[str, ...],
        replaced: tuple[str, ...],
    ) -> None:
        insert = sqlite.insert if self._database.dialect_name == "sqlite" else postgresql.insert
        statement = insert(table).values(values)
        if replaced:
            statement = statement.on_conflict_do_update(
                index_elements=list(conflict),
                set_={name: statement.excluded[name] for name in replaced},
            )
        else:
            statement = statement.on_conflict_do_nothing(index_elements=list(conflict))
        tx.execute(statement)


def _release_key(placement: Placement) -> str:
    # A recording that is on no release is filed by itself: it has no release MBID to be known by.
    return placement.release.mbid or f"recording:{placement.recording.mbid}"


def _track(row: Row[Any]) -> WantedTrack:
    return WantedTrack(
        id=row.id,
        recording_mbid=row.recording_mbid,
        release_key=row.release_key,
        release_track_mbid=row.release_track_mbid,
        title=row.title,
        artist=row.artist,
        album=row.album,
        length_ms=row.length_ms,
        status=TrackStatus(row.status),
        priority=row.priority,
        reason=row.reason,
    )


def _candidate(row: Row[Any]) -> Candidate:
    document = {**row.document, "artists": tuple(row.document.get("artists", ()))}
    return Candidate(
        **document,
        id=row.id,
        source=row.source,
        source_id=row.source_id,
        url=row.url,
        title=row.title,
        score=row.score,
        score_parts=tuple(ScorePart(**part) for part in row.score_parts),
        status=CandidateStatus(row.status),
        reject_reason=row.reject_reason,
    )


def _file(row: Row[Any]) -> LibraryFile:
    return LibraryFile(
        track_id=row.track_id,
        path=Path(row.path),
        is_placed=row.is_placed,
        candidate_id=row.candidate_id,
        checksum=row.checksum,
        properties=AudioProperties(**row.properties) if row.properties else None,
    )
