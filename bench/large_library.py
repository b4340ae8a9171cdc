"""A made-up library of any size, as the catalogue writes it: for the benchmark of the pages."""

from __future__ import annotations

from sqlalchemy import update

from shanty.catalog import Catalog
from shanty.db import Database
from shanty.db.tables import tracks
from shanty.models import Candidate, GroupFilter, TrackStatus
from shanty.music.entities import (
    Artist,
    ArtistCredit,
    CreditedArtist,
    Medium,
    Placement,
    Recording,
    Release,
    ReleaseGroup,
    Track,
)
from shanty.workqueue import WorkQueue

SONGS = 10  # of an album
WANTED = 2000  # how many of the tracks wait to be downloaded


def make_album(number: int, artist: Artist) -> list[Placement]:
    """The tracks of a made-up album."""
    credit = ArtistCredit((CreditedArtist(artist, artist.name),))
    group = ReleaseGroup(_mbid(1, number), f"Album {number}", credit, "Album", (), "2001-02-03")
    songs = tuple(
        Track(
            _mbid(2, number * SONGS + place),
            place,
            str(place),
            f"Song {place} of {number}",
            Recording(_mbid(3, number * SONGS + place), f"Song {place}", credit, 200_000),
            credit,
            200_000,
        )
        for place in range(1, SONGS + 1)
    )
    medium = Medium(1, "CD", "", songs, SONGS)
    title = f"Album {number}"
    release = Release(_mbid(4, number), title, credit, group, date="2001-02-03", media=(medium,))
    return [Placement(release, medium, song) for song in songs]


def _mbid(kind: int, number: int) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def fill(database: Database, queue: WorkQueue, count: int, rules: int, reviews: int) -> None:
    """Put the library into the database; the first tracks are in review, the next are wanted."""
    catalog = Catalog(database)
    albums_of_rule = max(1, count // SONGS // rules)
    for first in range(0, rules, 50):
        with database.begin() as tx:
            for number in range(first, min(first + 50, rules)):
                artist = Artist(_mbid(5, number), f"Artist {number}")
                meant = GroupFilter(("Album",))
                rule_id = catalog.rules.add(
                    tx, "artist", artist.mbid, artist.name, group_filter=meant
                )
                for album in range(albums_of_rule):
                    placements = make_album(number * albums_of_rule + album, artist)
                    ids = catalog.tracks.want_all(tx, placements)
                    group = placements[0].release.release_group
                    catalog.discographies.store_group(tx, group)
                    catalog.rules.tie_groups(tx, rule_id, [(group.mbid, 1)])
                    catalog.rules.tie_tracks(tx, rule_id, ids, group.mbid)
                catalog.rules.complete(tx, rule_id)
    found = [Candidate("made", str(n), f"http://made/{n}", f"hit {n}", score=0.7) for n in (1, 2)]
    with database.begin() as tx:
        tx.execute(update(tracks).values(status=TrackStatus.IN_LIBRARY))
        for track_id in range(1, reviews + 1):
            catalog.candidates.record(tx, track_id, found)
            catalog.tracks.set_status(tx, track_id, TrackStatus.NEEDS_REVIEW, "which one is it?")
        wanted = tracks.c.id.between(reviews + 1, reviews + WANTED)
        tx.execute(update(tracks).where(wanted).values(status=TrackStatus.WANTED))
        queue.items.enqueue_wanted(tx)
