"""Which edition is taken, which tracks are wanted, and when it is out: decisions without I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shanty.catalog.releases import (
    choose_edition,
    choose_release,
    filing_key,
    is_meant,
    is_released,
    is_worth_taking,
    wanted_tracks,
)
from shanty.config.sections import CatalogueSettings
from shanty.models import GroupFilter
from shanty.music.entities import (
    VARIOUS_ARTISTS_MBID,
    Artist,
    ArtistCredit,
    CreditedArtist,
    Medium,
    Release,
    ReleaseGroup,
)
from shanty.music.release_types import parse_primary_type, parse_secondary_type
from tests.world.discographies import (
    make_artist,
    make_group,
    make_medium,
    make_recording,
    make_release,
)

ARTIST = make_artist("Somebody")
ALBUM = make_group(ARTIST, "Album", date="2001-05-06")
SONGS = ["One", "Two", "Three"]


def edition(name: str, songs: list[str] | None = None, **more: object) -> Release:
    return make_release(ALBUM, songs or SONGS, edition=name, **more)  # type: ignore[arg-type]


def titles(release: Release, **settings: object) -> list[str]:
    found = wanted_tracks(release, CatalogueSettings(**settings))  # type: ignore[arg-type]
    return [placement.track.title for placement in found]


@pytest.mark.parametrize(
    ("better", "worse", "settings"),
    [
        ({}, {"status": "Bootleg", "date": "1990"}, {}),
        ({"date": "2005"}, {"status": "Promotion", "date": "2001"}, {}),
        ({"date": "2001"}, {"date": "2002"}, {}),
        ({"date": "2001-12-31"}, {"date": "2002"}, {}),
        ({"date": "2001"}, {"date": ""}, {}),
        # Countries are asked for, so they come first; without them, the date decides.
        ({"country": "US", "date": "2009"}, {"country": "GB"}, {"countries": ("US", "GB")}),
        ({"country": "GB", "date": "2009"}, {"country": "JP"}, {"countries": ("US", "GB")}),
        ({"country": "US", "date": "2009"}, {"country": "GB"}, {"countries": ("us",)}),
        # The album as it was meant, neither with additions nor with parts missing.
        ({"date": "2001-09"}, {"songs": [*SONGS, "Bonus"], "date": "2001-05"}, {}),
        ({"date": "2001-09"}, {"songs": SONGS[:2], "date": "2001-05"}, {"formats": ()}),
        ({"songs": [*SONGS, "Bonus"]}, {"date": "2001"}, {"bonus_discs": True}),
        # Formats.
        ({"date": "2009"}, {"medium_format": '12" Vinyl', "date": "2001"}, {}),
        ({"date": "2009"}, {"medium_format": "Digital Media", "date": "2001"}, {}),
        (
            {"medium_format": '12" Vinyl', "date": "2009"},
            {"date": "2001"},
            {"formats": ('12" Vinyl', "CD")},
        ),
    ],
)
def test_the_better_edition_is_chosen(
    better: dict[str, object], worse: dict[str, object], settings: dict[str, object]
) -> None:
    # A third and a fourth one of the usual length, so that it is known what is usual.
    usual = [edition(f"usual {n}", status="Promotion", country="XX", date="") for n in (1, 2)]
    if "songs" in worse:
        usual = [replace(one, status="Official", date="2002-01", country="XX") for one in usual]
    one, other = edition("better", **better), edition("worse", **worse)  # type: ignore[arg-type]
    chosen = choose_edition(
        [other, *usual, one],
        CatalogueSettings(**settings),  # type: ignore[arg-type]
    )
    assert chosen is one


def test_reissues_with_additions_do_not_make_the_album_incomplete() -> None:
    first = edition("first", date="2001")
    deluxe = [edition(f"deluxe {n}", [*SONGS, "Demo"], date=f"20{n}") for n in (15, 16, 17)]
    assert choose_edition([*deluxe, first], CatalogueSettings()) is first


def test_the_choice_does_not_depend_on_the_order() -> None:
    same = [edition(name) for name in "abc"]
    chosen = {choose_edition(order, CatalogueSettings()).mbid for order in (same, same[::-1])}
    assert chosen == {min(one.mbid for one in same)}


def test_only_tracks_that_are_music_are_wanted() -> None:
    video = make_recording(ARTIST, "Film", is_video=True)
    untitled = make_recording(ARTIST, "[untitled]")
    silence = make_recording(ARTIST, "[silence]")
    disc = make_medium("x", ARTIST, ["Hidden", "One", untitled, silence, video, "Data", "One"])
    tracks = list(disc.tracks)
    tracks[0] = replace(tracks[0], position=0)
    tracks[5] = replace(tracks[5], is_data=True)
    release = replace(edition("x"), media=(replace(disc, tracks=tuple(tracks)),))
    assert titles(release) == ["Hidden", "One", "[untitled]"]
    assert titles(release, videos=True) == ["Hidden", "One", "[untitled]", "Film"]


def test_a_disc_of_nothing_but_data_tracks_is_music() -> None:
    disc = make_medium("x", ARTIST, SONGS)
    data = tuple(replace(track, is_data=True) for track in disc.tracks)
    release = replace(edition("x"), media=(replace(disc, tracks=data),))
    assert titles(release) == SONGS


def test_bonus_discs_and_video_discs_are_left_out() -> None:
    def disc(position: int, *songs: str, **more: str) -> Medium:
        return make_medium("x", ARTIST, songs, position, **more)

    release = replace(
        edition("x"),
        media=(
            disc(1, "One"),
            disc(2, "Two", title="Live"),
            disc(3, "Demo", title="Bonus Disc"),
            disc(4, "Clip", format="DVD-Video"),
        ),
    )
    assert titles(release) == ["One", "Two"]
    assert titles(release, bonus_discs=True) == ["One", "Two", "Demo"]
    assert titles(release, videos=True) == ["One", "Two", "Clip"]


TODAY = date(2026, 7, 15)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-07-15", True),
        ("2026-07-16", False),
        ("2026-06", True),
        ("2026-07", False),  # it may be the 31st
        ("2025", True),
        ("2026", False),
        ("", True),
    ],
)
def test_an_unknown_day_is_the_last_one(when: str, expected: bool) -> None:
    assert is_released(when, TODAY) is expected


def test_which_groups_are_meant() -> None:
    studio = GroupFilter(("Album",))
    assert is_meant(make_group(ARTIST, "a"), studio)
    assert not is_meant(make_group(ARTIST, "a", "Single"), studio)
    assert not is_meant(make_group(ARTIST, "a", also=["Live"]), studio)
    assert not is_meant(make_group(ARTIST, "a", ""), studio)
    live = GroupFilter(("Album", "EP"), ("Live",))
    assert is_meant(make_group(ARTIST, "a", "EP", also=["Live"]), live)
    assert not is_meant(make_group(ARTIST, "a", also=["Live", "Compilation"]), live)
    since = GroupFilter(("Album",), from_date="2001-05-06")
    assert is_meant(make_group(ARTIST, "a", date="2001-05-06"), since)
    assert is_meant(make_group(ARTIST, "a", date="2001"), since)
    assert not is_meant(make_group(ARTIST, "a", date="2001-05-05"), since)
    assert not is_meant(make_group(ARTIST, "a"), since)


def test_where_a_recording_belongs() -> None:
    single = make_release(make_group(ARTIST, "One", "Single", date="2001-02"), ["One"])
    album = edition("x")
    gathered = make_release(make_group(ARTIST, "Best", also=["Compilation"], date="1999"), ["One"])
    assert sorted([gathered, single, album], key=filing_key) == [album, single, gathered]
    assert choose_release([gathered, single, album]) is album
    both = [edition("new", date="2009"), edition("old", date="2001")]
    assert choose_release([gathered, *both]).date == "2001"


def test_an_unofficial_release_is_not_worth_taking() -> None:
    assert is_worth_taking(edition("x"))
    assert is_worth_taking(edition("x", status=""))
    for status in ("Bootleg", "Promotion", "Pseudo-Release", "Withdrawn", "Cancelled"):
        assert not is_worth_taking(edition("x", status=status))


def test_types_go_by_what_people_call_them() -> None:
    assert parse_primary_type("ep") == "EP"
    assert parse_secondary_type("mixtape") == parse_secondary_type("street") == "Mixtape/Street"
    assert parse_secondary_type("DJ mix") == parse_secondary_type("dj-mix") == "DJ-mix"
    with pytest.raises(ValueError, match="there are album, single, ep"):
        parse_primary_type("live")


# The release that a single track is filed under


def release_of(
    name: str,
    *,
    status: str = "Official",
    kind: str = "Album",
    also: tuple[str, ...] = (),
    date: str = "",
    artist: str = "a",
) -> Release:
    credit = ArtistCredit((CreditedArtist(Artist(artist, artist), artist),))
    group = ReleaseGroup(f"g-{name}", name, credit, kind, also)
    return Release(name, name, credit, group, status=status, date=date)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (release_of("z", date="2001"), release_of("a", status="Bootleg", date="1990")),
        (release_of("z", status="", date="2001"), release_of("a", status="Promotion", date="1990")),
        (release_of("z", date="2001"), release_of("a", kind="Single", date="2000")),
        (release_of("z", kind="EP", date="2001"), release_of("a", kind="Single", date="2000")),
        (release_of("z", kind="Single"), release_of("a", also=("Compilation",), date="1990")),
        (release_of("z", kind="Single"), release_of("a", artist=VARIOUS_ARTISTS_MBID, date="1990")),
        (release_of("z", date="2001"), release_of("a", also=("Live",), date="1990")),
        (release_of("z", also=("Soundtrack",)), release_of("a", kind="Single", date="1990")),
        (release_of("z", date="1991-02-03"), release_of("a", date="1991-02-04")),
        (release_of("z", date="1991-02-03"), release_of("a", date="1991")),
        (release_of("z", date="1991-02-03"), release_of("a", date="1991-02")),
        (release_of("z", date="1991"), release_of("a")),
        (release_of("a", date="1991"), release_of("z", date="1991")),
    ],
)
def test_the_better_release_is_chosen(better: Release, worse: Release) -> None:
    assert choose_release([better, worse]) is better
    assert choose_release([worse, better]) is better


def test_no_release_is_no_choice() -> None:
    with pytest.raises(ValueError, match="empty"):
        choose_release([])
