"""What ``library scan`` costs, beside the least that any program has to do.

Makes a collection of tagged FLAC files (one real file, each copy with a recording MBID of its own),
wants some of the recordings, and measures a first scan beside opening each file with mutagen, and
a scan again beside a bare walk with one ``stat`` a file. Nobody clears the disk cache: all figures
are with the folder's metadata in memory.

Run it with ``python -m bench.library_scan``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import imageio_ffmpeg
import mutagen
import psutil

from shanty.catalog import Catalog
from shanty.config.settings import load_settings
from shanty.db import Database, open_database
from shanty.demo.discography import build_discography
from shanty.library.scan import ScanReport, scan_library
from shanty.music.entities import Placement
from shanty.tags.tagging import TagSet, write_tags
from shanty.workqueue import WorkQueue

FILES_PER_FOLDER = 12
WANTED = 1000
_PLACEHOLDER = "00000000-0000-4000-8000-000000000000"
_NAMESPACE = uuid.UUID("5b3a0df6-3b8c-4f43-a0c0-6e7c0d2d9f55")


def make_collection(folder: Path, count: int, mbids: list[str]) -> None:
    """Folders of albums, ``count`` files in all; the first ones are the given recordings."""
    template = folder / "template.flac"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-f", "lavfi"]
    command += ["-i", "sine=duration=0.05", "-map_metadata", "-1", str(template)]
    subprocess.run(command, check=True)
    tags = TagSet("A song", "Somebody", album="An album", recording_mbid=_PLACEHOLDER)
    write_tags(template, tags)
    content = template.read_bytes()
    template.unlink()
    for number in range(count):
        mbid = mbids[number] if number < len(mbids) else str(uuid.uuid5(_NAMESPACE, str(number)))
        album = folder / f"artist {number // 120:04}" / f"album {number // FILES_PER_FOLDER:05}"
        if number % FILES_PER_FOLDER == 0:
            album.mkdir(parents=True)
        path = album / f"{number % FILES_PER_FOLDER:02} a song.flac"
        path.write_bytes(content.replace(_PLACEHOLDER.encode(), mbid.encode()))


def walk_bare(folder: str) -> int:
    """The lower bound of a scan again: every entry, and one ``stat`` for each file."""
    count, folders = 0, [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    entry.stat()
                    count += 1
    return count


def open_all(folder: Path) -> int:
    """The lower bound of a first scan: every file opened by mutagen once."""
    return sum(mutagen.File(path) is not None for path in folder.rglob("*.flac"))


def want(database: Database, placements: Sequence[Placement]) -> None:
    """Make tracks wanted, in one transaction."""
    catalog = Catalog(database)
    with database.begin() as tx:
        for placement in placements:
            catalog.tracks.want(tx, placement)


def measure(work: Callable[[], object], times: int) -> tuple[float, object]:
    """The median of several runs in seconds, and what the last one gave."""
    taken, result = [], None
    for _ in range(times):
        began = time.perf_counter()
        result = work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken), result


def main() -> int:
    """Measure and print. Returns the exit code: 1 when a scan did not find what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=5, help="runs of all but the first scan")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shanty-bench-") as made:
        folder = Path(made) / "music"
        folder.mkdir()
        placements = build_discography(WANTED).placements
        make_collection(folder, options.files, [p.recording.mbid for p in placements])
        settings = load_settings(home=Path(made) / "home", library={"path": Path(made) / "library"})
        database = open_database(f"sqlite:///{made}/shanty.db")
        queue = WorkQueue(database)
        empty, _ = measure(lambda: want(database, placements), 1)
        with database.begin() as tx:
            queue.items.enqueue_wanted(tx)

        def scan() -> ScanReport:
            return scan_library(folder, settings=settings, database=database, queue=queue)

        opened, _ = measure(lambda: open_all(folder), 1)
        before = psutil.Process().memory_info().rss
        first, report = measure(scan, 1)
        assert isinstance(report, ScanReport)
        marked = report.marked
        bare, _ = measure(lambda: walk_bare(str(folder)), options.times)
        again, report = measure(scan, options.times)
        assert isinstance(report, ScanReport)
        later = build_discography(2 * WANTED).placements[WANTED:]
        wanting, _ = measure(lambda: want(database, later), 1)
        grown = psutil.Process().memory_info().rss - before
        database.dispose()
    rows = (
        ("mutagen opens each file", opened),
        ("first scan", first),
        ("bare walk, one stat each", bare),
        ("scan again, nothing changed", again),
    )
    print(f"{options.files} FLAC files, {WANTED} of them wanted; SQLite; median of {options.times}")
    for name, seconds in rows:
        print(f"{name:30} {seconds:8.2f} s  {options.files / seconds:9.0f} files/s")
    print(f"wanting {WANTED} tracks took {empty:.2f} s before the scans, {wanting:.2f} s after")
    print(f"memory grew by {grown / 2**20:.0f} MiB")
    is_right = marked == min(WANTED, options.files) and report.seen == options.files
    print(f"{marked} tracks marked, {report.read} files opened by the last scan")
    return 0 if is_right and not report.read else 1


if __name__ == "__main__":
    sys.exit(main())
