"""A Lidarr on loopback: it answers as the published API of version 1 says.

Source of the shapes: https://github.com/Lidarr/Lidarr, ``src/Lidarr.Api.V1/openapi.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shanty.demo.answers import Answer, Request, json_answer
from shanty.demo.listener import Listener
from shanty.music.entities import Artist, ReleaseGroup

KEY = "0123456789abcdef0123456789abcdef"
_PRIMARY = ("Album", "EP", "Single", "Broadcast", "Other")
_SECONDARY = ("Studio", "Compilation", "Soundtrack", "Spokenword", "Interview", "Audiobook", "Live",
              "Remix", "DJ-mix", "Mixtape/Street", "Demo", "Audio drama")  # fmt: skip


@dataclass
class LidarrServer:
    """What it holds, and the requests that came; ``answer`` takes the place of its own answers."""

    url: str = ""
    artists: list[dict[str, Any]] = field(default_factory=list)
    albums: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    profiles: list[dict[str, Any]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    answer: Callable[[Request], Answer] | None = None

    def add_profile(self, *types: str) -> int:
        """A metadata profile that allows these types, by Lidarr's names; returns its number."""

        def items(names: Sequence[str]) -> list[dict[str, Any]]:
            return [
                {"albumType": {"id": number, "name": name}, "allowed": name in types}
                for number, name in enumerate(names)
            ]

        number = len(self.profiles) + 1
        self.profiles.append(
            {
                "name": f"Profile {number}",
                "primaryAlbumTypes": items(_PRIMARY),
                "secondaryAlbumTypes": items(_SECONDARY),
                "releaseStatuses": [
                    {"releaseStatus": {"id": 0, "name": "Official"}, "allowed": True}
                ],
                "id": number,
            }
        )
        return number

    def add_artist(
        self,
        artist: Artist,
        albums: Sequence[tuple[ReleaseGroup, bool]] = (),
        *,
        profile: int = 1,
        **changes: Any,
    ) -> int:
        """An artist with albums, each monitored or not; returns its number."""
        number = len(self.artists) + 1
        self.artists.append(
            {
                "status": "continuing",
                "ended": False,
                "artistName": artist.name,
                "foreignArtistId": artist.mbid,
                "tadbId": 0,
                "discogsId": 0,
                "overview": "Made up.",
                "artistType": artist.type,
                "disambiguation": artist.disambiguation,
                "links": [{"url": "https://example.org", "name": "home"}],
                "nextAlbum": None,
                "lastAlbum": None,
                "images": [],
                "path": f"/music/{artist.name}",
                "qualityProfileId": 1,
                "metadataProfileId": profile,
                "monitored": True,
                "monitorNewItems": "all",
                "genres": [],
                "cleanName": artist.name.lower(),
                "sortName": artist.sort_name.lower(),
                "tags": [],
                "added": "2021-04-01T00:00:00Z",
                "ratings": {"votes": 0, "value": 0},
                "statistics": {"albumCount": len(albums), "trackFileCount": 0, "sizeOnDisk": 0},
                "id": number,
                **changes,
            }
        )
        self.albums[number] = [_album(number, *one) for one in albums]
        return number

    def handle(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.answer is not None:
            return self.answer(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("x-api-key") != KEY:
            return Answer(401, b"", "text/plain")
        match request.path.removeprefix("/lidarr"):
            case "/api/v1/artist":
                return json_answer(self.artists)
            case "/api/v1/metadataprofile":
                return json_answer(self.profiles)
            case "/api/v1/album":
                return json_answer(self.albums[int(request.query["artistId"])])
        return Answer(404, b"", "text/plain")


def _album(artist: int, group: ReleaseGroup, is_monitored: bool) -> dict[str, Any]:
    return {
        "title": group.title,
        "disambiguation": "",
        "overview": "",
        "artistId": artist,
        "foreignAlbumId": group.mbid,
        "monitored": is_monitored,
        "anyReleaseOk": True,
        "profileId": 1,
        "duration": 0,
        "albumType": group.primary_type,
        "secondaryTypes": list(group.secondary_types),
        "mediumCount": 1,
        "ratings": {"votes": 0, "value": 0},
        "releaseDate": f"{group.first_release_date}T00:00:00Z"
        if group.first_release_date
        else None,
        "releases": [],
        "genres": [],
        "media": [],
        "images": [],
        "links": [],
        "statistics": {"trackFileCount": 0, "trackCount": 0, "totalTrackCount": 0},
        "grabbed": False,
        "id": 1,
    }


@contextmanager
def lidarr_server() -> Iterator[LidarrServer]:
    server = LidarrServer()
    with Listener(server.handle, 0) as listener:
        server.url = listener.base_url
        yield server
