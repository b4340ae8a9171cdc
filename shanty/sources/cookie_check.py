"""How good the cookies for downloads are, judged without asking any site.

Owns which sites' cookies are kept, and the judgement: whether they are there, readable, current,
signed in, proven by use, or refused. It reports names and times of cookies, never a value.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shanty.config.settings import Settings
from shanty.errors import ConfigError, count_of
from shanty.providers.cookie_file import CookieFile, Jar, SiteHistory
from shanty.providers.cookies import (
    Cookie,
    Problem,
    is_signed_in,
    is_within,
    login_cookies,
    missing_logins,
)

# The site whose cookies a source of `download.search` can use.
_SITES = {
    "bilisearch": "bilibili.com",
    "nicosearch": "nicovideo.jp",
    "nicosearchdate": "nicovideo.jp",
    "prxseries": "prx.org",
    "prxstories": "prx.org",
    "rkfnsearch": "rokfin.com",
    "scsearch": "soundcloud.com",
    "ytmusic": "youtube.com",  # which has what is found there
    "ytsearch": "youtube.com",
    "ytsearchdate": "youtube.com",
}
_LATEST = 253_402_300_799  # the last second of the year 9999
_LISTED_PROBLEMS = 5
_IMPORT = "sign in with a browser, then: shanty cookies import --browser firefox"


@dataclass(frozen=True, slots=True)
class SiteReport:
    """The cookies of one site. ``login`` maps the names that matter to when each expires."""

    site: str
    cookies: int
    expired: int
    is_signed_in: bool
    login: dict[str, datetime | None]
    proven_at: datetime | None
    refused_at: datetime | None
    is_refused: bool


@dataclass(frozen=True, slots=True)
class CookieReport:
    """How good the cookies are. ``trouble`` says what is wrong with them, if anything is."""

    message: str
    trouble: str
    remedy: str
    is_there: bool
    is_private: bool = True
    origin: str = ""
    imported_at: datetime | None = None
    problems: tuple[Problem, ...] = ()
    sites: tuple[SiteReport, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with them. Having none is good until a site asks for a login."""
        return not self.trouble

    @property
    def proven_at(self) -> datetime | None:
        """When a site last accepted the login that they hold."""
        return max((one.proven_at for one in self.sites if one.proven_at), default=None)


def sites_of(settings: Settings) -> tuple[str, ...]:
    """The sites whose cookies are kept: the searched ones, and ``cookies.domains``."""
    prefixes = (prefix.rstrip("0123456789") for prefix in settings.download.search)
    searched = (_SITES[prefix] for prefix in prefixes if prefix in _SITES)
    return tuple(dict.fromkeys([*searched, *settings.cookies.domains]))


def check_cookies(settings: Settings) -> CookieReport:
    """How good the cookies of this home are."""
    file = CookieFile(settings.cookies_path)
    try:
        jar, history = file.read(), file.history()
    except ConfigError as error:
        return CookieReport(str(error), str(error), _IMPORT, is_there=True)
    if not jar.generation:
        return _report_none(history.sites)
    now = time.time()
    names = sorted({one.site for one in jar.cookies} | set(history.sites))
    sites = tuple(_report_site(site, jar.cookies, history.sites.get(site), now) for site in names)
    trouble, remedy = _find_trouble(jar, sites, set(sites_of(settings)))
    if not trouble and not file.is_private:
        trouble, remedy = "others can read the file", f"chmod 600 {file.path}"
    facts = f"{say_number(len(jar.cookies))}{_say_expiry(sites)}; {_say_proof(sites)}"
    return CookieReport(
        message=f"{trouble}; {facts}" if trouble else facts,
        trouble=trouble,
        remedy=remedy,
        is_there=True,
        is_private=file.is_private,
        origin=history.origin,
        imported_at=history.imported_at,
        problems=jar.problems,
        sites=sites,
    )


def say_number(number: int) -> str:
    """``1 cookie``, ``2 cookies``."""
    return count_of(number, "cookie")


def list_problems(problems: Sequence[Problem]) -> str:
    """Names the lines that hold no cookie, in one sentence."""
    listed = ", ".join(map(str, problems[:_LISTED_PROBLEMS]))
    more = len(problems) - _LISTED_PROBLEMS
    return listed + (f", and so on in {more} more" if more > 0 else "")


def _report_none(known: dict[str, SiteHistory]) -> CookieReport:
    refused = sorted(site for site, one in known.items() if one.is_refused)
    message = "no cookies are stored; downloads are made without an account"
    trouble = f"{', '.join(refused)} asks for a login" if refused else ""
    said = f"{trouble}; {message}" if trouble else message
    return CookieReport(said, trouble, _IMPORT if refused else "", is_there=False)


def _report_site(
    site: str, cookies: Sequence[Cookie], known: SiteHistory | None, now: float
) -> SiteReport:
    known = known or SiteHistory()
    own = [one for one in cookies if one.site == site]
    return SiteReport(
        site=site,
        cookies=len(own),
        expired=sum(one.is_expired(now) for one in own),
        is_signed_in=is_signed_in(own, site, now),
        login={one.name: _expires_at(one) for one in login_cookies(own, site)},
        proven_at=known.proven_at,
        refused_at=known.refused_at,
        is_refused=known.is_refused,
    )


def _find_trouble(jar: Jar, sites: Sequence[SiteReport], wanted: set[str]) -> tuple[str, str]:
    """The worst that is wrong with the cookies, and the remedy; both empty if nothing is."""
    if not jar.cookies:
        why = f": {list_problems(jar.problems)}" if jar.problems else ""
        return f"the file holds no cookies{why}", _IMPORT
    for one in sites:
        if one.is_refused and one.refused_at is not None:
            said = f"{one.site} did not accept them at {one.refused_at:%Y-%m-%d %H:%M} UTC"
            return f"{said}: the login has ended, or been taken for a bot's", _IMPORT
    ours = [one for one in sites if any(is_within(one.site, site) for site in wanted)]
    if wanted and not any(one.cookies for one in ours):
        return f"none is of {', '.join(sorted(wanted))}", _IMPORT
    for one in ours:
        if one.cookies and one.cookies == one.expired:
            return f"all of {one.site} have expired", _IMPORT
        if one.cookies and not one.is_signed_in:
            missing = missing_logins(jar.cookies, one.site, time.time())
            said = f"nobody is signed in at {one.site} with them"
            return f"{said} (missing or expired: {', '.join(missing)})", _IMPORT
    if jar.problems:
        return f"lines are of no use: {list_problems(jar.problems)}", _IMPORT
    return "", ""


def _expires_at(cookie: Cookie) -> datetime | None:
    return (
        None
        if cookie.expires is None
        else datetime.fromtimestamp(min(cookie.expires, _LATEST), UTC)
    )


def _say_expiry(sites: Sequence[SiteReport]) -> str:
    expiries = [at for one in sites for at in one.login.values() if at is not None]
    now = datetime.now(UTC)
    ahead = [at for at in expiries if at > now]
    if not ahead:
        return ""
    return f", those of a login good until {min(ahead):%Y-%m-%d}"


def _say_proof(sites: Sequence[SiteReport]) -> str:
    proven = [(one.proven_at, one.site) for one in sites if one.proven_at is not None]
    if not proven:
        return "not proven by any use yet"
    at, site = max(proven)
    return f"last proven at {at:%Y-%m-%d %H:%M} UTC by {site}"
