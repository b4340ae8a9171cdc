"""Programs that hang, loop, flood or are slow: ended with their children, or waited for."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from shanty import work_limit
from shanty.errors import LeaseLostError
from shanty.providers import child_process
from shanty.providers.child_process import StuckProcessError, run_watched
from shanty.work_limit import Limit, OverdueError, get_on, require_wanted, run_limited
from tests.world.crash_world import ROOT
from tests.world.stuck_programs import STUCK, below

STALL_SECONDS = 0.4


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "_LOOK_UP_SECONDS", 0.1)
    monkeypatch.setattr(work_limit, "_LOOK_UP_SECONDS", 0.1)


@pytest.mark.parametrize("what", STUCK)
def test_what_does_not_get_on_is_ended_with_its_children(what: str, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"echo $$ > {note}; mkfifo {note}.pipe; exec 3<>{note}.pipe\n{STUCK[what]}"
    with pytest.raises(StuckProcessError, match="bash did nothing for 0 s and was ended"):
        run_watched(["bash", "-c", script], stall_seconds=STALL_SECONDS)
    assert below(int(note.read_text())) == []


@pytest.mark.parametrize(
    "script",
    [
        "for i in 1 2 3 4 5 6; do echo $i; sleep 0.2; done",
        "for i in 1 2 3 4 5 6; do head -c 100000 /dev/zero >/dev/null; sleep 0.2; done",
        "for i in 1 2 3 4 5 6; do printf 'out_time_us=%s\\nspeed=1\\n' $i; sleep 0.2; done",
    ],
    ids=["prints", "reads", "reports"],
)
def test_what_gets_on_may_take_as_long_as_it_takes(script: str) -> None:
    done = run_watched(["bash", "-c", script], stall_seconds=0.6)
    assert done.returncode == 0


def test_what_is_printed_and_sent_comes_whole() -> None:
    sent = bytes(range(256)) * 4000
    done = run_watched(["bash", "-c", "cat; echo words >&2; exit 3"], given=sent)
    assert (done.stdout, done.stderr, done.returncode) == (sent, b"words\n", 3)


def test_of_a_flood_the_beginning_and_the_end_are_kept() -> None:
    script = "echo first >&2; yes middle | head -c 2800000 >&2; echo last >&2"
    done = run_watched(["bash", "-c", script], most_bytes=10_000)
    assert len(done.stderr) <= 10_001
    lines = done.stderr.decode().splitlines()
    assert (lines[0], lines[1], lines[-2], lines[-1]) == ("first", "middle", "middle", "last")


def test_what_cannot_be_started_says_so() -> None:
    with pytest.raises(OSError, match="No such file"):
        run_watched(["/nowhere/at/all"])


def test_what_we_started_does_not_outlive_us(tmp_path: Path) -> None:
    """A run ends with a thread that is stuck in a program."""
    note = tmp_path / "pid"
    code = (
        "import threading, time\n"
        "from pathlib import Path\n"
        "from shanty.providers.child_process import run_watched\n"
        f"command = ['sh', '-c', 'echo $$ > {note}; sleep 300']\n"
        "threading.Thread(target=run_watched, args=(command,), daemon=True).start()\n"
        f"while not Path({str(note)!r}).exists(): time.sleep(0.01)\n"
        "time.sleep(0.1)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
    assert below(int(note.read_text())) == []


# Work of ours that does not end


def test_work_that_does_not_get_on_is_given_up() -> None:
    wake_up, has_ended = threading.Event(), threading.Event()
    done: list[str] = []

    def work() -> None:
        wake_up.wait(60)
        try:
            require_wanted()
            done.append("went on")
        except LeaseLostError:
            done.append("gave up")
        has_ended.set()

    with pytest.raises(OverdueError, match="tag was given up: it did not get on for 0 s"):
        run_limited(work, Limit(0.3, 60), "tag")
    wake_up.set()
    assert has_ended.wait(60)
    assert done == ["gave up"]


def test_work_that_gets_on_is_waited_for_within_bounds() -> None:
    def work() -> str:
        for _ in range(10):
            time.sleep(0.1)
            get_on()
        require_wanted()
        return "done"

    assert run_limited(work, Limit(0.6, 60), "tag") == "done"
    with pytest.raises(OverdueError, match="has not ended after 0 s"):
        run_limited(work, Limit(30, 0.3), "tag")


def test_what_ends_well_or_badly_does_so_outside() -> None:
    assert run_limited(lambda: 7, Limit(9, 9), "tag") == 7
    with pytest.raises(KeyError):
        run_limited(lambda: {}["x"], Limit(9, 9), "tag")


def test_a_program_of_work_that_was_given_up_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    has_ended = threading.Event()

    def work() -> None:
        try:
            run_watched(["sh", "-c", f"echo $$ > {note}; while :; do echo; sleep 0.1; done"])
        finally:
            has_ended.set()

    with pytest.raises(OverdueError, match="has not ended"):
        run_limited(work, Limit(60, 0.5), "index")
    assert has_ended.wait(30)
    assert below(int(note.read_text())) == []
