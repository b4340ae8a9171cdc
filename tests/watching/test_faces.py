"""Which albums stand for an artist."""

from __future__ import annotations

from shanty.db import Database
from shanty.models import TrackStatus
from shanty.providers.musicbrainz import MusicBrainz
from shanty.watching.faces import MOST_TRIED, ask_faces, known_faces
from tests.world.discographies import FAST, Watcher, make_artist, make_many, serve

STAR, OTHER, QUIET, SILENT = map(make_artist, ("Star", "Other", "Quiet", "Silent"))
ALL = [one.mbid for one in (STAR, OTHER, QUIET, SILENT)]


def test_an_artist_of_many_albums_hides_no_other() -> None:
    albums = [*make_many(STAR, 7, 1), *make_many(OTHER, 3, 1), *make_many(QUIET, 1, 1)]
    with serve(*albums, artists=[SILENT]) as server:
        musicbrainz = MusicBrainz(server.url, rate=FAST)
        whole = ask_faces(ALL, musicbrainz)
        assert len(server.asked) == 1, "one request for all of them"
        assert [len(whole[mbid]) for mbid in ALL] == [MOST_TRIED, MOST_TRIED, 1, 0]
        server.page_size = 5
        cut_off = ask_faces(ALL, musicbrainz)
        assert len(server.asked) == 3, "no more than it takes until an answer is whole"
        assert [len(cut_off[mbid]) for mbid in ALL] == [MOST_TRIED, MOST_TRIED, 1, 0]
        server.page_size = 1
        assert cut_off[QUIET.mbid] == ask_faces(ALL, musicbrainz)[QUIET.mbid]


def test_albums_that_are_here_stand_for_an_artist_first(sqlite_database: Database) -> None:
    albums = make_many(STAR, 3, 1)
    with serve(*albums) as server:
        watcher = Watcher(sqlite_database, server.url)
        assert known_faces(STAR.mbid, sqlite_database, watcher.catalog) is None
        watcher.watch(STAR)
        groups = [one.release_group.mbid for one in albums]
        assert known_faces(STAR.mbid, sqlite_database, watcher.catalog) == groups
        watcher.set_status("Song 2-0", TrackStatus.IN_LIBRARY)
        first, *rest = known_faces(STAR.mbid, sqlite_database, watcher.catalog) or []
        assert (first, rest) == (groups[2], groups[:2])
