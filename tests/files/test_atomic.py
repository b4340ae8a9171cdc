"""New files appear whole or not at all, and the leftovers of a killed process are cleared away."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from shanty.files import atomic, placement
from shanty.files.placement import remove_leftovers, write_new_file


def test_a_full_disk_for_real(tmp_path: Path) -> None:
    """A limit of the file size refuses in the middle of writing, as a full disk does."""
    script = """
    import resource, signal, sys
    from pathlib import Path
    from shanty.errors import TransientError
    from shanty.files.placement import write_new_file

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        write_new_file(Path(sys.argv[1]), b"x" * 5000)
    except TransientError as error:
        sys.exit(0 if "too large" in str(error) else 3)
    """
    target = tmp_path / "cover.jpg"
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script), target], timeout=60)
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_write_new_file_never_overwrites(tmp_path: Path) -> None:
    cover = tmp_path / "cover.jpg"
    assert write_new_file(cover, b"ours") is True
    assert cover.read_bytes() == b"ours"
    assert write_new_file(cover, b"again") is False
    assert cover.read_bytes() == b"ours"
    assert [p.name for p in tmp_path.iterdir()] == ["cover.jpg"]


def test_write_new_file_loses_a_race_quietly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cover, sync = tmp_path / "cover.jpg", placement.fsync_file

    def somebody_is_faster(path: Path) -> None:
        cover.write_bytes(b"theirs")
        sync(path)

    monkeypatch.setattr(placement, "fsync_file", somebody_is_faster)
    assert write_new_file(cover, b"ours") is False
    assert [p.name for p in tmp_path.iterdir()] == ["cover.jpg"]
    assert cover.read_bytes() == b"theirs"


def temporary_name(
    *, host: str | None = None, pid: int | None = None, process: str | None = None
) -> str:
    parts = [
        host or atomic._host_token(),
        str(pid or os.getpid()),
        process or atomic._process_token(),
        "0123abcd",
    ]
    return f".shanty-{'-'.join(parts)}.tmp"


def test_only_what_a_dead_process_left_is_removed(tmp_path: Path) -> None:
    finished = subprocess.Popen([sys.executable, "-c", ""])
    finished.wait()
    dead = tmp_path / temporary_name(pid=finished.pid)
    same_pid_before_a_restart = tmp_path / temporary_name(process="00000000")
    old_elsewhere = tmp_path / temporary_name(host="00000000")
    for path in (dead, same_pid_before_a_restart, old_elsewhere):
        path.touch()
    os.utime(old_elsewhere, (0, 0))
    kept = [
        tmp_path / temporary_name(),
        tmp_path / temporary_name(pid=os.getppid()),
        tmp_path / temporary_name(host="11111111"),
        tmp_path / ".shanty-mine.tmp",
        tmp_path / ".hidden",
        tmp_path / "01 Song.opus",
    ]
    for path in kept:
        path.touch()
    assert remove_leftovers(tmp_path) == 3
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    assert remove_leftovers(tmp_path / "nowhere") == 0
