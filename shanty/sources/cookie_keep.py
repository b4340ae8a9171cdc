"""The cookies for downloads: taking them in, and renewing them.

Decides when an export is worse than the cookies already kept, and wakes the work that has waited
for new ones. Refuses to know how cookies are stored and used. It reports names and times of
cookies, never a value.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shanty.config.settings import Settings
from shanty.db import Database
from shanty.errors import ConfigError, NotFoundError, count_of
from shanty.providers.cookie_file import CookieFile, Jar, read_text
from shanty.providers.cookies import (
    Cookie,
    Problem,
    is_signed_in,
    keep_domains,
    login_cookies,
    parse_cookies,
)
from shanty.providers.firefox import visit
from shanty.providers.ytdlp.browser import FIREFOX, Browser, find_firefox_profile, read_browser
from shanty.providers.ytdlp.cases import SIGN_IN_REASONS
from shanty.sources.circuit_rows import OPEN
from shanty.sources.circuits import Circuits
from shanty.sources.cookie_check import check_cookies, list_problems, say_number, sites_of
from shanty.sources.revive import revive_signed_out
from shanty.workqueue import WorkQueue

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking cookies in.

    ``woken`` counts the items that had waited for new ones. ``revived`` counts the tracks that are
    tried again because candidates that want a login were given back to them.
    """

    message: str
    kept: int = 0
    problems: tuple[Problem, ...] = ()
    woken: int = 0
    is_new: bool = True
    revived: int = 0

    def describe(self) -> str:
        """The message, and which work can go on."""
        said = self.message
        if self.woken:
            said += f"; {_say_tracks(self.woken)} that waited for them can go on now"
        if self.revived:
            said += f"; tried again because they wanted a login: {_say_tracks(self.revived)}"
        return said


def import_file(
    path: Path, settings: Settings, database: Database, *, all_domains: bool = False
) -> Taken:
    """Replace the cookies by those of an exported file.

    Raises:
        NotFoundError: there is no such file.
        ConfigError: the file holds no cookies, or none of them is of use.
    """
    if not path.exists():
        raise NotFoundError(f"there is no file {path}")
    text = read_text(path)
    return import_text(text, path.name, settings, database, all_domains=all_domains)


def import_text(
    text: str, name: str, settings: Settings, database: Database, *, all_domains: bool = False
) -> Taken:
    """Replace the cookies by those of an exported file that was called ``name``.

    Raises:
        ConfigError: the text holds no cookies, or none of them is of use.
    """
    parsed = parse_cookies(text)
    if not parsed.cookies:
        why = f": {list_problems(parsed.problems)}" if parsed.problems else ": it is empty"
        raise ConfigError(f"there are no cookies in {name}{why}")
    return _take(parsed.cookies, name, settings, database, all_domains, parsed.problems)


def import_browser(
    text: str, settings: Settings, database: Database, *, all_domains: bool = False
) -> Taken:
    """Replace the cookies by those of a browser's profile.

    Raises:
        ConfigError: there is no such profile, it cannot be read, or none of its cookies is of use.
    """
    cookies = read_browser(Browser.parse(text))
    return _take(cookies, text, settings, database, all_domains, ())


def _take(
    cookies: tuple[Cookie, ...],
    origin: str,
    settings: Settings,
    database: Database,
    all_domains: bool,
    problems: tuple[Problem, ...],
) -> Taken:
    wanted, said = _sift(cookies, origin, settings, all_domains)
    CookieFile(settings.cookies_path).replace(wanted, origin=origin)
    said += _say_trouble(settings)
    if problems:
        said += f"; {list_problems(problems)}"
    woken = wake_signed_out(database)
    revived = revive_signed_out(settings, database)
    return Taken(said, len(wanted), problems, woken, revived=revived)


def _sift(
    cookies: tuple[Cookie, ...], origin: str, settings: Settings, all_domains: bool
) -> tuple[tuple[Cookie, ...], str]:
    """Choose the cookies to keep; returns them and a sentence about all that were offered.

    Raises:
        ConfigError: none is left to keep.
    """
    now = time.time()
    sites = sites_of(settings)
    of_sites = cookies if all_domains else keep_domains(cookies, sites)
    wanted = tuple(one for one in of_sites if not one.is_expired(now))
    others, expired = len(cookies) - len(of_sites), len(of_sites) - len(wanted)
    if not of_sites:
        named = f" ({', '.join(sites)})" if sites else ""
        raise ConfigError(
            f"{origin} has {say_number(len(cookies))}, but none belongs to a site that Shanty "
            f"downloads from{named}; name others in cookies.domains, "
            "or take them all with --all-domains"
        )
    if not wanted:
        raise ConfigError(
            f"the cookies that {origin} has of these sites have expired "
            f"({say_number(len(of_sites))}): sign in with the browser again, and export anew"
        )
    said = (
        f"{say_number(len(wanted))} of {', '.join(sorted({one.site for one in wanted})[:_NAMED])}"
    )
    left_out = [f"{others} of other sites"] * bool(others) + [f"{expired} expired"] * bool(expired)
    if left_out:
        said += f" (left out: {', '.join(left_out)})"
    return wanted, said


def refresh_cookies(settings: Settings, database: Database) -> Taken:
    """Export the cookies anew from the configured browser, unless the kept ones are better.

    Raises:
        ConfigError: the browser's profile cannot be read.
    """
    file = CookieFile(settings.cookies_path)
    if not settings.cookies.browser:
        said = check_cookies(settings).message
        # The cookies may have been put there by hand, or by an import that was killed.
        revived = revive_signed_out(settings, database)
        said += "; they are not renewed, because cookies.browser names no browser"
        return Taken(said, is_new=False, revived=revived)
    browser = Browser.parse(settings.cookies.browser)
    note = _renew(browser, settings)
    wanted, said = _sift(read_browser(browser), settings.cookies.browser, settings, False)
    jar = file.read()
    if lost := _lost_logins(jar.cookies, wanted):
        message = (
            f"kept the earlier cookies: the browser no longer has a valid "
            f"{', '.join(lost[:_NAMED])}"
        )
        return Taken(f"{message}{note}; sign in there again", is_new=False)
    if _is_same_session(jar, wanted):
        is_new = file.update(wanted, origin=settings.cookies.browser)
    else:
        file.replace(wanted, origin=settings.cookies.browser)
        is_new = True
    woken = wake_signed_out(database) if is_new else 0
    said += ("" if is_new else ", as before") + note + _say_trouble(settings)
    revived = revive_signed_out(settings, database)
    return Taken(said, len(wanted), (), woken, is_new, revived)


def _say_tracks(number: int) -> str:
    return count_of(number, "track")


def _say_trouble(settings: Settings) -> str:
    trouble = check_cookies(settings).trouble
    return f"; but {trouble}" if trouble else ""


def count_signed_out(database: Database) -> dict[str, int]:
    """How many tracks wait for a login, by the source that asks for it."""
    held = WorkQueue(database).overview.count_held()
    return {
        one.name: held.get(one.name, 0)
        for one in Circuits(database).list_all()
        if one.state == OPEN and one.reason in SIGN_IN_REASONS
    }


def wake_signed_out(database: Database) -> int:
    """Let each source that asks for a login be asked again now; returns how many tracks wait.

    The first request is a probe: if it is turned away too, the source is left alone again.
    """
    waiting = count_signed_out(database)
    for name in waiting:
        Circuits(database).resume(name)
    return sum(waiting.values())


def _renew(browser: Browser, settings: Settings) -> str:
    """Let the browser renew its cookies, if the settings say so; returns what to say about it."""
    if not settings.cookies.renew:
        return ""
    if browser.name != FIREFOX:
        return "; only Firefox can be made to renew them"
    try:
        visit(find_firefox_profile(browser.profile), settings.cookies.renew_url)
    except ConfigError as error:
        return f"; {error}"  # the browser's cookies may be good without a visit
    return "; after a visit by Firefox"


def _lost_logins(old: Iterable[Cookie], new: tuple[Cookie, ...]) -> list[str]:
    """The login cookies that an exchange would lose, at sites where we are signed in now."""
    now = time.time()
    old = tuple(old)
    lost: list[str] = []
    for site in sorted({one.site for one in old}):
        if is_signed_in(old, site, now) and not is_signed_in(new, site, now):
            has = {one.name for one in login_cookies(new, site) if not one.is_expired(now)}
            missing = [one.name for one in login_cookies(old, site) if one.name not in has]
            lost += [f"{name} of {site}" for name in dict.fromkeys(missing)]
    return lost


def _is_same_session(jar: Jar, new: Iterable[Cookie]) -> bool:
    """Whether both are of one login, so that the newer value of each cookie may be taken."""
    known = {one.key: one.value for one in jar.cookies if one in login_cookies([one], one.site)}
    return any(known.get(one.key) == one.value for one in new)
