"""What the year of an upload says: an earlier one speaks against it, a later one does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shanty.matching import find_first_year, rank
from shanty.models import Candidate
from shanty.music.entities import ArtistCredit, Release, ReleaseGroup
from tests.world.uploads import ACCEPT, REVIEW, SONG, upload


def year_of(date: str, *types: str) -> int | None:
    group = ReleaseGroup("g", "Moths", secondary_types=types, first_release_date=date)
    return find_first_year(Release("r", "Moths", ArtistCredit(), group, date="2031"))


@pytest.mark.parametrize(
    ("date", "types", "year"),
    [
        ("2021-11-12", (), 2021),
        ("2021", ("Live",), 2021),
        ("", (), None),
        ("2021", ("Compilation",), None),
        ("2021", ("Live", "Compilation"), None),
        ("2021", ("Soundtrack",), None),
        ("20x1", (), None),
    ],
)
def test_the_year_that_a_release_vouches_for(
    date: str, types: tuple[str, ...], year: int | None
) -> None:
    assert year_of(date, *types) == year


def judged(release_year: int | None, first_year: int | None) -> Candidate:
    made = replace(upload("The Maydays - Paper Lanterns"), release_year=release_year)
    return rank([made], SONG, first_year=first_year)[0]


@pytest.mark.parametrize("year", [2019, 2020, 2021, 2022, 2031, None])
def test_a_year_that_may_be_right_changes_nothing(year: int | None) -> None:
    assert judged(year, 2021) == replace(judged(None, None), release_year=year)
    assert judged(1970, None).score == judged(None, None).score


@pytest.mark.parametrize("year", [1957, 2008, 2018])
def test_what_came_out_years_before_is_for_a_person(year: int) -> None:
    """A song that was recorded anew: the old one has its title, its artist and its length."""
    found = judged(year, 2021)
    assert REVIEW <= found.score < ACCEPT
    assert found.score_parts[-1].note == f"{year}, before 2021"
    total = sum(part.contribution for part in found.score_parts)
    assert total == pytest.approx(found.score, abs=0.001)
