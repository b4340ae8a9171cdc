"""Benchmark of the pages: how long each takes to be answered over a large library.

    python -m bench.pages [--tracks 100000] [--rules 2000] [--reviews 1000] [--times 20]

Owns a made-up library in a temporary home, served as `shanty web` does; nothing else runs beside.
The time is from the request to the last byte, for somebody who has logged in. The 95th percentile
of each page is to stay under 250 ms.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table
from sqlalchemy import update

from deployments.listening import free_port
from shanty.access.credentials import Credentials
from shanty.access.secret import read_secret
from shanty.catalog import Catalog
from shanty.config.settings import Settings, load_settings
from shanty.db import Database, open_database
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
from web.serving import serve_beside

LIMIT_MS = 250.0
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


def addresses(database: Database) -> Iterator[str]:
    """The pages, and an example of those of one thing."""
    catalog = Catalog(database)
    yield from ("/", "/library", "/library?view=artists", "/library?view=missing")
    yield from ("/library?order=recent", "/library?q=song+7", "/library?offset=6000")
    yield f"/library/{catalog.tracks.get(1).release_key}"
    yield from ("/add", "/watching", "/watching?q=artist+77", "/watching/1", "/watching/announced")
    yield from ("/queue", "/queue?status=pending", "/queue?status=failed", "/review", "/review/500")
    yield from ("/history", "/history/trash", "/settings", "/api/v1/status", "/metrics")


def measure(settings: Settings, url: str, path: str, times: int) -> tuple[int, list[float]]:
    """The status of a page, and how long each of its answers took, in milliseconds."""
    credentials = Credentials(read_secret(settings.home))
    cookie = f"{credentials.cookie_name}={credentials.make_session()}"
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    taken: list[float] = []
    status = 0
    for _ in range(times + 1):  # the first one warms up
        began = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": cookie, "Accept": "text/html"})
        answer = connection.getresponse()
        answer.read()
        status = answer.status
        taken.append((time.perf_counter() - began) * 1000)
    connection.close()
    return status, taken[1:]


def main() -> int:
    """Fill, serve, ask, and print the table; 1 if a page is not answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=2000)
    parser.add_argument("--reviews", type=int, default=1000)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        settings = load_settings(
            home=home, library={"path": Path(folder)}, web={"port": free_port()}
        )
        home.mkdir()
        database = open_database(settings.resolved_database_url)
        began = datetime.now(UTC)
        fill(database, WorkQueue(database), options.tracks, options.rules, options.reviews)
        console.print(f"filled in {(datetime.now(UTC) - began).total_seconds():.0f} s")
        table = Table("page", "status", "median ms", "p95 ms")
        is_bad = False
        with serve_beside(settings, is_asked_for=True):
            url = f"http://127.0.0.1:{settings.web.port}"
            for path in addresses(database):
                status, taken = measure(settings, url, path, options.times)
                p95 = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
                is_bad |= status != 200
                late = " (too late)" if p95 > LIMIT_MS else ""
                median = f"{statistics.median(taken):.0f}"
                table.add_row(path, str(status), median, f"{p95:.0f}{late}")
        database.dispose()
        console.print(table)
    return 1 if is_bad else 0


if __name__ == "__main__":
    sys.exit(main())
