"""The table of yt-dlp's errors: a test for each row, with texts that yt-dlp itself has."""

from __future__ import annotations

import io
import logging
from email.message import Message
from functools import cache
from pathlib import Path

import pytest
import yt_dlp
import yt_dlp.networking.exceptions
import yt_dlp.utils
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import DownloadError, ExtractorError

from shanty.errors import (
    DISK,
    TOOLS,
    BadCandidateError,
    LoginWantedError,
    SignInError,
    TransientError,
    WaitError,
)
from shanty.providers.http_session import raise_for_status
from shanty.providers.ytdlp.cases import CASES, THE_SITE, Case
from shanty.providers.ytdlp.errors import _walk_causes, find_case, map_error
from shanty.providers.ytdlp.setup import _Logger

YT_DLP_DIR = Path(yt_dlp.__file__).parent
QUOTES = [(case, file, text) for case in CASES for file, text in case.quotes]
STATUSES = [(case, status) for case in CASES for status in case.statuses]
CLASSES = [(case, name) for case in CASES for name in case.classes]
A_WARNING = "[youtube] dQw4w9WgXcQ: "


@cache
def youtube_dl() -> yt_dlp.YoutubeDL:
    """One for all: setting it up takes a quarter of a second."""
    return yt_dlp.YoutubeDL({"quiet": True, "logger": _Logger()}, auto_init=False)


def raised(error: Exception, warning: str = "") -> tuple[DownloadError, list[str]]:
    """The error as yt-dlp's ``extract_info`` raises it, and the warnings that came before."""
    ydl = youtube_dl()
    ydl.params["logger"] = _Logger()
    if warning:
        ydl.report_warning(A_WARNING + warning)
    try:
        try:
            raise error
        except Exception:
            ydl.report_error(str(error))
    except DownloadError as wrapped:
        return wrapped, ydl.params["logger"].warnings
    raise AssertionError("yt-dlp raises nothing")


def http_error(status: int) -> HTTPError:
    return HTTPError(Response(io.BytesIO(b""), "https://example.org", Message(), status))


def found(error: Exception, warning: str = "") -> Case | None:
    wrapped, warnings = raised(error, warning)
    return find_case(list(_walk_causes(wrapped)), warnings)


@pytest.mark.parametrize(
    ("case", "file", "text"),
    [quote for quote in QUOTES if quote[1] != THE_SITE],
    ids=lambda value: value.name if isinstance(value, Case) else str(value),
)
def test_yt_dlp_still_says_so(case: Case, file: str, text: str) -> None:
    """An update of yt-dlp that words it otherwise has to be followed in the table."""
    source = (YT_DLP_DIR / file).read_text(encoding="utf-8")
    assert text in source, f"the row {case.name!r} quotes what {file} has no longer"


@pytest.mark.parametrize(
    ("case", "file", "text"),
    QUOTES,
    ids=lambda value: value.name if isinstance(value, Case) else str(value),
)
def test_each_text_finds_its_row(case: Case, file: str, text: str) -> None:
    if case.warning is None:
        assert found(ExtractorError(text, expected=True)) is case
        return
    # What yt-dlp warns of is the reason only if there is nothing to be had then.
    nothing = ExtractorError("Requested format is not available", expected=True)
    assert found(nothing, text) is case
    assert found(ExtractorError("Private video", expected=True), text) is not case
    without = found(nothing)
    assert without is not None
    assert without.kind is BadCandidateError


def test_each_status_finds_its_row() -> None:
    for _, status in STATUSES:
        first = next(one for one in CASES if status in one.statuses)
        assert found(http_error(status)) is first
        assert found(ExtractorError(f"cannot download: HTTP Error {status}: x")) is first


@pytest.mark.parametrize(("case", "name"), CLASSES, ids=lambda value: getattr(value, "name", value))
def test_each_class_finds_its_row(case: Case, name: str) -> None:
    places = (yt_dlp.utils, yt_dlp.networking.exceptions)
    kind = next(getattr(place, name) for place in places if hasattr(place, name))
    if kind is HTTPError:
        assert found(http_error(403)) is case
        return
    arguments = {"ContentTooShortError": (1, 2), "NoSupportingHandlers": ([], [])}
    assert found(kind(*arguments.get(name, ("nothing that is in the table",)))) is case


def test_each_row_is_reached_and_says_something() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.words or case.statuses or case.classes, case.name
        if case.words:
            assert case.quotes, f"{case.name} shows no text that is meant"
        assert case.says.format(source="Youtube")
        assert issubclass(case.kind, WaitError) == bool(case.why), case.name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_row_becomes_its_error(case: Case) -> None:
    error: Exception
    warning = ""
    if case.warning is not None:
        error, warning = ExtractorError("No video formats found!"), case.quotes[0][1]
    elif case.quotes:
        error = ExtractorError(case.quotes[0][1], expected=True)
    else:
        error = http_error(503 if issubclass(case.kind, WaitError) else 403)
    mapped = map_error(*[(one := raised(error, warning))[0], "Youtube", one[1]])
    assert type(mapped) is case.kind
    assert "\n" not in str(mapped)
    assert "{" not in str(mapped)
    assert "--" not in str(mapped), "advice for people at yt-dlp's command line"
    if isinstance(mapped, WaitError):
        assert mapped.source == (case.source or "Youtube")
        assert mapped.why == case.why
        assert mapped.rest_seconds == case.rest_seconds
        assert mapped.retry_at is None, "nobody has said a time"


def test_this_machines_fault_is_never_the_candidates() -> None:
    for case in CASES:
        if case.source in (DISK, TOOLS):
            assert issubclass(case.kind, WaitError)
        else:
            assert not case.source


def test_a_bot_check_is_not_taken_for_an_age_check() -> None:
    bot = found(ExtractorError("Sign in to confirm you're not a bot", expected=True))
    age = found(ExtractorError("Sign in to confirm your age", expected=True))
    assert bot is not None
    assert age is not None
    assert (bot.kind, age.kind) == (SignInError, LoginWantedError)


def test_what_is_not_known_passes_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="shanty"):
        error, warnings = raised(ExtractorError("The moon is in the wrong quarter", expected=True))
        mapped = map_error(error, "Youtube", warnings)
    assert type(mapped) is TransientError
    (record,) = caplog.records
    assert "The moon is in the wrong quarter" in record.getMessage()
    assert "ExtractorError" in record.getMessage()
    caplog.clear()
    map_error(*[(one := raised(http_error(500)))[0], "Youtube", one[1]])
    assert not caplog.records, "what is known need not be logged"


def test_plain_http_services_mean_the_same_by_a_status() -> None:
    """The other services' session and the table must not differ."""
    for case, status in STATUSES:
        if status < 500 and not issubclass(case.kind, WaitError):
            continue
        first = next(one for one in CASES if status in one.statuses)
        with pytest.raises(first.kind):
            raise_for_status(status, {}, service="x", source="x")
