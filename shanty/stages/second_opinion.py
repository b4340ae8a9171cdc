"""Asks a second upload, where a decision is close: both have to sound the same.

Owns which decisions are close, which upload is asked, and what its sound means. Refuses to know how
an upload is fetched. An opinion that cannot be had changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from shanty.db import Transaction
from shanty.errors import LeaseLostError, ReviewError
from shanty.models import Candidate, CandidateStatus, WorkItem
from shanty.music.fingerprint import MOST_ERRORS, Fingerprint, error_rate
from shanty.music.names import fold_name
from shanty.stages.contract import Services

logger = logging.getLogger(__name__)

_SURE_SCORE = 0.95
_NEAR_SECONDS = 2.0  # so far off and farther, a length no longer says that it is the same one


@dataclass(frozen=True)
class SecondOpinion:
    """The second opinion on one track's upload.

    ``seconds`` is how long the recording is, if that is known; ``listen`` fetches an upload, takes
    its fingerprint and leaves no file.
    """

    item: WorkItem
    seconds: float | None
    listen: Callable[[Candidate], Fingerprint | None]
    services: Services

    def recall(self, candidate: Candidate) -> None:
        """Ask again what was asked about a candidate before, if nothing has changed since.

        Raises:
            ReviewError: it and another upload are known to sound different.
        """
        others = self._others(candidate)
        sound = self._known(candidate) if others else None
        for other in others:
            known = None if sound is None else self._known(other)
            if sound is not None and known is not None:
                _compare(candidate, sound, other, known)

    def ask(self, candidate: Candidate, sound: Fingerprint | None) -> str:
        """Compare a fetched candidate with another one; returns what that has shown, if anything.

        At most one upload is fetched for it, and for a track only once.

        Raises:
            ReviewError: the other one sounds different.
            LeaseLostError: the item is no longer ours.
        """
        others = [] if sound is None else self._others(candidate)
        if sound is None or not others:
            return ""
        other = next((one for one in others if self._known(one) is not None), None)
        other_sound = None if other is None else self._known(other)
        if other is None and not self._has_asked(candidate):
            other = others[0]
            other_sound = self._listen_to(other)
        if other is None or other_sound is None:
            return ""
        with self.services.database.begin() as tx:
            self.services.queue.items.hold(tx, self.item)
            self._store(tx, candidate, sound)
            self._store(tx, other, other_sound)
        return _compare(candidate, sound, other, other_sound)

    def _others(self, candidate: Candidate) -> list[Candidate]:
        """Who may be asked about a candidate, the best first; nobody where the decision is clear.

        The candidate's own page may have changed its score since it was picked.
        """
        download = self.services.settings.download
        stored = self.services.catalog.candidates.of_track(self.item.track_id)
        now = next((one for one in stored if one.id == candidate.id), candidate)
        is_found = now.status is CandidateStatus.FOUND
        if not (download.second_opinion and is_found and self._is_close(now)):
            return []
        with self.services.database.read() as connection:
            taken = self.services.catalog.candidates.taken_elsewhere(connection, self.item.track_id)
        return [
            one
            for one in stored
            if one.status is CandidateStatus.FOUND
            and one.score >= download.accept_score
            and one.key not in taken
            and one.id != now.id
            and _is_of_another(one, now)
        ]

    def _is_close(self, candidate: Candidate) -> bool:
        if candidate.score < _SURE_SCORE:
            return True
        if not self.seconds or candidate.duration_seconds is None:
            return False
        return abs(candidate.duration_seconds - self.seconds) >= _NEAR_SECONDS

    def _has_asked(self, candidate: Candidate) -> bool:
        """Whether another upload of the track was listened to before, whatever that has shown."""
        stored = self.services.catalog.candidates.of_track(self.item.track_id)
        return any(one.id != candidate.id and self._known(one) is not None for one in stored)

    def _listen_to(self, other: Candidate) -> Fingerprint | None:
        """What another upload sounds like; None if it cannot be had, for whatever reason."""
        try:
            return self.listen(other)
        except LeaseLostError:
            raise
        except Exception as error:
            if self.services.stop.is_set():
                raise
            logger.warning("%s: no second opinion from %r: %s", self.item.label, other.title, error)
            return None

    def _known(self, candidate: Candidate) -> Fingerprint | None:
        assert candidate.id is not None, "a stored candidate has an id"
        return self.services.catalog.fingerprints.find(candidate.id)

    def _store(self, tx: Transaction, candidate: Candidate, sound: Fingerprint) -> None:
        assert candidate.id is not None, "a stored candidate has an id"
        self.services.catalog.fingerprints.record(tx, candidate.id, sound)


def _is_of_another(one: Candidate, other: Candidate) -> bool:
    """Whether two uploads may be by two people: it is not known that one person made both."""
    uploaders = [fold_name(each.channel or each.uploader) for each in (one, other)]
    return uploaders[0] != uploaders[1] or not uploaders[0]


def _compare(one: Candidate, sound: Fingerprint, other: Candidate, other_sound: Fingerprint) -> str:
    """What two sounds say together, for people; nothing if they are too short to tell.

    Raises:
        ReviewError: they are not the same.
    """
    rate = error_rate(sound, other_sound)
    if rate is None:
        return ""
    if rate <= MOST_ERRORS:
        return f"; {_name(other)} sounds the same"
    raise ReviewError(
        f"two uploads fit and do not sound alike, {_name(one)} and {_name(other)}: their "
        f"fingerprints differ in {rate:.0%} of all bits, and up to {MOST_ERRORS:.0%} is the same "
        "sound; listen to both, and accept the right one"
    )


def _name(candidate: Candidate) -> str:
    uploader = candidate.channel or candidate.uploader
    return f"{candidate.title!r} by {uploader}" if uploader else repr(candidate.title)
