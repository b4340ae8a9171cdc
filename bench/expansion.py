"""Benchmark of taking up artists with long discographies: requests, time, processor and memory.

    python -m bench.expansion [--rate 5] [--recordings 1000 10000] [--editions 3]

Owns a made-up artist and its WS/2 server, which answers at once. What it is held against is the
time that the requests take at the permitted rate: nothing that is done with an answer may add to
it. What one answer costs of the processor may not grow with the discography. The client is a
process of its own, so that its memory is its own; it paces itself through the database as every
process of ours does. At the real rate of 1 a second it takes a quarter of an hour. Exits with 1 if
a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
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
PER_GROUP = 13
"""Recordings of an album."""
TIME_LIMIT = 1.10
GROWTH_LIMIT = 1.5
"""How many times as much of the processor a request may take as one of the first discography."""
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


def measure(recordings: int, editions: int, rate: float) -> dict[str, float]:
    """What the client says of itself, and ``least_seconds``: its requests at the permitted rate.

    ``request_ms`` is what one request costs of the processor, with all that is done with it.
    """
    catalogue = make_catalogue(-(-recordings // PER_GROUP), recordings, editions)
    with (
        tempfile.TemporaryDirectory(prefix="shanty-bench-") as home,
        Listener(catalogue.answer) as listener,
    ):
        command = [sys.executable, "-m", "bench.expansion", "--client", listener.base_url]
        command += ["--rate", str(rate), "--home", home]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    result["least_seconds"] = result["requests"] / rate
    result["request_ms"] = result["cpu_seconds"] * 1000 / result["requests"]
    return result


def print_table(measured: dict[int, dict[str, float]], rate: float) -> bool:
    """Print what was measured, by the number of recordings; returns whether the goals are met."""
    found = list(measured.values())
    rows: list[tuple[str, list[float], float | None]] = [
        ("tracks wanted", [one["wanted"] for one in found], None),
        ("requests", [one["requests"] for one in found], None),
        (f"seconds at {rate:g} requests/s", [one["seconds"] for one in found], None),
        (
            "… of what the requests take",
            [one["seconds"] / one["least_seconds"] for one in found],
            TIME_LIMIT,
        ),
        ("processor for a request, ms", [one["request_ms"] for one in found], None),
        (
            "… times the first",
            [one["request_ms"] / found[0]["request_ms"] for one in found],
            GROWTH_LIMIT,
        ),
        ("peak memory, MiB", [one["peak_mib"] for one in found], MEMORY_LIMIT_MIB),
        ("database, MiB", [one["database_mib"] for one in found], None),
    ]
    heads = (f"{recordings:,} recordings" for recordings in measured)
    table = Table("", *heads, "limit", box=None, pad_edge=False)
    for what, figures, limit in rows:
        shown = (f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}" for figure in figures)
        table.add_row(what, *shown, "" if limit is None else f"{limit:g}")
    console = Console()
    console.print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    console.print(table)
    return all(limit is None or max(figures) <= limit for _, figures, limit in rows)


def main() -> None:
    """Measure and print a table; exit with 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=5.0, help="requests per second")
    parser.add_argument("--recordings", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--editions", type=int, default=3)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.client:
        run_client(asked.client, asked.rate, asked.home)
        return
    measured = {one: measure(one, asked.editions, asked.rate) for one in asked.recordings}
    are_met = print_table(measured, asked.rate)
    is_whole = all(one["wanted"] == recordings for recordings, one in measured.items())
    sys.exit(0 if are_met and is_whole else 1)


if __name__ == "__main__":
    main()
