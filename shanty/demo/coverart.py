"""Front covers as the Cover Art Archive serves them.

Owns the paths, the redirect to the image, and the 404 for a release without a cover. Source:
https://musicbrainz.org/doc/Cover_Art_Archive/API.
"""

from __future__ import annotations

import re

from shanty.demo.answers import Answer, Request
from shanty.demo.audio import MIME_TYPES, Studio
from shanty.demo.discography import Discography
from shanty.demo.offers import hash_number
from shanty.music.entities import Release

IMAGE_PREFIX = "/covers/"
_FULL_SIZE = 1400
_FRONT = re.compile(r"/(release|release-group)/([^/]+)/front(?:-(250|500|1200))?")
_IMAGE = re.compile(r"/covers/([0-9a-f-]{36})-(\d+)\.(jpg|png)")


class CoverArt:
    """Answers ``/release-group/MBID/front[-SIZE]``, ``/release/…`` and the images themselves."""

    def __init__(self, studio: Studio, *discographies: Discography) -> None:
        self._studio = studio
        self._groups: dict[str, str] = {}
        self._without: set[str] = set()
        for discography in discographies:
            self._without |= discography.without_cover
            for release in discography.releases:
                self.add(release)

    def add(self, release: Release) -> None:
        """Have a cover for a release and its group from now on."""
        group_mbid = release.release_group.mbid
        self._groups |= {group_mbid: group_mbid, release.mbid: group_mbid}

    def answer(self, request: Request) -> Answer:
        """A redirect (307) to the image, or 404."""
        match = _FRONT.fullmatch(request.path)
        if match is None:
            return Answer(404, b"Not Found\n")
        kind, mbid, size = match.groups()
        group_mbid = self._groups.get(mbid)
        is_right_kind = (group_mbid == mbid) == (kind == "release-group")
        if group_mbid is None or not is_right_kind or mbid in self._without:
            return Answer(404, f"No cover image found for {kind} {mbid}\n".encode())
        extension = "png" if hash_number("image", group_mbid) % 3 == 0 else "jpg"
        path = f"{IMAGE_PREFIX}{group_mbid}-{size or _FULL_SIZE}.{extension}"
        location = f"http://{request.headers.get('host', '')}{path}"
        return Answer(307, f"See: {location}\n".encode(), headers={"Location": location})

    def answer_image(self, request: Request) -> Answer:
        """The image that a redirect pointed at."""
        match = _IMAGE.fullmatch(request.path)
        if match is None or match[1] not in self._groups or int(match[2]) > _FULL_SIZE:
            return Answer(404, b"Not Found\n")
        body = self._studio.read_cover(match[1], int(match[2]), match[3])
        return Answer(200, body, MIME_TYPES[match[3]])
