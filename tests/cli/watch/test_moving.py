"""Moving in from another program: looked at first, done once, nothing replaced, gone on with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.demo.answers import Answer
from shanty.demo.world import World
from shanty.music.entities import Artist, ReleaseGroup
from tests.world.lidarr_server import KEY, LidarrServer, lidarr_server
from tests.world.shell import Shell


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIDARR_API_KEY", KEY)


@pytest.fixture
def lidarr(world: World) -> Iterator[LidarrServer]:
    """One that monitors two artists, and some albums of another one."""
    with lidarr_server() as made:
        standard = made.add_profile("Album", "Studio")
        wide = made.add_profile("Album", "Single", "EP", "Studio", "Live")
        vesper, moths = artist_of(world, "Vesper Kilowatt"), artist_of(world, "Nachtfalter", "duo")
        cathode, live = group_of(world, "Cathode Garden"), group_of(world, "Long Wave")
        made.add_artist(vesper, [(cathode, True), (live, False)], profile=wide)
        made.add_artist(moths, [(group_of(world, "Im Lampenlicht"), True)], profile=standard)
        polar = artist_of(world, "Полярная Станция")
        night = group_of(world, "Белая ночь")
        made.add_artist(polar, [(night, True), (cathode, False)], monitorNewItems="none")
        made.add_artist(Artist("", "Handmade", "Handmade"))
        made.add_artist(artist_of(world, "Ida Marsh"), monitored=False)
        yield made


def artist_of(world: World, name: str, about: str = "") -> Artist:
    assert world.scene is not None
    [found] = [
        one for one in world.scene.artists if one.name == name and about in one.disambiguation
    ]
    return found


def group_of(world: World, title: str) -> ReleaseGroup:
    assert world.scene is not None
    return next(one for one in world.scene.release_groups if one.title == title)


def asked(world: World) -> int:
    return world.requests.total("catalogue")


def rules_of(shanty: Shell) -> dict[str, dict[str, object]]:
    listed = shanty.json("watch", "ls")
    assert isinstance(listed, list)
    return {rule["name"]: rule for rule in listed}


# Lidarr


def test_what_lidarr_monitors_is_shown_first_and_changes_nothing(
    shanty: Shell, world: World, lidarr: LidarrServer
) -> None:
    assert shanty("import", "lidarr", lidarr.url) == 0, shanty.err
    assert "Vesper Kilowatt" in shanty.out
    assert "albums, EPs and singles, also live, without 1 album" in shanty.out
    assert "left out, because it has no MusicBrainz id there: Handmade" in shanty.out
    assert "left out, because Lidarr does not monitor it: Ida Marsh" in shanty.out
    assert (
        "nothing is changed; the same command with --yes watches 2 artists, 1 album" in shanty.out
    )
    assert rules_of(shanty) == {}
    assert asked(world) == 0


def test_what_lidarr_monitors_is_watched_and_found_out(
    shanty: Shell, world: World, lidarr: LidarrServer
) -> None:
    done = shanty.json("import", "lidarr", lidarr.url, "--yes")
    assert isinstance(done, dict)
    assert len(done["rules"]) == 3
    assert [one["name"] for one in done["refused"]] == ["Handmade", "Ida Marsh"]
    rules = rules_of(shanty)
    vesper = rules["Vesper Kilowatt"]
    assert (vesper["types"], vesper["also"]) == (["Album", "EP", "Single"], ["Live"])
    assert vesper["pending_albums"] == 1  # the one that is not out yet
    shown = shanty.json("watch", "show", str(vesper["id"]))
    assert isinstance(shown, dict)
    titles = {album["title"] for album in shown["of_albums"]}
    assert {"Cathode Garden", "Live at the Valve Works"} <= titles
    assert "Long Wave" not in titles
    assert [one["name"] for one in shown["excluded"]] == ["Long Wave"]
    assert rules["Полярная Станция – Белая ночь"]["wanted"]
    assert rules["Nachtfalter"]["types"] == ["Album"]


def test_the_second_time_nothing_is_new_and_nothing_is_asked(
    shanty: Shell, world: World, lidarr: LidarrServer
) -> None:
    shanty.json("import", "lidarr", lidarr.url, "--yes")
    before, requests = rules_of(shanty), asked(world)
    again = shanty.json("import", "lidarr", lidarr.url, "--yes")
    assert isinstance(again, dict)
    assert (again["new"], again["rules"], len(again["watched"])) == ([], [], 3)
    assert (rules_of(shanty), asked(world)) == (before, requests)
    assert shanty("import", "lidarr", lidarr.url) == 0
    assert "go on" not in shanty.out  # although an album is still to come out


def test_a_rule_that_exists_keeps_what_it_says(
    shanty: Shell, world: World, lidarr: LidarrServer
) -> None:
    vesper = artist_of(world, "Vesper Kilowatt")
    assert shanty("watch", "add", "artist", vesper.mbid, "--type", "ep", "--no-monitor") == 0
    before = rules_of(shanty)["Vesper Kilowatt"]
    assert shanty("import", "lidarr", lidarr.url, "--yes") == 0
    assert "1 watched already, and left as it is: Vesper Kilowatt" in shanty.out
    assert rules_of(shanty)["Vesper Kilowatt"] == before


def test_what_is_interrupted_goes_on(shanty: Shell, world: World, lidarr: LidarrServer) -> None:
    world.faults.set("unavailable", target="catalogue", value=60)
    sentence = shanty.fails("import", "lidarr", lidarr.url, "--yes")
    assert (
        "all are watched, and 0 of 3 looked at: the same command or the job `monitor`" in sentence
    )
    assert len(rules_of(shanty)) == 3
    world.faults.clear()
    assert shanty("sources", "resume", "musicbrainz") == 0, shanty.err
    assert shanty("import", "lidarr", lidarr.url, "--yes") == 0, shanty.err
    assert all(rule["wanted"] for rule in rules_of(shanty).values())


def test_later_stores_rules_and_asks_nobody(
    shanty: Shell, world: World, lidarr: LidarrServer
) -> None:
    assert shanty("import", "lidarr", lidarr.url, "--yes", "--later") == 0
    assert (len(rules_of(shanty)), asked(world)) == (3, 0)


def test_the_key_is_needed_and_never_shown(
    shanty: Shell, lidarr: LidarrServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "f" * 32
    assert "refuses the key" in shanty.fails("import", "lidarr", lidarr.url, wrong)
    assert wrong not in shanty.err
    lidarr.answer = lambda request: Answer(500)
    assert KEY not in shanty.fails("import", "lidarr", lidarr.url)
    monkeypatch.delenv("LIDARR_API_KEY")
    assert "set LIDARR_API_KEY" in shanty.fails("import", "lidarr", lidarr.url)


# Beets


@pytest.fixture
def beets(tmp_path: Path) -> Path:
    """A library that beets 2.14 has made, and that knows an artist of the scene."""
    import sqlite3

    dump = Path(__file__).parents[2] / "providers/beets_libraries/beets-2.14.1.sql"
    path = tmp_path / "library.db"
    connection = sqlite3.connect(path)
    connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    return path


def make_them_of_the_scene(beets: Path, world: World) -> None:
    import sqlite3

    vesper = artist_of(world, "Vesper Kilowatt")
    pairs = (("Jazz", "Cathode Garden"), ("Live Killers", "Long Wave"))
    with sqlite3.connect(beets) as connection:
        for title, other in pairs:
            connection.execute(
                "UPDATE albums SET albumartist = ?, mb_albumartistid = ?, mb_releasegroupid = ?, "
                "album = ? WHERE album = ?",
                (vesper.name, vesper.mbid, group_of(world, other).mbid, other, title),
            )
    connection.close()


def test_the_artists_of_beets_are_watched_for_what_is_new(
    shanty: Shell, world: World, beets: Path
) -> None:
    make_them_of_the_scene(beets, world)
    assert shanty("import", "beets", str(beets), "--yes") == 0, shanty.err
    assert "library.db: 5 albums, 7 songs, 1 of them on no album" in shanty.out
    assert "2 left out, because it has no MusicBrainz id there: Discogs Band; Brüder" in shanty.out
    assert "left out, because it stands for nobody in particular: Various Artists" in shanty.out
    rules = rules_of(shanty)
    assert list(rules) == ["Vesper Kilowatt"]
    assert rules["Vesper Kilowatt"]["from_date"]
    assert rules["Vesper Kilowatt"]["wanted"] == 0


def test_the_albums_of_beets_are_wanted_or_everything_of_one_artist(
    shanty: Shell, world: World, beets: Path
) -> None:
    make_them_of_the_scene(beets, world)
    chosen = ("--artist", "vesper kilowatt", "--at-least", "2")
    seen = shanty.json("import", "beets", str(beets), "--want", "all", *chosen)
    assert isinstance(seen, dict)
    assert [one["asks_for"] for one in seen["new"]] == ["albums"]
    assert shanty("import", "beets", str(beets), "--want", "albums", "--yes", *chosen) == 0
    rules = rules_of(shanty)
    assert list(rules) == [
        "Vesper Kilowatt – Cathode Garden",
        "Vesper Kilowatt – Long Wave",
    ]
    assert all(rule["wanted"] for rule in rules.values())
    assert "is by 'Nobody'" in shanty.fails("import", "beets", str(beets), "--artist", "Nobody")
    again = shanty.json("import", "beets", str(beets), "--want", "albums", *chosen)
    assert isinstance(again, dict)
    assert (again["new"], len(again["watched"])) == ([], 2)


# Lists


def test_songs_of_a_list_are_found_by_what_tells_them_apart(
    shanty: Shell, world: World, tmp_path: Path
) -> None:
    assert world.scene is not None
    cathode = next(one for one in world.scene.releases if one.title == "Cathode Garden")
    first, second = cathode.media[0].tracks[:2]
    rows = [
        "Track URI,Track Name,Album Name,Artist Name(s),Track Duration (ms),ISRC",
        f'spotify:track:1,"{first.title}",Cathode Garden,"Vesper Kilowatt,Somebody",'
        f"{first.recording.length_ms},",
        "spotify:track:2,No Such Song,Nowhere,Nobody,1000,",
    ]
    table = tmp_path / "liked.csv"
    table.write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
    found = shanty.json("import", "list", str(table), "--yes")
    assert isinstance(found, dict)
    assert [one["mbid"] for one in found["new"]] == [first.recording.mbid]
    assert [one["name"] for one in found["refused"]] == ["Nobody – No Such Song"]
    saved = tmp_path / "saved.spotdl"
    [code] = second.recording.isrcs
    song = {
        "name": f"{second.title} - Remastered 2011",
        "artists": ["Vesper Kilowatt"],
        "isrc": code,
    }
    saved.write_text(json.dumps({"type": "playlist", "songs": [song]}))
    again = shanty.json("import", "list", str(saved), "--yes")
    assert isinstance(again, dict)
    assert len(again["rules"]) == 1
    lines = tmp_path / "songs.txt"
    lines.write_text(f"{first.recording.mbid}\nVesper Kilowatt - {first.title}\n\n")
    seen = shanty.json("import", "list", str(lines))
    assert isinstance(seen, dict)
    assert [one["mbid"] for one in seen["watched"]] == [first.recording.mbid]


def test_a_list_of_artists_and_albums_is_watched_too(
    shanty: Shell, world: World, tmp_path: Path
) -> None:
    vesper, wave = artist_of(world, "Vesper Kilowatt"), group_of(world, "Long Wave")
    lines = tmp_path / "mine.txt"
    lines.write_text(
        f"Ida Marsh\nNachtfalter\nNobody Known\n{vesper.mbid}\n"
        f"https://musicbrainz.org/release-group/{wave.mbid}\n"
        f"https://musicbrainz.org/label/{wave.mbid}\n"
    )
    found = shanty.json("import", "list", str(lines), "--kind", "artist", "--yes", "--later")
    assert isinstance(found, dict)
    assert [(one["kind"], one["name"]) for one in found["new"]] == [
        ("artist", "Ida Marsh"),
        ("artist", "Vesper Kilowatt"),
        ("album", "Vesper Kilowatt – Long Wave"),
    ]
    assert [one["name"] for one in found["refused"]][:2] == ["Nachtfalter", "Nobody Known"]
    assert found["refused"][0]["why"] == "it may be one of 2"
    assert len(found["refused"]) == 3
    assert len(rules_of(shanty)) == 3
    lines.write_text("Vesper Kilowatt - Cathode Garden\n")
    seen = shanty.json("import", "list", str(lines), "--kind", "album")
    assert isinstance(seen, dict)
    assert [one["mbid"] for one in seen["new"]] == [group_of(world, "Cathode Garden").mbid]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "Artist,Year\nA,1\n", "has no column for the title"),
        ("a.csv", "", "has no column for the title"),
        ("a.json", "{", "is no JSON document"),
        ("a.spotdl", '{"songs": 3}', "has no list of songs"),
        ("a.spotdl", '[{"name": 3}, 4]', "lists nothing"),
        ("a.txt", "\n\n", "lists nothing"),
    ],
)
def test_a_file_that_is_no_list_is_a_sentence(
    shanty: Shell, tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert said in shanty.fails("import", "list", str(path))
    assert "there is no file" in shanty.fails("import", "list", str(tmp_path / "none"))
