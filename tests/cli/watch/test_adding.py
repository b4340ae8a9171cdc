"""Adding a wish: names, ids, addresses, choices, interruptions."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from shanty.demo.pressing import make_mbid
from shanty.demo.world import World
from tests.world.crash_world import ROOT
from tests.world.scene_finds import artist_of, asked, group_of
from tests.world.shell import UNKNOWN_MBID, Shell


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
