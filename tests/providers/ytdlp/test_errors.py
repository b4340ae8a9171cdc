"""What yt-dlp's own exceptions mean to us, as it raises them."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from email.message import Message

import pytest
import yt_dlp
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import (
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    PostProcessingError,
    UnsupportedError,
    UserNotLive,
)

from shanty.errors import (
    BadCandidateError,
    LoginWantedError,
    SignInError,
    StageError,
    TransientError,
    UnreachableError,
    WaitError,
)
from shanty.providers.ytdlp import setup
from shanty.providers.ytdlp.errors import describe, map_error


def http_error(status: int, **headers: str) -> HTTPError:
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return HTTPError(Response(io.BytesIO(b""), "https://example.org", message, status))


def as_raised(make: Callable[[], Exception]) -> DownloadError:
    """The error as yt-dlp's ``extract_info`` raises it, with its way through ``trouble``."""
    with yt_dlp.YoutubeDL({"quiet": True, "logger": setup._Logger()}) as ydl:
        try:
            try:
                raise make()
            except Exception as error:
                ydl.report_error(str(error))
        except DownloadError as error:
            return error
    raise AssertionError("yt-dlp raises nothing")


def extractor_error(text: str) -> Exception:
    return ExtractorError(text, expected=True, video_id="dQw4w9WgXcQ")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: http_error(429, Retry_After="60"), WaitError),
        (lambda: http_error(503), WaitError),
        (lambda: http_error(403), TransientError),
        (lambda: http_error(500), TransientError),
        (lambda: http_error(404), BadCandidateError),
        (lambda: http_error(410), BadCandidateError),
        (lambda: http_error(451), BadCandidateError),
        (lambda: TransportError("Read timed out."), UnreachableError),
        (lambda: OSError(28, "No space left on device"), WaitError),
        (lambda: GeoRestrictedError("not here", countries=["NO"]), BadCandidateError),
        (lambda: UserNotLive(), BadCandidateError),
        (lambda: UnsupportedError("https://example.org"), BadCandidateError),
        (lambda: PostProcessingError("audio conversion failed: Invalid data"), BadCandidateError),
        (
            lambda: PostProcessingError("audio conversion failed: No space left on device"),
            WaitError,
        ),
        (lambda: extractor_error("Unable to extract player version"), TransientError),
        (lambda: RuntimeError("what is this"), TransientError),
    ],
)
def test_errors_by_class(make: Callable[[], Exception], expected: type[StageError]) -> None:
    mapped = map_error(as_raised(make), "Youtube")
    assert type(mapped) is expected
    assert "\n" not in str(mapped)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sign in to confirm you’re not a bot. Use --cookies-from-browser or …", SignInError),
        ("Sign in to confirm you're not a bot", SignInError),
        (
            "This content isn't available, try again later. The current session has been "
            "rate-limited by YouTube for up to an hour. It is recommended to use `-t sleep`",
            WaitError,
        ),
        (
            "Video unavailable. YouTube is requiring a captcha challenge before playback",
            SignInError,
        ),
        ("Sign in to confirm your age. This video may be inappropriate", LoginWantedError),
        ("Video unavailable", BadCandidateError),
        ("Video unavailable. This video is not available", BadCandidateError),
        ("Video unavailable. This video contains content from SME, who has blocked it in your "
         "country on copyright grounds", BadCandidateError),
        ("Private video. Sign in if you've been granted access to this video", BadCandidateError),
        ("This video has been removed for violating YouTube's Terms", BadCandidateError),
        ("This video is no longer available because the account has been terminated",
         BadCandidateError),
        ("Join this channel to get access to members-only content", BadCandidateError),
        ("This video is only available to Music Premium members", BadCandidateError),
        ("This video is DRM protected", BadCandidateError),
        ("Premieres in 3 hours", BadCandidateError),
        ("This live event will begin in a few moments.", BadCandidateError),
        ("Requested format is not available. Use --list-formats", BadCandidateError),
        ("Failed to parse JSON", TransientError),
        ("The page needs to be reloaded.", TransientError),
    ],
)  # fmt: skip
def test_errors_by_what_the_site_says(text: str, expected: type[StageError]) -> None:
    mapped = map_error(as_raised(lambda: extractor_error(text)), "Youtube")
    assert type(mapped) is expected
    assert text.split(".")[0] in str(mapped)
    if isinstance(mapped, WaitError):
        assert mapped.source == "Youtube"


def test_a_refusal_says_when_to_come_back() -> None:
    before = time.time()
    mapped = map_error(as_raised(lambda: http_error(429, Retry_After="60")), "Youtube")
    assert isinstance(mapped, WaitError)
    assert mapped.retry_at is not None
    assert 55 < mapped.retry_at.timestamp() - before < 65


def test_prefixes_and_advice_are_left_out() -> None:
    error = as_raised(lambda: ExtractorError("Unable to extract x", video_id="abc", ie="youtube"))
    assert "please report" in str(error)
    assert describe(error) == "Unable to extract x"
