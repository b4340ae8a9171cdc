"""Benchmark of taking up an artist with a very long discography: requests, time and memory.

    python -m bench.expansion [--rate 5] [--groups 300] [--recordings 4000] [--editions 3]

Owns a made-up artist and its WS/2 server, which answers at once. What it is held against is the
time that the requests take at the permitted rate: nothing that is done with an answer may add to
it. The client is a process of its own, so that its memory is its own; it paces itself through the
database as every process of ours does. At the real rate of 1 a second it takes five minutes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shanty.config.settings import Settings
from shanty.db import open_database
from shanty.demo.catalogue import Catalogue
from shanty.demo.listener import Listener
from shanty.demo.names import Album, Song
from shanty.demo.pressing import Press, make_mbid, press_again
from shanty.models import TrackStatus
from shanty.music.entities import Artist
from shanty.sources.opening import open_musicbrainz
from shanty.watching.expansion import Expansion
from shanty.watching.watch import Wish, watch_artist

NAME = "The Long Runners"
TIME_LIMIT = 1.10
MEMORY_LIMIT_MIB = 250.0


def make_catalogue(groups: int, recordings: int, editions: int) -> Catalogue:
    """One artist with so many albums; every edition has the same recordings."""
    catalogue, press = Catalogue(), Press()
    for number in range(groups):
        count = recordings // groups + (number < recordings % groups)
        songs = tuple(Song(f"Song {number}-{track}") for track in range(count))
        year = 1960 + number % 60
        album = Album(
            title=f"Album {number}",
            credit=(NAME,),
            date=f"{year}-03-0{1 + number % 9}",
            country="GB",
            label="Bench",
            discs=(songs,),
        )
        release = press.press(album)
        catalogue.store.publish(release)
        for again in range(1, editions):
            reissued = Album(
                album.title,
                album.credit,
                album.discs,
                f"{year + again}",
                "GB",
                "Bench",
                reissue_date=f"{year + again}",
            )
            catalogue.store.publish(press_again(release, reissued))
    return catalogue


def run_client(url: str, rate: float, home: Path) -> None:
    """Take the artist up, and print what it took as JSON."""
    settings = Settings(home=home, musicbrainz={"url": url, "rate": rate})  # type: ignore[arg-type]
    database = open_database(settings.resolved_database_url)
    musicbrainz = open_musicbrainz(settings, database)
    expansion = Expansion(database, musicbrainz, settings.catalogue)
    began, cpu_began = time.monotonic(), time.process_time()
    rule_id = watch_artist(Artist(make_mbid("artist", NAME), NAME), Wish(), expansion).rule_id
    expansion.expand(rule_id)
    print(
        json.dumps(
            {
                "seconds": time.monotonic() - began,
                "cpu_seconds": time.process_time() - cpu_began,
                "requests": musicbrainz.requests_made,
                "wanted": expansion.catalog.tracks.count()[TrackStatus.WANTED],
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "database_mib": (home / "shanty.db").stat().st_size / 1024**2,
            }
        )
    )


def measure(groups: int, recordings: int, editions: int, rate: float) -> dict[str, float]:
    """What the client says of itself, and ``least_seconds``: its requests at the permitted rate."""
    catalogue = make_catalogue(groups, recordings, editions)
    with (
        tempfile.TemporaryDirectory(prefix="shanty-bench-") as home,
        Listener(catalogue.answer) as listener,
    ):
        command = [sys.executable, "-m", "bench.expansion", "--client", listener.base_url]
        command += ["--rate", str(rate), "--home", home]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    result["least_seconds"] = result["requests"] / rate
    return result


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=5.0, help="requests per second")
    parser.add_argument("--groups", type=int, default=300)
    parser.add_argument("--recordings", type=int, default=4000)
    parser.add_argument("--editions", type=int, default=3)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.client:
        run_client(asked.client, asked.rate, asked.home)
        return
    result = measure(asked.groups, asked.recordings, asked.editions, asked.rate)
    share = result["seconds"] / result["least_seconds"]
    table = Table("", "measured", "limit", box=None, pad_edge=False)
    table.add_row("tracks wanted", f"{result['wanted']:.0f}", f"{asked.recordings}")
    table.add_row("requests", f"{result['requests']:.0f}", "")
    table.add_row(
        f"seconds at {asked.rate:g} requests/s",
        f"{result['seconds']:.2f}",
        f"{result['least_seconds'] * TIME_LIMIT:.2f}",
    )
    table.add_row("… of what the requests take", f"{share:.3f}", f"{TIME_LIMIT:.2f}")
    table.add_row("CPU seconds", f"{result['cpu_seconds']:.2f}", "")
    table.add_row("peak memory, MiB", f"{result['peak_mib']:.0f}", f"{MEMORY_LIMIT_MIB:.0f}")
    table.add_row("database, MiB", f"{result['database_mib']:.1f}", "")
    Console().print(table)
    is_held = share <= TIME_LIMIT and result["peak_mib"] < MEMORY_LIMIT_MIB
    sys.exit(0 if is_held and result["wanted"] == asked.recordings else 1)


if __name__ == "__main__":
    main()
