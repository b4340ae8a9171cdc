"""Gets the lyrics of a track: beside it as ``.lrc`` or ``.txt``, in it, or both.

The service is asked once for each track. If it knows no words, it is asked again after two weeks,
and then each month. Existing lyrics are kept. Whatever happens here, the track stays in the
library.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from shanty.catalog.distances import LYRICS
from shanty.db import Transaction
from shanty.models import Lyrics, TrackFile, WorkItem
from shanty.stages.contract import Services, StageResult
from shanty.stages.filed import filed_file, hold_album
from shanty.tags.lyrics import embed_lyrics, has_lyrics, lyrics_beside, spell_beside

_BELIEVED_FOR = timedelta(days=12)  # shorter than the time until the stage looks again
_KEPT = "from beside the track"
_WORDLESS = {"none": "nobody knows its lyrics", "instrumental": "it is instrumental"}


def run(item: WorkItem, services: Services) -> StageResult:
    """Find the lyrics, unless they are there already, and save them where the settings say."""
    release_key = services.catalog.tracks.get(item.track_id).release_key
    file = filed_file(item, release_key, services)
    save = services.settings.lyrics.save
    beside = lyrics_beside(file.path)
    is_to_write = save != "embed" and beside is None
    is_to_embed = save != "file" and not has_lyrics(file.path)
    if not is_to_write and not is_to_embed:
        return StageResult("the lyrics are there already")
    lyrics, answer = beside, _KEPT
    if lyrics is None:
        remembered = services.catalog.lyrics_answers.get(item.track_id, _BELIEVED_FOR)
        if remembered in _WORDLESS:
            again = LYRICS if remembered == "none" else ()
            return StageResult(_WORDLESS[remembered], looks_again=again)
        lyrics = _ask(item, file, services)
        answer = _name(lyrics)
    if lyrics is not None and not lyrics.is_instrumental:
        acts = services.acts(item)
        with hold_album(release_key, services):
            if is_to_write:
                acts.add_file(item.track_id, *spell_beside(file.path, lyrics))
            if is_to_embed:
                acts.change_tags(item.track_id, file.path, partial(embed_lyrics, lyrics=lyrics))

    def record(tx: Transaction) -> None:
        if answer != _KEPT:
            services.catalog.lyrics_answers.record(tx, item.track_id, answer)

    again = LYRICS if answer == "none" else ()
    message = _WORDLESS.get(answer, f"lyrics saved ({answer})")
    return StageResult(message, record, looks_again=again)


def _ask(item: WorkItem, file: TrackFile, services: Services) -> Lyrics | None:
    placement = services.catalog.tracks.get_placement(item.track_id)
    length_ms = placement.recording.length_ms or placement.track.length_ms
    measured = file.properties.duration_seconds if file.properties else 0.0
    return services.lyrics.find(
        artist=placement.track.artist_credit.name,
        title=placement.track.title,
        album=placement.release.title,
        seconds=length_ms / 1000 if length_ms else measured,
    )


def _name(lyrics: Lyrics | None) -> str:
    if lyrics is None:
        return "none"
    if lyrics.is_instrumental:
        return "instrumental"
    return "synced" if lyrics.synced else "plain"
