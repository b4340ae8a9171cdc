"""A watched yt-dlp that continues a download only if the site still has the same file.

Owns the note beside a begun download that identifies its file. By itself, yt-dlp asks a site for
the rest and appends whatever comes. If the file has changed meanwhile, the result is half of one
file and half of the other, and with some formats no decoder notices.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from shanty.providers.ytdlp.stall import MOST_PAGE_BYTES, GuardedBody, StallGuard
from shanty.providers.ytdlp.streams import Promise, read_promise, trying_again

_PLAIN_PROTOCOLS = ("http", "https")
_RANGE = re.compile(r"bytes=(\d+)-")
_TOTAL = re.compile(r"bytes (?:\d+-\d+|\*)/(\d+)")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a site says to tell a file from others. Whatever it does not say is empty."""

    etag: str = ""
    last_modified: str = ""
    total_bytes: int | None = None

    @property
    def validator(self) -> str:
        """The value for ``If-Range``: if the file has changed, the site sends the whole new file.

        A weak tag is not used, because it may stand for other bytes. Source: RFC 9110, 13.1.5.
        """
        return self.last_modified if self.etag.startswith("W/") else self.etag or self.last_modified

    def is_same(self, other: Identity) -> bool:
        """Whether all values that both sides know are equal, and at least one is known."""
        pairs = (
            (self.etag, other.etag),
            (self.last_modified, other.last_modified),
            (self.total_bytes, other.total_bytes),
        )
        known = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
        return bool(known) and all(mine == theirs for mine, theirs in known)


@dataclass(frozen=True, slots=True)
class Part:
    """A begun download and its note."""

    path: Path

    @property
    def note_path(self) -> Path:
        """The file that notes which file this is a part of."""
        return self.path.with_name(f"{self.path.name}.of")

    def read_note(self) -> Identity | None:
        """The identity of the file that this is a part of; None if it is not known."""
        try:
            return Identity(**json.loads(self.note_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write_note(self, identity: Identity) -> None:
        """Note the file's identity. Call this before the first byte is written."""
        self.note_path.write_text(json.dumps(asdict(identity)), encoding="utf-8")

    def remove(self) -> None:
        """Remove the bytes, so that a new file's note never lies beside an old file's bytes."""
        self.path.unlink(missing_ok=True)


def identify(response: Any) -> Identity:
    """The identity of the file that an answer holds, whole or in part."""
    headers = response.headers
    total = _TOTAL.fullmatch(headers.get("Content-Range") or "")
    length = headers.get("Content-Length") if response.status == HTTPStatus.OK else None
    return Identity(
        headers.get("ETag") or "",
        headers.get("Last-Modified") or "",
        int(total[1]) if total else int(length) if length and length.isdigit() else None,
    )


_tls_contexts: dict[tuple[Any, ...], Any] = {}
"""What yt-dlp has made for TLS, by the options that it depends on; threads may share it."""
_TLS_OPTIONS = (
    "nocheckcertificate",
    "compat_opts",
    "legacyserverconnect",
    "client_certificate",
    "client_certificate_key",
    "client_certificate_password",
)


def _sharing(make: Callable[..., Any], params: Mapping[str, Any]) -> Callable[..., Any]:
    def make_or_share(legacy_ssl_support: bool | None = None) -> Any:
        key = (legacy_ssl_support, *(repr(params.get(name)) for name in _TLS_OPTIONS))
        if key not in _tls_contexts:
            _tls_contexts[key] = make(legacy_ssl_support=legacy_ssl_support)
        return _tls_contexts[key]

    return make_or_share


@lru_cache(4)
def _list_extractors(all_of_them: tuple[Any, ...], refused: frozenset[str]) -> dict[str, Any]:
    """The extractors that are enabled and not refused, by their keys, in yt-dlp's order."""
    known = {one.IE_NAME.lower(): one for one in all_of_them}
    return {
        one.ie_key(): one for name, one in known.items() if one._ENABLED and name not in refused
    }


@cache
def watched_youtube_dl() -> Any:
    """The class of a watched yt-dlp, made when first needed: the import takes half a second."""
    from yt_dlp import YoutubeDL
    from yt_dlp.extractor import gen_extractor_classes
    from yt_dlp.networking import Request
    from yt_dlp.networking.exceptions import HTTPError
    from yt_dlp.utils import DownloadError

    class WatchedYoutubeDL(YoutubeDL):  # type: ignore[misc]
        """A yt-dlp whose every request, also an extractor's, passes :meth:`urlopen`."""

        guard: StallGuard
        before_http: Callable[[], None]
        """Called before each request, except the requests of a download in progress."""
        judge_found: Callable[[Any], Any] = staticmethod(lambda found: found)
        """Called with what an extractor found at an address, before anything is downloaded."""
        promise = Promise()
        """What the stream's playlist has promised."""
        _part: Part | None = None
        _is_downloading = False

        def __init__(self, *args: Any, **options: Any):
            self._answers: list[Any] = []
            super().__init__(*args, **options)

        def add_default_info_extractors(self) -> None:
            """Take every extractor that is enabled, but for those that the options name with ``-``.

            yt-dlp itself compares each name with all others: 50 ms of CPU each time. Making the
            list anew takes 3 ms, so it is kept until a plug-in brings another extractor.
            """
            words = self.params["allowed_extractors"]
            refused = frozenset(word[1:] for word in words if word[0] == "-")
            self._ies.update(_list_extractors(tuple(gen_extractor_classes()), refused))

        def _forceprint(self, key: str, info_dict: Any) -> Any:
            """Print nothing, as no option of ours asks for it.

            yt-dlp itself makes the file's name and all tables first: 1 ms of CPU for each result.
            """
            return None if info_dict is None else info_dict.copy()

        def build_request_director(self, *args: Any, **options: Any) -> Any:
            """Let all instances share what is made for TLS: the certificates take 20 ms to read."""
            director = super().build_request_director(*args, **options)
            for handler in director.handlers.values():
                if make := getattr(handler, "_make_sslcontext", None):
                    handler._make_sslcontext = _sharing(make, self.params)
            return director

        def close(self) -> None:
            """Also close answers that were not read to their end: yt-dlp leaves those open."""
            for answer in self._answers:
                answer.close()
            self._answers.clear()
            super().close()

        def process_ie_result(self, ie_result: Any, *args: Any, **options: Any) -> Any:
            """Go on with what an extractor has found: a video, an address, or a list."""
            return super().process_ie_result(self.judge_found(ie_result), *args, **options)

        def dl(self, name: str, info: Any, *args: Any, **options: Any) -> Any:
            """Download one file; yt-dlp writes to ``name`` with ``.part`` behind it."""
            is_plain = info.get("protocol") in _PLAIN_PROTOCOLS
            has_own_range = "Range" in (info.get("http_headers") or {})
            self._part = Part(Path(f"{name}.part")) if is_plain and not has_own_range else None
            self._is_downloading = True
            try:
                self.promise = read_promise(info, self._read_text)
                with trying_again(self.params, info):
                    return super().dl(name, info, *args, **options)
            finally:
                self._part, self._is_downloading = None, False

        def urlopen(self, req: Any) -> Any:
            """Send a request and guard its answer; a begun download goes on safely."""
            self.guard.hear()
            if not self._is_downloading:
                self.before_http()
            request = Request(req) if isinstance(req, str) else req
            if self._part is None:
                response = self._open_fragment(request)
            else:
                response = self._open_rest(request, self._part)
            if getattr(response, "fp", None) is not None:
                most_bytes = None if self._is_downloading else MOST_PAGE_BYTES
                response.fp = GuardedBody(response.fp, self.guard, most_bytes)
                self._answers.append(response)
            self.guard.hear()
            return response

        def _open_fragment(self, request: Any) -> Any:
            """Ask for a fragment. If the site refuses it with 429, it is not asked for again."""
            try:
                return super().urlopen(request)
            except HTTPError as error:
                if not self._is_downloading or error.status != HTTPStatus.TOO_MANY_REQUESTS:
                    raise
                raise DownloadError(str(error), sys.exc_info()) from error

        def _read_text(self, url: str) -> str:
            return str(self.urlopen(Request(url)).read().decode("utf-8", "replace"))

        def _open_rest(self, request: Any, part: Part) -> Any:
            """Ask for the rest of the same file; if the file has changed, for the whole new one."""
            asked = _RANGE.match(request.headers.get("Range") or "")
            start = int(asked[1]) if asked else 0
            known = part.read_note() if start else None
            if start and known is None:
                return self._open_anew(request, part)
            if known is not None and known.validator:
                request.headers["If-Range"] = known.validator
            try:
                response = super().urlopen(request)
            except HTTPError as error:
                is_refused = error.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
                if not is_refused or known is None or _is_whole(start, known, error.response):
                    raise
                return self._open_anew(request, part)
            found = identify(response)
            if known is not None and response.status == HTTPStatus.PARTIAL_CONTENT:
                if known.is_same(found):
                    return response
                response.close()
                return self._open_anew(request, part)
            if start:
                part.remove()  # the site has no ranges, and sends the whole file
            part.write_note(found)
            return response

        def _open_anew(self, request: Any, part: Part) -> Any:
            whole = request.copy()
            # yt-dlp takes an answer without a range for what it is: the whole file.
            whole.headers.pop("Range", None)
            response = super().urlopen(whole)
            part.remove()
            part.write_note(identify(response))
            return response

    return WatchedYoutubeDL


def _is_whole(start: int, known: Identity, refusal: Any) -> bool:
    """Whether a range was refused because the file is complete. yt-dlp handles that itself."""
    return start == known.total_bytes == identify(refusal).total_bytes
