"""A filed library that asks a server on loopback for its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shanty.config.service_sections import ArtSettings
from shanty.db import Database
from shanty.demo.answers import Answer, Request
from shanty.music.entities import Placement
from shanty.providers.artist_art import ArtistArt
from shanty.providers.coverart import CoverArt
from shanty.stages import Services
from tests.world.filed_library import FiledLibrary
from tests.world.tag_samples import picture

GROUP_COVER = picture("JPEG", 300, 300)


class PictureServer:
    """Answers by path, with 404 for unknown ones, and remembers the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.url = ""

    def answer(self, request: Request) -> Answer:
        self.asked.append(request.path)
        return self.answers.get(request.path, Answer(404, b"none\n"))

    def cover(self, kind: str, mbid: str, data: bytes, mime: str = "image/jpeg") -> None:
        self.answers[f"/{kind}/{mbid}/front-1200"] = Answer(200, data, mime)


class ArtLibrary(FiledLibrary):
    """A library whose pictures come from a server on loopback."""

    def __init__(self, folder: Path, database: Database, server: PictureServer, **library: Any):
        super().__init__(folder, database, **library)
        self.server = server

    def with_art(self, **art: Any) -> None:
        self.settings = self.settings.model_copy(update={"art": ArtSettings(**art)})

    def services(self, run_id: str) -> Services:
        services = super().services(run_id)
        art = self.settings.art
        services.coverart = CoverArt(self.server.url, size=art.cover_size)
        if art.artist:
            services.artist_art = ArtistArt(art.artist_url, key="secret")
        return services

    def names(self) -> list[str]:
        return [name for name, kind in self.tree().items() if kind != "folder"]


def ids(placement: Placement) -> tuple[str, str]:
    return placement.release.release_group.mbid, placement.release.mbid
