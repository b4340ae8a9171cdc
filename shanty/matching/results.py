"""What all results of a search say together of a song, beyond what one title says.

Two things that one title leaves open are settled so:

- "The Maydays - Paper Lanterns (Toto cover)" is the Maydays' cover of Toto's song if others have
  the song or name Toto with it, and nobody calls it a song of the Maydays.
- Words that nothing explains are about the song, and not about one version of it, if somebody
  else's upload of the song has them as well: its composer, its film, its other name.

Refuses to know what follows for a score.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from shanty.matching.covers import cover_words, leads_title, original_before_cover
from shanty.matching.other_results import OtherResult, OtherResults
from shanty.matching.segments import read_segments
from shanty.matching.titles import drop_credits, normalize_title, read_title
from shanty.matching.wanted import Wanted
from shanty.matching.words import find_versions, telling_words
from shanty.models import Candidate
from shanty.music.names import contains, fold_name, topic_artist

_SAME_TITLE = 0.97


def read_results(candidates: Iterable[Candidate], wanted: Wanted) -> OtherResults:
    """What the results of a search say of the wanted song, read as uploads of several artists."""
    named, others = list[OtherResult](), list[OtherResult]()
    for one in map(_read, candidates):
        if _has_title(one, wanted):
            is_named = _names_artist(f"{one.folded} {one.channel}", wanted)
            (named if is_named else others).append(one)
    if not (named and others):
        return OtherResults()  # they tell nothing beyond what each says alone
    players = frozenset().union(*(_players_of(one, wanted) for one in others))
    return OtherResults(
        tuple(others),
        " | ".join(f"{one.folded} | {one.channel}" for one in others),
        players,
        is_song_of_artist=any(_shows_it_is_theirs(one, players, wanted) for one in named),
    )


def _read(candidate: Candidate) -> OtherResult:
    title = normalize_title(candidate.title)
    channel = candidate.channel or candidate.uploader
    return OtherResult(
        title, fold_name(title), fold_name(channel), fold_name(topic_artist(channel))
    )


def _has_title(one: OtherResult, wanted: Wanted) -> bool:
    return any(contains(one.folded, title) for title in wanted.titles)


def _names_artist(folded: str, wanted: Wanted) -> bool:
    return any(contains(folded, name) for name in (*wanted.artists, *wanted.leaders))


def _shows_it_is_theirs(one: OtherResult, players: Collection[str], wanted: Wanted) -> bool:
    """Whether an upload that names the artist has the song without a word of a cover or of somebody
    else, or is called a cover of the artist: "Ida - Paper Lanterns (The Maydays cover)".
    """
    if cover_words(one.title):
        segments = read_segments(one.title, wanted)
        is_open = bool(original_before_cover(segments))
        return not (is_open or leads_title(one.title, segments, wanted))
    return not any(contains(one.folded, player) for player in players)


def _players_of(one: OtherResult, wanted: Wanted) -> frozenset[str]:
    """Who plays the song, as far as the result says; nobody if it is a cover, karaoke, a lesson."""
    if find_versions(one.title):
        return frozenset()
    if one.label_artist and wanted.title_likeness(one.title) >= _SAME_TITLE:
        return frozenset({one.label_artist})
    rests = [
        drop_credits(reading.rest)
        for reading in read_title(one.title)
        if reading.rest and wanted.title_likeness(reading.title) >= _SAME_TITLE
    ]
    return frozenset(fold_name(rest) for rest in rests if telling_words(rest))
