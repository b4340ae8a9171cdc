"""Tags how loud a track is, and with an album's last track how loud the album is.

Each file is measured once, and the result is kept. An album's loudness is that of all its tracks
together, so the last track to arrive writes the album's gain into every file. If another one
arrives later, it does so again. A silent file gets no gain.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from shanty.catalog.measures import TrackToLevel
from shanty.errors import BadCandidateError, PermanentError, count_of
from shanty.library.acts import FileActs
from shanty.models import Stage, WorkItem
from shanty.music.loudness import Gain, Loudness, find_gain
from shanty.providers.ffmpeg import measure_loudness
from shanty.stages.contract import Services, StageResult
from shanty.stages.filed import filed_file, hold_album
from shanty.tags.gain_tags import Scope, write_gain

logger = logging.getLogger(__name__)

EARLIER = tuple(Stage)[: tuple(Stage).index(Stage.REPLAYGAIN)]
"""The stages that write to a file without a lock on its album."""


def run(item: WorkItem, services: Services) -> StageResult:
    """Measure the track and tag it; if no other one is awaited, tag the whole album."""
    release_key = services.catalog.tracks.get(item.track_id).release_key
    file = filed_file(item, release_key, services)
    try:
        measured = measure_loudness(file.path)
    except BadCandidateError as error:
        raise PermanentError(str(error)) from error  # the track stays in the library
    with services.database.begin() as tx:
        # Written before the others are read: if two end at once, at least one of them sees both.
        services.catalog.measures.record_loudness(tx, item.track_id, measured)
    acts = services.acts(item)
    with hold_album(release_key, services):
        album = services.catalog.measures.tracks_of_album(release_key)
        awaited = _count_awaited(album, services)
        if awaited:
            _tag(item.track_id, file.path, {"TRACK": find_gain([measured])}, acts)
            more = count_of(awaited, "more track")
            return StageResult(f"{_describe(measured)}; the album waits for {more}")
        _level(item, album, acts, services)
    return StageResult(f"{_describe(measured)}; the album has its gain")


def _count_awaited(album: list[TrackToLevel], services: Services) -> int:
    """How many tracks of the album are still wanted, or still have to be measured."""
    unmeasured = [one.track_id for one in album if one.path is not None and one.loudness is None]
    live = services.queue.switched.find_live(unmeasured)
    return len(live) + sum(one.is_wanted for one in album)


def _level(item: WorkItem, album: list[TrackToLevel], acts: FileActs, services: Services) -> None:
    """Write track and album gain into every existing file of an album.

    A file that an earlier stage is working on again is left out: its track will come here too.
    """
    measures = [(one, one.loudness or _measure_late(one, services)) for one in album]
    known = [(one, measured) for one, measured in measures if measured is not None]
    gain = find_gain(measured for _, measured in known)
    busy = services.queue.switched.find_live([one.track_id for one, _ in known], EARLIER)
    for one, measured in known:
        if one.path is None or not one.path.exists() or one.track_id in busy:
            continue
        try:
            _tag(one.track_id, one.path, {"TRACK": find_gain([measured]), "ALBUM": gain}, acts)
        except PermanentError as error:
            if one.track_id == item.track_id:
                raise
            logger.warning("left without its album's gain: %s", error)
    with services.database.begin() as tx:
        services.catalog.measures.settle_loudness(tx, [one.track_id for one, _ in known])


def _tag(track_id: int, path: Path, gains: Mapping[Scope, Gain | None], acts: FileActs) -> None:
    acts.change_tags(track_id, path, partial(write_gain, gains=gains))


def _measure_late(track: TrackToLevel, services: Services) -> Loudness | None:
    """Measure a track that was filed before this stage was switched on; None if it cannot be."""
    if track.path is None or not track.path.exists():
        return None
    try:
        measured = measure_loudness(track.path)
    except (BadCandidateError, PermanentError) as error:
        logger.warning("left out of its album's gain: %s", error)
        return None
    with services.database.begin() as tx:
        services.catalog.measures.record_loudness(tx, track.track_id, measured)
    return measured


def _describe(measured: Loudness) -> str:
    gain = find_gain([measured])
    return "silent" if gain is None else f"gain {gain.gain_db:+.2f} dB"
