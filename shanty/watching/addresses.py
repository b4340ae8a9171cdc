"""Addresses of other services, such as Spotify or YouTube: told from names, and written as
MusicBrainz writes them.

Owns what counts as an address, so that none is taken for the words of a search. Refuses to know
what is behind one: MusicBrainz' own look-up says that.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# `spotify:track:…`, `deezer:album:…`: a service, a kind, and an id in one word.
_URI = re.compile(r"(?:[a-z]+):(?:artist|album|track|playlist|user|video|song):\S+", re.IGNORECASE)
# A host with a dot and at least a path. A bare host is a name: there are bands like will.i.am.
_HOST_AND_PATH = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d+)?[/?#]\S*", re.IGNORECASE)
_LOOSE_MBID = re.compile(r"[0-9a-z]{6,10}(?:-?[0-9a-z]{2,6}){3}-?[0-9a-z]{9,14}", re.IGNORECASE)
_ID_LETTERS = set("0123456789abcdef-")
_MOST_FORMS = 4


def is_address(text: str) -> bool:
    """Whether a text is an address of whatever service, and not a name."""
    word = text.strip()
    if not word or len(word.split()) > 1:
        return False
    patterns = (_SCHEME.match, _URI.fullmatch, _HOST_AND_PATH.fullmatch)
    return any(matches(word) for matches in patterns)


def is_mistyped_mbid(text: str) -> bool:
    """Whether a text was to be an MBID: nearly as long, and hardly a letter that none has."""
    word = text.strip().lower()
    if not _LOOSE_MBID.fullmatch(word) or not 28 <= len(word.replace("-", "")) <= 36:
        return False
    return sum(char not in _ID_LETTERS for char in word) <= 2 and any(map(str.isdigit, word))


def write_forms(address: str) -> list[str]:
    """An address as MusicBrainz may have stored it, the likeliest form first.

    It stores them without what follows the id, and with the host that the service itself uses:
    https://musicbrainz.org/doc/Style/Relationships/URLs
    """
    if uri := _read_uri(address):
        return [uri]
    word = address.strip()
    if not _SCHEME.match(word):
        word = f"https://{word}"
    parts = urlsplit(word)
    host, path = (parts.hostname or "").lower(), parts.path.rstrip("/")
    bare = re.sub(r"^(?:www|m|mobile)\.", "", host)
    forms = _of_service(bare, path, parse_qs(parts.query))
    forms += [f"https://{one}{path}" for one in dict.fromkeys((host, f"www.{bare}", bare))]
    forms.append(word)
    return list(dict.fromkeys(forms))[:_MOST_FORMS]


def _read_uri(address: str) -> str:
    """The address of a ``spotify:track:ID``."""
    word = address.strip()
    if not _URI.fullmatch(word):
        return ""
    service, kind, name = word.split(":", 2)
    hosts = {"spotify": "open.spotify.com", "deezer": "www.deezer.com", "tidal": "tidal.com"}
    return f"https://{hosts.get(service.lower(), service.lower())}/{kind.lower()}/{name}"


def _of_service(host: str, path: str, query: dict[str, list[str]]) -> list[str]:
    """The forms of services that give one thing several addresses."""
    steps = [step for step in path.split("/") if step]
    if host == "youtu.be" and steps:
        return _youtube(steps[0])
    if host.endswith("youtube.com") and (video := query.get("v")):
        return _youtube(video[0])
    if host.endswith("youtube.com") and len(steps) == 2 and steps[0] in ("shorts", "live", "embed"):
        return _youtube(steps[1])
    if host.endswith("youtube.com") and (playlist := query.get("list")):
        return [
            f"https://{one}.youtube.com/playlist?list={playlist[0]}" for one in ("music", "www")
        ]
    kinds = ("artist", "album", "track", "song", "music-video")
    place = next((number for number, step in enumerate(steps) if step in kinds), None)
    if place is None or place + 1 >= len(steps):
        return []
    kind, name = steps[place], steps[-1].removeprefix("id")
    if host == "open.spotify.com" or host == "play.spotify.com":
        return [f"https://open.spotify.com/{kind}/{name}"]
    if host == "deezer.com":
        return [f"https://www.deezer.com/{kind}/{name}"]
    if host in ("tidal.com", "listen.tidal.com"):
        return [f"https://tidal.com/{kind}/{name}"]
    if host.endswith(("music.apple.com", "itunes.apple.com")):
        country = steps[0] if len(steps[0]) == 2 else "us"
        forms = [f"https://music.apple.com/{country}/{kind}/{name}"]
        if song := query.get("i"):
            forms.insert(0, f"https://music.apple.com/{country}/song/{song[0]}")
        return forms
    return []


def _youtube(video: str) -> list[str]:
    return [f"https://{one}.youtube.com/watch?v={video}" for one in ("www", "music")]
