"""Benchmark of a home: how quickly commands begin, what a run costs, and what an idle service.

    python -m bench.home [--quick] [--part start|idle|wish|run|tracks|slow|growth]

Each figure stands beside something else that was measured in the same run, since machines differ.
The script that a person would write instead is ``yt-dlp -x`` four at a time, and then ``beet import
-A``; beets is left out where the development dependencies lack it. Our own code is compiled before,
as an installation's is, and the world makes the files that it serves before anybody asks. It takes
a quarter of an hour. Exits with 1 if a goal is missed. ``--quick`` is to see that it runs, not how
fast: no goal counts, and one idle minute, 8 tracks and small databases are enough.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from bench.growth import LIMIT, ROUNDS, ROUNDS_QUICK, SIZES, SIZES_QUICK, measure
from bench.process_cost import Cost, best_of, run_program, watch_idle
from deployments.listening import free_port
from shanty.demo.audio import find_ffmpeg
from shanty.demo.world import World
from shanty.providers.coverart import USUAL_SIZE

ROOT = Path(__file__).resolve().parent.parent
SHANTY = [sys.executable, "-m", "cli.main"]
OURS = ("cli", "deployments", "flows", "shanty", "tasks", "web")
SLOW_BYTES_PER_SECOND = 30_000
WISH_BYTES_PER_SECOND = 2000
WISH_SECONDS = 3.0
"""How much later than beside a run at work the first byte of a wish may come to a service."""
TRACKS, TRACKS_QUICK = 48, 8
IDLE_SECONDS, IDLE_SECONDS_QUICK = 300.0, 60.0
START_SECONDS = 180.0
REST_SECONDS, REST_SECONDS_QUICK = 90.0, 30.0
"""After its start, a server looks at everything once; an idle one is meant."""

BEET = [sys.executable, "-m", "beets"] if find_spec("beets") else []
SCRIPT = "yt-dlp -x four at a time" + (", beet import -A" if BEET else " (no beet here)")
TWO_COMMANDS = """
import typer
app = typer.Typer(add_completion=False)
@app.command()
def one(name: str, loud: bool = False) -> None:
    "Do one thing."
@app.command()
def two(name: str) -> None:
    "Do another one."
app()
"""


@dataclass(frozen=True)
class Row:
    """One figure of ours, what stands beside it, and the most that ours may be."""

    what: str
    ours: float
    beside: str
    goal: float
    unit: str = "s"

    @property
    def is_held(self) -> bool:
        """Whether the goal is reached."""
        return self.ours <= self.goal


class Home:
    """A home in a folder, beside an offline world whose sites answer at once."""

    def __init__(self, folder: Path, world: World):
        (folder / "library").mkdir(parents=True)
        (folder / "shanty.toml").touch()
        self.folder = folder
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PREFECT_", "SHANTY_"))
        }
        self.environment = {
            **inherited,
            **(places := world.settings_environment()),
            "PYTHONPATH": os.pathsep.join([str(ROOT), places["PYTHONPATH"]]),
            "SHANTY_HOME": str(folder / "home"),
            "SHANTY_CONFIG": str(folder / "shanty.toml"),
            "SHANTY_LIBRARY__PATH": str(folder / "library"),
            "SHANTY_WEB__PORT": str(free_port()),
        }

    def run(self, *words: str) -> float:
        """Run a command of ours; returns its seconds on the clock."""
        log = self.folder / "command.log"
        return run_program([*SHANTY, *words], self.environment, log).wall_seconds

    @contextmanager
    def up(self, rest_seconds: float) -> Iterator[int]:
        """A block with ``shanty up``, which is ready and at rest; gives its process id."""
        command = [*SHANTY, "up", "--port", str(free_port())]
        path = self.folder / "up.log"
        with path.open("wb") as log:
            service = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + START_SECONDS
            while b"ready: " not in path.read_bytes():
                if service.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"shanty up did not start:\n{path.read_text()}")
                time.sleep(0.5)
            time.sleep(rest_seconds)
            yield service.pid
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


def measure_start(folder: Path, world: World, *, is_quick: bool) -> list[Row]:
    """How long the processor works for a command that hardly has to do anything."""
    home, times = Home(folder, world), 2 if is_quick else 7
    home.run("status")  # makes the database
    program = folder / "two_commands.py"
    program.write_text(TWO_COMMANDS)
    small = best_of(times, [sys.executable, str(program), "--help"], home.environment).cpu_seconds
    listed = best_of(times, [*SHANTY, "--help"], home.environment).cpu_seconds
    status = best_of(times, [*SHANTY, "status"], home.environment).cpu_seconds
    beside = f"two-command typer program {small:.2f} s"
    rows = [Row("shanty --help, processor", listed, beside, 2 * small)]
    if not BEET:  # on the machine of the goals, it took 2.5 times as long as the program
        return [*rows, Row("shanty status, processor", status, beside, 1.3 * 2.5 * small)]
    beets = best_of(times, [*BEET, "ls"], {**home.environment, "BEETSDIR": str(folder)}).cpu_seconds
    beside = f"beet ls {beets:.2f} s"
    return [*rows, Row("shanty status, processor", status, beside, 1.3 * beets)]


def measure_idle(folder: Path, world: World, *, is_quick: bool) -> list[Row]:
    """What the service takes while nothing is wanted, with its page served."""
    home, seconds = Home(folder, world), IDLE_SECONDS_QUICK if is_quick else IDLE_SECONDS
    with home.up(REST_SECONDS_QUICK if is_quick else REST_SECONDS) as pid:
        idle = watch_idle(pid, seconds)
    during = f"{seconds:.0f} s"
    return [
        Row("idle, memory of all processes (PSS)", idle.pss_mb, during, 300.0, "MB"),
        Row("idle, processor", idle.cpu_percent, during, 0.7, "% of a core"),
        Row("idle, written", idle.written_mb_per_hour, during, 6.0, "MB an hour"),
    ]


def measure_run(folder: Path, world: World, *, is_quick: bool) -> list[Row]:
    """How long ``shanty run`` takes for one track, in a new home and in one that is in use."""
    home, times = Home(folder, world), 1 if is_quick else 3
    command = [sys.executable, "-c", "import prefect.flows, prefect.client.orchestration"]
    prefect = best_of(times, command, home.environment).wall_seconds
    first, second = world.recordings[:2]
    home.run("watch", "add", "track", first)
    new = home.run("run")
    home.run("watch", "add", "track", second)
    used = home.run("run")
    beside = f"importing Prefect {prefect:.2f} s"
    return [
        Row("shanty run, one track, new home", new, beside, 7 * prefect),
        Row("shanty run, one track, home in use", used, beside, 3.5 * prefect),
    ]


def measure_wish(folder: Path, world: World, *, is_quick: bool) -> list[Row]:
    """How long it takes from a wish to its first byte: of a service at rest, and of one at work."""
    home = Home(folder, world)
    first, second, third = world.recordings[:3]
    rest = REST_SECONDS_QUICK if is_quick else REST_SECONDS
    with home.up(rest):
        resting = _wish(home, world, first)
        world.faults.set("slow", second, value=WISH_BYTES_PER_SECOND)
        _wish(home, world, second)  # this one keeps the run at work
        working = _wish(home, world, third)
        world.faults.clear()
    beside = f"with a run at work {working:.1f} s"
    return [Row("a wish, to its first byte", resting, beside, working + WISH_SECONDS)]


def _wish(home: Home, world: World, mbid: str) -> float:
    """Wish for a track; returns how long it took until the site was asked for its audio."""
    began, before = time.monotonic(), len(world.requests.times("media"))
    home.run("watch", "add", "track", mbid)
    while len(world.requests.times("media")) == before:
        if time.monotonic() - began > START_SECONDS:
            raise SystemExit(f"nothing was downloaded within {START_SECONDS:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - began


def measure_tracks(folder: Path, world: World, *, is_quick: bool) -> list[Row]:
    """What many tracks cost, beside the script that a person would write."""
    number = TRACKS_QUICK if is_quick else TRACKS
    ours, theirs = _compare_with_script(folder, world, number)
    return [
        Row(
            f"{number} tracks, clock",
            ours.wall_seconds,
            f"{SCRIPT} {theirs.wall_seconds:.1f} s",
            theirs.wall_seconds,
        ),
        Row(
            f"{number} tracks, processor",
            ours.cpu_seconds,
            f"{SCRIPT} {theirs.cpu_seconds:.1f} s",
            theirs.cpu_seconds,
        ),
    ]


def measure_slow(folder: Path, world: World, *, is_quick: bool) -> list[Row]:
    """The same on the clock, while the site sends each download slowly."""
    number = TRACKS_QUICK if is_quick else TRACKS
    world.faults.set("slow", "media", value=SLOW_BYTES_PER_SECOND)
    try:
        ours, theirs = _compare_with_script(folder, world, number)
    finally:
        world.faults.clear()
    return [
        Row(
            f"{number} tracks at {SLOW_BYTES_PER_SECOND // 1000} kB/s, clock",
            ours.wall_seconds,
            f"{SCRIPT} {theirs.wall_seconds:.1f} s",
            theirs.wall_seconds,
        )
    ]


def _compare_with_script(folder: Path, world: World, number: int) -> tuple[Cost, Cost]:
    """What so many tracks cost us, and what they cost the script."""
    home, mbids = Home(folder, world), world.recordings[:number]
    _render(world, mbids)
    home.run("watch", "add", "track", *mbids)
    ours = run_program([*SHANTY, "run"], home.environment, folder / "run.log")
    script = write_script(folder, [f"{world.base_url}/watch?v={world.truth[one]}" for one in mbids])
    environment = {**home.environment, "BEETSDIR": str(folder)}
    return ours, run_program(["sh", "-e", str(script)], environment, folder / "script.log")


def _render(world: World, mbids: Sequence[str]) -> None:
    """Let the world make the files that it will serve, so that nobody is charged for that."""
    groups = {world.expected(one).release.release_group.mbid for one in mbids}
    paths = [f"/media/{world.offers(one)[0].file_name}" for one in mbids]
    paths += [f"/release-group/{one}/front-{USUAL_SIZE}" for one in sorted(groups)]
    for path in paths:
        with suppress(HTTPError), urlopen(f"{world.base_url}{path}") as answer:  # some have none
            answer.read()


def measure_growth(folder: Path, world: World, *, is_quick: bool) -> list[Row]:
    """What one operation costs in a large database, beside a small one."""
    folder.mkdir()
    sizes, rounds = (SIZES_QUICK, ROUNDS_QUICK) if is_quick else (SIZES, ROUNDS)
    return [
        Row(
            f"{one.name}, {sizes[-1]:,} tracks, processor",
            one.times_ms[-1],
            f"{sizes[0]:,} tracks {one.times_ms[0]:.2f} ms",
            LIMIT * one.times_ms[0],
            "ms",
        )
        for one in measure(folder, sizes, rounds)
        if one.is_of_one
    ]


def write_script(folder: Path, addresses: list[str]) -> Path:
    """The script that a person would write: it looks nothing up and verifies nothing."""
    listed, script, plain = folder / "addresses.txt", folder / "script.sh", folder / "plain"
    listed.write_text("".join(f"{one}\n" for one in addresses))
    config = f"directory: {folder / 'beets'}\nlibrary: {folder / 'beets.db'}\n"
    (folder / "config.yaml").write_text(config)
    # The search path may have no ffmpeg, and a title may be too long for a name.
    fetch = f"{sys.executable} -m yt_dlp -q -x --ffmpeg-location {find_ffmpeg()}"
    fetch += f" --trim-filenames 100 -P {plain}"
    lines = [f"xargs -P 4 -n 1 {fetch} < {listed}"]
    if BEET:
        lines.append(f"{shlex.join(BEET)} import -A -q {plain}")
    script.write_text("\n".join(lines))
    return script


PARTS = {
    "start": measure_start,
    "idle": measure_idle,
    "wish": measure_wish,
    "run": measure_run,
    "tracks": measure_tracks,
    "slow": measure_slow,
    "growth": measure_growth,
}


def print_rows(rows: list[Row]) -> None:
    """Print the table, with a verdict for each row."""
    table = Table("what", "measured", "beside, in the same run", "goal, at most", "")
    for row in rows:
        verdict = "[green]held[/green]" if row.is_held else "[red]MISSED[/red]"
        measured, goal = f"{row.ours:.2f} {row.unit}", f"{row.goal:.2f} {row.unit}"
        table.add_row(row.what, measured, row.beside, goal, verdict)
    console = Console()
    console.print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    console.print(table)


def main() -> None:
    """Parse the command line, measure, print the table; exit with 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.home", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="that it runs, not how fast")
    parser.add_argument("--part", choices=PARTS, help="only this one")
    options = parser.parse_args()
    for package in OURS:
        compileall.compile_dir(ROOT / package, quiet=1)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="shanty-bench-") as folder, World(TRACKS) as world:
        for name, measure in PARTS.items():
            if options.part in (None, name):
                rows += measure(Path(folder) / name, world, is_quick=options.quick)
    print_rows(rows)
    if not options.quick and not all(row.is_held for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
