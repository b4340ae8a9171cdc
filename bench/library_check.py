"""What ``library check`` costs, beside a bare walk: time and memory for a large library.

Makes a library of FLAC files as if Shanty had filed them, and runs the command in a process of its
own: a first check, which reads every file, one of an unchanged library, one that finds a hundred
files moved, a hundred missing, and a hundred that are somebody else's, and one that finds the whole
library at another path.

Run it with ``python -m bench.library_check``.
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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.library_scan import make_collection, walk_bare
from shanty.catalog import Catalog
from shanty.db import Database, open_database
from shanty.db.tables import files, releases, tracks
from shanty.files.checksum import checksum
from shanty.models import TrackStatus

LIMIT_MIB = 200
CHANGED = 100
_BATCH = 1000


def file_all(database: Database, library: Path) -> int:
    """Make the catalogue believe that every file of the library was filed; returns how many."""
    now = datetime.now(UTC)
    paths = sorted(library.rglob("*.flac"))
    with database.begin() as tx:
        release = {"key": "r", "release_group_mbid": "g", "document": {}, "fetched_at": now}
        tx.execute(releases.insert().values(release))
        for start in range(0, len(paths), _BATCH):
            numbered = list(enumerate(paths[start : start + _BATCH], start + 1))
            tx.execute(tracks.insert(), [_track(number, now) for number, _ in numbered])
            tx.execute(files.insert(), [_file(number, path, now) for number, path in numbered])
    return len(paths)


def _track(number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "recording_mbid": f"recording-{number}",
        "release_key": "r",
        "release_track_mbid": f"track-{number}",
        "title": f"A song {number}",
        "artist": "Somebody",
        "album": "An album",
        "status": TrackStatus.IN_LIBRARY,
        "priority": 100,
        "created_at": now,
        "updated_at": now,
    }


def _file(number: int, path: Path, now: datetime) -> dict[str, Any]:
    return {
        "track_id": number,
        "path": str(path),
        "is_placed": True,
        "checksum": checksum(path),
        "updated_at": now,
    }


def disturb(library: Path) -> None:
    """Move some files, remove some, and add some of somebody else."""
    paths = sorted(library.rglob("*.flac"))
    elsewhere = library / "elsewhere"
    elsewhere.mkdir()
    for number, path in enumerate(paths[:CHANGED]):
        path.rename(elsewhere / f"moved {number}.flac")
    for path in paths[CHANGED : 2 * CHANGED]:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()  # an empty folder would be taken for a disk that is not mounted
    for number in range(CHANGED):
        (elsewhere / f"foreign {number}.flac").write_bytes(paths[-1].read_bytes() + b"\0")


def check(environment: dict[str, str], *options: str) -> tuple[float, float, dict[str, Any]]:
    """Run the command; returns seconds, the most memory that it had in MiB, and its document."""
    command = [sys.executable, "-m", "bench.library_check", "--measured", *options]
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, float(done.stderr.split()[-1]), json.loads(done.stdout)


def run_measured(options: list[str]) -> None:
    """The command itself, and then how much memory the process has had."""
    from cli.main import main as run_shanty

    sys.argv = ["shanty", "library", "check", "--json", *options]
    try:
        run_shanty()
    except SystemExit as ended:
        if ended.code:
            raise
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, file=sys.stderr)


def main() -> int:
    """Measure and print. Returns the exit code: 1 when a check is wrong or takes much memory."""
    if "--measured" in sys.argv:
        run_measured([option for option in sys.argv[1:] if option != "--measured"])
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shanty-bench-") as made:
        library = Path(made) / "music"
        library.mkdir()
        make_collection(library, options.files, [])
        environment = os.environ | {
            "SHANTY_HOME": made,
            "SHANTY_LIBRARY__PATH": str(library),
            "SHANTY_CONFIG": str(Path(made) / "shanty.toml"),
        }
        (Path(made) / "shanty.toml").touch()
        database = open_database(f"sqlite:///{made}/shanty.db")
        filed = file_all(database, library)
        bare = time.perf_counter()
        walk_bare(str(library))
        rows = [("bare walk, one stat each", time.perf_counter() - bare, 0.0, {})]
        rows.append(("first check, reads all", *check(environment)))
        rows.append(("check, nothing changed", *check(environment)))
        disturb(library)
        rows.append(("check --repair, 300 disturbed", *check(environment, "--repair")))
        rows.append(("check after the repair", *check(environment)))
        library.rename(library.with_name("new disk"))
        environment["SHANTY_LIBRARY__PATH"] = str(library.with_name("new disk"))
        rows.append(("check --repair, at another path", *check(environment, "--repair")))
        in_library = Catalog(database).tracks.count()[TrackStatus.IN_LIBRARY]
        database.dispose()
    print(f"{filed} FLAC files that were filed; SQLite")
    for name, seconds, mib, document in rows:
        counts = {kind: number for kind, number in document.get("counts", {}).items() if number}
        print(f"{name:31} {seconds:7.2f} s  {mib:6.0f} MiB  {counts or ''}")
    most = max(row[2] for row in rows)
    found = rows[3][3]["counts"]
    is_right = (
        [found[kind] for kind in ("moved", "missing", "foreign")] == [CHANGED] * 3
        and in_library == filed - CHANGED
        and rows[2][3]["read"] == 0
        and not rows[4][3]["counts"]["missing"]
        and rows[5][3]["counts"]["moved"] == 1
    )
    print("as expected" if is_right else "NOT as expected")
    return 0 if is_right and most < LIMIT_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
