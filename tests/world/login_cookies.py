"""Cookies of a login, and a Firefox profile that has them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from shanty.providers.cookie_file import CookieFile
from shanty.providers.cookies import Cookie

FAR = 4102444800  # 2100
LOGIN = ("LOGIN_INFO", "SAPISID", "__Secure-3PSID")
GOOD = ".youtube.com\tTRUE\t/\tTRUE\t4102444800\tLOGIN_INFO\thush"
# Of a profile's cookies.sqlite, as Firefox makes it.
SCHEMA = """
PRAGMA user_version = {version};
CREATE TABLE moz_cookies (
  id INTEGER PRIMARY KEY, originAttributes TEXT NOT NULL DEFAULT '', name TEXT, value TEXT,
  host TEXT, path TEXT, expiry INTEGER, lastAccessed INTEGER, creationTime INTEGER,
  isSecure INTEGER, isHttpOnly INTEGER, inBrowserElement INTEGER DEFAULT 0,
  sameSite INTEGER DEFAULT 0, schemeMap INTEGER DEFAULT 0,
  isPartitionedAttributeSet INTEGER DEFAULT 0,
  CONSTRAINT moz_uniqueid UNIQUE (name, host, path, originAttributes)
);
"""


def cookie(
    name: str, value: str, expires: int | None = FAR, domain: str = ".youtube.com"
) -> Cookie:
    return Cookie(domain, "/", name, value, is_secure=True, expires=expires)


def a_login(value: str = "secret", expires: int | None = FAR) -> list[Cookie]:
    return [cookie(name, f"{value}-{name}", expires) for name in LOGIN]


def values(file: CookieFile) -> dict[str, str]:
    return {one.name: one.value for one in file.read().cookies}


def make_profile(folder: Path, cookies: list[Cookie], version: int = 17) -> sqlite3.Connection:
    """A profile whose database stays open, so that the latest changes are only in its log."""
    folder.mkdir(parents=True, exist_ok=True)
    known = sqlite3.connect(folder / "cookies.sqlite", isolation_level=None)
    known.executescript(SCHEMA.format(version=version))
    known.execute("PRAGMA journal_mode = WAL")
    known.execute("PRAGMA wal_autocheckpoint = 0")
    put(known, cookies, version)
    return known


def put(
    profile: sqlite3.Connection, cookies: list[Cookie], version: int = 17, attributes: str = ""
) -> None:
    unit = 1000 if version >= 16 else 1
    profile.executemany(
        "INSERT OR REPLACE INTO moz_cookies (originAttributes, name, value, host, path, expiry,"
        " isSecure, isHttpOnly) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (attributes, one.name, one.value, one.domain, one.path, (one.expires or 0) * unit, 1, 0)
            for one in cookies
        ],
    )
