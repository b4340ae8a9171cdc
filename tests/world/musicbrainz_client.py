"""The real musicbrainzngs, pointed at a server on loopback."""

from __future__ import annotations

from typing import Any

import musicbrainzngs
import pytest
from musicbrainzngs import musicbrainz as mb_client

EVERYTHING = ["artists", "labels", "recordings", "release-groups", "media"]


def point_musicbrainzngs(base_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("hostname", "https", "_useragent", "do_rate_limit"):
        monkeypatch.setattr(mb_client, name, getattr(mb_client, name))
    monkeypatch.setattr(mb_client.time, "sleep", lambda seconds: None)
    musicbrainzngs.set_hostname(base_url.removeprefix("http://"), use_https=False)
    musicbrainzngs.set_useragent("shanty-tests", "0", "tests@localhost")
    musicbrainzngs.set_rate_limit(False)
    return musicbrainzngs
