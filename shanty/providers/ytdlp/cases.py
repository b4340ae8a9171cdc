"""The table of what goes wrong with yt-dlp: how to recognise it, what it means, what people read.

Data only; :mod:`shanty.providers.ytdlp.errors` looks things up in it. The first case that fits
counts, so narrow cases come before wide ones. yt-dlp has classes for few of these: it hands on a
site's verdict on a video as text. Each case quotes such texts, from yt-dlp's own files (a test
finds them in the installed version) or from the site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

from shanty.errors import (
    DISK,
    TOOLS,
    BadCandidateError,
    LoginWantedError,
    SignInError,
    StageError,
    TransientError,
    UnreachableError,
    WaitError,
)

YOUTUBE = "extractor/youtube/_video.py"
THE_SITE = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that goes wrong.

    Any of these identifies a case: words in a text, an HTTP status, or the name of one of yt-dlp's
    classes. If ``warning`` is set, yt-dlp must also have warned in these words. ``says`` is the
    sentence for people: ``{source}`` stands for the site, which is named first otherwise. ``why``
    is the same in a few words, as the reason of a pause; ``rest_seconds`` is the length of the
    pause, if it is known. ``source`` is the source to leave alone, if not the site. If ``is_plain``
    is false, the refusal may concern only this address, although it sounds general. If
    ``is_of_tool`` is true, it also happens when yt-dlp no longer understands the site. ``quotes``
    are pairs of one of yt-dlp's files and a text in it.
    """

    name: str
    kind: type[StageError]
    says: str
    words: re.Pattern[str] | None = None
    statuses: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    warning: re.Pattern[str] | None = None
    why: str = ""
    rest_seconds: float | None = None
    source: str = ""
    is_plain: bool = True
    is_of_tool: bool = False
    quotes: tuple[tuple[str, str], ...] = ()


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_NO_FORMATS = r"requested format is not available|no video formats found|only images are available"

CASES: tuple[Case, ...] = (
    # --- trouble of this machine: never the candidate's fault -----------------------------------
    Case(
        "disk full",
        WaitError,
        "there is no space left for downloads",
        words=_words(r"No space left on device"),  # ffmpeg's words, and the system's
        why="there is no space left for downloads",
        source=DISK,
        quotes=((THE_SITE, "audio conversion failed: No space left on device"),),
    ),
    Case(
        "disk not to be written",
        WaitError,
        "the disk for downloads cannot be written to",
        words=_words(
            r"Read-only file system|Stale (?:NFS )?file handle|Disk quota exceeded"
            r"|Transport endpoint is not connected"
        ),
        why="the disk for downloads cannot be written to",
        source=DISK,
        quotes=((THE_SITE, "audio conversion failed: Read-only file system"),),
    ),
    Case(
        "ffmpeg missing",
        WaitError,
        "ffmpeg is missing: install it, or the imageio-ffmpeg package; `shanty doctor` checks it",
        words=_words(
            r"ffmpeg not found|ffprobe not found|ffprobe and ffmpeg not found"
            r"|ffmpeg is not installed"
        ),
        why="ffmpeg is missing",
        source=TOOLS,
        quotes=(
            ("postprocessor/ffmpeg.py", "ffmpeg not found. Please install or provide the path"),
            ("postprocessor/ffmpeg.py", "ffprobe and ffmpeg not found"),
            ("YoutubeDL.py", "merging of multiple formats but ffmpeg is not installed"),
        ),
    ),
    Case(
        "JavaScript runtime missing",
        WaitError,
        "there is no JavaScript runtime, and {source} gives no audio without one: install deno; "
        "`shanty doctor` checks it",
        words=_words(_NO_FORMATS),
        warning=_words(r"no supported JavaScript runtime could be found"),
        why="there is no JavaScript runtime",
        source=TOOLS,
        is_of_tool=True,
        quotes=((YOUTUBE, "No supported JavaScript runtime could be found"),),
    ),
    Case(
        "JavaScript not understood",
        WaitError,
        "yt-dlp can no longer solve the challenges of {source}: update yt-dlp and yt-dlp-ejs",
        words=_words(_NO_FORMATS),
        warning=_words(r"(?:n challenge|signature) solving failed"),
        why="yt-dlp has to be updated",
        source=TOOLS,
        is_of_tool=True,
        quotes=(
            (YOUTUBE, "n challenge solving failed: Some formats may be missing"),
            (YOUTUBE, "Signature solving failed: Some formats may be missing"),
        ),
    ),
    # --- about us: the whole source has to rest --------------------------------------------------
    Case(
        "too many requests",
        WaitError,
        "{source} asks us to wait",
        words=_words(r"too many requests"),
        statuses=(HTTPStatus.TOO_MANY_REQUESTS,),
        why="asked for fewer requests",
        quotes=((THE_SITE, "Too Many Requests"),),
    ),
    Case(
        "unavailable",
        WaitError,
        "{source} asks us to wait",
        statuses=(HTTPStatus.SERVICE_UNAVAILABLE,),
        why="not available for now",
        is_plain=False,
    ),
    # This comes before every other "sign in": the site judges our address, not the video.
    Case(
        "bot check",
        SignInError,
        "{source} asks us to wait",
        words=_words(r"confirm (?:that )?you.?re not a bot"),
        why="wants proof that we are not a bot",
        quotes=(
            (THE_SITE, "Sign in to confirm you’re not a bot"),
            (THE_SITE, "Sign in to confirm you're not a bot"),
        ),
    ),
    Case(
        "session rate-limited",
        WaitError,
        "{source} asks us to wait",
        words=_words(r"rate-limited by YouTube|isn.?t available, try again later|try again later"),
        why="this session was rate-limited for up to an hour",
        rest_seconds=30 * 60.0,
        is_plain=False,
        quotes=(
            (YOUTUBE, "has been rate-limited by YouTube for up to an hour"),
            (YOUTUBE, "This content isn't available, try again later"),
        ),
    ),
    Case(
        "captcha",
        SignInError,
        "{source} asks us to wait",
        words=_words(r"captcha challenge"),
        why="asked to solve a captcha",
        quotes=((YOUTUBE, "YouTube is requiring a captcha challenge before playback"),),
    ),
    # --- about the video: another candidate may do -----------------------------------------------
    Case(
        "age",
        LoginWantedError,
        "it is for adults, and only shown to people who are signed in (`shanty cookies import`)",
        words=_words(r"confirm your age|age[- ]restricted|inappropriate|age.verification"),
        quotes=(
            (YOUTUBE, "confirm your age"),
            (YOUTUBE, "This video is age-restricted"),
            (YOUTUBE, "inappropriate"),
        ),
    ),
    Case(
        "private",
        BadCandidateError,
        "it is private",
        words=_words(r"private video|is private"),
        quotes=((YOUTUBE, "Private video"), ("extractor/redtube.py", "This video is private")),
    ),
    Case(
        "members only",
        BadCandidateError,
        "it is for paying members",
        words=_words(
            r"members[- ]only|channel's members|join this channel|premium members|premium users"
            r"|requires payment|rental|purchase"
        ),
        quotes=(
            (THE_SITE, "This video is only available to Music Premium members"),
            (THE_SITE, "Join this channel to get access to members-only content"),
            ("extractor/tvp.py", "requires payment"),
        ),
    ),
    Case(
        "sign in",
        LoginWantedError,
        "it is only shown to people who are signed in (`shanty cookies import`)",
        words=_words(
            r"only available for registered users|sign in to|please sign in|log ?in required"
            r"|need to log"
        ),
        quotes=(
            ("extractor/common.py", "This video is only available for registered users"),
            (THE_SITE, "Please sign in"),
        ),
    ),
    Case(
        "geo-blocked",
        BadCandidateError,
        "it is blocked where we are",
        words=_words(
            r"in your (?:country|location|region)|geo[- ]?restrict|blocked it|from your location"
        ),
        classes=("GeoRestrictedError",),
        quotes=(
            (YOUTUBE, "The uploader has not made this video available in your country"),
            (
                "extractor/common.py",
                "This video is not available from your location due to geo restriction",
            ),
        ),
    ),
    Case(
        "live",
        BadCandidateError,
        "it is a live broadcast, or has not begun",
        words=_words(
            r"premieres in|live event|is not currently live|is offline|live stream recording"
        ),
        classes=("UserNotLive",),
        quotes=(
            (THE_SITE, "Premieres in 3 hours"),
            (THE_SITE, "This live event will begin in a few moments."),
            ("utils/_utils.py", "The channel is not currently live"),
        ),
    ),
    Case(
        "DRM",
        BadCandidateError,
        "it is protected against copying",
        words=_words(r"drm protected"),
        quotes=(
            ("YoutubeDL.py", "This video is DRM protected"),
            ("downloader/hls.py", "This format is DRM protected"),
        ),
    ),
    Case(
        "removed",
        BadCandidateError,
        "it has been removed",
        words=_words(
            r"video unavailable|(?:video|content|track) is (?:not|no longer) available"
            r"|isn.?t available|has been (?:removed|deleted|blocked|terminated)"
            r"|was (?:removed|deleted)|does not exist|copyright"
        ),
        statuses=(
            HTTPStatus.NOT_FOUND,
            HTTPStatus.GONE,
            HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
        ),
        quotes=(
            (YOUTUBE, "Video unavailable"),
            (YOUTUBE, "This video does not exist."),
            (YOUTUBE, "This video is not available."),
            (YOUTUBE, "This video has been removed for violating YouTube"),
            (THE_SITE, "no longer available because the account has been terminated"),
        ),
    ),
    Case(
        "no format",
        BadCandidateError,
        "it holds no audio that can be had",
        words=_words(rf"{_NO_FORMATS}|no formats found"),
        is_of_tool=True,
        quotes=(
            ("YoutubeDL.py", "Requested format is not available"),
            ("YoutubeDL.py", "No video formats found!"),
            ("YoutubeDL.py", "only images are available for download"),
        ),
    ),
    Case(
        "no address of a video",
        BadCandidateError,
        "nothing can be downloaded from its address",
        words=_words(r"is not a valid URL|unsupported URL"),
        classes=("UnsupportedError",),
        quotes=(
            ("utils/_utils.py", "Unsupported URL: "),
            ("extractor/generic.py", "is not a valid URL"),
        ),
    ),
    Case(
        "not audio",
        BadCandidateError,
        "what came cannot be played",
        words=_words(r"postprocessing:|audio conversion failed"),
        classes=("PostProcessingError",),
        quotes=(("postprocessor/ffmpeg.py", "audio conversion failed: "),),
    ),
    # --- it may work the next time ---------------------------------------------------------------
    Case(
        "cut off",
        TransientError,
        "{source} broke off",
        words=_words(
            r"bytes read|did not get any data blocks|downloaded file is empty|giving up after"
        ),
        classes=("IncompleteRead", "ContentTooShortError"),
        quotes=(
            ("networking/exceptions.py", " bytes read"),
            ("downloader/http.py", "Did not get any data blocks"),
            ("downloader/fragment.py", "The downloaded file is empty"),
            ("utils/_utils.py", "Giving up after "),
        ),
    ),
    # The name is unknown, there is no route, nothing listens, TLS or a proxy fails, no answer in
    # time.
    Case(
        "away",
        UnreachableError,
        "{source} cannot be reached, or broke off",
        words=_words(r"timed out"),
        classes=("TransportError", "NoSupportingHandlers"),
        quotes=((THE_SITE, "Read timed out."),),
    ),
    # 403 is among these: with it, YouTube turns away a session, not a video.
    Case(
        "refused",
        TransientError,
        "{source} does not deliver",
        classes=("HTTPError",),
        statuses=tuple(range(400, 600)),
    ),
    Case(
        "incomplete",
        TransientError,
        "the answer of {source} is incomplete",
        words=_words(r"incomplete data received"),
        is_of_tool=True,
        quotes=(("extractor/youtube/_base.py", "Incomplete data received"),),
    ),
    Case(
        "not understood",
        TransientError,
        "{source} has changed, or yt-dlp is too old (`shanty doctor`)",
        words=_words(r"unable to extract|failed to parse (?:json|xml)|please report this issue"),
        is_of_tool=True,
        quotes=(
            ("extractor/common.py", "Unable to extract "),
            ("extractor/common.py", "Failed to parse JSON"),
        ),
    ),
)

SOMEBODY_ELSE = Case(
    "somebody else answers",
    UnreachableError,
    "{source} cannot be reached: a web page came where data was due, as from a network that wants "
    "a login",
)
"""This case is known by the content of the answer, not by any words about it."""

SIGN_IN_REASONS = frozenset(case.why for case in CASES if case.kind is SignInError)
"""The reasons of pauses that new cookies would end."""
