"""What the audio origin offers: for each recording, the right upload and some wrong ones.

Owns titles, channels, lengths and identifiers as a video site's users would write them, and the
ranking of a search. Refuses to know how uploads are served and rendered.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shanty.demo.catalogue_search import split_words
from shanty.demo.discography import Discography
from shanty.music.entities import Placement, Recording

CONTAINERS = ("webm", "m4a", "mp3", "ogg", "flac")


class OfferKind(StrEnum):
    """What an upload is. Only the first two are the recording that was asked for."""

    RIGHT = "right"
    LYRICS = "lyrics"
    LIVE = "live"
    COVER = "cover"
    SPED_UP = "sped_up"
    VIDEO = "video"


RIGHT_KINDS = {OfferKind.RIGHT, OfferKind.LYRICS}


@dataclass(frozen=True, slots=True)
class Offer:
    """One upload. Only auto-generated Topic uploads have ``track``, ``artists`` and ``album``.

    ``sound`` seeds what the upload sounds like: uploads of the same performance share it.
    """

    id: str
    kind: OfferKind
    recording_mbid: str
    title: str
    channel: str
    duration_seconds: float
    view_count: int
    container: str
    sound: str
    track: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    release_year: int | None = None

    @property
    def file_name(self) -> str:
        """The name of the media file, as in its URL."""
        return f"{self.id}.{self.container}"


def hash_number(*words: object) -> int:
    """A number that depends on nothing but the words (unlike ``hash``, which differs per run)."""
    digest = hashlib.sha256("\x1f".join(map(str, words)).encode()).digest()
    return int.from_bytes(digest[:6], "big")


class OfferBook:
    """All uploads of one world, found by id, by recording and by search."""

    def __init__(self, *discographies: Discography) -> None:
        self.by_id: dict[str, Offer] = {}
        self.by_recording: dict[str, tuple[Offer, ...]] = {}
        self._by_word: dict[str, dict[str, int]] = {}
        self._by_isrc: dict[str, str] = {}
        self._title_words: dict[str, int] = {}
        for discography in discographies:
            for placement in discography.placements:
                self.add(placement)

    def add(self, placement: Placement) -> None:
        """Add uploads of a recording, unless there are some already."""
        mbid = placement.recording.mbid
        if mbid in self.by_recording:
            return
        offers = _build_offers(placement, CONTAINERS[len(self.by_recording) % len(CONTAINERS)])
        self.by_id.update((offer.id, offer) for offer in offers)
        self._title_words[mbid] = len(split_words(placement.recording.title))
        self.by_recording[mbid] = offers
        self._by_isrc.update(dict.fromkeys(placement.recording.isrcs, mbid))
        for text, weight in _searchable(placement):
            for word in split_words(text):
                # The old mapping is replaced, not changed: a search may be reading it.
                weights = self._by_word.get(word, {})
                self._by_word[word] = {**weights, mbid: max(weights.get(mbid, 0), weight)}

    def replace(self, recording_mbid: str, offers: tuple[Offer, ...]) -> None:
        """Let these be a recording's uploads from now on, the right one first.

        Raises:
            KeyError: the recording has no uploads yet.
        """
        for offer in self.by_recording[recording_mbid]:
            del self.by_id[offer.id]
        self.by_id.update((offer.id, offer) for offer in offers)
        self.by_recording[recording_mbid] = offers

    @property
    def truth(self) -> Mapping[str, str]:
        """The id of the best upload for each recording."""
        return {mbid: offers[0].id for mbid, offers in self.by_recording.items()}

    def search_by_isrc(self, query: str) -> list[Offer]:
        """The label's own uploads of the recording that has this ISRC."""
        offers = self.by_recording.get(self._by_isrc.get(query.strip(), ""), ())
        return [offer for offer in offers if offer.track]

    def search(self, query: str, limit: int) -> list[Offer]:
        """The uploads that answer a query, at most ``limit``, in a fixed but mixed order.

        First come all uploads of the recording that fits best, then the right upload of each that
        fits next. The right one is among the first three, and often not the first.
        """
        hits = Counter[str]()
        for word in split_words(query):
            hits.update(self._by_word.get(word, {}))
        # Among equals, the shorter title comes first: a song before its own remix.
        offered = [mbid for mbid in hits if self.by_recording[mbid]]
        ranked = sorted(offered, key=lambda mbid: (-hits[mbid], self._title_words[mbid], mbid))
        if not ranked:
            return []
        best, *others = ranked[: limit + 1]
        right, *wrong = self.by_recording[best]
        found = sorted(wrong, key=lambda offer: hash_number("rank", offer.id))
        found.insert(hash_number("rank of right", best) % 3, right)
        found += [self.by_recording[mbid][0] for mbid in others]
        return found[:limit]


def _searchable(placement: Placement) -> tuple[tuple[str, int], ...]:
    """The texts in which a query's words are looked for, and how much a hit in each weighs."""
    credit = placement.recording.artist_credit.name
    return (placement.recording.title, 3), (credit, 2), (placement.release.title, 1)


def _name(recording: Recording) -> str:
    """The title, with the recording's disambiguation if it has one."""
    return f"{recording.title} ({recording.disambiguation})".removesuffix(" ()")


def _label(recording: Recording) -> str:
    return f"{recording.artist_credit.name} - {_name(recording)}"


def _build_offers(placement: Placement, container: str) -> tuple[Offer, ...]:
    recording = placement.recording
    seconds = (recording.length_ms or 0) / 1000
    artist = recording.artist_credit.parts[0].artist.name
    label = _label(recording)
    # kind, title, channel, length, share of the right upload's views
    wrong = (
        (OfferKind.LYRICS, f"{label} (Lyrics)", "LyricLane", seconds + 0.4, 0.4),
        (OfferKind.LIVE, f"{label} (Live at Kvarteret, 2023)", artist, seconds * 1.2 + 11, 0.3),
        (OfferKind.COVER, f"{label} (Acoustic Cover by Ida)", "Ida Sings", seconds + 1.5, 0.1),
        (OfferKind.SPED_UP, f"{label} (sped up)", "nightcore.fm", seconds * 0.78, 0.9),
        (OfferKind.VIDEO, f"{label} (Official Video)", artist, seconds + 23, 2.5),
    )
    views = 20_000 + hash_number("views", recording.mbid) % 4_000_000
    right = _build_right(placement, seconds, views, container)
    return right, *(
        Offer(
            id=_make_id(kind, recording.mbid),
            kind=kind,
            recording_mbid=recording.mbid,
            title=title,
            channel=channel,
            duration_seconds=round(length, 3),
            view_count=int(views * share),
            container=CONTAINERS[hash_number(kind, recording.mbid) % len(CONTAINERS)],
            sound=recording.mbid if kind in RIGHT_KINDS else f"{kind} {recording.mbid}",
        )
        for kind, title, channel, length, share in wrong
    )


def _build_right(placement: Placement, seconds: float, views: int, container: str) -> Offer:
    """The right upload: auto-generated (bare title, "Topic" channel) or the artist's own."""
    recording = placement.recording
    artist = recording.artist_credit.parts[0].artist.name
    is_topic = hash_number("topic", recording.mbid) % 2 == 0
    return Offer(
        id=_make_id(OfferKind.RIGHT, recording.mbid),
        kind=OfferKind.RIGHT,
        recording_mbid=recording.mbid,
        title=_name(recording) if is_topic else f"{_label(recording)} (Official Audio)",
        channel=f"{artist} - Topic" if is_topic else artist,
        duration_seconds=seconds,
        view_count=views,
        container=container,
        sound=recording.mbid,
        track=_name(recording) if is_topic else "",
        artists=recording.artist_credit.names if is_topic else (),
        album=placement.release.title if is_topic else "",
        release_year=int(placement.release.date[:4] or 0) or None if is_topic else None,
    )


def _make_id(kind: OfferKind, recording_mbid: str) -> str:
    """Eleven characters in the style of the best-known video site, also ``-`` and ``_``."""
    digest = hashlib.sha256(f"{kind} {recording_mbid}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:11]
