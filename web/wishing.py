"""Wishes made on a page: found by a name or an address, stored at once, expanded behind it.

What a rule means takes requests, of which MusicBrainz allows one a second. So the rule is stored
while the person waits, and one thread at a time asks for the rest. If the process ends before, the
monitor goes on there.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.db import Database
from shanty.diagnosis.prospect import Prospect, estimate
from shanty.errors import NotFoundError, ShantyError
from shanty.models import TrackStatus, WatchRule
from shanty.music.entities import Artist
from shanty.providers.musicbrainz import MusicBrainz
from shanty.providers.musicbrainz_values import Hit
from shanty.sources.opening import open_musicbrainz
from shanty.watching.absence import describe_absence
from shanty.watching.addresses import is_address
from shanty.watching.exclusion import exclude
from shanty.watching.expansion import Expansion
from shanty.watching.find import (
    Choice,
    Found,
    album_choice,
    artist_choice,
    read_reference,
    resolve_address,
    resolve_other_kind,
    search,
    track_choice,
)
from shanty.watching.preview import PreviewedAlbum, preview_artist, preview_known
from shanty.watching.watch import (
    Change,
    Wish,
    edit_rule,
    watch_album,
    watch_artist,
    watch_recording,
)
from shanty.workqueue import WorkQueue

logger = logging.getLogger(__name__)

MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be wished for, and the rule for it if there is one.

    ``release_key`` is the album of the library that it is, or is on; ``""`` if there is none.
    """

    choice: Choice
    rule: WatchRule | None
    release_key: str = ""


@dataclass(frozen=True, slots=True)
class LineOffer:
    """What a line of a list may mean best; or None, and why nothing was found."""

    line: str
    offer: Offer | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What wishing for an artist would mean, album by album, and what it would cost.

    ``rule`` is the wish that there is already, or None. ``absence`` says what the artist has
    instead, if nothing is meant.
    """

    artist: Artist
    rule: WatchRule | None
    albums: list[PreviewedAlbum]
    prospect: Prospect
    absence: str


class Wishing:
    """Finds and adds what a person asks for, with the budget of all processes."""

    def __init__(self, settings: Settings, database: Database, catalog: Catalog, work: WorkQueue):
        self._settings = settings
        self._database = database
        self._catalog = catalog
        self._work = work
        self._to_expand: queue.SimpleQueue[tuple[Expansion, int]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def find(self, kind: str, text: str) -> tuple[list[Offer], int]:
        """What a text may mean, best first, and how many there are in all. One request, or few.

        Raises:
            ShantyError: it is the address of something else, or MusicBrainz cannot be asked.
        """
        musicbrainz = open_musicbrainz(self._settings, self._database)
        mbid = read_reference(text, kind)
        if mbid is None and is_address(text):
            mbid = resolve_address(text, kind, musicbrainz)
        if mbid is None:
            found = search(kind, text, musicbrainz, limit=25)
        else:
            found = Found((self._named(kind, mbid, musicbrainz),), 1)
        return [self._offer(choice) for choice in found.choices], found.total

    def find_lines(self, kind: str, text: str) -> list[LineOffer]:
        """What each line of a text may mean. A request for each, and few more.

        Raises:
            ShantyError: there are more than :data:`MOST_LINES`.
        """
        lines = list(dict.fromkeys(filter(None, map(str.strip, text.splitlines()))))
        if len(lines) > MOST_LINES:
            raise ShantyError(
                f"that is a list of {len(lines)}: look up {MOST_LINES} at a time, because "
                "MusicBrainz takes one request a second"
            )
        return [self._find_line(kind, line) for line in lines]

    def _find_line(self, kind: str, line: str) -> LineOffer:
        try:
            offers, _ = self.find(kind, line)
        except ShantyError as error:
            return LineOffer(line, None, str(error))
        if not offers:
            return LineOffer(line, None, "MusicBrainz knows nothing like this")
        return LineOffer(line, offers[0])

    def preview(self, mbid: str, wish: Wish) -> Sheet:
        """What wishing for an artist would mean. A request for each hundred of their releases.

        Raises:
            ShantyError: there is no such artist, or MusicBrainz cannot be asked.
        """
        expansion = self._expansion()
        artist = self._artist(mbid, expansion.musicbrainz)
        albums = preview_artist(artist, wish, expansion, most_requests=0)
        return Sheet(
            artist,
            self._catalog.rules.find("artist", artist.mbid),
            albums,
            estimate(albums, self._settings, self._database, self._work),
            "; ".join(note for note in expansion.notes if note),
        )

    def estimate(self, group_mbids: Iterable[str]) -> Prospect:
        """What these albums would cost, as far as it is known. Asks nobody."""
        albums = preview_known(group_mbids, self._expansion())
        return estimate(albums, self._settings, self._database, self._work)

    def add(self, kind: str, mbid: str, wish: Wish, *, without: Collection[str] = ()) -> WatchRule:
        """Store a rule, and begin to find out what it means. A few requests at the most.

        ``without`` are albums of an artist that are left out of it for good.

        Raises:
            ShantyError: there is no such thing, or MusicBrainz cannot be asked.
        """
        expansion = self._expansion()
        match kind:
            case "artist":
                artist = self._artist(mbid, expansion.musicbrainz)
                self._require_albums(artist, without)
                rule_id = watch_artist(artist, wish, expansion).rule_id
                for group_mbid in without:
                    exclude(rule_id, group_mbid, database=self._database, queue=self._work)
            case "album":
                rule_id = watch_album(mbid, expansion, is_monitored=wish.is_monitored)
            case _:
                rule_id = watch_recording(mbid, expansion)
        self._begin(expansion, rule_id)
        return self._catalog.rules.get(rule_id)

    def edit(self, rule_id: int, wish: Wish) -> Change | None:
        """Change what a rule asks for, and begin to find out what that means.

        Returns None if it asks for that already.

        Raises:
            NotFoundError: there is no such rule.
            ShantyError: a rule of this kind does not know what the wish says.
        """
        expansion = self._expansion()
        change = edit_rule(rule_id, wish, expansion)
        if change is not None:
            self._begin(expansion, rule_id)
        return change

    def expand(self, rule_id: int) -> None:
        """Begin to find out what a rule means, which has been changed."""
        self._begin(self._expansion(), rule_id)

    def describe_absence(self, rule: WatchRule) -> str:
        """What an artist has instead, if nothing of theirs is what a rule asks for, else empty."""
        return describe_absence(rule, self._expansion()) if rule.completed_at else ""

    def _require_albums(self, artist: Artist, group_mbids: Collection[str]) -> None:
        """Refuse what is no album of an artist, before anything is wished for."""
        with self._database.read() as connection:
            listed = self._catalog.discographies.groups_of_artist(connection, artist.mbid)
        unknown = set(group_mbids) - {one.group.mbid for one in listed}
        if unknown:
            raise NotFoundError(f"{artist.name} has no album with the id {min(unknown)}")

    def _expansion(self) -> Expansion:
        musicbrainz = open_musicbrainz(self._settings, self._database)
        return Expansion(self._database, musicbrainz, self._settings.catalogue)

    def _begin(self, expansion: Expansion, rule_id: int) -> None:
        self._to_expand.put((expansion, rule_id))
        with self._lock:
            if self._thread is None:
                # A daemon: the end of the process does not wait for MusicBrainz.
                self._thread = threading.Thread(
                    target=self._expand_all, name="wishes of the page", daemon=True
                )
                self._thread.start()

    def _expand_all(self) -> None:
        while True:
            expansion, rule_id = self._to_expand.get()
            try:
                expansion.expand(rule_id)
            except ShantyError as error:
                logger.warning("rule %s: %s; the monitor goes on there", rule_id, error)
            except Exception:
                logger.exception("while finding out what rule %s means", rule_id)

    def _artist(self, mbid: str, musicbrainz: MusicBrainz) -> Artist:
        known = self._catalog.discographies.find_artist(mbid)
        return musicbrainz.get_artist(mbid) if known is None else known.artist

    def _named(self, kind: str, mbid: str, musicbrainz: MusicBrainz) -> Choice:
        """What an id stands for. The id of an edition stands for its album."""
        if kind == "artist":
            return artist_choice(Hit(self._artist(mbid, musicbrainz), 100))
        try:
            return self._titled(kind, mbid, musicbrainz)
        except NotFoundError:
            return self._titled(kind, resolve_other_kind(mbid, kind, musicbrainz), musicbrainz)

    def _offer(self, choice: Choice) -> Offer:
        rule = self._catalog.rules.find(choice.kind, choice.mbid)
        return Offer(choice, rule, self._find_here(choice))

    def _find_here(self, choice: Choice) -> str:
        """The album of the library that something is, or is on; ``""`` if there is none."""
        if choice.kind == "track":
            track = self._catalog.tracks.find(recording_mbid=choice.mbid)
            return track.release_key if track and track.status is TrackStatus.IN_LIBRARY else ""
        known = self._catalog.discographies.find_group(choice.mbid)
        key = known and known.release_key
        return key if key and self._catalog.albums.find_here([key]) else ""

    def _titled(self, kind: str, mbid: str, musicbrainz: MusicBrainz) -> Choice:
        if kind == "album":
            return album_choice(Hit(musicbrainz.get_release_group(mbid), 100))
        return track_choice(Hit(musicbrainz.get_recording(mbid), 100))
