"""Rules on the command line: added again, edited, listed, left out, taken back."""

from __future__ import annotations

import re

from shanty.demo.world import World
from tests.world.scene_finds import artist_of, asked, group_of
from tests.world.shell import Shell


def test_adding_an_artist_again_says_what_changes_and_how_to_take_it_back(
    shanty: Shell, world: World
) -> None:
    mbid = artist_of(world, "Vesper Kilowatt").mbid
    assert shanty("watch", "add", "artist", mbid, "--from-date", "1999") == 0, shanty.err
    assert "changed" not in shanty.out
    before = shanty.json("watch", "show", "1")
    assert shanty("watch", "add", "artist", mbid) == 0
    assert "changed" not in shanty.out, "nothing was changed"
    assert shanty("watch", "add", "artist", mbid, "--type", "ep", "--also", "live") == 0
    assert "changed: EPs, also live, since 1999-01-01 (before: albums, since 1999-01-01)" in (
        shanty.out
    )
    assert "3 albums no longer watched, 12 tracks no longer wanted" in shanty.out
    (undo,) = re.findall("`shanty (watch edit .*)` takes this back", shanty.out)
    assert shanty.json("watch", "show", "1") != before
    assert shanty(*undo.split()) == 0, shanty.err
    assert shanty.json("watch", "show", "1") == before


def test_a_rule_is_edited(shanty: Shell, world: World) -> None:
    mbid = artist_of(world, "Vesper Kilowatt").mbid
    shanty("watch", "add", "artist", mbid, "--also", "live", "--from-date", "2016")
    document = shanty.json("watch", "edit", "1", "--also", "none", "--from-date", "any")
    assert (document["also"], document["from_date"]) == ([], None)
    assert document["change"]["before"]["also"] == ["Live"]
    assert shanty("watch", "edit", "1", "--no-monitor") == 0
    assert "changed: albums, not monitored (before: albums)" in shanty.out
    assert shanty("watch", "edit", "1", "--no-monitor") == 0
    assert "nothing changes" in shanty.out
    for words in (["watch", "ls"], ["watch", "show", "1"]):
        assert shanty(*words) == 0
        assert "albums, not monitored" in shanty.out
    shanty("watch", "add", "album", group_of(world, "Long Wave").mbid)
    shanty("watch", "add", "track", "Night Bus to Relay 9")
    assert shanty("watch", "edit", "2", "--no-monitor") == 0
    assert "one album, not monitored" in (shanty("watch", "show", "2"), shanty.out)[1]
    assert "only an artist has types" in shanty.fails("watch", "edit", "2", "--type", "ep")
    assert "is one song" in shanty.fails("watch", "edit", "3", "--no-monitor")
    assert "no watch rule 9" in shanty.fails("watch", "edit", "9", "--monitor")


def test_taking_a_wish_back_leaves_what_another_one_wants(shanty: Shell, world: World) -> None:
    shanty("watch", "add", "artist", artist_of(world, "Vesper Kilowatt").mbid)
    shanty("watch", "add", "album", group_of(world, "Long Wave").mbid)
    assert shanty("watch", "rm", "1") == 0
    assert "removed; 6 tracks are no longer wanted" in shanty.out
    assert shanty.json("status")["tracks"]["wanted"] == 6


def test_a_wish_shows_its_albums(shanty: Shell, world: World) -> None:
    shanty("watch", "add", "artist", "Vesper Kilowatt")
    shown = shanty.json("watch", "show", "1")
    assert [(one["title"], one["wanted"], one["pending"]) for one in shown["of_albums"]] == [
        ("Cathode Garden", 6, False),
        ("Long Wave", 6, False),
        ("Shortwave", 0, True),
    ]
    assert shanty("watch", "show", "1") == 0
    assert "still to come" in shanty.out
    shanty("watch", "add", "track", "Night Bus to Relay 9")
    assert shanty("watch", "show", "2") == 0
    assert "(one song): 1 wanted" in shanty.out
    assert "no watch rule 9" in shanty.fails("watch", "show", "9")


def test_an_album_or_a_song_is_left_out_and_taken_in_again(shanty: Shell, world: World) -> None:
    shanty("watch", "add", "artist", "Vesper Kilowatt")
    assert shanty("watch", "exclude", "1", "long", "wave") == 0, shanty.err
    assert "left out: the album 'Long Wave'; 6 tracks no longer wanted" in shanty.out
    (undo,) = re.findall("`shanty (watch include .*)` takes this back", shanty.out)
    assert shanty("watch", "exclude", "1", "Night Bus to Relay 9") == 1, "it went with its album"
    shown = shanty.json("watch", "show", "1")
    assert [one["name"] for one in shown["excluded"]] == ["Long Wave"]
    assert [one["title"] for one in shown["of_albums"]] == ["Cathode Garden", "Shortwave"]
    assert shanty("watch", "show", "1") == 0
    assert "left out: the album 'Long Wave'" in shanty.out
    before = asked(world)
    assert shanty(*undo.split()) == 0, shanty.err
    assert "12 wanted" in shanty.out
    assert asked(world) == before
    excluded = shanty.json("watch", "exclude", "1", "Night Bus to Relay 9")
    assert excluded["withdrawn"] == 1
    assert excluded["part"]["kind"] == "track"


def test_a_wish_names_every_song_with_its_state(shanty: Shell, world: World) -> None:
    shanty("watch", "add", "artist", "Vesper Kilowatt")
    shanty("watch", "exclude", "1", "Night Bus to Relay 9")
    songs = shanty.json("watch", "show", "1", "--tracks")["tracks"]
    assert len(songs) == 11
    assert {(one["on_album"], one["status"]) for one in songs} == {
        ("Cathode Garden", "wanted"),
        ("Long Wave", "wanted"),
    }
    assert [one["place"] for one in songs if one["on_album"] == "Long Wave"] == sorted(
        one["place"] for one in songs if one["on_album"] == "Long Wave"
    )
    assert shanty("watch", "show", "1", "--tracks") == 0, shanty.err
    assert all(one["title"] in shanty.out for one in songs)
    assert "left out: the song 'Night Bus to Relay 9'" in shanty.out
    assert "still to come" in shanty.out, "the announced album has no songs yet"
