"""Checks of the outside services, and of the clock by the time that MusicBrainz tells."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from shanty.config.settings import Settings
from shanty.diagnosis.findings import Finding, Level, green, red, yellow
from shanty.errors import StageError, TransientError, UnreachableError, WaitError
from shanty.providers import ytmusic
from shanty.providers.chromaprint import find_chromaprint
from shanty.providers.fingerprint import ANY_FINGERPRINT, AcoustId
from shanty.providers.http_bounds import Bounds, spending_of
from shanty.providers.http_session import TRANSPORT_ERRORS, describe_status, follow, make_session
from shanty.providers.http_transport import RefusedAddressError
from shanty.providers.ytdlp.runtime import release_date

_BOUNDS = Bounds(total_seconds=12.0, answer_seconds=12.0)
CLOCK_TOLERANCE_SECONDS = 120.0
_ALWAYS_FOUND = "Beethoven"


def check_musicbrainz(settings: Settings) -> Iterator[Finding]:
    """Whether MusicBrainz answers and is told a contact; and whether our clock agrees with it."""
    url, contact = settings.musicbrainz.url, settings.musicbrainz.contact
    answer = _ask(url, contact)
    if answer is None:
        remedy = "check the network, or musicbrainz.url"
        yield red("MusicBrainz", f"{url} cannot be reached", remedy)
    elif trouble := _judge(answer, url):
        yield yellow("MusicBrainz", f"{url} {trouble}", "try again later; work waits until then")
    elif not contact:
        yield yellow(
            "MusicBrainz",
            f"{url} answers; no contact is set",
            "set musicbrainz.contact to your mail address: anonymous clients get blocked",
        )
    elif "@" not in contact and not contact.startswith(("http://", "https://")):
        yield yellow(
            "MusicBrainz",
            f"{url} answers; the contact {contact!r} is neither a mail address nor a page",
            "set musicbrainz.contact to one of them: else you get blocked without a word",
        )
    else:
        yield green("MusicBrainz", f"{url} answers; contact: {contact}")
    yield judge_clock(datetime.now(UTC), None if answer is None else answer.date)


def check_ytmusic(settings: Settings) -> Iterator[Finding]:
    """Whether YouTube Music finds anything, if it is searched. Without, the next source serves."""
    if ytmusic.NAME not in settings.download.search:
        yield green("YouTube Music", "not searched: it is not in download.search")
        return
    others = [prefix for prefix in settings.download.search if prefix != ytmusic.NAME]
    meanwhile = f"until then {others[0]} serves" if others else "until then nothing is found"
    music = ytmusic.YouTubeMusic(settings.ytmusic.url, bounds=_BOUNDS)
    try:
        found = music.search(_ALWAYS_FOUND, "songs", "")
    except ytmusic.MissingError as error:
        package = f"{sys.executable} -m pip install --no-deps ytmusicapi"
        yield yellow("YouTube Music", str(error), f"{package}; {meanwhile}")
    except WaitError as error:
        yield yellow("YouTube Music", str(error), f"try again later; {meanwhile}")
    except UnreachableError as error:
        yield yellow("YouTube Music", str(error), f"check the network; {meanwhile}")
    except StageError as error:
        remedy = f"the site has changed, or turns us away: update ytmusicapi; {meanwhile}"
        yield yellow("YouTube Music", str(error), remedy)
    else:
        if not found:
            said = "it answers, but finds nothing, as in countries where it is not offered"
            yield yellow("YouTube Music", said, f"take ytmusic out of download.search; {meanwhile}")
        else:
            yield green("YouTube Music", f"{music.url} answers as it should")


def check_coverart(settings: Settings) -> Iterator[Finding]:
    """Whether covers can be had. Tracks are filed without them."""
    contact = settings.musicbrainz.contact
    yield _look_at("cover art", "coverart.url", settings.coverart.url, contact, "covers wait")


def check_lyrics(settings: Settings) -> Iterator[Finding]:
    """Whether lyrics can be had, if they are switched on. Tracks are filed without them."""
    if not settings.lyrics.enabled:
        yield green("lyrics", "not asked for: lyrics.enabled is off")
        return
    contact = settings.musicbrainz.contact
    yield _look_at("lyrics", "lyrics.url", settings.lyrics.url, contact, "lyrics wait")


def _look_at(name: str, setting: str, url: str, contact: str, meanwhile: str) -> Finding:
    """Whether a service answers. Nothing else depends on it, so a failure is yellow."""
    answer = _ask(url, contact)
    if answer is None:
        remedy = f"check the network, or {setting}; until then {meanwhile}"
        return yellow(name, f"{url} cannot be reached", remedy)
    if trouble := _judge(answer, url):
        return yellow(name, f"{url} {trouble}", f"try again later; until then {meanwhile}")
    return green(name, f"{url} answers")


def judge_clock(now: datetime, date_header: str | None) -> Finding:
    """Whether ``now`` agrees with the time that a server told, or is at least possible."""
    remedy = "let the machine follow a time server: timedatectl set-ntp true"
    released = release_date()
    if released is not None and now.date() < released:
        said = f"it says {now:%Y-%m-%d}, before the installed yt-dlp was made ({released})"
        return red("clock", said, remedy)
    try:
        told = parsedate_to_datetime(date_header or "")
    except ValueError:
        return green("clock", "looks right (no server to compare with)")
    if told.tzinfo is None:
        told = told.replace(tzinfo=UTC)
    off = (now - told).total_seconds()
    if abs(off) > CLOCK_TOLERANCE_SECONDS:
        level = Level.RED if abs(off) > 3600 else Level.YELLOW
        way = "ahead of" if off > 0 else "behind"
        return Finding("clock", level, f"{abs(off):.0f} s {way} MusicBrainz' clock", remedy)
    return green("clock", "right, as MusicBrainz' answer says")


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer without its body. ``status`` is 0 if it redirects to an address we refuse."""

    status: int
    host: str
    date: str | None = None


def _ask(url: str, contact: str) -> _Answer | None:
    """Ask at an address; None if nothing answers."""
    try:
        with (
            make_session(contact, home_url=url) as session,
            spending_of(_BOUNDS, 0),
            follow(session, url) as answer,
        ):
            host = urlsplit(answer.url).hostname or ""
            return _Answer(answer.status_code, host, answer.headers.get("Date"))
    except RefusedAddressError as error:
        return _Answer(0, error.host)
    except TRANSPORT_ERRORS:
        return None


def _judge(answer: _Answer, url: str) -> str:
    """What is wrong with an answer, or an empty text."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"has trouble ({describe_status(answer.status)})"
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return "asks us to wait"
    if not answer.status or _site(answer.host) != _site(urlsplit(url).hostname or ""):
        return f"sends us to {answer.host or 'no address'}: does this network want a login?"
    return ""


def _site(host: str) -> list[str]:
    return host.rsplit(".", 2)[-2:]


def check_acoustid(settings: Settings) -> Iterator[Finding]:
    """Whether downloads can be recognised, if that is wished."""
    if settings.acoustid.key is None:
        yield green("AcoustID", "not asked: no acoustid.key is set")
        return
    found = find_chromaprint()
    if found is None:
        yield yellow(
            "AcoustID",
            "a key is set, but no ffmpeg here has Chromaprint: nothing is recognized",
            "install the imageio-ffmpeg package, whose ffmpeg has it",
        )
        return
    try:
        acoustid = AcoustId(settings.acoustid.url, settings.acoustid.key.get_secret_value())
        acoustid.look_up(*ANY_FINGERPRINT)
    except TransientError as error:
        yield yellow("AcoustID", str(error), "check acoustid.key, and the network")
        return
    yield green("AcoustID", f"takes the key; {found}")
