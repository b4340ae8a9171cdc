"""What Lidarr's words mean here: monitored or not, which new albums, which types."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shanty.config.sections import CatalogueSettings
from shanty.music.entities import VARIOUS_ARTISTS_MBID
from shanty.providers.lidarr import LidarrAlbum, LidarrArtist, LidarrProfile
from shanty.watching.moving.lidarr import NOTHING_MONITORED, read_artist
from shanty.watching.moving.plan import NO_ID, NOBODY, MovedWish
from shanty.watching.watch import Wish

MBID = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"
PROFILE = LidarrProfile(("Album", "EP"), ("Studio", "Live"))
TYPES = {"primary_types": ("Album", "EP"), "also": ("Live",)}
TODAY = date(2026, 12, 1)


def album(number: int, *, monitored: bool, kind: str = "Album") -> LidarrAlbum:
    mbid = f"{number:08}-0000-4000-8000-000000000000"
    return LidarrAlbum(mbid, f"Album {number}", kind, (), "1999-01-01", monitored)


ONE, TWO = album(1, monitored=True), album(2, monitored=False)
OUTSIDE = album(3, monitored=True, kind="Single")
WITHOUT_TWO = ((TWO.mbid, TWO.title),)


def read(
    *albums: LidarrAlbum, profile: LidarrProfile | None = PROFILE, **changes: Any
) -> list[MovedWish]:
    values = {"mbid": MBID, "name": "Queen", "sort_name": "queen", "disambiguation": ""}
    artist = LidarrArtist(
        **{
            "number": 1,
            **values,
            "is_monitored": True,
            "new_items": "all",
            "profile_id": 1,
            **changes,
        }
    )
    return list(read_artist(artist, albums, profile, CatalogueSettings(), TODAY))


@pytest.mark.parametrize("new_items", ["all", "new"])
def test_an_artist_with_new_albums_is_watched_without_what_is_not_monitored(new_items: str) -> None:
    [all_of_it] = read(ONE, new_items=new_items)
    assert (all_of_it.kind, all_of_it.mbid, all_of_it.without) == ("artist", MBID, ())
    assert all_of_it.wish == Wish(**TYPES)  # type: ignore[arg-type]
    [some] = read(ONE, TWO, new_items=new_items)
    assert (some.wish, some.without) == (all_of_it.wish, WITHOUT_TWO)


def test_an_artist_of_whom_nothing_is_monitored_is_watched_from_today_on() -> None:
    [moved] = read(TWO)
    assert moved.wish == Wish(**TYPES, from_date="2026-12-01")  # type: ignore[arg-type]
    assert moved.without == ()


def test_without_new_albums_only_the_monitored_ones_are_wanted() -> None:
    [whole] = read(ONE, new_items="none")
    assert whole.wish == Wish(**TYPES, is_monitored=False)  # type: ignore[arg-type]
    albums = read(ONE, TWO, new_items="none")
    assert [(one.kind, one.mbid, one.name) for one in albums] == [
        ("album", ONE.mbid, "Queen – Album 1")
    ]
    [nothing] = read(TWO, new_items="none")
    assert nothing.refusal == NOTHING_MONITORED


def test_an_album_that_the_profile_leaves_out_is_wanted_by_itself() -> None:
    artist, single = read(ONE, OUTSIDE)
    assert (artist.kind, single.kind, single.mbid) == ("artist", "album", OUTSIDE.mbid)


def test_a_profile_without_types_means_single_albums_and_an_unknown_one_the_settings() -> None:
    nothing_allowed = LidarrProfile((), ("Studio",))
    [alone] = read(ONE, profile=nothing_allowed)
    assert (alone.kind, alone.mbid) == ("album", ONE.mbid)
    [usual] = read(ONE, profile=None)
    assert usual.wish == Wish()
    [odd] = read(ONE, profile=LidarrProfile(("Album", "Hologram"), ("Studio", "Unheard of")))
    assert odd.wish == Wish(("Album",))


def test_nobody_in_particular_and_what_has_no_id_is_left_out() -> None:
    [various] = read(ONE, mbid=VARIOUS_ARTISTS_MBID, name="Various Artists")
    assert various.refusal == NOBODY
    [unknown] = read(ONE, mbid="")
    assert unknown.refusal == NO_ID
