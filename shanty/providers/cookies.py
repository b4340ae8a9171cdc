"""The cookie file that downloads use. Cookies themselves are never shown, logged or stored."""

from __future__ import annotations

from datetime import UTC, datetime
from http.cookiejar import LoadError, MozillaCookieJar
from pathlib import Path


def describe_cookies(path: Path) -> str:
    """A sentence about a Netscape cookie file: present, readable, how many, until when."""
    if not path.exists():
        return f"there are no cookies ({path.name}); downloads are made without an account"
    jar = MozillaCookieJar(str(path))
    try:
        jar.load(ignore_discard=True, ignore_expires=True)
    except (LoadError, OSError, UnicodeDecodeError):
        return f"{path.name} is not a readable cookies.txt in Netscape format"
    now = datetime.now(UTC).timestamp()
    expired = sum(cookie.is_expired(int(now)) for cookie in jar)
    ahead = [cookie.expires for cookie in jar if cookie.expires and cookie.expires > now]
    text = f"{len(jar)} cookies, {expired} of them expired"
    if ahead:
        first = datetime.fromtimestamp(min(ahead), UTC)
        text += f"; the first of the others expires on {first:%Y-%m-%d}"
    return text
