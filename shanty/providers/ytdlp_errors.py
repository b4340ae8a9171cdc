"""What a failure of yt-dlp means to us: one table, by class where there is one, else by words.

yt-dlp has a class for a status, for geo-blocking and for the network; what a site says about a
video it hands on as text. Those texts are quoted from YouTube and from yt-dlp 2026.10. What is in
no table is transient: tried again a few times, and shown.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from shanty.errors import (
    BadCandidateError,
    SignInError,
    StageError,
    TransientError,
    WaitError,
)
from shanty.providers.http_session import describe_status, parse_retry_after

_FULL_DISK = {errno.ENOSPC, errno.EDQUOT}
_WAIT_STATUSES = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
# 403 is not among them: it is how YouTube turns away a session, not a video.
_GONE_STATUSES = {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.GONE,
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
}

_STATUS_TEXT = re.compile(r"HTTP Error (\d{3})")
# It is about us, not about the video: the whole source has to rest. Looked at first, for a
# "sign in" may be either.
_WAIT_TEXTS = re.compile(
    r"confirm (?:that )?you.?re not a bot"
    r"|rate-limited by YouTube|try again later|too many requests|captcha challenge",
    re.IGNORECASE,
)
# Of these, what cookies of somebody signed in would help against.
_SIGN_IN_TEXTS = re.compile(r"not a bot|captcha challenge", re.IGNORECASE)
# It is about the video: another candidate may do.
_BAD_TEXTS = re.compile(
    r"video unavailable|(?:video|content|track) is (?:not|no longer) available|isn.?t available"
    r"|has been (?:removed|deleted|blocked|terminated)|was (?:removed|deleted)|does not exist"
    r"|private video|is private|members[- ]only|join this channel|premium members"
    r"|requires payment|rental|purchase"
    r"|confirm your age|age[- ]restricted|inappropriate"
    r"|in your (?:country|location|region)|geo[- ]?restrict|blocked it"
    r"|copyright|drm protected"
    r"|premieres in|live event|is not currently live|is offline"
    r"|requested format is not available|no video formats found|no formats found|only images"
    r"|is not a valid URL|unsupported URL|postprocessing:|audio conversion failed",
    re.IGNORECASE,
)
# Advice for people at yt-dlp's command line, from where it begins.
_ADVICE = re.compile(
    r"\s*(?:;? please report this issue|Use --|You might want to use|For more information,|See )"
    r".*",
    re.DOTALL,
)
_MARKS = re.compile(r"^(?:ERROR: )?\s*(?:\[[^\]]+\] )?(?:Got error: )?")


def map_error(error: Exception, source: str) -> StageError:
    """The error that the queue is to see. ``source`` names the site, for people and the circuit."""
    causes = list(_walk_causes(error))
    text = " ".join(str(cause) for cause in causes)
    reason = describe(error)
    if any(_is_full_disk(cause) for cause in causes):
        return WaitError("there is no space left for downloads", source="disk")
    for cause in causes:
        mapped = _map_http_error(cause, source)
        if mapped is not None:
            return mapped
    if (said := _STATUS_TEXT.search(text)) is not None:
        # Of a 5xx in mid-download nothing but the text is handed on.
        return _map_status(int(said[1]), source)
    if _WAIT_TEXTS.search(text):
        kind = SignInError if _SIGN_IN_TEXTS.search(text) else WaitError
        return kind(f"{source} asks us to wait: {reason}", source=source)
    if _is_about_the_candidate(causes) or _BAD_TEXTS.search(text):
        return BadCandidateError(f"{source}: {reason}")
    return TransientError(f"{source}: {reason}")


def _is_full_disk(cause: BaseException) -> bool:
    # The words are ffmpeg's, by way of yt-dlp.
    return getattr(cause, "errno", None) in _FULL_DISK or "No space left on device" in str(cause)


def describe(error: Exception) -> str:
    """What happened, in one line and without yt-dlp's prefixes and advice."""
    causes = list(_walk_causes(error))
    text = next((one.orig_msg for one in causes if hasattr(one, "orig_msg")), str(causes[0]))
    text = " ".join(_ADVICE.sub("", _MARKS.sub("", text)).split())
    return text.rstrip(" .") or type(causes[-1]).__name__


def is_unknown_address(error: Exception) -> bool:
    """Whether no extractor knew what it was asked for. There is no class for it."""
    return "No suitable extractor" in str(error)


def is_failed_conversion(error: Exception) -> bool:
    """Whether ffmpeg did not make of the download what it was to, the disk having had room."""
    from yt_dlp.utils import PostProcessingError

    causes = list(_walk_causes(error))
    return any(isinstance(cause, PostProcessingError) for cause in causes) and not any(
        _is_full_disk(cause) for cause in causes
    )


def is_refused_range(error: Exception) -> bool:
    """Whether the site has no bytes from where a begun download was to go on (HTTP 416)."""
    from yt_dlp.networking.exceptions import HTTPError

    return any(
        isinstance(cause, HTTPError) and cause.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        for cause in _walk_causes(error)
    )


def _map_http_error(cause: BaseException, source: str) -> StageError | None:
    from yt_dlp.networking.exceptions import HTTPError

    if not isinstance(cause, HTTPError):
        return None
    headers: Any = cause.response.headers
    return _map_status(cause.status, source, headers.get("Retry-After"))


def _map_status(status: int, source: str, retry_after: str | None = None) -> StageError:
    said = describe_status(status)
    if status in _WAIT_STATUSES:
        retry_at = parse_retry_after(retry_after, datetime.now(UTC))
        return WaitError(f"{source} asks us to wait ({said})", source=source, retry_at=retry_at)
    if status in _GONE_STATUSES:
        return BadCandidateError(f"{source} has it no longer ({said})")
    return TransientError(f"{source} does not deliver ({said})")


def _is_about_the_candidate(causes: list[BaseException]) -> bool:
    from yt_dlp.utils import (
        GeoRestrictedError,
        PostProcessingError,
        UnsupportedError,
        UserNotLive,
    )

    classes = (GeoRestrictedError, PostProcessingError, UnsupportedError, UserNotLive)
    return any(isinstance(cause, classes) for cause in causes)


def _walk_causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it: yt-dlp keeps that in ``exc_info`` and ``cause``."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        exc_info = getattr(one, "exc_info", None)
        waiting.append(exc_info[1] if isinstance(exc_info, tuple) else None)
        waiting += [getattr(one, "cause", None), one.__cause__, one.__context__]
