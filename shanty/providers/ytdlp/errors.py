"""Looks up what a failure of yt-dlp means to us, in the table of :mod:`.cases`.

A failure that fits no row is transient: it is tried again a few times, shown, and logged so that
the table can grow.
"""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from json import JSONDecodeError
from socket import gaierror
from typing import Any

from shanty.errors import DISK, StageError, TransientError, UnreachableError, WaitError
from shanty.providers.http_session import describe_status, parse_retry_after
from shanty.providers.ytdlp.cases import CASES, SOMEBODY_ELSE, Case

logger = logging.getLogger(__name__)

_FULL_DISK = {errno.ENOSPC, errno.EDQUOT}
# These concern a file or a folder, never a connection.
_DISK_ONLY = {errno.EROFS, errno.ESTALE, errno.EIO}
# These may concern a connection too, unless a file's name comes with them.
_DISK_IF_NAMED = {errno.EACCES, errno.EPERM, errno.ENODEV, errno.ENOTCONN, errno.EHOSTDOWN}
_STATUS_TEXT = re.compile(r"HTTP Error (\d{3})")
# The beginning of advice for people at yt-dlp's command line.
_ADVICE = re.compile(
    r"\s*(?:;? please report this issue|Use --|You might want to use|For more information,|See )"
    r".*",
    re.DOTALL,
)
_OF_DISKS = tuple(case for case in CASES if case.source == DISK)
_MARKS = re.compile(r"^(?:ERROR: )?\s*(?:\[[^\]]+\] )?(?:Got error: )?")


def map_error(error: Exception, source: str, warnings: Sequence[str] = ()) -> StageError:
    """The error of ours that stands for one of yt-dlp's.

    ``source`` names the site, for people and for the circuit. ``warnings`` are yt-dlp's warnings
    that came before the error.
    """
    causes = list(_walk_causes(error))
    case = find_case(causes, warnings)
    mapped = _map(error, causes, case, source)
    mapped.is_of_tool = case is None or case.is_of_tool
    return mapped


def _map(
    error: Exception, causes: Sequence[BaseException], case: Case | None, source: str
) -> StageError:
    reason = describe(error)
    if case is None:
        classes = ", ".join(type(cause).__name__ for cause in causes)
        logger.warning(
            "yt-dlp gave an unknown error, which is taken for one that passes: %s: %s (%s)",
            source,
            reason,
            classes,
        )
        return _of_source(TransientError(f"{source}: {reason}"))
    status, headers = _status_of(causes)
    evidence = describe_status(status) if status in case.statuses else reason
    says = case.says if "{source}" in case.says or case.source else f"{{source}}: {case.says}"
    message = says.format(source=source)
    if not case.source:
        message = f"{message} ({evidence})"
    if not issubclass(case.kind, WaitError):
        return _of_source(case.kind(message))
    retry_at = parse_retry_after(headers.get("Retry-After"), datetime.now(UTC))
    wait = case.kind(message, source=case.source or source, retry_at=retry_at, why=case.why)
    wait.is_plain, wait.rest_seconds = case.is_plain, case.rest_seconds
    return wait


def _of_source(error: StageError) -> StageError:
    if isinstance(error, TransientError):
        error.is_of_source = True
    return error


def find_case(causes: Sequence[BaseException], warnings: Sequence[str] = ()) -> Case | None:
    """The first row of the table that fits; None if no row does."""
    if any(_is_full_disk(cause) for cause in causes):
        return next(case for case in CASES if case.source == DISK)
    if any(map(_is_of_web_page, causes)):
        return SOMEBODY_ELSE
    text = " ".join(str(cause) for cause in causes)
    status, _ = _status_of(causes)
    classes = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    warned = " ".join(warnings)
    for case in CASES:
        if case.warning is not None and not case.warning.search(warned):
            continue
        if (
            (case.words is not None and case.words.search(text))
            or status in case.statuses
            or not classes.isdisjoint(case.classes)
        ):
            return case
    if any(isinstance(cause, ConnectionError | TimeoutError | gaierror) for cause in causes):
        return next(case for case in CASES if case.kind is UnreachableError)
    return None


def _is_of_web_page(cause: BaseException) -> bool:
    """Whether JSON was expected, but a web page came."""
    return isinstance(cause, JSONDecodeError) and cause.doc.lstrip("\ufeff \t\r\n").startswith("<")


def _status_of(causes: Sequence[BaseException]) -> tuple[int, Any]:
    """The HTTP status of the answer, or 0, and the answer's headers."""
    from yt_dlp.networking.exceptions import HTTPError

    for cause in causes:
        if isinstance(cause, HTTPError):
            return cause.status, cause.response.headers
    # For a 5xx in mid-download, yt-dlp hands on nothing but the text.
    said = _STATUS_TEXT.search(" ".join(str(cause) for cause in causes))
    return (int(said[1]) if said else 0), {}


def _is_full_disk(cause: BaseException) -> bool:
    return getattr(cause, "errno", None) in _FULL_DISK or "No space left on device" in str(cause)


def find_disk_refusal(error: BaseException) -> OSError | None:
    """The error of a disk that refused yt-dlp's writes, unless the disk is full.

    The disk is read-only, forbidden or gone. That is neither the site's fault nor the candidate's.
    """
    for cause in _walk_causes(error):
        if isinstance(cause, OSError) and (
            cause.errno in _DISK_ONLY
            or (cause.errno in _DISK_IF_NAMED and cause.filename is not None)
        ):
            return cause
    return None


def describe(error: Exception) -> str:
    """What happened, in one line without yt-dlp's prefixes and advice."""
    causes = list(_walk_causes(error))
    text = next((one.orig_msg for one in causes if hasattr(one, "orig_msg")), str(causes[0]))
    text = " ".join(_ADVICE.sub("", _MARKS.sub("", text)).split())
    return text.rstrip(" .") or type(causes[-1]).__name__


def is_unknown_address(error: Exception) -> bool:
    """Whether no extractor of yt-dlp knew the address. yt-dlp has no class for this error."""
    return "No suitable extractor" in str(error)


def find_disk_trouble(error: Exception) -> StageError | None:
    """The error to raise if ffmpeg could not write; None if the disk is not the reason.

    ffmpeg reports such a failure in the words of the operating system.
    """
    is_disks = find_case([error]) in _OF_DISKS
    return map_error(error, DISK) if is_disks else None


def is_refused_range(error: Exception) -> bool:
    """Whether the site has no bytes at the place where a download would go on (HTTP 416)."""
    from yt_dlp.networking.exceptions import HTTPError

    return any(
        isinstance(cause, HTTPError) and cause.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        for cause in _walk_causes(error)
    )


def _walk_causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it. yt-dlp keeps causes in ``exc_info`` and ``cause``."""
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
