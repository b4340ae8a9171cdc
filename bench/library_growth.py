"""Benchmark of the library's commands over libraries of growing size: processor and memory.

    python -m bench.library_growth [--sizes 1000 30000 100000] [--commands ls check retag] [--quick]

Owns made-up libraries: catalogue and journal as a run leaves them, and a file on the disk for each
track (links to a few, because only their names and tags are read). Each command runs in a process
of its own, from its start to its end. What one track costs of the processor may not grow. Memory
may grow by 200 bytes for each track, which is mostly what sorting takes; that of ``check`` by what
has to be known of each to tell what is missing. Exits with 1 if a goal is missed; ``--quick`` is to
see that it runs.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
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
"""How many times the processor of one track of the second library one of the largest may take."""
MEMORY_LIMIT_BYTES = {"check": 500.0}
MEMORY_LIMIT_BYTES_ELSE = 200.0
"""Of memory, for each track that the largest library has more than the smallest."""
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
        words = [sys.executable, "-m", "bench.library_growth", "--measured", *command]
        done = subprocess.run(
            words, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        said = done.stderr.decode(errors="replace").split("\n")
        if done.returncode:
            raise SystemExit("\n".join(said))
        cpu_seconds, peak_kib = map(float, said[-2].split())
        return Cost(cpu_seconds, peak_kib * 1024 / 1e6)


def _make_samples(folder: Path, number: int) -> list[Path]:
    folder.mkdir()
    make_collection(folder, number, [])
    return sorted(folder.rglob("*.flac"))


def _file_row(track_id: int, path: Path, now: datetime) -> dict[str, object]:
    status = path.stat()
    return {
        "track_id": track_id,
        "path": str(path),
        "is_placed": True,
        "checksum": f"{track_id:064x}",
        "updated_at": now,
        "checked_size": status.st_size,
        "checked_mtime_ns": status.st_mtime_ns,
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
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Not ru_maxrss: that begins with what the process had that has started this one.
    status = Path("/proc/self/status").read_text()
    peak_kib = next(line.split()[1] for line in status.split("\n") if line.startswith("VmHWM"))
    print(f"\n{used.ru_utime + used.ru_stime} {peak_kib}", file=sys.stderr)


def print_table(found: dict[str, dict[int, Cost]]) -> bool:
    """Print what each command cost; returns whether the goals are met."""
    sizes = list(next(iter(found.values())))
    table = Table("command", *(f"{size:,} tracks" for size in sizes), "for one track", "", "")
    are_met = True
    for name, costs in found.items():
        first, second, last = costs[sizes[0]], costs[sizes[-2]], costs[sizes[-1]]
        middle = (second.cpu_seconds - first.cpu_seconds) / max(1, sizes[-2] - sizes[0])
        late = (last.cpu_seconds - second.cpu_seconds) / (sizes[-1] - sizes[-2])
        more = (last.peak_mb - first.peak_mb) * 1e6 / (sizes[-1] - sizes[0])
        limit = MEMORY_LIMIT_BYTES.get(name, MEMORY_LIMIT_BYTES_ELSE)
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
    parser = argparse.ArgumentParser(prog="python -m bench.library_growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+")
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--quick", action="store_true", help="that it runs, not how much it takes")
    options = parser.parse_args()
    sizes = options.sizes or (SIZES_QUICK if options.quick else SIZES)
    found: dict[str, dict[int, Cost]] = {name: {} for name in options.commands}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="shanty-bench-") as made:
            library = FiledLibrary(Path(made) / "home", size)
            for name in options.commands:
                found[name][size] = library.measure(COMMANDS[name])
    if not (print_table(found) or options.quick):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
