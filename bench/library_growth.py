"""Benchmark of the library's commands over libraries of growing size: processor and memory.

    python -m bench.library_growth [--sizes 1000 30000 100000] [--commands ls check retag] [--quick]

Owns made-up libraries: the catalogue as a run leaves it, and a file on the disk for each track
(links to a few, because only their names and tags are read). Each command runs in a process of its
own, from its start to its end. What one track costs of the processor may not grow. Memory may grow
with the tracks, but by no more than a quarter above that of a script which keeps only what the
answer is made of: the path of every file in order, or for ``check`` its size and time by its path.
The scripts are measured beside the commands. Exits with 1 if a goal is missed; ``--quick`` is to
see that it runs.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, select, update

from bench.large_library import SONGS, make_album
from bench.library_scan import make_collection
from shanty.catalog import Catalog
from shanty.db import Database, open_database
from shanty.db.tables import files, tracks
from shanty.models import TrackStatus
from shanty.music.entities import Artist

SIZES, SIZES_QUICK = (1000, 30_000, 100_000), (100, 300, 600)
COMMANDS = {
    "ls": ("library", "ls"),
    "ls --json": ("library", "ls", "--json"),
    "check": ("library", "check"),
    "retag": ("library", "retag", "--dry-run"),
}
TRACK_LIMIT = 1.5
"""How many times as much of the processor a track may take that only the largest library has."""
MEMORY_LIMIT = 1.25
"""How many times as much memory a command may need for one more track as its script."""
SCRIPTS: dict[str, Callable[[Iterable[str]], object]] = {
    "paths": sorted,
    "stamps": lambda paths: {path: stamp_of(Path(path)) for path in paths},
}
"""What a person would write who wants the answer of a command, given the path of every file."""
SCRIPT_OF, SCRIPT_ELSE = {"check": "stamps"}, "paths"
_ALBUMS_OF_ARTIST = 20
_LINKS = 10_000  # of one file: file systems bound them


@dataclass(frozen=True)
class Cost:
    """What a command cost: seconds of the processor, and the most memory, in MB."""

    cpu_seconds: float
    peak_mb: float


class FiledLibrary:
    """A home whose library has so many filed tracks."""

    def __init__(self, folder: Path, size: int):
        self._library = folder / "music"
        self._library.mkdir(parents=True)
        (folder / "shanty.toml").touch()
        self._environment = os.environ | {
            "SHANTY_HOME": str(folder),
            "SHANTY_CONFIG": str(folder / "shanty.toml"),
            "SHANTY_LIBRARY__PATH": str(self._library),
            "PYTHONPATH": str(Path(__file__).parent.parent),
        }
        self._log_path = folder / "command.log"
        self._samples = _make_samples(folder / "samples", -(-size // _LINKS))
        database = open_database(f"sqlite:///{folder / 'shanty.db'}")
        for first in range(0, size, SONGS * _ALBUMS_OF_ARTIST):
            self._file_artist(database, first // SONGS)
        database.dispose()

    def _file_artist(self, database: Database, first_album: int) -> None:
        catalog, number = Catalog(database), first_album // _ALBUMS_OF_ARTIST
        artist = Artist(f"00000005-0000-4000-8000-{number:012x}", f"Artist {number}")
        now, rows = datetime.now(UTC), []
        with database.begin() as tx:
            for album in range(first_album, first_album + _ALBUMS_OF_ARTIST):
                folder = self._library / artist.name / f"Album {album}"
                folder.mkdir(parents=True)
                track_ids = catalog.tracks.want_all(tx, make_album(album, artist))
                for place, track_id in enumerate(track_ids, start=1):
                    path = folder / f"{place:02} Song {place} of {album}.flac"
                    sample = self._samples[track_id // _LINKS % len(self._samples)]
                    os.link(sample, path)
                    rows.append(_file_row(track_id, path, now))
            tx.execute(insert(files), rows)
            is_new = select(tracks.c.id).where(tracks.c.status == TrackStatus.WANTED)
            tx.execute(
                update(tracks).where(tracks.c.id.in_(is_new)).values(status=TrackStatus.IN_LIBRARY)
            )

    def measure(self, command: tuple[str, ...]) -> Cost:
        """Run a command of ``shanty`` and wait for its end.

        Raises:
            SystemExit: it has failed.
        """
        return self._measure("--measured", *command)

    def measure_script(self, name: str) -> Cost:
        """The same for one of ``SCRIPTS``."""
        return self._measure("--script", name, str(self._library))

    def _measure(self, *given: str) -> Cost:
        words = [sys.executable, "-m", "bench.library_growth", *given]
        done = subprocess.run(
            words, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        said = done.stderr.decode(errors="replace").split("\n")
        if done.returncode:
            raise SystemExit("\n".join(said))
        cpu_seconds, peak_kib = map(float, said[-2].split())
        return Cost(cpu_seconds, peak_kib * 1024 / 1e6)


def stamp_of(path: Path) -> tuple[int, int]:
    """By what a check knows whether a file has changed: its bytes, and when it was written."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _make_samples(folder: Path, number: int) -> list[Path]:
    folder.mkdir()
    make_collection(folder, number, [])
    return sorted(folder.rglob("*.flac"))


def _file_row(track_id: int, path: Path, now: datetime) -> dict[str, object]:
    size, mtime_ns = stamp_of(path)
    return {
        "track_id": track_id,
        "path": str(path),
        "is_placed": True,
        "checksum": f"{track_id:064x}",
        "updated_at": now,
        "checked_size": size,
        "checked_mtime_ns": mtime_ns,
    }


def run_measured(command: list[str]) -> None:
    """The command itself, and then what this process has used, on stderr."""
    from cli.main import main as run_shanty

    sys.argv = ["shanty", *command]
    try:
        run_shanty()
    except SystemExit as ended:
        if ended.code:
            raise
    say_what_was_used()


def run_script(name: str, library_dir: str) -> None:
    """A script of ``SCRIPTS`` over every file of a library, and then what it has used."""
    SCRIPTS[name](f"{place}/{name}" for place, _, names in os.walk(library_dir) for name in names)
    say_what_was_used()


def say_what_was_used() -> None:
    """Seconds of the processor and the most memory of this process, on stderr."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Not ru_maxrss: that begins with what the process had that has started this one.
    status = Path("/proc/self/status").read_text()
    peak_kib = next(line.split()[1] for line in status.split("\n") if line.startswith("VmHWM"))
    print(f"\n{used.ru_utime + used.ru_stime} {peak_kib}", file=sys.stderr)


def bytes_for_one(costs: dict[int, Cost]) -> float:
    """Of memory, for each track that the largest library has more than the smallest."""
    sizes = list(costs)
    return (costs[sizes[-1]].peak_mb - costs[sizes[0]].peak_mb) * 1e6 / (sizes[-1] - sizes[0])


def print_table(found: dict[str, dict[int, Cost]], scripts: dict[str, dict[int, Cost]]) -> bool:
    """Print what each command cost; returns whether the goals are met."""
    sizes = list(next(iter(found.values())))
    table = Table("command", *(f"{size:,} tracks" for size in sizes), "for one track", "", "")
    are_met = True
    for name, costs in found.items():
        first, second, last = costs[sizes[0]], costs[sizes[-2]], costs[sizes[-1]]
        middle = (second.cpu_seconds - first.cpu_seconds) / (sizes[-2] - sizes[0])
        late = (last.cpu_seconds - second.cpu_seconds) / (sizes[-1] - sizes[-2])
        more = bytes_for_one(costs)
        limit = MEMORY_LIMIT * bytes_for_one(scripts[SCRIPT_OF.get(name, SCRIPT_ELSE)])
        is_met = more <= limit and late <= TRACK_LIMIT * middle
        are_met &= is_met
        table.add_row(
            name,
            *(f"{cost.cpu_seconds:.1f} s, {cost.peak_mb:.0f} MB" for cost in costs.values()),
            f"{late * 1e6:.0f} µs, {more:.0f} B",
            f"at most {middle * TRACK_LIMIT * 1e6:.0f} µs, {limit:.0f} B",
            "[green]held[/green]" if is_met else "[red]MISSED[/red]",
        )
    console = Console(width=max(140, Console().width))
    console.print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    console.print(table)
    return are_met


def main() -> None:
    """Measure and print; exit with 1 if a goal is missed."""
    if "--measured" in sys.argv:
        run_measured(sys.argv[2:])
        return
    if "--script" in sys.argv:
        run_script(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python -m bench.library_growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+")
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--quick", action="store_true", help="that it runs, not how much it takes")
    options = parser.parse_args()
    sizes = options.sizes or (SIZES_QUICK if options.quick else SIZES)
    if len(sizes) < 3 or list(sizes) != sorted(set(sizes)):
        parser.error("--sizes needs three numbers or more, each larger than the one before")
    found: dict[str, dict[int, Cost]] = {name: {} for name in options.commands}
    scripts: dict[str, dict[int, Cost]] = {name: {} for name in SCRIPTS}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="shanty-bench-") as made:
            library = FiledLibrary(Path(made) / "home", size)
            for name in options.commands:
                found[name][size] = library.measure(COMMANDS[name])
            for name, costs in scripts.items():
                costs[size] = library.measure_script(name)
    if not (print_table(found, scripts) or options.quick):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
