"""What it means that audio was recognized as certain recordings, when another one is wanted.

Pure: refuses to know who recognized it. The benefit of the doubt is the candidate's: recordings are
merged and entered twice, and one fingerprint has the MBIDs of several of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from shanty.errors import one_line
from shanty.matching.titles import normalize_title
from shanty.matching.wanted import ALIKE, Wanted, prepare
from shanty.matching.words import count_versions, vocabulary
from shanty.music.entities import NOBODY_MBIDS, Recording
from shanty.music.fingerprint import Recognition
from shanty.music.names import fold_name, scripts_of

SURE = 0.9
"""From here up a recognition speaks against a candidate."""
LIKELY = 0.5
"""From here up it speaks for one."""
_ANOTHER_TITLE = 0.6  # less alike than this, titles are no two spellings of one
_SHOWN_LENGTH = 200


def find_contradiction(
    found: Sequence[Recognition], recording: Recording, album_title: str = ""
) -> str:
    """Which other recording the audio is, beyond doubt, for people; ``""`` when there is doubt.

    It is another one when one was recognized for sure, and none of all that are likely is the
    wanted one: neither by its MBID nor by being of the same title and artist.
    """
    likely = [one for one in found if one.score >= LIKELY]
    if not likely or any(one.recording_mbid == recording.mbid for one in likely):
        return ""
    best = max(likely, key=lambda one: one.score)
    wanted = prepare(recording, album_title)
    if best.score < SURE or not all(_is_another(one, recording, wanted) for one in likely):
        return ""
    return one_line(f"{best.artist} – {best.title}")[:_SHOWN_LENGTH]


def _is_another(one: Recognition, recording: Recording, wanted: Wanted) -> bool:
    if not one.title or not one.artist or NOBODY_MBIDS & set(one.artist_mbids):
        return False
    title = normalize_title(one.title)
    likeness = wanted.title_likeness(title)
    if likeness < _ANOTHER_TITLE:
        return _is_comparable(one.title, recording.title)
    if _is_another_version(title, wanted):
        return True
    if likeness < ALIKE or set(one.artist_mbids) & set(recording.artist_credit.artist_mbids):
        return False
    is_artist = wanted.artist_likeness(fold_name(one.artist)) >= ALIKE
    return not is_artist and _is_comparable(one.artist, recording.artist_credit.name)


def _is_another_version(title: str, wanted: Wanted) -> bool:
    """Whether a title names a version that is not wanted, and that is never left unnamed."""
    kinds = vocabulary().kinds
    return any(
        number > wanted.tolerated[kind]
        for kind, number in count_versions(title).items()
        if kinds[kind].must_be_named
        and not kinds[kind].by_artist  # then the artist is another one, too
        and kind not in wanted.is_any
    )


def _is_comparable(one: str, other: str) -> bool:
    """Whether two names share a script: else they may be one, in two languages."""
    return bool(scripts_of(fold_name(one)) & scripts_of(fold_name(other)))
