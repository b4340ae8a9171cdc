"""Catalogue values as WS/2 XML elements. ``inc`` chooses what is shown, as at MusicBrainz.

Owns the shape of the entities. Source of the rules:
https://musicbrainz.org/doc/MusicBrainz_API and the mmd-2.0 schema. Three rules surprise:

- a track shows its title only if it differs from the recording's, and a name-credit shows its name
  only if it differs from the artist's;
- an entity in a list inside another one (``is_top`` False) shows less than one that was asked for;
- a medium that is shown for one recording lists that recording's track only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from shanty.demo.pressing import make_mbid
from shanty.music.entities import (
    Artist,
    ArtistCredit,
    LabelInfo,
    Medium,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)

CONTENT_TYPE = "application/xml; charset=utf-8"
_SHOWN_AS_TYPE = ("Compilation", "Remix", "Soundtrack", "Live", "Spokenword", "Interview")


def render_document(*children: Element) -> bytes:
    """A whole answer."""
    root = Element(
        "metadata",
        {
            "xmlns": "http://musicbrainz.org/ns/mmd-2.0#",
            "xmlns:ns2": "http://musicbrainz.org/ns/ext#-2.0",
        },
    )
    root.extend(children)
    return _to_bytes(root)


def render_error(message: str) -> bytes:
    """The body of an error answer."""
    root = Element("error")
    _text(root, "text", message)
    _text(root, "text", "For usage, please see: https://musicbrainz.org/development/mmd")
    return _to_bytes(root)


def build_list(name: str, items: Iterable[Element], count: int, offset: int = 0) -> Element:
    """``<name-list>``; ``count`` is how many items there are in all, not how many are shown."""
    element = Element(f"{name}-list", {"count": str(count)})
    if offset:
        element.set("offset", str(offset))
    element.extend(items)
    return element


def build_url(address: str, linked: Iterable[tuple[str, Element, str]]) -> Element:
    """An address of another service, with what it is linked to: kind, element and MBID of each."""
    element = Element("url", {"id": make_mbid("url", address)})
    _text(element, "resource", address)
    for kind, entity, mbid in linked:
        relations = SubElement(element, "relation-list", {"target-type": kind.replace("-", "_")})
        relation = SubElement(relations, "relation", {"type": "streaming"})
        _text(relation, "target", mbid)
        _text(relation, "direction", "backward")
        relation.append(entity)
    return element


def build_artist(artist: Artist, is_top: bool = False) -> Element:
    """An artist without the lists that can be included."""
    element = Element("artist", {"id": artist.mbid})
    if artist.type:
        element.set("type", artist.type)
    _text(element, "name", artist.name)
    _text(element, "sort-name", artist.sort_name)
    if artist.disambiguation:
        _text(element, "disambiguation", artist.disambiguation)
    if artist.country:
        _text(element, "country", artist.country)
    if is_top and artist.area:
        area = SubElement(element, "area", {"id": make_mbid("area", artist.area)})
        _text(area, "name", artist.area)
        _text(area, "sort-name", artist.area)
    if is_top and artist.begin_date:
        life_span = SubElement(element, "life-span")
        _text(life_span, "begin", artist.begin_date)
        if artist.end_date:
            _text(life_span, "end", artist.end_date)
            _text(life_span, "ended", "true")
    return element


def build_credit(credit: ArtistCredit) -> Element:
    """``<artist-credit>``."""
    element = Element("artist-credit")
    for part in credit.parts:
        name_credit = SubElement(element, "name-credit")
        if part.join_phrase:
            name_credit.set("joinphrase", part.join_phrase)
        if part.name != part.artist.name:
            _text(name_credit, "name", part.name)
        name_credit.append(build_artist(part.artist))
    return element


def build_release_group(group: ReleaseGroup, inc: frozenset[str], is_top: bool = False) -> Element:
    """A release group without its releases."""
    element = Element("release-group", {"id": group.mbid})
    secondary = [kind for kind in _SHOWN_AS_TYPE if kind in group.secondary_types]
    element.set("type", secondary[0] if secondary else group.primary_type)
    _text(element, "title", group.title)
    if group.disambiguation:
        _text(element, "disambiguation", group.disambiguation)
    _text(element, "first-release-date", group.first_release_date)
    _text(element, "primary-type", group.primary_type)
    if group.secondary_types:
        kinds = SubElement(element, "secondary-type-list")
        for kind in group.secondary_types:
            _text(kinds, "secondary-type", kind)
    if "artist-credits" in inc or (is_top and "artists" in inc):
        element.append(build_credit(group.artist_credit))
    return element


def build_recording(
    recording: Recording, inc: frozenset[str], is_top: bool = False, first_date: str = ""
) -> Element:
    """A recording without its releases."""
    element = Element("recording", {"id": recording.mbid})
    _text(element, "title", recording.title)
    if recording.length_ms:
        _text(element, "length", str(recording.length_ms))
    if recording.disambiguation:
        _text(element, "disambiguation", recording.disambiguation)
    if recording.is_video:
        _text(element, "video", "true")
    if first_date:
        _text(element, "first-release-date", first_date)
    if "artist-credits" in inc or (is_top and "artists" in inc):
        element.append(build_credit(recording.artist_credit))
    if "isrcs" in inc and recording.isrcs:
        isrcs = SubElement(element, "isrc-list", {"count": str(len(recording.isrcs))})
        for isrc in recording.isrcs:
            SubElement(isrcs, "isrc", {"id": isrc})
    return element


def build_release(
    release: Release,
    inc: frozenset[str],
    is_top: bool = False,
    only_recording_mbid: str = "",
    data_tracks: Collection[str] = frozenset(),
) -> Element:
    """A release. ``only_recording_mbid`` shows just the media and tracks of that recording.

    ``data_tracks`` are the MBIDs of tracks that are shown in the data part of their disc.
    """
    element = Element("release", {"id": release.mbid})
    _text(element, "title", release.title)
    _text(element, "status", release.status)
    _text(element, "quality", "normal")
    if release.disambiguation:
        _text(element, "disambiguation", release.disambiguation)
    if release.script:
        _text(SubElement(element, "text-representation"), "script", release.script)
    if "artist-credits" in inc or (is_top and "artists" in inc):
        element.append(build_credit(release.artist_credit))
    if "release-groups" in inc:
        element.append(build_release_group(release.release_group, inc))
    if release.date:
        _text(element, "date", release.date)
    if release.country:
        _text(element, "country", release.country)
    if release.date or release.country:
        events = SubElement(element, "release-event-list", {"count": "1"})
        _text(SubElement(events, "release-event"), "date", release.date)
    if release.barcode is not None:
        _text(element, "barcode", release.barcode)
    if release.asin:
        _text(element, "asin", release.asin)
    if is_top and "labels" in inc:
        element.append(_build_label_info(release))
    if inc & {"media", "recordings", "discids"}:
        element.append(_build_media(release.media, inc, only_recording_mbid, data_tracks))
    return element


def _build_label_info(release: Release) -> Element:
    all_infos = release.label_infos or (LabelInfo(release.label, release.catalog_number),)
    element = Element("label-info-list", {"count": str(len(all_infos))})
    for info in all_infos:
        child = SubElement(element, "label-info")
        if info.catalog_number:
            _text(child, "catalog-number", info.catalog_number)
        if info.label:
            label = SubElement(child, "label", {"id": make_mbid("label", info.label)})
            _text(label, "name", info.label)
            _text(label, "sort-name", info.label)
    return element


def _build_media(
    media: Sequence[Medium], inc: frozenset[str], only: str, data_tracks: Collection[str]
) -> Element:
    shown = [
        (medium, [track for track in medium.tracks if not only or track.recording.mbid == only])
        for medium in media
    ]
    if only:
        shown = [(medium, tracks) for medium, tracks in shown if tracks]
    element = Element("medium-list", {"count": str(len(shown))})
    for medium, tracks in shown:
        child = SubElement(element, "medium")
        if medium.title:
            _text(child, "title", medium.title)
        _text(child, "position", str(medium.position))
        _text(child, "format", medium.format)
        own = [track for track in medium.tracks if track.mbid in data_tracks]
        audible = _build_track_list(medium.track_count - len(own))
        data = _build_track_list(len(own), "data-track-list")
        if only or "recordings" in inc:
            offset = max(tracks[0].position - 1, 0) if only else 0
            audible.set("offset", str(offset))
            for track in tracks:
                if track.position == 0:  # no list holds or counts the pregap track
                    child.append(_build_track(track, inc, only, "pregap"))
                else:
                    (data if track in own else audible).append(_build_track(track, inc, only))
        child.extend([audible, data] if own else [audible])
    return element


def _build_track_list(count: int, name: str = "track-list") -> Element:
    return Element(name, {"count": str(count)})


def _build_track(track: Track, inc: frozenset[str], only: str, name: str = "track") -> Element:
    """A track. Inside its own recording (``only``), it shows its title and not the recording."""
    element = Element(name, {"id": track.mbid})
    _text(element, "position", str(track.position))
    _text(element, "number", track.number)
    if only or track.title != track.recording.title:
        _text(element, "title", track.title)
    if track.length_ms:
        _text(element, "length", str(track.length_ms))
    if only:
        return element
    if "artist-credits" in inc and track.artist_credit != track.recording.artist_credit:
        element.append(build_credit(track.artist_credit))
    element.append(build_recording(track.recording, inc))
    return element


def _to_bytes(root: Element) -> bytes:
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
