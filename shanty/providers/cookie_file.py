"""``cookies.txt`` in the home folder, shared by all threads and processes that download.

Owns how the file is written (for its owner only, whole or not at all, one writer at a time), how
cookies that sites have renewed are merged into it, and what is remembered beside it: where the
cookies came from, when they last proved good, and when a site refused them. Values of cookies are
only in the jar.

Each import gives the jar a new *generation*. Cookies that come back from a loan of an earlier
generation belong to another session, and are dropped.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shanty.errors import ConfigError
from shanty.files.disks import describe_refusal
from shanty.files.lock import hold_lock
from shanty.providers.cookies import Cookie, Problem, format_cookies, parse_cookies

LARGEST_BYTES = 8 * 1024 * 1024
_GENERATION = re.compile(r"^# Kept by Shanty\. Generation ([0-9a-f]{16})\.\r?$", re.MULTILINE)
_PROOF_SECONDS = 30
"""A proof is written only if the last one is older than this."""


@dataclass(frozen=True, slots=True)
class SiteHistory:
    """How a site reacted to the cookies. A time is None if that never happened."""

    proven_at: datetime | None = None
    refused_at: datetime | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the last word was a refusal."""
        return self.refused_at is not None and (
            self.proven_at is None or self.refused_at > self.proven_at
        )


@dataclass(frozen=True, slots=True)
class History:
    """What is remembered of one generation of a jar. ``origin`` is a browser or a file's name."""

    generation: str = ""
    origin: str = ""
    imported_at: datetime | None = None
    sites: dict[str, SiteHistory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Jar:
    """The cookies at one moment. ``generation`` is empty if there are none."""

    cookies: tuple[Cookie, ...] = ()
    problems: tuple[Problem, ...] = ()
    generation: str = ""


class CookieFile:
    """The cookie file at ``path``, with its lock and its history beside it."""

    def __init__(self, path: Path):
        self.path = path
        self._history_path = path.with_suffix(".json")
        self._lock_path = path.with_suffix(".lock")

    @property
    def exists(self) -> bool:
        """Whether the cookie file exists."""
        return self.path.exists()

    @property
    def is_private(self) -> bool:
        """Whether only its owner can read the file."""
        return not stat.S_IMODE(self.path.stat().st_mode) & 0o077

    def read(self) -> Jar:
        """The cookies as they are now; none if there is no file.

        Raises:
            ConfigError: the file cannot be read, or is no text.
        """
        if not self.exists:
            return Jar()
        text = read_text(self.path)
        parsed = parse_cookies(text)
        marked = _GENERATION.search(text)
        # A file put there by hand has no mark: until we write it, its content is its generation.
        generation = marked[1] if marked else hashlib.sha256(text.encode()).hexdigest()[:16]
        return Jar(parsed.cookies, parsed.problems, generation)

    def history(self) -> History:
        """What is remembered of the cookies in the file."""
        try:
            generation = self.read().generation
        except ConfigError:
            generation = ""
        return self._history_of(generation)

    def replace(self, cookies: Iterable[Cookie], *, origin: str) -> None:
        """Replace all cookies by new ones, as a new generation.

        Raises:
            ConfigError: the folder cannot be written.
        """
        with self._changing():
            generation = secrets.token_hex(8)
            self._write(Jar(tuple(cookies), generation=generation))
            self._write_history(History(generation, origin, datetime.now(UTC)))

    def update(self, cookies: Iterable[Cookie], *, origin: str) -> bool:
        """Take over what is newer in another copy of the same session; returns if anything was.

        Raises:
            ConfigError: the folder cannot be written.
        """
        with self._changing():
            jar = self.read()
            merged = _merge(jar.cookies, cookies)
            is_changed = merged != jar.cookies
            if is_changed:
                self._write(replace(jar, cookies=merged))
            known = self._history_of(jar.generation)
            # If cookies changed, the sites have refused the older ones.
            sites = {
                site: replace(one, refused_at=None) if is_changed else one
                for site, one in known.sites.items()
            }
            now = datetime.now(UTC)
            self._write_history(replace(known, origin=origin, imported_at=now, sites=sites))
        return is_changed

    def bring_back(self, lent: Jar, used: Iterable[Cookie]) -> None:
        """Merge lent cookies back: those that a site has renewed or added meanwhile.

        Cookies that another process brought back meanwhile stay if they are newer. Cookies that a
        site has deleted stay too: one odd answer is no reason to lose a login.

        Raises:
            ConfigError: the folder cannot be written.
        """
        before = {one.key: one for one in lent.cookies}
        changed = [one for one in used if _differs(one, before.get(one.key))]
        if not changed or not lent.generation:
            return
        with self._changing():
            jar = self.read()
            if jar.generation != lent.generation:
                return
            merged = _merge(jar.cookies, changed)
            if merged != jar.cookies:
                self._write(replace(jar, cookies=merged))

    def note(self, lent: Jar, *, proven: Iterable[str] = (), refused: Iterable[str] = ()) -> None:
        """Remember which sites accepted lent cookies, and which refused them."""
        now = datetime.now(UTC)
        proven, refused = set(proven), set(refused)
        if not refused and not self._is_news(lent.generation, proven, now):
            return
        with self._changing():
            if self.read().generation != lent.generation:
                return
            known = self._history_of(lent.generation)
            sites = dict(known.sites)
            for site in proven:
                sites[site] = replace(sites.get(site, SiteHistory()), proven_at=now)
            for site in refused:
                sites[site] = replace(sites.get(site, SiteHistory()), refused_at=now)
            self._write_history(replace(known, sites=sites))

    def _is_news(self, generation: str, proven: set[str], now: datetime) -> bool:
        known = self._history_of(generation).sites
        last = [known.get(site, SiteHistory()) for site in proven]
        return any(
            one.proven_at is None
            or one.is_refused
            or abs((now - one.proven_at).total_seconds()) > _PROOF_SECONDS
            for one in last
        )

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """A block in which nobody else changes the file, in this process or in another."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with hold_lock(self._lock_path, should_stop=lambda: False):
                yield
        except OSError as error:
            raise ConfigError(
                f"the cookies in {self.path} cannot be written: "
                f"{describe_refusal(error, self.path)}"
            ) from None

    def _write(self, jar: Jar) -> None:
        note = f"Kept by Shanty. Generation {jar.generation}."
        write_private(self.path, format_cookies(jar.cookies, note=note))

    def _history_of(self, generation: str) -> History:
        """What is remembered of this generation."""
        try:
            content = json.loads(self._history_path.read_text(encoding="utf-8"))
            sites = {
                str(site): SiteHistory(*(_parse_time(told.get(key)) for key in _SITE_KEYS))
                for site, told in content["sites"].items()
            }
            known = History(
                str(content["generation"]),
                str(content["origin"]),
                _parse_time(content["imported_at"]),
                sites,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return History(generation)
        return known if known.generation == generation else History(generation)

    def _write_history(self, history: History) -> None:
        write_private(self._history_path, json.dumps(asdict(history), default=_show_time))


_SITE_KEYS = ("proven_at", "refused_at")


def _parse_time(text: Any) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _show_time(value: Any) -> str:
    assert isinstance(value, datetime), "everything else of a history is JSON"
    return value.isoformat()


def _differs(one: Cookie, other: Cookie | None) -> bool:
    return other is None or (one.value, one.expires) != (other.value, other.expires)


def _merge(cookies: Iterable[Cookie], changed: Iterable[Cookie]) -> tuple[Cookie, ...]:
    """Merge cookies; of two with the same key, the newer one is kept.

    When a site renews a cookie, its life counts from that moment, so the cookie that ends later is
    the newer one. If both end together, or with the session, the changed one counts as newer.
    """
    merged = {one.key: one for one in cookies}
    for one in changed:
        known = merged.get(one.key)
        if known is None:
            merged[one.key] = one
        elif one.expires is None or known.expires is None or one.expires >= known.expires:
            # yt-dlp loses this flag, so it is kept from either copy.
            is_http_only = one.is_http_only or known.is_http_only
            merged[one.key] = replace(one, is_http_only=is_http_only)
    return tuple(merged.values())


def read_text(path: Path) -> str:
    """The text of a person's file, as :func:`decode_text` reads it.

    Raises:
        ConfigError: the file cannot be read, or is no text. The message quotes none of it.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the cookies in {path} cannot be read: {error.strerror}") from None
    return decode_text(content, str(path))


def decode_text(content: bytes, name: str) -> str:
    """The text of a file, in UTF-8, or in UTF-16 as PowerShell writes it.

    Raises:
        ConfigError: it is too large, or no text. The message quotes none of it.
    """
    if len(content) > LARGEST_BYTES:
        raise ConfigError(f"{name} is too large to be a cookies.txt")
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(
            f"{name} is not a cookies.txt in Netscape format: it is no text"
        ) from None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read. At no moment it has wider rights, or is half done.

    Callers must make sure that there is one writer at a time.

    Raises:
        OSError: the folder cannot be written.
    """
    part_path = path.with_name(f".{path.name}.new")
    # Writers hold a lock, so a file that lies here was left by a killed writer.
    part_path.unlink(missing_ok=True)
    try:
        descriptor = os.open(part_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as part:  # noqa: PTH123
            part.write(text)
            part.flush()
            os.fsync(part.fileno())
        part_path.replace(path)
    finally:
        with suppress(OSError):
            part_path.unlink(missing_ok=True)
