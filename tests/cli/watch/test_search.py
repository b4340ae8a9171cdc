"""Searching on the command line: who and what is told apart."""

from __future__ import annotations

from shanty.demo.world import World
from tests.world.scene_finds import artist_of
from tests.world.shell import Shell


def test_artists_of_one_name_are_told_apart(shanty: Shell, world: World) -> None:
    assert shanty("search", "artist", "Nachtfalter") == 0
    for about in ("German darkwave duo, Group, DE, 1998–", "Austrian cellist Lena Auer, Person"):
        assert about in shanty.out
    found = shanty.json("search", "artist", "Nachtfalter")
    assert found["total"] == 2
    assert {one["mbid"] for one in found["results"]} == {
        artist_of(world, "Nachtfalter", about).mbid for about in ("duo", "cellist")
    }
    assert set(found["results"][0]) == {
        "score",
        "kind",
        "mbid",
        "name",
        "disambiguation",
        "type",
        "country",
        "area",
        "begin_date",
        "end_date",
    }
    scores = [one["score"] for one in found["results"]]
    assert scores == sorted(scores, reverse=True)


def test_a_name_in_another_script(shanty: Shell, world: World) -> None:
    found = shanty.json("search", "artist", "Полярная", "Станция")
    assert found["results"][0]["mbid"] == artist_of(world, "Полярная Станция").mbid
    assert shanty("watch", "add", "artist", "полярная станция") == 0, shanty.err
    assert "Белая ночь: 3 tracks" in shanty.out


def test_albums_and_tracks_show_what_they_are(shanty: Shell, world: World) -> None:
    found = shanty.json("search", "album", "Vesper Kilowatt – Switchboard")
    kinds = {(one["title"], one["type"], *one["secondary_types"]) for one in found["results"]}
    assert {("Switchboard", "Single"), ("Switchboard Rewired", "Single", "Remix")} <= kinds
    assert {one["artist"] for one in found["results"]} == {"Vesper Kilowatt"}
    assert shanty("search", "album", "Switchboard", "--artist", "Vesper Kilowatt") == 0
    assert "Single + Remix, 2012" in shanty.out
    assert shanty("search", "track", "Vesper", "Kilowatt", "-", "Copper") == 0
    assert "0:0" in shanty.out
    assert "on Cathode Garden" in shanty.out
    assert "demo, " in shanty.out


def test_a_search_shows_as_many_as_asked_for(shanty: Shell) -> None:
    found = shanty.json("search", "track", "Vesper Kilowatt – Switchboard", "--limit", "2")
    assert len(found["results"]) == 2 < found["total"]
    assert shanty("search", "track", "Vesper Kilowatt – Switchboard", "--limit", "2") == 0
    assert f"the best 2 of {found['total']}" in shanty.out
    assert shanty("search", "artist", "qqqqqq") == 0
    assert "MusicBrainz knows no artist like 'qqqqqq'" in shanty.out
    assert shanty("search", "label", "x") == 2
