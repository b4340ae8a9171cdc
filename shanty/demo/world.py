"""The offline world as one thing: catalogue, audio origin and cover art on one loopback port.

Owns putting the parts together, which part answers which path, and the settings that point Shanty
at them. Refuses to know how Shanty uses them.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from shanty.demo import ytdlp_plugin_dir
from shanty.demo.answers import Answer, Request, json_answer
from shanty.demo.audio import Studio
from shanty.demo.catalogue import PREFIX, Catalogue
from shanty.demo.counters import RequestCounters
from shanty.demo.coverart import IMAGE_PREFIX, CoverArt
from shanty.demo.discography import (
    DEFAULT_TRACKS,
    Discography,
    build_discography,
    build_scene,
    list_placements,
)
from shanty.demo.faults import (
    HANG_SECONDS,
    ORIGIN,
    ORIGIN_SERVICES,
    FaultBoard,
    FaultKind,
    Service,
    refusal_answer,
)
from shanty.demo.listener import Listener
from shanty.demo.lyrics import LYRICS_PATH, LyricsService
from shanty.demo.music_page import SEARCH_PATH, answer_search, read_query
from shanty.demo.offers import RIGHT_KINDS, Offer, OfferBook
from shanty.demo.origin import Origin, media_id
from shanty.music.entities import Placement, Release
from shanty.providers.ytdlp.search import site_of_prefix
from shanty.providers.ytdlp.setup import find_new_plugins

SEARCH_PREFIX = "demosearch8"
# The length of a download in the demo: long enough to see tracks at different stages at once.
DEMO_DOWNLOAD_SECONDS = 0.75


class World:
    """The offline world while its ``with`` block lasts.

    ``cache_dir`` keeps the rendered audio for the next time (None: in a temporary folder).
    ``download_seconds`` is about how long each download takes (0: as fast as possible). ``port`` 0
    takes a free one. ``with_scene`` adds the artists of ``scene``, for watching; their recordings
    are not among ``recordings``. ``faults`` and ``requests`` may be used while the world runs, and
    ``publish``, ``merge`` and ``remove`` change the catalogue.

    Raises:
        OSError: on entry, if the port is in use.
    """

    def __init__(
        self,
        tracks: int = DEFAULT_TRACKS,
        cache_dir: Path | None = None,
        port: int = 0,
        download_seconds: float = 0.0,
        with_scene: bool = False,
    ) -> None:
        self.discography: Discography = build_discography(tracks)
        today = datetime.now(UTC).date()
        self.scene: Discography | None = build_scene(today) if with_scene else None
        self.faults = FaultBoard()
        self.requests = RequestCounters()
        self._discographies = [self.discography, *([self.scene] if self.scene else [])]
        self._placements: dict[str, Placement] = {}
        for discography in self._discographies:
            self._placements |= discography.by_recording
        self._book = OfferBook(*self._discographies)
        self._catalogue = Catalogue(*self._discographies)
        self.lyrics = LyricsService(self._placements)
        self._cache_dir = cache_dir
        self._download_seconds = download_seconds
        self._listener = Listener(self._answer, port)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        cache_dir = self._cache_dir
        if cache_dir is None:
            made = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="shanty-world-"))
            cache_dir = Path(made)
        studio = Studio(cache_dir)
        self._origin = Origin(self._book, studio, self.requests, self._download_seconds)
        self._coverart = CoverArt(studio, *self._discographies)
        try:
            self._stack.enter_context(self._listener)
        except OSError:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:PORT``, for all services."""
        return self._listener.base_url

    @contextmanager
    def away(self) -> Iterator[None]:
        """A block in which no service can be reached: nothing listens at the port."""
        with self._listener.closed():
            yield

    @property
    def recordings(self) -> tuple[str, ...]:
        """The MBIDs of all recordings, in the order of the albums."""
        return tuple(self.discography.by_recording)

    @property
    def truth(self) -> Mapping[str, str]:
        """The id of the best upload for each recording MBID."""
        return self._book.truth

    def expected(self, recording_mbid: str) -> Placement:
        """Where a recording belongs. Raises KeyError if it is not of this world."""
        return self._placements[recording_mbid]

    def offers(self, recording_mbid: str) -> tuple[Offer, ...]:
        """Every upload for a recording, the best first. Raises KeyError as above."""
        return self._book.by_recording[recording_mbid]

    def replace_offers(self, recording_mbid: str, offers: tuple[Offer, ...]) -> None:
        """Let these be the only uploads for a recording. Raises KeyError as above."""
        self._book.replace(recording_mbid, offers)

    def is_right(self, recording_mbid: str, offer_id: str) -> bool:
        """Whether an upload is that recording: the best one, or the same music with lyrics."""
        offer = self._book.by_id[offer_id]
        return offer.recording_mbid == recording_mbid and offer.kind in RIGHT_KINDS

    def link(self, address: str, *entities: tuple[str, str]) -> None:
        """Let an address of another service be linked to entities, each a kind and an MBID."""
        with self._catalogue.lock:
            self._catalogue.store.addresses[address] = list(entities)

    def publish(self, release: Release) -> None:
        """Let a release come out while the world runs, with uploads of all its recordings.

        If the catalogue has a release of this MBID, the new one replaces it, such as with a changed
        tracklist. A :class:`~shanty.demo.pressing.Press` makes releases from words.
        """
        for placement in list_placements(release):
            self._placements.setdefault(placement.recording.mbid, placement)
            self._book.add(placement)
        self._coverart.add(release)
        with self._catalogue.lock:
            self._catalogue.store.publish(release)

    def merge(self, kind: str, old_mbid: str, new_mbid: str) -> None:
        """Merge an entity (``artist``, ``release-group`` …) into another of its kind.

        Raises:
            KeyError: the new entity does not exist, or the old one is an artist with credits.
        """
        with self._catalogue.lock:
            self._catalogue.store.merge(kind, old_mbid, new_mbid)

    def remove(self, kind: str, mbid: str) -> None:
        """Delete an entity from the catalogue. A release group takes its releases with it."""
        with self._catalogue.lock:
            self._catalogue.store.remove(kind, mbid)

    def settings_environment(self) -> dict[str, str]:
        """The environment that points Shanty, and yt-dlp below it, at this world."""
        return settings_environment(self.base_url)

    @contextmanager
    def activated(self) -> Iterator[None]:
        """Point this process and its yt-dlp at the world until the block ends."""
        before, plugin_dir = dict(os.environ), str(ytdlp_plugin_dir())
        os.environ.update(self.settings_environment())
        sys.path.insert(0, plugin_dir)
        importlib.invalidate_caches()
        find_new_plugins()
        site_of_prefix.cache_clear()
        try:
            yield
        finally:
            sys.path.remove(plugin_dir)
            os.environ.clear()
            os.environ.update(before)

    def _answer(self, request: Request) -> Answer:
        path = request.path
        if path == "/counts":
            if request.method == "DELETE":
                self.requests.reset()
            return json_answer(self.requests.as_dict())
        if path == "/faults":
            return self._answer_faults(request)
        if path.startswith(IMAGE_PREFIX):
            return self._coverart.answer_image(request)
        service, identifier = _identify(request)
        if service is None:
            return Answer(404, b"Not Found\n")
        self.requests.add(service, identifier)
        cookies = request.headers.get("cookie", "")
        fault = self.faults.take(service, self._names(service, identifier), cookies)
        if fault is not None and fault.is_refusal:
            return refusal_answer(fault, service)
        if fault is not None and fault.kind is FaultKind.HANG:
            return Answer(503, silent_seconds=HANG_SECONDS)
        if service is Service.CATALOGUE:
            return self._catalogue.answer(request)
        if service is Service.COVERART:
            return self._coverart.answer(request)
        if service is Service.LYRICS:
            return self.lyrics.answer(request, fault)
        if service is Service.SEARCH:
            return self._origin.answer_search(request, fault)
        if service is Service.MUSIC:
            return answer_search(self._book, request, fault)
        if service is Service.WATCH:
            return self._origin.answer_watch(request, fault)
        return self._origin.answer_media(request, fault)

    def _names(self, service: Service, identifier: str) -> set[str]:
        """All names by which a fault may target this request."""
        names = {str(service), identifier, *identifier.split("/")}
        if service in ORIGIN_SERVICES:
            names.add(ORIGIN)
        offer = self._book.by_id.get(identifier)
        return names | {offer.recording_mbid} if offer is not None else names

    def _answer_faults(self, request: Request) -> Answer:
        """GET lists the faults, POST switches one on, DELETE switches all off."""
        if request.method == "POST":
            try:
                self.faults.set(**json.loads(request.body))
            except (ValueError, TypeError) as error:
                return json_answer({"error": str(error)}, 400)
        elif request.method == "DELETE":
            self.faults.clear()
        return json_answer(self.faults.as_list())


def settings_environment(base_url: str) -> dict[str, str]:
    """The environment that points Shanty, and yt-dlp below it, at a world on ``base_url``."""
    inherited = os.environ.get("PYTHONPATH", "")
    no_proxy = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    # Behind a proxy, requests to our own loopback port must not be sent to it.
    no_proxy = ",".join(filter(None, [no_proxy, "127.0.0.1", "localhost"]))
    return {
        "SHANTY_MUSICBRAINZ__URL": base_url,
        "SHANTY_MUSICBRAINZ__RATE": "1000",
        "SHANTY_MUSICBRAINZ__CONTACT": "demo@localhost",
        "SHANTY_COVERART__URL": base_url,
        "SHANTY_LYRICS__URL": base_url,
        "SHANTY_LYRICS__RATE": "1000",
        "SHANTY_DOWNLOAD__SEARCH": json.dumps([SEARCH_PREFIX]),
        "SHANTY_YTMUSIC__URL": base_url,
        "SHANTY_DOWNLOAD__INTERVAL": "0s",
        "SHANTY_DOWNLOAD__REQUEST_INTERVAL": "0s",
        "SHANTY_DEMO_ORIGIN": base_url,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ytdlp_plugin_dir()), inherited])),
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def _identify(request: Request) -> tuple[Service | None, str]:
    """Which service a request is for, and the id it is counted under."""
    path = request.path
    if path.startswith(PREFIX):
        kind, _, mbid = path.removeprefix(PREFIX).strip("/").partition("/")
        by = ("artist", "release-group", "release", "recording")
        linked = next(
            (f"?{name}={request.query[name]}" for name in by if name in request.query), ""
        )
        search = f"?query={request.query['query']}" if "query" in request.query else linked
        return Service.CATALOGUE, f"{kind}/{mbid}" if mbid else kind + search
    if path.startswith(("/release/", "/release-group/")):
        return Service.COVERART, "/".join(path.split("/")[1:3])
    if path.startswith("/media/"):
        return Service.MEDIA, media_id(path)
    if path == LYRICS_PATH:
        return Service.LYRICS, request.query.get("track_name", "")
    if path == SEARCH_PATH:
        return Service.MUSIC, read_query(request)[0]
    if path == "/search":
        return Service.SEARCH, request.query.get("q", "")
    if path == "/watch":
        return Service.WATCH, request.query.get("v", "")
    return None, ""
