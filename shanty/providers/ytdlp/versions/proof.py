"""Proves a yt-dlp that lies in a folder, in a process of its own, which reaches no network.

    python -P -m shanty.providers.ytdlp.versions.proof FOLDER VERSION

Owns what a version must do before it is used: be imported, know its extractors and a JavaScript
runtime that is there, and answer our own calls as the installed one does, for facts that
``answers`` holds. It prints one line at its end: ``PROVED``, or what the version does wrong.
"""

from __future__ import annotations

import socket
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from shanty.errors import BadCandidateError, SignInError, StageError, TransientError, one_line
from shanty.models import Candidate
from shanty.providers.ytdlp.beginning import fetch_beginning
from shanty.providers.ytdlp.runtime import find_runtime
from shanty.providers.ytdlp.search import search
from shanty.providers.ytdlp.versions import answers

PROVED = "proved"
_ID, _TITLE = "aaaaaaaaaaa", "Low Water"
_AUDIO_URL = "https://rr1---sn-proof.googlevideo.com/videoplayback?itag=140&source=youtube"
_AUDIO = bytes(range(256)) * 64
_EXTRACTORS = {"Youtube", "YoutubeSearch", "YoutubeTab", "Soundcloud", "Bandcamp", "Generic"}
_FEWEST_EXTRACTORS = 500
# What the site says of an upload, and the error that it must become.
_VERDICTS: tuple[tuple[str, str, type[StageError]], ...] = (
    ("ERROR", "Video unavailable", BadCandidateError),
    ("LOGIN_REQUIRED", "Sign in to confirm you’re not a bot", SignInError),
)


class UnprovedError(Exception):
    """What a version does wrong, in a clause."""


def prove(folder: Path, version: str) -> None:
    """Put the version to all proofs.

    Raises:
        UnprovedError: it fails one.
    """
    _is_imported(folder, version)
    _knows_extractors()
    _knows_runtime()
    _finds_what_is_offered()
    _fetches_what_is_played()
    _tells_verdicts_apart()


def _is_imported(folder: Path, version: str) -> None:
    import yt_dlp
    from yt_dlp.version import __version__ as said

    if not Path(yt_dlp.__file__).is_relative_to(folder):
        raise UnprovedError("another yt-dlp is imported in its place")
    if _order(said) != _order(version):
        raise UnprovedError(f"it calls itself {said}")


def _order(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def _knows_extractors() -> None:
    from yt_dlp.extractor import gen_extractor_classes

    known = {one.ie_key() for one in gen_extractor_classes()}
    if missing := _EXTRACTORS - known:
        raise UnprovedError(f"it has no extractor {', '.join(sorted(missing))}")
    if len(known) < _FEWEST_EXTRACTORS:
        raise UnprovedError(f"it has {len(known)} extractors only")


def _knows_runtime() -> None:
    found = find_runtime()
    if found is not None and found.trouble:
        raise UnprovedError(f"the JavaScript runtime {found.version} {found.trouble}")


def _finds_what_is_offered() -> None:
    offered = answers.page(
        answers.video(_ID, _TITLE, "Anna - Topic"), answers.video("b" * 11, "Other", "Bert", "1:00")
    )
    with answers.answering(lambda request: offered):
        found = search("ytsearch8", "Anna - Low Water")
    seen = [(one.source_id, one.title, one.channel, one.duration_seconds) for one in found]
    expected = [(_ID, _TITLE, "Anna - Topic", 187.0), ("b" * 11, "Other", "Bert", 60.0)]
    if seen != expected:
        raise UnprovedError(f"a search finds {seen} in the place of {expected}")
    with answers.answering(lambda request: {"responseContext": {}}):
        _expect(TransientError, "an incomplete answer", lambda: search("ytsearch8", "x"))


def _fetches_what_is_played() -> None:
    told = answers.playable(_ID, _TITLE, _AUDIO_URL, len(_AUDIO))
    with tempfile.TemporaryDirectory() as folder, answers.answering(_site_that(told)):
        path = _fetch(Path(folder))
        if path.read_bytes() != _AUDIO:
            raise UnprovedError("a download is not what the site has sent")


def _tells_verdicts_apart() -> None:
    for status, reason, kind in _VERDICTS:
        told = answers.unplayable(status, reason)
        with tempfile.TemporaryDirectory() as folder, answers.answering(_site_that(told)):
            _expect(kind, reason, partial(_fetch, Path(folder)))


def _site_that(told: dict[str, Any]) -> Callable[[Any], answers.Answer]:
    """A site with one upload, of which it tells the player this."""

    def answer(request: Any) -> answers.Answer:
        if request.url == _AUDIO_URL:
            return _AUDIO
        if "/player" in request.url:
            return told
        return b"<html></html>" if "/watch" in request.url else {}

    return answer


def _fetch(into_dir: Path) -> Path:
    url = f"https://www.youtube.com/watch?v={_ID}"
    return fetch_beginning(Candidate("Youtube", _ID, url, _TITLE), into_dir, seconds=None)


def _expect(kind: type[StageError], what: str, act: Callable[[], object]) -> None:
    try:
        act()
    except kind:
        return
    except StageError as error:
        raise UnprovedError(f"{what!r} becomes {type(error).__name__}: {error}") from None
    raise UnprovedError(f"{what!r} is no failure")


def _refuse(*_: object) -> NoReturn:
    raise OSError("the proof reaches no network")


def main() -> None:
    """Prove the version that the command line names."""
    folder, version = Path(sys.argv[1]), sys.argv[2]
    socket.socket.connect = _refuse  # type: ignore[method-assign]
    sys.path.insert(0, str(folder))
    try:
        prove(folder, version)
    except BaseException as error:  # a version may do anything, such as end the process
        reason = str(error) if isinstance(error, UnprovedError) else repr(error)
        sys.stdout.write(f"\n{one_line(reason)}\n")
        sys.exit(1)
    sys.stdout.write(f"\n{PROVED}\n")


if __name__ == "__main__":
    main()
