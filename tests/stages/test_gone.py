"""If MusicBrainz does not have something at one moment, that is never believed for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shanty.catalog.distances import GONE
from shanty.db import Database
from shanty.demo.answers import Answer
from shanty.models import Stage
from shanty.music.entities import Release
from shanty.tags.tagging import read_cover
from shanty.tracks.second_looks import begin_looks
from tests.world.art_library import GROUP_COVER, ArtLibrary, ids
from tests.world.audio_files import make_audio
from tests.world.databases import Clock
from tests.world.discographies import Watcher, make_group, make_release, serve
from tests.world.filed_library import make_placements
from tests.world.monitored_artist import ARTIST, FIRST, HALF_A_DAY, MONTH, SECOND, look, retrack

DAY = 86400
KNOWN = {"One": "First", "Two": "First", "Three": "Second"}


def unlisted(release: Release, disc: int | None = None) -> Release:
    """The same edition, for which nobody has entered the tracks (of a disc) yet."""
    media = tuple(
        replace(medium, tracks=()) if disc in (None, medium.position) else medium
        for medium in release.media
    )
    return replace(release, media=media)


@pytest.mark.parametrize(
    "answer",
    [
        lambda path: Answer(404, b"<error><text>Not Found</text></error>"),
        lambda path: None if path.startswith("artist") else Answer(404, b"gone"),
        lambda path: Answer(200, b"<!DOCTYPE html><html>Please log in</html>", "text/html"),
    ],
)
def test_when_everything_is_missing_nothing_is_believed(
    database: Database, clock: Clock, answer: Callable[[str], Answer | None]
) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST)
        clock.advance(MONTH)
        server.refuse = lambda request, _: answer(request.path.removeprefix("/ws/2/"))
        report = look(watcher)
        assert not [note for note in report.notes if "no longer" in note]
        groups = [
            watcher.catalog.discographies.find_group(one.release_group.mbid)
            for one in (FIRST, SECOND)
        ]
        assert [group and group.gone_at for group in groups] == [None, None]
        server.refuse = lambda *_: None
        server.store.publish(retrack(SECOND, "Three", "Four"))
        clock.advance(HALF_A_DAY)
        assert look(watcher).tracks == 1
    assert watcher.wanted() == KNOWN | {"Four": "Second"}


def test_an_empty_mirror_is_not_believed(database: Database, clock: Clock) -> None:
    """The listing answers but is empty, and no album is found."""
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST)
    clock.advance(MONTH)
    with serve(artists=[ARTIST]) as empty:
        watcher = Watcher(database, empty.url, clock=clock)
        assert any("not believed" in note for note in look(watcher).notes)
    clock.advance(MONTH)
    with serve(FIRST, retrack(SECOND, "Three", "Four")) as server:
        watcher = Watcher(database, server.url, clock=clock)
        look(watcher)
    assert watcher.wanted() == KNOWN | {"Four": "Second"}


def test_a_missing_album_is_asked_for_again_and_may_come_back(
    database: Database, clock: Clock
) -> None:
    group = SECOND.release_group.mbid
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST)
        clock.advance(MONTH)
        server.store.remove("release-group", group)
        assert any("'Second'" in note for note in look(watcher).notes)
        server.asked.clear()
        for distance in (*GONE, GONE[-1]):
            clock.advance(0.85 * distance.total_seconds())
            asked = [one for one in server.asked if group in one]
            look(watcher)
            assert [one for one in server.asked if group in one] == asked, "asked too soon"
            clock.advance(0.15 * distance.total_seconds())
            look(watcher)
            assert len([one for one in server.asked if group in one]) == len(asked) + 1
        server.store.publish(retrack(SECOND, "Three", "Four"))
        clock.advance(MONTH)
        look(watcher)
    assert watcher.wanted() == KNOWN | {"Four": "Second"}
    known = watcher.catalog.discographies.find_group(group)
    assert known is not None
    assert known.gone_at is None


def test_an_album_that_was_not_there_at_first_comes_when_it_is(
    database: Database, clock: Clock
) -> None:
    """The listing had the album, but its editions were not found. A person may ask at once."""
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url, clock=clock)
        server.refuse = lambda request, _: (
            Answer(404) if SECOND.release_group.mbid in str(request.query) else None
        )
        watcher.watch(ARTIST)
        assert set(watcher.wanted()) == {"One", "Two"}
        (rule,) = watcher.catalog.rules.list_rules()
        (_, album) = watcher.catalog.rule_albums.of_rule(rule.id)
        assert "does not have it now" in album.note
        assert look(watcher).requests == 0
        server.refuse = lambda *_: None
        watcher.watch(ARTIST)
        assert watcher.wanted() == KNOWN, "a person asks, and is answered at once"


def test_one_run_of_not_found_does_not_empty_what_is_added_anew(
    database: Database, clock: Clock
) -> None:
    with serve(FIRST, SECOND) as server:
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watcher.watch(ARTIST)
        clock.advance(MONTH)
        server.refuse = lambda *_: Answer(404)
        look(watcher)
        server.refuse = lambda *_: None
        with database.begin() as tx:
            watcher.catalog.rules.remove(tx, rule_id)
        assert watcher.wanted() == {}
        watcher.watch(ARTIST)
    assert watcher.wanted() == KNOWN


def test_an_album_whose_tracks_nobody_has_entered_is_asked_for_again(
    database: Database, clock: Clock
) -> None:
    with serve(FIRST, unlisted(SECOND)) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST)
        (rule,) = watcher.catalog.rules.list_rules()
        (_, album) = watcher.catalog.rule_albums.of_rule(rule.id)
        assert "which tracks" in album.note
        server.store.publish(SECOND)
        clock.advance(DAY)
        assert look(watcher).tracks == 1
    assert watcher.wanted() == KNOWN


def test_also_for_an_album_that_is_not_monitored(database: Database, clock: Clock) -> None:
    with serve(unlisted(SECOND)) as server:
        watcher = Watcher(database, server.url, clock=clock)
        rule_id = watcher.watch_album(SECOND.release_group)
        with database.begin() as tx:
            rule = watcher.catalog.rules.get(rule_id)
            watcher.catalog.rules.add(tx, "album", rule.mbid, rule.name, is_monitored=False)
        server.store.publish(SECOND)
        clock.advance(DAY)
        look(watcher)
    assert watcher.wanted() == {"Three": "Second"}


def test_an_edition_with_known_tracks_is_preferred(database: Database, clock: Clock) -> None:
    other = make_release(SECOND.release_group, ["Three"], edition="other", date="2009")
    with serve(unlisted(SECOND), other) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST)
    assert watcher.wanted() == {"Three": "Second"}


@pytest.mark.parametrize("disc", [None, 1, 2])
def test_a_tracklist_that_is_not_known_withdraws_nothing(
    database: Database, clock: Clock, disc: int | None
) -> None:
    double = make_release(make_group(ARTIST, "Double", date="2005"), ["A", "B"], ["C", "D"])
    with serve(double) as server:
        watcher = Watcher(database, server.url, clock=clock)
        watcher.watch(ARTIST)
        clock.advance(MONTH)
        server.store.publish(unlisted(double, disc))
        report = look(watcher)
        assert report.notes == []
        assert set(watcher.wanted()) == set("ABCD")
        for track in watcher.catalog.tracks.list_tracks():
            assert watcher.catalog.tracks.get_placement(track.id).track.title == track.title
        server.store.publish(double)
        clock.advance(MONTH)
        assert look(watcher).notes == []
    assert set(watcher.wanted()) == set("ABCD")


def test_a_missing_cover_is_looked_for_again(library: ArtLibrary, tmp_path: Path) -> None:
    audio = make_audio(tmp_path / "tone.opus")
    placements = make_placements("One", "Two", album="A")
    tracks = library.file(placements, audio)
    assert [read_cover(library.path(track)) for track in tracks] == [None, None]
    at = library.catalog.looks.next_of(tracks[0])
    other_at = library.catalog.looks.next_of(tracks[1])
    assert at is not None
    assert other_at is not None
    assert abs(at - other_at) < timedelta(minutes=1), "an album is asked for once"
    at = max(at, other_at)
    library.server.cover("release-group", ids(placements[0])[0], GROUP_COVER)
    later = type(library.catalog)(library.database, lambda: at)
    services = library.services("later")
    assert begin_looks(later, services.queue, library.database) == 2
    items = services.queue.overview.list_items(Stage.ENRICH, "pending")
    assert {item.track_id for item in items} == set(tracks)
