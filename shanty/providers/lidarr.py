"""Lidarr: which artists and albums it monitors, asked over its API.

Owns Lidarr's addresses and what its answers mean, as far as they concern what somebody watches.
Only asks; changes nothing there. The key goes to that server alone.
Source: https://lidarr.audio/docs/api/ (v1: ``/artist``, ``/album``, ``/metadataprofile``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from shanty.errors import PermanentError, ShantyError, TransientError, one_line
from shanty.music.entities import MBID_PATTERN
from shanty.providers.http_bounds import Bounds
from shanty.providers.http_session import describe_status, fetch, make_session

SOURCE = "lidarr"
_BOUNDS = Bounds(total_seconds=300.0, answer_seconds=120.0)  # a large Lidarr takes a minute
_MOST_BYTES = 64 * 1024 * 1024
_LONGEST_NAME = 500
_DAY = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}")
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class LidarrProfile:
    """A metadata profile: the types of release groups that Lidarr lists, by its names."""

    primary_types: tuple[str, ...]
    secondary_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LidarrArtist:
    """An artist. ``new_items`` says which new albums are monitored: ``all``, ``new``, ``none``.

    ``mbid`` is empty if Lidarr has no MusicBrainz id there.
    """

    number: int
    mbid: str
    name: str
    sort_name: str
    disambiguation: str
    is_monitored: bool
    new_items: str
    profile_id: int


@dataclass(frozen=True, slots=True)
class LidarrAlbum:
    """A release group of an artist. ``mbid`` is empty if Lidarr has no MusicBrainz id there."""

    mbid: str
    title: str
    primary_type: str
    secondary_types: tuple[str, ...]
    first_release_date: str
    is_monitored: bool


class Lidarr:
    """One Lidarr. Each method makes one request, and raises:

    PermanentError: it refuses the key, or what it sends is too much.
    WaitError: it asks us to wait.
    TransientError: it cannot be reached, has trouble, or sends something else than it promises.
    """

    def __init__(self, url: str, key: str):
        """Keep how it is reached.

        Raises:
            ShantyError: the address is none.
        """
        self._url = _read_address(url)
        self.label = f"Lidarr at {urlsplit(self._url).netloc.rpartition('@')[2]}"
        self._session = make_session(home_url=self._url, bounds=_BOUNDS)
        self._session.trust_env = False
        if not key.isascii() or not key.isprintable():
            raise ShantyError("a key of Lidarr has only letters and digits; see its Settings")
        self._session.home_headers["X-Api-Key"] = key

    def list_profiles(self) -> dict[int, LidarrProfile]:
        """The metadata profiles by their number."""
        return {
            _number(node, "id"): LidarrProfile(
                _allowed(node, "primaryAlbumTypes"), _allowed(node, "secondaryAlbumTypes")
            )
            for node in self._list("metadataprofile")
        }

    def list_artists(self) -> list[LidarrArtist]:
        """Every artist. Lidarr gives all of them in one answer."""
        return [
            LidarrArtist(
                _number(node, "id"),
                _mbid(node, "foreignArtistId"),
                _text(node, "artistName"),
                _text(node, "sortName"),
                _text(node, "disambiguation"),
                node.get("monitored") is True,
                _text(node, "monitorNewItems") or "all",  # versions before 1.1 have no such key
                _number(node, "metadataProfileId"),
            )
            for node in self._list("artist")
        ]

    def list_albums(self, artist: LidarrArtist) -> list[LidarrAlbum]:
        """The albums of an artist that Lidarr lists, monitored or not."""
        return [
            LidarrAlbum(
                _mbid(node, "foreignAlbumId"),
                _text(node, "title"),
                _text(node, "albumType"),
                tuple(filter(None, map(_clean, _nodes(node.get("secondaryTypes"), str)))),
                _day(node, "releaseDate"),
                node.get("monitored") is True,
            )
            for node in self._list(f"album?artistId={artist.number}")
        ]

    def _list(self, path: str) -> list[dict[str, Any]]:
        reply = fetch(
            self._session,
            f"{self._url}/api/v1/{path}",
            service=self.label,
            source=SOURCE,
            max_bytes=_MOST_BYTES,
        )
        if reply.status in _REFUSALS:
            raise PermanentError(
                f"{self.label} refuses the key ({describe_status(reply.status)}); "
                "it stands in Lidarr under Settings, General"
            )
        if reply.status != HTTPStatus.OK:
            raise PermanentError(f"{self.label} refuses ({describe_status(reply.status)})")
        try:
            answer = json.loads(reply.body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, list):
            raise TransientError(f"{self.label} sends something else than its API promises")
        return list(_nodes(answer, dict))


def _read_address(url: str) -> str:
    address = url.strip() if "://" in url else f"http://{url.strip()}"
    try:
        parts = urlsplit(address)
        is_one = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        is_one = None
    if not is_one or parts.query or parts.fragment:
        raise ShantyError("an address of Lidarr looks like http://nas:8686")
    return address.rstrip("/").removesuffix("/api/v1").removesuffix("/api")


def _nodes(value: object, kind: type) -> Iterator[Any]:
    """The entries of a list that are what they have to be."""
    return (one for one in value if isinstance(one, kind)) if isinstance(value, list) else iter(())


def _allowed(node: dict[str, Any], key: str) -> tuple[str, ...]:
    kinds = (one.get("albumType") for one in _nodes(node.get(key), dict) if one.get("allowed"))
    return tuple(_text(kind, "name") for kind in kinds if isinstance(kind, dict))


def _number(node: dict[str, Any], key: str) -> int:
    value = node.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _text(node: dict[str, Any], key: str) -> str:
    value = node.get(key)
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    return one_line(text)[:_LONGEST_NAME]


def _mbid(node: dict[str, Any], key: str) -> str:
    text = _text(node, key).lower()
    return text if MBID_PATTERN.fullmatch(text) else ""


def _day(node: dict[str, Any], key: str) -> str:
    """The day of a moment, such as ``1999-12-31T00:00:00Z``; empty if there is no moment."""
    found = _DAY.match(_text(node, key))
    return found[0] if found else ""
