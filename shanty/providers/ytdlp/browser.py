"""Cookies on their way into yt-dlp and out of it: a copy for each use, and a browser's profile.

Owns which cookies yt-dlp gets, which are taken back from it, and reading a browser with yt-dlp's
own reader. Errors from there are reported in our own words, because some of yt-dlp's messages quote
the line of the cookie.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shanty.errors import ConfigError, LoginWantedError, SignInError
from shanty.providers.cookie_file import CookieFile, Jar
from shanty.providers.cookies import (
    Cookie,
    format_cookies,
    is_signed_in,
    is_within,
)

FIREFOX = "firefox"
_BROWSER = re.compile(
    r"(?P<name>[a-z]+)(\+(?P<keyring>[^:]+))?(:(?!:)(?P<profile>.+?))?(::(?P<container>.+))?"
)
_SNAPSHOT_TRIES = 5
_SNAPSHOT_PAUSE_SECONDS = 0.2
# Where Firefox keeps its profiles on Linux: since version 147, before, in Flatpak, and in Snap.
_FIREFOX_DIRS = (
    "~/.config/mozilla/firefox",
    "~/.mozilla/firefox",
    "~/.var/app/org.mozilla.firefox/config/mozilla/firefox",
    "~/.var/app/org.mozilla.firefox/.mozilla/firefox",
    "~/snap/firefox/common/.mozilla/firefox",
)


@dataclass
class Loan:
    """One use of the cookies by one yt-dlp, which works on a copy of its own."""

    file: CookieFile
    jar: Jar
    hosts: set[str] = field(default_factory=set)  # the hosts that were asked

    def as_stream(self) -> io.StringIO:
        """The copy, with good lines only: yt-dlp would print the content of a bad one."""
        return io.StringIO(format_cookies(self.jar.cookies))

    def observe(self, ydl: Any) -> None:
        """Notice from now on which hosts are asked, and give no cookies to other programs.

        The replaced function hands cookies to ffmpeg (``FFmpegFD``, for streams that yt-dlp does
        not read itself), on a command line that everybody can see. yt-dlp's own requests get their
        cookies in another way.
        """
        ydl.cookiejar.get_cookies_for_url = lambda url: []
        urlopen: Callable[[Any], Any] = ydl.urlopen

        def notice_and_open(request: Any) -> Any:
            url = request if isinstance(request, str) else getattr(request, "url", "")
            self.hosts.add((urlsplit(url).hostname or "").lower())
            return urlopen(request)

        ydl.urlopen = notice_and_open

    def end(self, cookiejar: Any, error: BaseException | None, source: str = "") -> None:
        """Bring back renewed cookies, and remember how the sites reacted to them.

        A ``source`` that has delivered does not ask for a login, or no longer does.
        """
        used = _from_jar(cookiejar)
        self.file.bring_back(self.jar, used)
        now = time.time()
        asked = {one.site for one in self.jar.cookies if self._was_sent(one)}
        # YouTube ends a session by deleting the login's cookies; yt-dlp then goes on without them.
        signed_in = {site for site in asked if is_signed_in(self.jar.cookies, site, now)}
        ended = {site for site in signed_in if not is_signed_in(used, site, now)}
        if isinstance(error, LoginWantedError):
            known = self.file.history().sites
            refused_before = {site for site, one in known.items() if one.is_refused}
            if signed_in - ended - refused_before:
                error.generation = self.jar.generation
        refused = set(ended)
        if isinstance(error, SignInError):
            refused |= asked or {error.source.lower()}
        proven = signed_in - refused if error is None else set()
        if error is None:
            before = self.file.history().sites.get(source.lower())
            proven |= {source.lower()} if before is not None and before.is_refused else set()
        if proven or refused:
            self.file.note(self.jar, proven=proven, refused=refused)

    def _was_sent(self, cookie: Cookie) -> bool:
        return any(is_within(host, cookie.domain) for host in self.hosts)


@contextmanager
def lend(path: Path | None) -> Iterator[Loan | None]:
    """Lend a copy of the cookies in a file; None if no file is given.

    Raises:
        ConfigError: the file cannot be read.
    """
    if path is None:
        yield None
        return
    file = CookieFile(path)
    jar = file.read()
    if file.exists and not jar.cookies and jar.problems:
        raise ConfigError(
            f"{path} is not a cookies.txt in Netscape format: {jar.problems[0]}; "
            "`shanty cookies import` puts another in its place"
        )
    yield Loan(file, jar)


def _from_jar(cookiejar: Any) -> tuple[Cookie, ...]:
    return tuple(
        Cookie(
            domain=one.domain,
            path=one.path,
            # The jar keeps a cookie without a name as a name without a value.
            name="" if one.value is None else one.name,
            value=one.name if one.value is None else one.value,
            is_secure=bool(one.secure),
            is_http_only=one.has_nonstandard_attr("HttpOnly"),
            expires=int(one.expires) if one.expires and one.expires > 0 else None,
        )
        for one in cookiejar
    )


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser's profile: ``firefox``, ``firefox:PROFILE`` or ``firefox:PROFILE::CONTAINER``.

    ``profile`` is a name or a folder. Every browser that yt-dlp reads is allowed.
    """

    name: str
    profile: str | None = None
    keyring: str | None = None
    container: str | None = None

    @classmethod
    def parse(cls, text: str) -> Browser:
        """Read the form of yt-dlp's ``--cookies-from-browser``.

        Raises:
            ConfigError: yt-dlp reads no such browser, or the text has another form.
        """
        from yt_dlp.cookies import SUPPORTED_BROWSERS

        match = _BROWSER.fullmatch(text.strip())
        if match is None or match["name"] not in SUPPORTED_BROWSERS:
            raise ConfigError(
                f"{text!r} is no browser that can be read; give firefox, firefox:PROFILE or one of "
                f"{', '.join(sorted(SUPPORTED_BROWSERS))}"
            )
        return cls(match["name"], match["profile"], match["keyring"], match["container"])


def read_browser(browser: Browser) -> tuple[Cookie, ...]:
    """All cookies of a browser's profile, read by yt-dlp. The browser may be running.

    If no container of Firefox is named, only cookies outside of all containers are read. Otherwise
    the cookies of several accounts would be mixed.

    Raises:
        ConfigError: there is no such profile, or it cannot be read.
    """
    try:
        if browser.name == FIREFOX:
            with _snapshot(find_firefox_profile(browser.profile)) as folder:
                return _extract(browser, str(folder))
        return _extract(browser, browser.profile)
    except ConfigError:
        raise
    except FileNotFoundError:
        raise ConfigError(f"no cookies of {browser.name} were found in this profile") from None
    except Exception as error:
        # The error's own text is left out, because it may quote a cookie.
        raise ConfigError(
            f"the cookies of {browser.name} cannot be read ({type(error).__name__}); "
            "close the browser and try again, or import a cookies.txt"
        ) from None


def _extract(browser: Browser, profile: str | None) -> tuple[Cookie, ...]:
    from yt_dlp.cookies import extract_cookies_from_browser

    container = browser.container
    if browser.name == FIREFOX and container is None:
        container = "none"
    found = extract_cookies_from_browser(
        browser.name, profile, _Silence(), keyring=browser.keyring, container=container
    )
    return _from_jar(found)


def find_firefox_profile(profile: str | None) -> Path:
    """The folder of a profile, by its name or its folder; without either, the one last used.

    Raises:
        ConfigError: there is no such profile with cookies.
    """
    if profile is not None and ("/" in profile or profile.startswith("~")):
        candidates = [Path(profile).expanduser()]
    else:
        roots = [Path(text).expanduser() for text in _FIREFOX_DIRS]
        if config := os.environ.get("XDG_CONFIG_HOME"):
            roots.insert(0, Path(config) / "mozilla" / "firefox")
        folders = [folder for root in roots if root.is_dir() for folder in root.iterdir()]
        # A profile's folder is called `x1y2z3.NAME`.
        candidates = [
            folder
            for folder in folders
            if profile is None or profile in (folder.name, folder.name.partition(".")[2])
        ]
    found = [folder for folder in candidates if (folder / "cookies.sqlite").is_file()]
    if not found:
        named = f" {profile!r}" if profile else ""
        raise ConfigError(
            f"there is no Firefox profile{named} with cookies; about:profiles in Firefox shows "
            "the folder of each"
        )
    return max(found, key=lambda folder: max(changed_ns for _, changed_ns, _ in _stamp(folder)))


@contextmanager
def _snapshot(profile_dir: Path) -> Iterator[Path]:
    """A copy of a profile's cookies as they are at this moment, even while Firefox runs.

    The latest changes of a running Firefox are not in the database but in the log beside it, which
    yt-dlp does not copy. Cookies of one site inside another site's pages are left out: they have
    the names of the site's own cookies, and would replace them.
    """
    with tempfile.TemporaryDirectory(prefix="shanty-cookies-") as made:
        folder = Path(made)
        copy_path = folder / "cookies.sqlite"
        for attempt in range(_SNAPSHOT_TRIES):
            before = _stamp(profile_dir)
            for name in ("cookies.sqlite", "cookies.sqlite-wal", "containers.json"):
                with suppress(FileNotFoundError):
                    shutil.copyfile(profile_dir / name, folder / name)
            if _stamp(profile_dir) == before or attempt == _SNAPSHOT_TRIES - 1:
                break
            time.sleep(_SNAPSHOT_PAUSE_SECONDS)
        with closing(sqlite3.connect(copy_path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute(
                "DELETE FROM moz_cookies WHERE originAttributes LIKE '%partitionKey=%'"
            )
            connection.commit()
        yield folder


def _stamp(profile_dir: Path) -> list[tuple[str, int, int]]:
    """Time and size of each file with a profile's cookies: they differ if cookies have changed."""
    found = []
    for name in ("cookies.sqlite", "cookies.sqlite-wal"):
        with suppress(FileNotFoundError):
            told = (profile_dir / name).stat()
            found.append((name, told.st_mtime_ns, told.st_size))
    return found


class _Silence:
    """A logger for yt-dlp that drops every message."""

    def debug(self, message: str) -> None:
        del message

    def warning(self, message: str, only_once: bool = False) -> None:
        del message, only_once

    info = error = debug
