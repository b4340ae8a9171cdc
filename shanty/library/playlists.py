"""A playlist for each watch rule: those of its tracks that are in the library, in order.

Owns which playlists there are, their names and their order. Refuses to know the format (``m3u``).
Nothing is remembered elsewhere: each playlist of ours says what it is for, and whether it is as we
wrote it. So a crash or a restored backup leaves no orphaned playlist, and a playlist that a person
has edited is not overwritten.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from shanty.catalog import Catalog
from shanty.config.settings import Settings
from shanty.errors import ShantyError
from shanty.files.atomic import disk_errors
from shanty.files.filenames import clean_component
from shanty.files.lock import hold_lock
from shanty.files.name_limit import longest_name
from shanty.files.numbering import fold_path
from shanty.files.open_folder import OpenFolder
from shanty.library.m3u import (
    SUFFIX,
    Entry,
    find_marked,
    is_playlist,
    render,
    write_playlist,
)
from shanty.library.presence import open_library, read_library
from shanty.models import TrackFile, WantedTrack, WatchRule
from shanty.music.entities import Release

# Unknown values sort last: after all dates, and after all positions.
_LAST_DATE = "9999"
_NOWHERE = (10**6, 10**6)


@dataclass(frozen=True, slots=True)
class PlaylistReport:
    """What an update did. ``kept`` are playlists that a person has changed: they are left alone."""

    written: int = 0
    removed: int = 0
    kept: tuple[Path, ...] = ()


def update_playlists(settings: Settings, catalog: Catalog) -> PlaylistReport:
    """Bring every playlist up to date, and remove those of rules that no longer exist.

    Does nothing if playlists are switched off, or if none of the music is there: its disk may not
    be mounted.

    Raises:
        WaitError: the disk is full, read-only or forbidden, or the library is not there.
    """
    if not settings.playlists.enabled:
        return PlaylistReport()
    with (
        disk_errors("lock the playlists in", settings.home),
        hold_lock(settings.home / "playlists.lock", should_stop=lambda: False),
    ):
        tracks = _tracks_at_hand(settings, catalog)
        if not tracks:
            return PlaylistReport()
        with open_library(settings.library.path, catalog.known_library) as library:
            return _apply(_plan(settings, catalog, library, tracks))


def plan_playlists(settings: Settings, catalog: Catalog) -> PlaylistReport:
    """Return what :func:`update_playlists` would do now; change nothing.

    Raises:
        WaitError: the disk cannot be read, or the library is not there.
    """
    tracks = _tracks_at_hand(settings, catalog)
    if not tracks:
        return PlaylistReport()
    with read_library(settings.library.path, catalog.known_library) as library:
        return _plan(settings, catalog, library, tracks).report


def _tracks_at_hand(settings: Settings, catalog: Catalog) -> list[tuple[WantedTrack, TrackFile]]:
    """Return the tracks for playlists; none if they are switched off or no music is there."""
    tracks = catalog.files.list_library() if settings.playlists.enabled else []
    return tracks if any(file.path.exists() for _, file in tracks) else []


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an update has to do: the new texts of playlists that change, and the rest."""

    written: dict[Path, str]
    removed: list[Path]
    kept: list[Path]

    @property
    def report(self) -> PlaylistReport:
        return PlaylistReport(len(self.written), len(self.removed), tuple(self.kept))


def _apply(plan: _Plan) -> PlaylistReport:
    for path, text in plan.written.items():
        write_playlist(path, text)
    for path in plan.removed:
        with disk_errors("remove", path):
            path.unlink(missing_ok=True)
    return plan.report


def _plan(
    settings: Settings,
    catalog: Catalog,
    library: OpenFolder,
    tracks: list[tuple[WantedTrack, TrackFile]],
) -> _Plan:
    folder, kinds = library.reach(settings.playlists_dir), settings.playlists.kinds
    ours = [one for one in find_marked(folder) if _is_ours(one.owner, catalog)]
    intact = {_wish(one.owner): one.path for one in ours if one.is_intact}
    changed = {_wish(one.owner): one.path for one in ours if not one.is_intact}
    order, names = _Order(catalog), _Names(folder, longest_name(folder))
    by_id = {track.id: (track, file) for track, file in tracks}
    written: dict[Path, str] = {}
    kept, current = [], set()
    for rule in catalog.rules.list_rules():
        wish = f"{rule.kind}:{rule.mbid}"
        found = [by_id[one] for one in catalog.rules.tracks_of(rule.id) if one in by_id]
        if not found or rule.kind not in kinds:
            continue
        if wish in changed and wish not in intact:
            kept.append(library.name(changed[wish]))
            continue
        path = names.find(rule, intact.get(wish))
        owner = f"{wish}@{catalog.installation_id}"
        entries = [_entry(track, file) for track, file in sorted(found, key=order.key_for(rule))]
        text = render(owner, entries, library.name(path))
        if not is_playlist(path, text):
            written[path] = text
        current.add(path)
    outdated = [one.path for one in ours if one.is_intact and one.path not in current]
    return _Plan(written, outdated, kept)


def _is_ours(owner: str, catalog: Catalog) -> bool:
    """Whether a playlist is ours, and not another installation's. Older releases named none."""
    return owner.partition("@")[2] in ("", catalog.installation_id)


def _wish(owner: str) -> str:
    """Return the rule that a mark names, as its kind and MBID."""
    return owner.partition("@")[0]


def _entry(track: WantedTrack, file: TrackFile) -> Entry:
    seconds = file.properties.duration_seconds if file.properties else (track.length_ms or 0) / 1000
    return Entry(file.path, track.artist, track.title, round(seconds) if seconds else -1)


class _Names:
    """Gives out file names: none twice, and none that a file of something else has."""

    def __init__(self, folder: Path, longest: int):
        self._folder = folder
        self._longest = longest
        present = folder.iterdir() if folder.is_dir() else ()
        self._taken = {fold_path(path.name) for path in present}

    def find(self, rule: WatchRule, present: Path | None) -> Path:
        """Return the path for a rule's playlist; keep the present one while that fits the name."""
        for name in _candidates(rule, self._longest):
            path = self._folder / name
            if path == present or fold_path(name) not in self._taken:
                self._taken.add(fold_path(name))
                return path
        raise AssertionError("numbers do not end")


def _candidates(rule: WatchRule, longest: int) -> Iterator[str]:
    yield clean_component(rule.name, SUFFIX, longest=longest)
    yield clean_component(f"{rule.name} ({rule.kind})", SUFFIX, longest=longest)
    for number in count(2):
        yield clean_component(rule.name, f" ({number}){SUFFIX}", longest=longest)


class _Order:
    """Orders tracks by release date, then as on the release. Each release is read once."""

    def __init__(self, catalog: Catalog):
        self._catalog = catalog
        self._releases: dict[str, tuple[str, dict[str, tuple[int, int]]]] = {}

    def key_for(
        self, rule: WatchRule
    ) -> Callable[[tuple[WantedTrack, TrackFile]], tuple[object, ...]]:
        """Return the sort key for a rule's playlist.

        An album's is in that album's order, also where a song is filed under another album.
        """
        places = self._places_on_album(rule.mbid) if rule.kind == "album" else {}
        return lambda one: (places.get(one[0].recording_mbid, _NOWHERE), *self._key(one))

    def _places_on_album(self, group_mbid: str) -> dict[str, tuple[int, int]]:
        group = self._catalog.discographies.find_group(group_mbid)
        if group is None or group.release_key is None:
            return {}
        return self._release(group.release_key)[1]

    def _key(self, one: tuple[WantedTrack, TrackFile]) -> tuple[object, ...]:
        track, file = one
        date, places = self._release(track.release_key)
        place = places.get(track.recording_mbid, _NOWHERE)
        return (date, track.album.casefold(), track.release_key, place, str(file.path))

    def _release(self, key: str) -> tuple[str, dict[str, tuple[int, int]]]:
        if key not in self._releases:
            release = self._catalog.editions.find(key)
            self._releases[key] = (_date_of(release), _places_on(release))
        return self._releases[key]


def _date_of(release: Release | None) -> str:
    if release is None:
        return _LAST_DATE
    return release.release_group.first_release_date or release.date or _LAST_DATE


def _places_on(release: Release | None) -> dict[str, tuple[int, int]]:
    media = release.media if release is not None else ()
    return {
        track.recording.mbid: (medium.position, track.position)
        for medium in reversed(media)
        for track in reversed(medium.tracks)
    }


logger = logging.getLogger(__name__)


def refresh_playlists(settings: Settings, catalog: Catalog, *, dry_run: bool = False) -> int:
    """Bring the playlists up to date; return how many changed. Trouble is only logged.

    With ``dry_run`` nothing is changed, and the number is how many would change.
    """
    try:
        report = (plan_playlists if dry_run else update_playlists)(settings, catalog)
    except ShantyError as error:
        logger.warning("the playlists are not up to date: %s", error)
        return 0
    for path in report.kept:
        logger.info("%s was changed by hand and is left alone", path)
    return report.written + report.removed
