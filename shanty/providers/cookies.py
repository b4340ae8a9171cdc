"""Cookies as text: reading every form in which people export them, and writing ``cookies.txt``.

Owns the format, and which cookies mean that somebody is signed in. Refuses to know where the text
came from and where it goes. No message, ``repr`` or exception of this module holds a value.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

HEADER = "# Netscape HTTP Cookie File"
_HTTP_ONLY = "#HttpOnly_"
_FIELDS = 7
_FLAGS = {"TRUE": True, "FALSE": False}
_DOMAIN = re.compile(r"\.?[\w-]+(\.[\w-]+)*|\[[0-9a-f:.]+\]", re.IGNORECASE)
_LATEST_EXPIRY = 2**53  # what JSON and yt-dlp hold exactly

# The cookies of a login at a site: one of each group has to be there. For YouTube, they are those
# that yt-dlp looks at (extractor/youtube/_base.py, `_has_auth_cookies`).
_SIGNED_IN_BY: dict[str, tuple[tuple[str, ...], ...]] = {
    "youtube.com": (
        ("LOGIN_INFO",),
        ("SAPISID", "__Secure-1PAPISID", "__Secure-3PAPISID"),
        ("__Secure-3PSID", "__Secure-1PSID", "SID"),
    ),
    "soundcloud.com": (("oauth_token",),),
    "bilibili.com": (("SESSDATA",),),
    "nicovideo.jp": (("user_session",),),
}


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie. ``expires`` is in seconds since 1970, None if it ends with the session."""

    domain: str
    path: str
    name: str
    value: str = field(repr=False)
    is_secure: bool = False
    is_http_only: bool = False
    expires: int | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Domain, path and name: two cookies with the same key are versions of one cookie."""
        return self.domain, self.path, self.name

    @property
    def site(self) -> str:
        """The site that the cookie belongs to: one whose login we know, else its domain."""
        bare = self.domain.removeprefix(".").lower()
        return next((site for site in _SIGNED_IN_BY if is_within(bare, site)), bare)

    def is_expired(self, now: float) -> bool:
        """Whether no browser would send the cookie at ``now``, in seconds since 1970."""
        return self.expires is not None and self.expires <= now


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that holds no cookie: its number, from 1, and the reason. Never its content."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line} {self.reason}"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The cookies of a text, without duplicates, and the lines that could not be used."""

    cookies: tuple[Cookie, ...]
    problems: tuple[Problem, ...] = ()


def parse_cookies(text: str) -> Parsed:
    """Read ``cookies.txt``, or the JSON that browser extensions export.

    Every variant of Netscape's format in use is understood: with and without its first line,
    Windows' line ends, a byte-order mark, ``#HttpOnly_``, session cookies with an empty or a zero
    expiry, and spaces where an editor has replaced the tabs. Good lines are kept beside bad ones.
    """
    text = text.removeprefix("\ufeff")
    if text.lstrip().startswith(("[", "{")):
        return _parse_json(text)
    found: dict[tuple[str, str, str], Cookie] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.rstrip("\r")
        is_http_only = line.startswith(_HTTP_ONLY)
        line = line.removeprefix(_HTTP_ONLY)
        if not line.strip() or line.startswith("#"):
            continue
        cookie = _parse_line(line, is_http_only)
        if isinstance(cookie, str):
            problems.append(Problem(number, cookie))
        else:
            found[cookie.key] = cookie
    return Parsed(tuple(found.values()), tuple(problems))


def _parse_line(line: str, is_http_only: bool) -> Cookie | str:
    """The cookie of a line, or the reason why it holds none."""
    fields = line.split("\t")
    if len(fields) == 1:
        fields = line.split(None, _FIELDS - 1)
    if len(fields) != _FIELDS:
        return f"has {len(fields)} fields instead of {_FIELDS}"
    domain, subdomains, path, secure, expires, name, value = fields
    if subdomains.upper() not in _FLAGS or secure.upper() not in _FLAGS:
        return "has something else where TRUE or FALSE belongs"
    if expires and not re.fullmatch(r"-?\d{1,20}(\.\d{1,20})?", expires, re.ASCII):
        return "has no time where its expiry belongs"
    # Some programs mean a domain's hosts too, but leave out the leading dot that says so.
    if _FLAGS[subdomains.upper()] and not domain.startswith(".") and "." in domain:
        domain = f".{domain}"
    return _make(domain, path, name, value, _FLAGS[secure.upper()], is_http_only, expires or None)


def _parse_json(text: str) -> Parsed:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return Parsed((), (Problem(1, "begins like JSON, which the file is not"),))
    entries = content.get("cookies", [content]) if isinstance(content, dict) else content
    found: dict[tuple[str, str, str], Cookie] = {}
    problems: list[Problem] = []
    for number, entry in enumerate(entries if isinstance(entries, list) else [None], start=1):
        cookie = _parse_entry(entry)
        if isinstance(cookie, str):
            problems.append(Problem(number, f"(the entry of that number) {cookie}"))
        else:
            found[cookie.key] = cookie
    return Parsed(tuple(found.values()), tuple(problems))


def _parse_entry(entry: Any) -> Cookie | str:
    """A cookie in the form of Chrome's and Firefox's extensions, or the reason why it is none."""
    if not isinstance(entry, dict):
        return "is no cookie"
    name, value, domain = entry.get("name"), entry.get("value"), entry.get("domain")
    if not isinstance(name, str) or not isinstance(value, str) or not isinstance(domain, str):
        return "has no name, value or domain"
    if entry.get("hostOnly") is False and not domain.startswith("."):
        domain = f".{domain}"
    expires = entry.get("expirationDate", entry.get("expires"))
    is_number = isinstance(expires, int | float) and math.isfinite(expires)
    return _make(
        domain,
        str(entry.get("path") or "/"),
        name,
        value,
        entry.get("secure") is True,
        entry.get("httpOnly") is True,
        repr(expires) if is_number and not entry.get("session") else None,
    )


def _make(
    domain: str,
    path: str,
    name: str,
    value: str,
    is_secure: bool,
    is_http_only: bool,
    expires: str | None,
) -> Cookie | str:
    if not _DOMAIN.fullmatch(domain):
        return "has no domain where one belongs"
    if not path.startswith("/"):
        return "has no path where one belongs"
    if not all(part.isprintable() for part in (path, name, value)):
        return "has a character that no cookie can have"
    if not name and not value:
        return "has neither a name nor a value"
    seconds = 0 if expires is None else min(int(float(expires)), _LATEST_EXPIRY)
    # 0 means until the browser is closed. Firefox's extensions write -1 for that.
    return Cookie(
        domain, path, name, value, is_secure, is_http_only, seconds if seconds > 0 else None
    )


def format_cookies(cookies: Iterable[Cookie], *, note: str = "") -> str:
    """The text of a ``cookies.txt``; ``note`` is a line of comment."""
    lines = [HEADER, f"# {note}" if note else "# Kept by Shanty.", ""]
    for one in cookies:
        fields = (
            one.domain,
            "TRUE" if one.domain.startswith(".") else "FALSE",
            one.path,
            "TRUE" if one.is_secure else "FALSE",
            str(one.expires or 0),
            one.name,
            one.value,
        )
        lines.append((_HTTP_ONLY if one.is_http_only else "") + "\t".join(fields))
    return "\n".join(lines) + "\n"


def is_within(domain: str, site: str) -> bool:
    """Whether a domain is a site's own, or that of one of its hosts."""
    bare, site = domain.removeprefix(".").lower(), site.removeprefix(".").lower()
    return bare == site or bare.endswith(f".{site}")


def keep_domains(cookies: Iterable[Cookie], domains: Collection[str]) -> tuple[Cookie, ...]:
    """The cookies of these sites."""
    return tuple(one for one in cookies if any(is_within(one.domain, site) for site in domains))


def login_cookies(cookies: Iterable[Cookie], site: str) -> tuple[Cookie, ...]:
    """The cookies of a site's login; all its cookies if we do not know its login."""
    names = {name for group in _SIGNED_IN_BY.get(site, ()) for name in group}
    return tuple(one for one in cookies if one.site == site and (not names or one.name in names))


def missing_logins(cookies: Iterable[Cookie], site: str, now: float) -> list[str]:
    """The names of cookies that a login at a site lacks: the first of each missing group."""
    names = {one.name for one in login_cookies(cookies, site) if not one.is_expired(now)}
    groups = _SIGNED_IN_BY.get(site, ())
    return [group[0] for group in groups if not names.intersection(group)]


def is_signed_in(cookies: Iterable[Cookie], site: str, now: float) -> bool:
    """Whether the cookies hold a login at a site, as far as cookies can tell."""
    if site in _SIGNED_IN_BY:
        return not missing_logins(cookies, site, now)
    return any(one.site == site and not one.is_expired(now) for one in cookies)
