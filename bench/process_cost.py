"""What processes cost, as the kernel counts it: processor, memory and bytes written.

Owns the reading of ``/proc``. Memory is PSS: what processes share is counted once, so the figures
of several processes may be added up (https://docs.kernel.org/filesystems/proc.html).
"""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Cost:
    """What one program took: seconds on the clock, and of the processor in all its processes."""

    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class IdleCost:
    """What a tree of processes takes while it has nothing to do."""

    pss_mb: float
    cpu_percent: float  # of one core
    written_mb_per_hour: float


def run_program(command: Sequence[str], environment: Mapping[str, str], output: Path) -> Cost:
    """Run a program to its end.

    Raises:
        SystemExit: it failed; the message has the end of what it said.
    """
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with output.open("wb") as file:
        done = subprocess.run(command, env=environment, stdout=file, stderr=file, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        said = output.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise SystemExit(f"{command[-3:]} ended with code {done.returncode}:\n{said}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu)


def best_of(times: int, command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a program several times: whatever else the machine does only ever adds."""
    costs = [run_program(command, environment, Path(os.devnull)) for _ in range(times)]
    return Cost(min(c.wall_seconds for c in costs), min(c.cpu_seconds for c in costs))


def watch_idle(pid: int, seconds: float) -> IdleCost:
    """Watch a process and all below it for a time. What ends meanwhile is left out."""
    before, began = _read_tree(pid), time.monotonic()
    time.sleep(seconds)
    after, took = _read_tree(pid), time.monotonic() - began
    cpu = written = 0.0
    for one, (cpu_seconds, written_bytes) in after.items():
        cpu_before, written_before = before.get(one, (0.0, 0))
        cpu += cpu_seconds - cpu_before
        written += written_bytes - written_before
    pss = sum(_read_pss_kb(one) for one in after) / 1024
    return IdleCost(pss, 100 * cpu / took, written / took * 3600 / 1e6)


def _read_tree(pid: int) -> dict[int, tuple[float, int]]:
    root = psutil.Process(pid)
    found = {}
    for process in (root, *root.children(recursive=True)):
        times = process.cpu_times()
        found[process.pid] = (times.user + times.system, process.io_counters().write_bytes)
    return found


def _read_pss_kb(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
