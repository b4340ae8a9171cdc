"""Searching and watching on the command line: names, ids, addresses, choices, interruptions."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.demo.pressing import make_mbid
from shanty.demo.world import World
from shanty.music.entities import Artist, ReleaseGroup
from tests.world.crash_world import ROOT
from tests.world.shell import UNKNOWN_MBID, Shell


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    audio_dir = tmp_path_factory.getbasetemp() / "audio"
    with World(6, audio_dir, with_scene=True) as made, made.activated():
        yield made


@pytest.fixture
def shanty(
    world: World,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shell]:
    world.requests.reset()
    yield Shell(capsys, monkeypatch)
    world.faults.clear()


def artist_of(world: World, name: str, about: str = "") -> Artist:
    assert world.scene is not None
    (found,) = [
        artist
        for artist in world.scene.artists
        if artist.name == name and about in artist.disambiguation
    ]
    return found


def group_of(world: World, title: str) -> ReleaseGroup:
    assert world.scene is not None
    (found,) = {group.mbid: group for group in world.scene.release_groups
                if group.title == title}.values()  # fmt: skip
    return found


def asked(world: World) -> int:
    return world.requests.total("catalogue")


# Search


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


# Wanting by name


def test_an_artist_by_name(shanty: Shell, world: World) -> None:
    document = shanty.json("watch", "add", "artist", "Vesper Kilowatt")
    assert document["types"] == ["Album"]
    assert (document["albums"], document["pending_albums"]) == (3, 1), "one is not out yet"
    assert document["wanted"] == 12, "six with the hidden one, and six on two discs"
    assert document["requests"] == asked(world) == 4, "search, list, and two albums"
    (rule,) = shanty.json("watch", "ls")
    of_the_command = ("requests", "change")
    assert rule == {key: value for key, value in document.items() if key not in of_the_command}
    assert shanty("watch", "ls") == 0
    assert "1 album still to come" in shanty.out
    assert shanty.json("status")["requests"]["musicbrainz"] == {"today": 4, "total": 4}
    assert shanty("status") == 0
    assert "requests to MusicBrainz: 4 today, 4 in all" in shanty.out
    assert shanty("watch", "add", "artist", rule["mbid"]) == 0
    assert asked(world) == 4, "everything is known"
    assert "12 wanted, 1 album still to come; 0 requests made" in shanty.out


def test_an_ambiguous_name_in_a_pipe_lists_the_choices(shanty: Shell, world: World) -> None:
    sentence = shanty.fails("watch", "add", "artist", "Nachtfalter")
    for about in ("duo", "cellist"):
        artist = artist_of(world, "Nachtfalter", about)
        assert f"{artist.mbid} Nachtfalter ({artist.disambiguation}" in sentence
    assert shanty.json("watch", "ls") == []
    assert "knows no artist like 'qqqqqq'" in shanty.fails("watch", "add", "artist", "qqqqqq")


def test_a_terminal_offers_the_choice(shanty: Shell, world: World) -> None:
    command = [sys.executable, "-m", "cli.main", "watch", "add", "artist", "Nachtfalter"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, b"7\n2\n")
    shown = b""
    while True:
        try:
            block = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        shown += block
        if not block:
            break
    os.close(ours)
    assert process.wait(60) == 0, shown
    text = shown.decode()
    assert text.count("Which one?") == 2, "7 is none of them"
    lines = [line.strip() for line in text.splitlines()]
    (second,) = [line for line in lines if line.startswith("2  Nachtfalter")]
    (rule,) = shanty.json("watch", "ls")
    chosen = artist_of(world, "Nachtfalter", "duo" if "duo" in second else "cellist")
    assert rule["mbid"] == chosen.mbid


def test_albums_and_tracks_by_name(shanty: Shell, world: World) -> None:
    assert shanty("watch", "add", "album", "Vesper Kilowatt – Dial Tones") == 0, shanty.err
    assert "Vesper Kilowatt – Dial Tones: 3 wanted; 2 requests made" in shanty.out
    assert shanty("watch", "add", "track", "Vesper Kilowatt - Sign-Off") == 1
    assert "may be one of" in shanty.err, "there is a live one too"
    assert shanty("watch", "add", "track", "Night Bus to Relay 9") == 0, shanty.err
    assert "wanted: Vesper Kilowatt – Night Bus to Relay 9 (on Long Wave)" in shanty.out


def test_a_various_artists_album(shanty: Shell, world: World) -> None:
    mbid = group_of(world, "Signal Fires").mbid
    assert shanty("watch", "add", "album", f"https://musicbrainz.org/release-group/{mbid}") == 0
    assert "Various Artists – Signal Fires: 4 wanted; 1 request made" in shanty.out
    various = artist_of(world, "Various Artists").mbid
    assert "nobody in particular" in shanty.fails("watch", "add", "artist", various)


def test_options_say_what_is_wanted(shanty: Shell, world: World) -> None:
    mbid = artist_of(world, "Vesper Kilowatt").mbid
    words = ["watch", "add", "artist", mbid]
    document = shanty.json(*words, "--type", "ep", "--type", "single", "--also", "remix")
    assert document["albums"] == 3
    assert document["also"] == ["Remix"]
    document = shanty.json(*words, "--type", "album", "--from-date", "2016", "--no-monitor")
    assert document["from_date"] == "2016-01-01"
    assert document["albums"] == 2
    assert document["monitored"] is False
    assert shanty.json("status")["tracks"]["wanted"] == 6, "the rest was withdrawn"
    assert shanty("watch", "ls") == 0
    assert shanty("watch", "add", "artist", mbid, "--type", "nonsense") == 2
    assert "nonsense" in shanty.err
    assert shanty("watch", "add", "artist", mbid, "--from-date", "2016-13") == 2


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


def test_an_artist_without_releases(shanty: Shell, world: World) -> None:
    assert shanty("watch", "add", "artist", "The Unrecorded") == 0, shanty.err
    assert "The Unrecorded: nothing is wanted; 2 requests made" in shanty.out
    assert shanty("watch", "rm", "1") == 0
    assert "0 tracks are no longer wanted" in shanty.out


def test_a_merged_artist_is_the_other_one(shanty: Shell, world: World) -> None:
    old = make_mbid("artist", "Vesper Kilowatts")
    assert shanty("watch", "add", "artist", old) == 0, shanty.err
    (rule,) = shanty.json("watch", "ls")
    assert rule["mbid"] == artist_of(world, "Vesper Kilowatt").mbid


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


# Ids of the wrong kind


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("artist", "is an album, 'Vesper Kilowatt – Long Wave': `shanty watch add album {mbid}`"),
        ("track", "is an album, 'Vesper Kilowatt – Long Wave': `shanty watch add album {mbid}`"),
    ],
)
def test_an_id_of_the_wrong_kind_is_said(
    shanty: Shell, world: World, kind: str, words: str
) -> None:
    mbid = group_of(world, "Long Wave").mbid
    assert words.format(mbid=mbid) in shanty.fails("watch", "add", kind, mbid)
    before = asked(world)
    address = f"https://musicbrainz.org/release-group/{mbid}"
    sentence = shanty.fails("watch", "add", kind, address)
    assert sentence == f"shanty: {address} is an album: `shanty watch add album {mbid}`"
    assert asked(world) == before, "the address says it"
    assert f"has no {'artist' if kind == 'artist' else 'recording'} {UNKNOWN_MBID}" in (
        shanty.fails("watch", "add", kind, UNKNOWN_MBID)
    )


def test_the_id_of_an_edition_means_its_album(shanty: Shell, world: World) -> None:
    assert world.scene is not None
    (release,) = [one for one in world.scene.releases if one.title == "Long Wave"]
    for text in (release.mbid, f"https://musicbrainz.org/release/{release.mbid}/discids"):
        assert shanty("watch", "add", "album", text) == 0, shanty.err
    (rule,) = shanty.json("watch", "ls")
    assert rule["mbid"] == release.release_group.mbid


def test_an_address_of_another_service_is_looked_up_and_never_searched_for(
    shanty: Shell, world: World
) -> None:
    artist, group = artist_of(world, "Vesper Kilowatt"), group_of(world, "Long Wave")
    assert world.scene is not None
    (edition,) = [one for one in world.scene.releases if one.title == "Long Wave"]
    song = edition.media[0].tracks[0].recording
    world.link("https://open.spotify.com/artist/1", ("artist", artist.mbid))
    world.link("https://www.deezer.com/album/2", ("release-group", group.mbid))
    world.link("https://tidal.com/album/3", ("release", edition.mbid))
    world.link("https://www.youtube.com/watch?v=4", ("recording", song.mbid))
    for kind, address, mbid in (
        ("artist", "spotify:artist:1", artist.mbid),
        ("album", "https://www.deezer.com/us/album/2?utm=x", group.mbid),
        ("album", "https://tidal.com/browse/album/3", group.mbid),
        ("track", "https://youtu.be/4", song.mbid),
    ):
        assert shanty("watch", "add", kind, address) == 0, shanty.err
        assert mbid in [rule["mbid"] for rule in shanty.json("watch", "ls")]
    sentence = shanty.fails("watch", "add", "track", "open.spotify.com/artist/1")
    assert "is an artist, 'Vesper Kilowatt': `shanty watch add artist" in sentence
    for kind in ("artist", "album", "track"):
        sentence = shanty.fails("watch", "add", kind, "https://open.spotify.com/track/vesper")
        assert "MusicBrainz does not know what https://open.spotify.com/track/vesper is" in sentence


# Trouble


def test_an_interrupted_wish_goes_on_with_the_same_command(shanty: Shell, world: World) -> None:
    mbid = artist_of(world, "Vesper Kilowatt").mbid
    target = f"release?release-group={group_of(world, 'Long Wave').mbid}"
    world.faults.set("unavailable", target=target, times=1, value=30)
    sentence = shanty.fails("watch", "add", "artist", mbid)
    assert "asks us to wait" in sentence
    assert "Vesper Kilowatt is watched, 1 of its albums are done" in sentence
    assert "goes on there, after" in sentence
    before = asked(world)
    assert "is paused" in shanty.fails("watch", "add", "artist", mbid)
    assert asked(world) == before, "asked although told to wait"
    assert shanty("sources", "resume", "musicbrainz") == 0
    assert shanty("watch", "add", "artist", mbid) == 0, shanty.err
    assert asked(world) == before + 1
    assert "12 wanted" in shanty.out


def test_nothing_is_lost_while_musicbrainz_is_down(
    shanty: Shell, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mbid = artist_of(world, "Vesper Kilowatt").mbid
    shanty("watch", "add", "artist", mbid, "--type", "ep")
    monkeypatch.setenv("SHANTY_MUSICBRAINZ__URL", "http://127.0.0.1:9")
    for words in (
        ["search", "artist", "x"],
        ["watch", "add", "artist", "x"],
        ["watch", "add", "artist", UNKNOWN_MBID],
        ["watch", "add", "artist", mbid, "--type", "album"],
        ["watch", "add", "album", group_of(world, "Long Wave").mbid],
    ):
        assert "127.0.0.1:9 cannot be reached: Connection refused" in shanty.fails(*words)
    rules = shanty.json("watch", "ls")
    assert [(rule["kind"], rule["pending_albums"]) for rule in rules] == [
        ("artist", 3),
        ("album", 1),
    ]
    monkeypatch.setenv("SHANTY_MUSICBRAINZ__URL", world.base_url)
    assert shanty("watch", "add", "artist", mbid) == 0
    assert shanty.json("status")["tracks"]["wanted"] == 12
