"""What ``library rename`` costs, beside the least that any program has to do.

Makes a library of filed tracks (small files of their own, as the catalogue knows them), changes the
template, and measures each step in a process of its own: the plan, beside a bare walk with one
``stat`` a file; applying it; and undoing that. The most memory that the
process ever had is printed, and for the plan held against a bound.

Run it with ``python -m bench.library_rename``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.acting import acting_by_hand
from cli.opening import State
from shanty.catalog import Catalog
from shanty.catalog.releases import place_on
from shanty.config.settings import load_settings
from shanty.db import open_database
from shanty.library.rename import apply_renames, plan_renames
from shanty.library.undo import find_acts, undo
from shanty.models import AudioProperties, TrackFile, TrackStatus
from shanty.music.entities import Placement
from shanty.naming.templates import PathTemplate, fields_for
from shanty.workqueue import WorkQueue

BOUND_MIB = 200
NEW_TEMPLATE = "{album_artist}/{year} - {album}/{track:02}. {title}.{ext}"
TRACKS_PER_ALBUM = 12


def open_bench_state(folder: Path) -> State:
    """The settings and the database of the library that is measured."""
    settings = load_settings(home=folder / "home", library={"path": folder / "library"})
    (folder / "home").mkdir(exist_ok=True)
    database = open_database(settings.resolved_database_url)
    return State(settings, database, Catalog(database), WorkQueue(database))


def make_library(folder: Path, tracks: int) -> None:
    """File so many tracks, album by album, each with a cover."""
    state = open_bench_state(folder)
    template = PathTemplate.parse(state.settings.library.template)
    made = 0
    while made < tracks:
        placements = _album(made // TRACKS_PER_ALBUM)[: tracks - made]
        with state.database.begin() as tx:
            ids = state.catalog.tracks.want_all(tx, placements)
            for track_id, placement in zip(ids, placements, strict=True):
                relative = template.render(fields_for(placement, "flac"))
                path = state.settings.library.path / relative
                path.parent.mkdir(parents=True, exist_ok=True)
                content = b"fLaC" + placement.recording.mbid.encode() * 8
                path.write_bytes(content)
                digest = hashlib.sha256(content).hexdigest()
                properties = AudioProperties(
                    "flac", "flac", 1.0, 1000, 44100, 2, len(content), digest
                )
                state.catalog.files.record(
                    tx, TrackFile(track_id, path, True, None, digest, properties)
                )
                state.catalog.tracks.set_status(tx, track_id, TrackStatus.IN_LIBRARY)
        (path.parent / "cover.jpg").write_bytes(b"\xff\xd8\xff" + path.parent.name.encode())
        made += len(placements)
    state.database.dispose()


def _album(number: int) -> list[Placement]:
    """One album, unlike all others: a real one's shape with names and ids of its own."""
    from tests.world.discographies import make_artist, make_group, make_release

    artist = make_artist(f"Artist {number // 10}")
    group = make_group(artist, f"Album {number}", date=f"{1950 + number % 70}-01-01")
    songs = [f"Song {number}-{track}" for track in range(TRACKS_PER_ALBUM)]
    release = make_release(group, songs)
    (medium,) = release.media
    found = [place_on(release, track.recording.mbid) for track in medium.tracks]
    return [placement for placement in found if placement is not None]


def walk_bare(folder: Path) -> int:
    """The least to do to see whether all is there."""
    seen = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            os.stat(os.path.join(parent, name))  # noqa: PTH116, PTH118
            seen += 1
    return seen


def measure(folder: Path, step: str) -> dict[str, Any]:
    """Do one step in this process; seconds, MiB, and how many files."""
    state = open_bench_state(folder)
    library = state.settings.library.model_copy(update={"template": NEW_TEMPLATE})
    state = replace(state, settings=state.settings.model_copy(update={"library": library}))
    began = time.perf_counter()
    if step == "walk":
        number = walk_bare(state.settings.library.path)
    elif step == "plan":
        number = len(plan_renames(state.settings, state.catalog).moves)
    elif step == "apply":
        with acting_by_hand("rename", state) as acts:
            report = apply_renames(plan_renames(state.settings, state.catalog), acts)
            assert report.left == []
            number = report.moved
    else:
        run_id = state.catalog.journal.list_runs(1)[0].run_id
        with acting_by_hand("undo", state) as acts:
            undone = undo(find_acts(run_id, state.catalog), acts)
            assert undone.refused == []
            number = sum(entry.track_id is not None for entry in undone.undone)
    seconds = time.perf_counter() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "mib": most, "number": number}


def measure_apart(folder: Path, step: str) -> dict[str, float]:
    """The same in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "bench.library_rename", "--folder", str(folder), "--step"]
    output = subprocess.run([*command, step], check=True, capture_output=True, text=True).stdout
    seconds, mib, number = output.split()[-3:]
    return {"seconds": float(seconds), "mib": float(mib), "number": float(number)}


def main() -> int:
    """Measure and print. Returns the exit code: 1 when the plan took too much memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=20_000)
    parser.add_argument("--moved", type=int, default=2_000, help="how large a library is moved")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        result = measure(options.folder, options.step)
        print(result["seconds"], result["mib"], result["number"])
        return 0
    with tempfile.TemporaryDirectory(prefix="shanty-bench-") as made:
        rows = []
        for tracks, steps in (
            (options.tracks, ("walk", "plan")),
            (options.moved, ("apply", "undo")),
        ):
            folder = Path(made) / str(tracks)
            (folder / "library").mkdir(parents=True)
            make_library(folder, tracks)
            for step in steps:
                result = measure_apart(folder, step)
                rows.append((step, tracks, result))
                print(
                    f"{step:6} {tracks:6} tracks  {result['seconds']:8.2f} s  "
                    f"{tracks / result['seconds']:9.0f} tracks/s  {result['mib']:5.0f} MiB at most",
                    flush=True,
                )
    plan = next(result for step, _, result in rows if step == "plan")
    moved = next(result for step, _, result in rows if step == "apply")
    is_right = plan["number"] == options.tracks and moved["number"] == options.moved
    return 0 if is_right and plan["mib"] < BOUND_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
