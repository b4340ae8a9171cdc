"""YouTube Music's search, through ``ytmusicapi``: artists, album, length and kind of uploads.

Owns the session that ``ytmusicapi`` uses, and what a row of an answer says about an upload. Refuses
to know how often the site may be asked, and how an upload is fetched: yt-dlp does that. Source:
https://ytmusicapi.readthedocs.io/

``ytmusicapi`` is imported when first needed. It has two faults that this module makes good: its
set-up changes the locale of the whole process, and it takes an empty answer for one without
results.
"""

from __future__ import annotations

import json
import locale
import threading
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

import requests

from shanty.errors import StageError, TransientError, UnreachableError, count_of, one_line
from shanty.models import Candidate, UploadKind
from shanty.providers.http_bounds import Bounds
from shanty.providers.http_session import (
    BoundedSession,
    Reply,
    describe_status,
    fetch,
    make_session,
)

NAME = "ytmusic"
"""The name of this source in ``download.search``, and of its circuit."""
HOME_URL = "https://music.youtube.com"
MAX_ANSWER_BYTES = 16 * 1024 * 1024

Shelf = Literal["songs", "videos"]
SHELVES: tuple[Shelf, ...] = ("songs", "videos")
JsonObject = dict[str, Any]

_UPLOADS_URL = "https://www.youtube.com"
_KIND_PREFIX = "MUSIC_VIDEO_TYPE_"
_KINDS = {
    "ATV": UploadKind.AUDIO,
    "OMV": UploadKind.OFFICIAL_VIDEO,
    "OFFICIAL_SOURCE_MUSIC": UploadKind.OFFICIAL_VIDEO,
    "UGC": UploadKind.USER,
}
_NO_MUSIC = {"PODCAST_EPISODE"}
_SERVICE = "YouTube Music"
_BOUNDS = Bounds(total_seconds=60.0)
_ROW = "musicResponsiveListItemRenderer"
_SETUP_LOCK = threading.Lock()


class MissingError(StageError):
    """``ytmusicapi`` is not installed, or cannot be imported."""


class YouTubeMusic:
    """The search of YouTube Music, or of a server like it. Safe to use from several threads.

    No cookies are sent, so the site does not know who asks.
    """

    def __init__(self, url: str = HOME_URL, *, bounds: Bounds | None = None):
        self.url = url.rstrip("/")
        self._http = make_session(home_url=self.url, bounds=bounds or _BOUNDS)
        self._of_thread = threading.local()

    @property
    def uploads_url(self) -> str:
        """The address of the site that has the found uploads, without a slash at the end."""
        return _UPLOADS_URL if self.url == HOME_URL else self.url

    def search(self, query: str, shelf: Shelf, source: str) -> list[Candidate]:
        """The results of one shelf of the site for a query, in the site's order. One request.

        ``source`` is yt-dlp's name for the site of the uploads.

        Raises:
            MissingError: there is no ``ytmusicapi``.
            WaitError: the site asks us to wait.
            TransientError: the site cannot be reached, or its answer is incomplete or not
                understood.
            PermanentError: its answer is too large.
        """
        api, line = self._open()
        try:
            # The first page only, and exactly these words, without the site's corrections.
            rows = api.search(query, filter=shelf, limit=1, ignore_spelling=True)
        except StageError:
            raise
        except Exception as error:
            raise _not_understood(f"ytmusicapi raises {type(error).__name__}") from error
        uploads = [row for row in rows if row.get("videoId")]
        if line.rows and not any(row.get("duration_seconds") for row in uploads):
            rows_told = count_of(line.rows, "row")
            raise _not_understood(f"{rows_told}, and no upload with a length among them")
        found = (read_row(row, self.uploads_url, source) for row in uploads)
        return [candidate for candidate in found if candidate is not None]

    def prepare(self) -> None:
        """Get ready to search, without asking the site.

        Raises:
            MissingError: there is no ``ytmusicapi``.
        """
        self._open()

    def _open(self) -> tuple[Any, _Line]:
        """This thread's ``YTMusic``, and the session that it uses."""
        if not hasattr(self._of_thread, "api"):
            line = _Line(self.url, self._http)
            self._of_thread.api, self._of_thread.line = _make_api(line), line
        return self._of_thread.api, self._of_thread.line


def _make_api(session: requests.Session) -> Any:
    with _SETUP_LOCK:
        before = locale.setlocale(locale.LC_ALL)
        try:
            from ytmusicapi import YTMusic
            from ytmusicapi.helpers import initialize_headers

            api = YTMusic(requests_session=session, language="en")
            # Without this, it asks for the site's front page first, to get a visitor's id.
            api.base_headers = initialize_headers()
        except Exception as error:
            why = one_line(str(error)) or type(error).__name__
            raise MissingError(f"ytmusicapi cannot be used: {why}") from error
        finally:
            locale.setlocale(locale.LC_ALL, before)
    return api


class _Line(requests.Session):
    """The session of ``ytmusicapi``: it asks at the address in the settings, within our bounds.

    It judges each answer, because ``ytmusicapi`` takes an incomplete one for an empty one. ``rows``
    is how many rows the last answer had.
    """

    def __init__(self, url: str, http: BoundedSession):
        super().__init__()
        self.rows = 0
        self._url = url
        self._http = http

    def request(  # type: ignore[override]
        self, method: str, url: str, **options: Any
    ) -> requests.Response:
        """Post a document; returns a complete answer.

        Raises:
            StageError: as for :meth:`YouTubeMusic.search`.
        """
        kept = {"user-agent", "accept", "origin", "x-goog-visitor-id"}
        headers = {
            name: value
            for name, value in dict(options.get("headers") or {}).items()
            if name.lower() in kept
        }
        reply = fetch(
            self._http,
            self._url + url.removeprefix(HOME_URL),
            service=_SERVICE,
            source=NAME,
            max_bytes=MAX_ANSWER_BYTES,
            document=options.get("json") or {},
            headers=headers,
        )
        answer = _read_answer(reply)
        shelves = _list_shelves(answer)
        self.rows = sum(_ROW in row for shelf in shelves for row in shelf.get("contents") or ())
        if len(shelves) == 1:
            # This is the shelf that was asked for, in whatever language the site names it.
            shelves[0].pop("title", None)
        response = requests.Response()
        response.status_code = reply.status
        response._content = json.dumps(answer).encode()
        response.encoding = "utf-8"
        return response


def _read_answer(reply: Reply) -> JsonObject:
    """Read the answer as a JSON document.

    Raises:
        UnreachableError: somebody else answers, such as a network that wants a login.
        TransientError: the site refuses, or sends something else.
    """
    is_page = reply.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    if HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST or (
        is_page and reply.status == HTTPStatus.OK
    ):
        raise UnreachableError(f"{_SERVICE} cannot be reached: a web page comes where data was due")
    if reply.status != HTTPStatus.OK:
        raise _of_source(f"{_SERVICE} refuses the search ({describe_status(reply.status)})")
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _not_understood("it is no JSON object")
    return answer


def _list_shelves(answer: JsonObject) -> list[JsonObject]:
    """The lists of results in an answer; none if nothing was found.

    Raises:
        TransientError: the answer is incomplete. A complete one says so if nothing was found.
    """
    content: Any = answer.get("contents")
    try:
        if "tabbedSearchResultsRenderer" in content:
            content = content["tabbedSearchResultsRenderer"]["tabs"][0]["tabRenderer"]["content"]
        sections = [dict(one) for one in content["sectionListRenderer"]["contents"]]
        shelves = [one["musicShelfRenderer"] for one in sections if "musicShelfRenderer" in one]
    except (LookupError, TypeError, ValueError):
        sections, shelves = [], []
    if not any(sections):
        raise _of_source(f"the answer of {_SERVICE} is incomplete")
    return shelves


def _not_understood(why: str) -> TransientError:
    return _of_source(f"the answer of {_SERVICE} is not understood: {why}")


def _of_source(message: str) -> TransientError:
    trouble = TransientError(message)
    trouble.is_of_source = True
    return trouble


def read_row(row: Mapping[str, Any], uploads_url: str, source: str) -> Candidate | None:
    """Turn a row of ``ytmusicapi`` into a candidate; None if it is no recording to fetch."""
    kind = str(row.get("videoType") or "").removeprefix(_KIND_PREFIX)
    seconds, title = row.get("duration_seconds"), _clean(row.get("title"))
    is_shown = row.get("isAvailable", True) and kind not in _NO_MUSIC
    if not (is_shown and seconds and title and row.get("videoId")):
        return None
    return describe_upload(
        str(row["videoId"]),
        title,
        [_clean(artist.get("name")) for artist in row.get("artists") or ()],
        kind=kind,
        album=_clean((row.get("album") or {}).get("name")),
        seconds=float(seconds),
        is_explicit=row.get("isExplicit"),
        uploads_url=uploads_url,
        source=source,
    )


def describe_upload(
    upload_id: str,
    title: str,
    artists: Sequence[str],
    *,
    kind: str,
    album: str = "",
    seconds: float | None = None,
    is_explicit: bool | None = None,
    uploads_url: str = _UPLOADS_URL,
    source: str = "Youtube",
) -> Candidate:
    """The candidate for an upload. ``kind`` is the site's own word for it: ATV, OMV, UGC …

    ``artists`` are really artists only for the label's audio (ATV) and the artist's own video
    (OMV). For everything else, the site gives the name of the channel there.
    """
    names = tuple(filter(None, artists))
    upload_kind = _KINDS.get(kind, UploadKind.UNKNOWN)
    is_audio = upload_kind is UploadKind.AUDIO
    # The label's own uploads are on a channel of this name, where a plain search finds them.
    channel = f"{names[0]} - Topic" if is_audio and names else ", ".join(names)
    return Candidate(
        source=source,
        source_id=upload_id,
        url=f"{uploads_url}/watch?v={upload_id}",
        title=title,
        uploader=channel,
        channel=channel,
        album=album,
        artists=names if is_audio or kind == "OMV" else (),
        track=title if is_audio else "",
        duration_seconds=seconds,
        kind=upload_kind,
        is_explicit=is_explicit,
    )


def _clean(text: object) -> str:
    """A text that can be stored: whole characters, and no NUL."""
    return str(text or "").encode("utf-8", "replace").decode().replace("\0", "?")
