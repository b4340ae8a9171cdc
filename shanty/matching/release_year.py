"""What the year says in which an upload's recording came out.

Pure: refuses to know where the years come from. A later year says nothing, for whatever is old is
put out again and again. An earlier one does: what was made anew, live or in a studio, bears the
names of what there was before.
"""

from __future__ import annotations

from shanty.models import ScorePart
from shanty.music.entities import Release

_MOST_YEARS_BEFORE = 2
"""A single may come out so long before its album."""
_FACTOR = 0.745  # for a person
# Their recordings have mostly come out elsewhere before.
_GATHERED = {"Compilation", "Soundtrack", "DJ-mix", "Mixtape/Street"}


def find_first_year(release: Release) -> int | None:
    """The year before which what is on a release did not come out, if that can be said of it."""
    group = release.release_group
    year = group.first_release_date[:4]
    if not year.isdecimal() or _GATHERED.intersection(group.secondary_types):
        return None
    return int(year)


def judge_year(
    total: float,
    parts: tuple[ScorePart, ...],
    release_year: int | None,
    first_year: int | None,
) -> tuple[float, tuple[ScorePart, ...]]:
    """The score with what the years take from it."""
    if release_year is None or first_year is None:
        return total, parts
    if release_year >= first_year - _MOST_YEARS_BEFORE:
        return total, parts
    loss = round(total * (1 - _FACTOR), 4)
    note = f"{release_year}, before {first_year}"
    part = ScorePart("came out too early", _FACTOR, 0.0, -loss, note)
    return round(total - loss, 4), (*parts, part)
