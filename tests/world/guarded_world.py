"""An offline world that shows its music only to people who are signed in, and renews the login."""

from __future__ import annotations

import itertools
import threading
from http.cookies import SimpleCookie
from pathlib import Path

from shanty.demo.answers import Answer, Request, json_answer
from shanty.demo.world import World

COOKIE = "session"
LIFE_SECONDS = 365 * 24 * 3600
BOT_CHECK = "Sign in to confirm you’re not a bot"


class GuardedWorld(World):
    """A world whose watch pages ask for a cookie of ``secrets``.

    ``secrets`` are the valid values. With ``renews``, each watch page sets a new value, which is
    valid from then on beside the old one. ``given_out`` has every value ever given. ``question`` is
    the answer to people who are not signed in. ``asks_in_vain`` are videos that no login opens.
    """

    def __init__(self, tracks: int, cache_dir: Path, *, prefix: str = "SECRET"):
        super().__init__(tracks, cache_dir)
        self.prefix = prefix
        self.secrets: set[str] = set()
        self.given_out: list[str] = []
        self.renews = False
        self.question = BOT_CHECK
        self.asks_in_vain: set[str] = set()
        self.is_open = False
        """Whether everybody is let in, as after a bot check that has ended."""
        self.turned_away = 0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def sign_in(self) -> str:
        """Make a new login; returns the value of its cookie."""
        with self._lock:
            value = f"{self.prefix}x{next(self._numbers):06d}x{self.prefix[::-1]}"
            self.secrets.add(value)
            self.given_out.append(value)
            return value

    def sign_out(self) -> None:
        """Make every login invalid."""
        self.secrets.clear()

    def _answer(self, request: Request) -> Answer:
        if request.path != "/watch":
            return super()._answer(request)
        shown = SimpleCookie(request.headers.get("cookie", ""))
        is_signed_in = COOKIE in shown and shown[COOKIE].value in self.secrets
        is_in_vain = request.query.get("v") in self.asks_in_vain
        if not self.is_open and (not is_signed_in or is_in_vain):
            self.turned_away += 1
            told = {"status": "LOGIN_REQUIRED", "reason": self.question, "subreason": ""}
            return json_answer(told)
        answer = super()._answer(request)
        if self.renews:
            # Each expires a second later than the last, like cookies that were set one by one.
            life = LIFE_SECONDS + len(self.given_out)
            answer.headers["Set-Cookie"] = (
                f"{COOKIE}={self.sign_in()}; Max-Age={life}; Path=/; HttpOnly"
            )
        return answer


def cookies_txt(*values: str, host: str = "127.0.0.1", expires: int = 0) -> str:
    """The text of an export with this login in it."""
    lines = [
        "\t".join((host, "FALSE", "/", "FALSE", str(expires), COOKIE, value)) for value in values
    ]
    return "\n".join(["# Netscape HTTP Cookie File", "", *lines, ""])
