"""Which albums stand for an artist."""

from __future__ import annotations

from shanty.providers.musicbrainz import MusicBrainz
from shanty.watching.faces import MOST_TRIED, ask_faces
from tests.world.discographies import FAST, make_artist, make_many, serve

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
