"""A WS/2-compatible catalogue of made-up values, and one that replays recorded answers.

Owns lookup, browse, search, paging and the error bodies, compatible with musicbrainzngs 0.7.1.
Source: https://musicbrainz.org/doc/MusicBrainz_API. Refuses to know HTTP beyond Request and Answer.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree.ElementTree import Element

from shanty.demo import catalogue_xml as xml
from shanty.demo.answers import Answer, Request
from shanty.demo.catalogue_search import parse_query, score_fields
from shanty.demo.catalogue_store import CatalogueStore
from shanty.demo.discography import Discography
from shanty.music.entities import (
    MBID_PATTERN,
    Artist,
    ArtistCredit,
    Recording,
    Release,
    ReleaseGroup,
)

PREFIX = "/ws/2/"
_COMMON_INC = {"aliases", "annotation", "tags", "ratings", "genres", "discids", "media"}
_INC = {
    "artist": {"recordings", "releases", "release-groups", "works", "various-artists", "isrcs"},
    "release-group": {"artists", "releases", "artist-credits"},
    "recording": {"artists", "releases", "release-groups", "artist-credits", "isrcs"},
    "release": {"artists", "labels", "recordings", "release-groups", "artist-credits", "isrcs"},
}
_LISTED_IN_A_LOOKUP = 25
_DEFAULT_LIMIT, _MAX_LIMIT = 25, 100
Entity = Artist | ReleaseGroup | Release | Recording


class CatalogueError(Exception):
    """A request that is answered with an error body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class MergedError(Exception):
    """The entity that was asked for has another MBID now."""

    def __init__(self, mbid: str) -> None:
        super().__init__(mbid)
        self.mbid = mbid


class Catalogue:
    """Answers WS/2 requests from ``store``. Whoever changes the store must hold ``lock``."""

    def __init__(self, *discographies: Discography) -> None:
        self.store = CatalogueStore(*discographies)
        self.lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """The answer to ``/ws/2/…``: XML, an error body with 400 or 404, or 301 after a merge."""
        try:
            with self.lock:
                body = xml.render_document(self._resolve(request))
        except MergedError as merged:
            kind = request.path.removeprefix(PREFIX).partition("/")[0]
            location = f"{PREFIX}{kind}/{merged.mbid}?{urlencode(request.query)}"
            return Answer(301, content_type=xml.CONTENT_TYPE, headers={"Location": location})
        except CatalogueError as error:
            return Answer(error.status, xml.render_error(str(error)), xml.CONTENT_TYPE)
        return Answer(200, body, xml.CONTENT_TYPE)

    def _resolve(self, request: Request) -> Element:
        kind, _, mbid = request.path.removeprefix(PREFIX).strip("/").partition("/")
        if kind == "url" and not mbid:
            return self._look_up_address(request.query.get("resource", ""))
        if kind not in self.store.kinds:
            raise CatalogueError(404, "Not Found")
        inc = frozenset(re.split(r"[ +]+", request.query.get("inc", ""))) - {""}
        for name in sorted(inc - _INC[kind] - _COMMON_INC):
            if not name.endswith("-rels"):
                raise CatalogueError(
                    400, f"{name} is not a valid inc parameter for the {kind} resource."
                )
        if mbid:
            return self._look_up(kind, mbid, inc)
        if "query" in request.query:
            return self._search(kind, request.query)
        return self._browse(kind, inc, request.query)

    def _find(self, kind: str, mbid: str) -> Any:
        if not MBID_PATTERN.fullmatch(mbid.lower()):
            raise CatalogueError(400, "Invalid mbid.")
        mbid = mbid.lower()
        if new_mbid := self.store.merged.get((kind, mbid)):
            raise MergedError(new_mbid)
        entity = self.store.find(kind, mbid)
        if entity is None:
            raise CatalogueError(404, "Not Found")
        return entity

    def _look_up_address(self, address: str) -> Element:
        links = self.store.addresses.get(address)
        if links is None:
            raise CatalogueError(404, "Not Found")
        entities = [(kind, self._build(kind, self._find(kind, mbid), frozenset()), mbid)
                    for kind, mbid in links]  # fmt: skip
        return xml.build_url(address, entities)

    def _look_up(self, kind: str, mbid: str, inc: frozenset[str]) -> Element:
        entity = self._find(kind, mbid)
        element = self._build(kind, entity, inc, is_top=True)
        included = {"artist": ("recording", "release", "release-group")}.get(kind, ("release",))
        if kind == "release":
            return element
        for name in included:
            if f"{name}s" not in inc:
                continue
            items = self.store.linked(name, kind, entity.mbid)
            shown = (
                self._build(
                    name, item, inc - {"releases"}, only=mbid if kind == "recording" else ""
                )
                for item in items[:_LISTED_IN_A_LOOKUP]
            )
            element.append(xml.build_list(name, shown, len(items)))
        return element

    def _browse(self, kind: str, inc: frozenset[str], query: Mapping[str, str]) -> Element:
        by = next((name for name in self.store.kinds if name in query and name != kind), None)
        if by is None:
            raise CatalogueError(400, f"A linked entity or a query is needed for {kind}.")
        try:
            mbid = self._find(by, query[by]).mbid
        except MergedError as merged:  # only a lookup of the entity itself is redirected
            mbid = merged.mbid
        items = [item for item in self.store.linked(kind, by, mbid) if _is_asked(item, query)]
        limit, offset = _paging(query)
        shown = [self._build(kind, item, inc, True) for item in items[offset : offset + limit]]
        return xml.build_list(kind, shown, len(items), offset)

    def _search(self, kind: str, query: Mapping[str, str]) -> Element:
        clauses, is_strict = parse_query(query["query"])
        if not clauses:
            raise CatalogueError(400, "Missing or invalid query.")
        scored = [
            (score, item)
            for item in self.store.all_of(kind)
            if (score := score_fields(clauses, is_strict, self._fields(item)))
        ]
        scored.sort(key=lambda pair: -pair[0])
        best = scored[0][0] if scored else 100
        limit, offset = _paging(query)
        inc = frozenset({"artist-credits", "release-groups", "isrcs", "media", "labels"})
        shown = []
        for score, item in scored[offset : offset + limit]:
            element = self._build(kind, item, inc, is_top=True)
            # The server scales the best result to 100.
            element.set("ns2:score", str(round(100 * score / best)))
            if kind in ("recording", "release-group"):
                releases = self.store.linked("release", kind, item.mbid)
                only = item.mbid if kind == "recording" else ""
                nested = [self._build("release", entry, inc, only=only) for entry in releases]
                element.append(xml.build_list("release", nested, len(nested)))
            shown.append(element)
        return xml.build_list(kind, shown, len(scored), offset)

    def _build(
        self, kind: str, entity: Any, inc: frozenset[str], is_top: bool = False, only: str = ""
    ) -> Element:
        builders: dict[str, Callable[[], Element]] = {
            "artist": lambda: xml.build_artist(entity, is_top),
            "release-group": lambda: xml.build_release_group(entity, inc, is_top),
            "release": lambda: xml.build_release(
                entity, inc, is_top, only if "media" in inc else "", self.store.data_tracks
            ),
            "recording": lambda: xml.build_recording(
                entity, inc, is_top, self.store.first_date(entity.mbid)
            ),
        }
        return builders[kind]()

    def _fields(self, entity: Entity) -> dict[str, str]:
        """The search fields of an entity; the first is its own name."""
        match entity:
            case Artist():
                return {
                    "artist": entity.name,
                    "sortname": entity.sort_name,
                    "arid": entity.mbid,
                    "comment": entity.disambiguation,
                    "type": entity.type,
                    "country": entity.country,
                    "area": entity.area,
                    "begin": entity.begin_date,
                }
            case ReleaseGroup():
                own = {"releasegroup": entity.title, "rgid": entity.mbid}
                own |= {"release": entity.title, "primarytype": entity.primary_type}
                own |= {"comment": entity.disambiguation}
                own["type"] = " ".join((entity.primary_type, *entity.secondary_types))
            case Release():
                own = {"release": entity.title, "reid": entity.mbid, "label": entity.label}
                own |= {"rgid": entity.release_group.mbid, "date": entity.date}
                own |= {"status": entity.status, "country": entity.country}
                own |= {"barcode": entity.barcode or "", "catno": entity.catalog_number}
            case Recording():
                releases = self.store.linked("release", "recording", entity.mbid)
                own = {"recording": entity.title, "rid": entity.mbid}
                own |= {"isrc": " ".join(entity.isrcs), "dur": str(entity.length_ms)}
                own["release"] = " ".join(release.title for release in releases)
                own["reid"] = " ".join(release.mbid for release in releases)
        return own | _credit_fields(entity.artist_credit)


def _credit_fields(credit: ArtistCredit) -> dict[str, str]:
    names = " ".join(part.artist.name for part in credit.parts)
    return {
        "artist": f"{credit.name} {names}",
        "artistname": names,
        "creditname": credit.name,
        "arid": " ".join(credit.artist_mbids),
    }


def _is_asked(entity: Entity, query: Mapping[str, str]) -> bool:
    """Whether an entity passes the filters ``type`` and ``status`` of a browse request."""
    types = {name for name in query.get("type", "").lower().split("|") if name}
    statuses = {name for name in query.get("status", "").lower().split("|") if name}
    group = entity.release_group if isinstance(entity, Release) else entity
    if types and isinstance(group, ReleaseGroup):
        own = {group.primary_type.lower(), *map(str.lower, group.secondary_types)}
        if not own & types:
            return False
    return not (statuses and isinstance(entity, Release) and entity.status.lower() not in statuses)


def _paging(query: Mapping[str, str]) -> tuple[int, int]:
    try:
        limit, offset = int(query.get("limit") or _DEFAULT_LIMIT), int(query.get("offset") or 0)
    except ValueError:
        raise CatalogueError(400, "limit and offset must be numbers.") from None
    return max(1, min(limit, _MAX_LIMIT)), max(0, offset)


class ReplayCatalogue:
    """Answers requests with recorded bodies, byte for byte, or with 404 if none was recorded.

    ``responses`` maps a request (``/ws/2/release/MBID?inc=media+recordings``) to its body. As on
    the server, neither the order of parameters nor the order within ``inc`` matters.
    """

    def __init__(self, responses: Mapping[str, bytes]) -> None:
        self._bodies = {}
        for request, body in responses.items():
            parts = urlsplit(request)
            query = parse_qsl(parts.query, keep_blank_values=True)
            self._bodies[_request_key(parts.path, query)] = body

    def answer(self, request: Request) -> Answer:
        """The recorded body of a request."""
        body = self._bodies.get(_request_key(request.path, request.query.items()))
        if body is None:
            return Answer(404, xml.render_error("Not Found"), xml.CONTENT_TYPE)
        return Answer(200, body, xml.CONTENT_TYPE)


def _request_key(path: str, query: Iterable[tuple[str, str]]) -> tuple[str, frozenset[object]]:
    parameters: set[object] = set()
    for name, value in query:
        if name == "inc":
            parameters.add((name, frozenset(re.split(r"[ +]+", value)) - {""}))
        else:
            parameters.add((name, value))
    return path.rstrip("/"), frozenset(parameters - {("inc", frozenset())})
