"""The one error tree.

Everything under :class:`ShantyError` is *expected*: it is printed as one line without a traceback,
in exactly one place (``cli.main``), and its message is a sentence that a person can act on.

Under :class:`StageError`, the class itself says what the queue does next
(:func:`shanty.stages.retry.decide`); ``error_class`` is the word for it that is stored and shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

DISK, TOOLS, LIBRARY = "disk", "tools", "library"
"""Sources of a :class:`WaitError` that are no outside service but a matter of this machine."""

_LONG_SECRET = 8
"""No word of a message holds as many letters of somebody's password by chance."""


def one_line(text: str) -> str:
    """A text from outside, made safe for a sentence: nothing breaks a line or moves the cursor."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def hide_secrets(text: str, secrets: Iterable[str]) -> str:
    """A text with stars in place of secrets, and with no other word harmed.

    A short secret is hidden only where it stands as a word of its own: the password ``p`` must not
    turn ``port`` into ``***ort``.
    """
    for secret in sorted(set(secrets) - {""}, key=len, reverse=True):
        pattern = re.escape(secret)
        if len(secret) < _LONG_SECRET:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        text = re.sub(pattern, "***", text)
    return text


def count_of(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun, as people say it: ``1 track``, ``2 tracks``, ``3 entries``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


class ShantyError(Exception):
    """An error that a person can cause or cure. The message is one sentence."""


class ConfigError(ShantyError):
    """A setting is wrong. The message names the key and where it was set."""


class DatabaseError(ShantyError):
    """The database cannot be used: not ours, corrupt, from a newer version, or unreachable."""


class UnfitValueError(ShantyError):
    """A value that no database holds: half a letter, a letter without a number, a giant number."""


class LeaseLostError(ShantyError):
    """A guarded transition matched no row: the item is no longer ours to change."""


class NotFoundError(ShantyError):
    """The thing that was asked for does not exist."""


class AlreadyRunningError(ShantyError):
    """Another process on this machine does this already."""


class ServerError(ShantyError):
    """The server that runs the jobs cannot be started or reached."""


class StageError(ShantyError):
    """Why a stage did not succeed.

    ``is_of_tool``: yt-dlp itself may be the reason, and another version of it may do better.
    """

    error_class = "transient"
    is_of_tool = False


class WaitError(StageError):
    """The other side asks us to wait (429, 503, a bot check). Costs no attempt.

    ``retry_at`` is when the other side said to come back, if it did. ``rest_seconds`` is how long
    to leave it alone otherwise, if that is known. ``source`` names the other side, or is
    :data:`DISK`, :data:`TOOLS` or :data:`LIBRARY`. ``why`` is the message in a few words. If
    ``is_plain`` is false, the refusal may concern only the one thing that was asked for; whether
    others are refused too decides that. ``tries`` is how often that one thing has been refused by
    now, if that is counted.

    Whoever raises it says its source once, and nobody changes that on the way. Whoever guards the
    source (:meth:`shanty.sources.circuits.Circuits.guard`) raises a copy with the final address.
    """

    error_class = "wait"
    is_plain = True
    rest_seconds: float | None = None
    tries = 0

    def __init__(
        self, message: str, *, source: str = "", retry_at: datetime | None = None, why: str = ""
    ):
        super().__init__(message)
        self._source = source
        self.retry_at = retry_at
        self.why = why or message

    @property
    def source(self) -> str:
        """What is to be waited for; empty if it is only the time."""
        return self._source

    def rests_until(self, now: datetime) -> datetime | None:
        """Until when to leave the other side alone, if it said or that is known."""
        if self.retry_at is None and self.rest_seconds is not None:
            return now + timedelta(seconds=self.rest_seconds)
        return self.retry_at

    def addressed_to(self, source: str, tries: int = 0) -> Self:
        """Return the same error with its final address, and how often the thing was refused."""
        addressed = type(self).__new__(type(self), *self.args)
        addressed.__dict__.update(self.__dict__, _source=source, tries=tries)
        return addressed


class SignInError(WaitError):
    """The site wants a login, or a proof that we are no bot: new cookies end the wait at once."""

    remedy = "new cookies end this at once: `shanty cookies import`"

    def __init__(
        self, message: str, *, source: str = "", retry_at: datetime | None = None, why: str = ""
    ):
        super().__init__(f"{message}; {self.remedy}", source=source, retry_at=retry_at, why=why)


class SourcePausedError(WaitError):
    """Nothing was asked: the source is left alone, because it refused an earlier request."""


class AbsentSourceError(StageError):
    """A source that only searches does not answer, for whatever reason: another one may serve.

    ``trouble`` is the error to raise in its place if no other source serves.
    """

    def __init__(self, trouble: StageError):
        super().__init__(str(trouble))
        self.trouble = trouble


class TransientError(StageError):
    """It may work the next time: a timeout, a cut connection, a 5xx, a busy database.

    ``is_of_source``: the trouble is with the other side or the way there, not with this machine.
    """

    error_class = "transient"
    is_of_source = False


class UnreachableError(TransientError):
    """The other side cannot be reached, or somebody else answers in its place.

    Its name is unknown, there is no route, nothing listens, TLS or a proxy fails, or the network
    wants a login first.
    """

    is_of_source = True


class UndeliveredError(TransientError):
    """What was asked for did not come, and the source is not known to be the reason.

    ``tries`` is how often it has been refused by now. ``is_alone``: others have got through.
    ``is_free``: this costs no attempt, because tries are counted instead, or because the source
    asked us to come back later.
    """

    def __init__(
        self, error: StageError, tries: int, *, is_alone: bool = False, is_free: bool = False
    ):
        super().__init__(str(error))
        self.tries = tries
        self.is_alone = is_alone
        self.is_free = is_free or isinstance(error, WaitError)
        self.retry_at = error.retry_at if isinstance(error, WaitError) else None


class BadCandidateError(StageError):
    """This candidate is of no use: gone, blocked, wrong length, silent, not audio."""

    error_class = "bad_candidate"


class UnlikeError(BadCandidateError):
    """The candidate's own page speaks against it, so it is less sure than it seemed."""


class LoginWantedError(BadCandidateError):
    """This candidate is shown only to people who are signed in: useless until new cookies come.

    ``generation`` is that of the cookies whose login did not help; empty if they held no login.
    """

    generation = ""


class ReviewError(StageError):
    """A person has to decide: the best candidate lies between the two thresholds."""

    error_class = "review"


class PermanentError(StageError):
    """Trying again would not help."""

    error_class = "permanent"
