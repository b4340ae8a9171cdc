"""yt-dlp where things go wrong: kills, full disks, ffmpeg, and the faults of the offline world."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shanty.demo.world import World
from shanty.errors import BadCandidateError, SignInError, StageError, TransientError, WaitError
from shanty.providers.ffmpeg import verify_audio
from shanty.providers.ytdlp import client
from shanty.providers.ytdlp.client import fetch
from tests.world.ffmpeg_runs import in_front_of_ffmpeg
from tests.world.ytdlp_world import find

CHILD = """
import os, signal, sys
from pathlib import Path
from shanty.models import Candidate
from shanty.providers.ytdlp import client as ytdlp
at, url, media_id, folder = sys.argv[1:]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if at == "before the marker":
    ytdlp._write_marker = die
if at == "before the sources are removed":
    ytdlp._remove_sources = die
ytdlp.fetch(Candidate("ShantyDemo", media_id, url, ""), Path(folder))
"""


@pytest.mark.parametrize("at", ["before the marker", "before the sources are removed"])
def test_a_kill_after_the_download_does_not_cost_it(world: World, tmp_path: Path, at: str) -> None:
    candidate, offer = find(world, "webm")
    root = Path(__file__).resolve().parent.parent.parent.parent
    plugin_dir = root / "shanty" / "demo" / "ytdlp_plugin"
    environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{plugin_dir}"}
    child = subprocess.run(
        [sys.executable, "-c", CHILD, at, candidate.url, offer.id, str(tmp_path)],
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert child.stdout == child.stderr == b""
    assert world.requests.of("media_complete", offer.id) == 1
    path = fetch(candidate, tmp_path)
    assert path.suffix == ".opus"
    verify_audio(path, offer.duration_seconds)
    assert world.requests.total("media") == 1


def test_a_full_disk_is_waited_for(world: World, tmp_path: Path) -> None:
    candidate, offer = find(world, "flac")
    world.faults.set("cut", "media", times=1)
    with pytest.raises(TransientError):
        fetch(candidate, tmp_path)
    part = next(tmp_path.glob("*.part"))
    part.unlink()
    part.symlink_to("/dev/full")  # opens as a file does, and has no room for a byte
    with pytest.raises(WaitError, match="no space left") as caught:
        fetch(candidate, tmp_path)
    assert caught.value.source == "disk"
    part.unlink()
    verify_audio(fetch(candidate, tmp_path), offer.duration_seconds)


def test_a_killed_conversion_is_no_verdict(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate, offer = find(world, "webm")
    script = 'case "$*" in *-acodec*) echo "size=1kB" >&2; kill -KILL $$;; esac\n'
    with monkeypatch.context() as patch:
        in_front_of_ffmpeg(tmp_path, patch, script)
        with pytest.raises(TransientError, match="cannot be converted"):
            fetch(candidate, tmp_path / "new")
    verify_audio(fetch(candidate, tmp_path / "new"), offer.duration_seconds)
    assert world.requests.total("media") == 1


def test_what_ffmpeg_refuses_twice_for_one_reason_is_a_bad_candidate(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate, _ = find(world, "webm")
    folder = tmp_path / "new"
    cases = (
        ("no such thing", TransientError),
        ("another thing", TransientError),  # not the same as before: no pattern yet
        ("another thing", BadCandidateError),
    )
    for number, (words, expected) in enumerate(cases):
        own_dir = tmp_path / str(number)
        own_dir.mkdir()
        script = f'case "$*" in *-acodec*) echo "{words}" >&2; exit 1;; esac\n'
        with monkeypatch.context() as patch:
            in_front_of_ffmpeg(own_dir, patch, script)
            with pytest.raises(expected) as caught:
                fetch(candidate, folder)
            assert type(caught.value) is expected
    assert "another thing" in str(caught.value)
    assert world.requests.total("media") == 1


def test_without_ffmpeg_a_person_is_told_before_anything_is_asked(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "find_ffmpeg", lambda: None)
    candidate, _ = find(world, "webm")
    with pytest.raises(WaitError, match="ffmpeg is missing") as caught:
        fetch(candidate, tmp_path)
    assert caught.value.source == "tools"
    assert world.requests.total("watch") == 0


# Faults of the world


@pytest.mark.parametrize(
    ("kind", "expected", "words"),
    [
        ("rate_limited", WaitError, "ShantyDemo asks us to wait (HTTP 429 Too Many Requests)"),
        ("unavailable", WaitError, "ShantyDemo asks us to wait (HTTP 503 Service Unavailable)"),
        ("bot_check", SignInError, "ShantyDemo asks us to wait (Sign in to confirm"),
        ("server_error", TransientError, "(HTTP 500 Internal Server Error)"),
        ("gone", BadCandidateError, "ShantyDemo: it has been removed (Video unavailable"),
        ("geo", BadCandidateError, "in your country"),
    ],
)
def test_what_the_site_says(
    world: World, tmp_path: Path, kind: str, expected: type[StageError], words: str
) -> None:
    candidate, _ = find(world, "webm")
    world.faults.set(kind, candidate.source_id)
    with pytest.raises(expected) as caught:
        fetch(candidate, tmp_path)
    assert type(caught.value) is expected
    assert words in str(caught.value)
    assert "--cookies" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert world.requests.total("watch") == 1


@pytest.mark.parametrize(
    ("service", "kind", "says_when"),
    [
        ("watch", "unavailable", True),
        ("watch", "rate_limited", True),
        ("media", "unavailable", False),  # yt-dlp hands on the text only
        ("media", "rate_limited", True),
    ],
)
def test_a_refusal_is_not_repeated(
    world: World, tmp_path: Path, service: str, kind: str, says_when: bool
) -> None:
    candidate, _ = find(world, "mp3")
    world.faults.set(kind, service, value=11)
    with pytest.raises(WaitError) as caught:
        fetch(candidate, tmp_path)
    assert caught.value.source == "ShantyDemo"
    assert (caught.value.retry_at is not None) == says_when
    assert world.requests.total(service) == 1


@pytest.mark.parametrize("kind", ["corrupt", "html", "silent", "wrong_length"])
@pytest.mark.parametrize("container", ["webm", "m4a", "mp3"])
def test_useless_audio_is_a_bad_candidate(
    world: World, tmp_path: Path, kind: str, container: str
) -> None:
    candidate, offer = find(world, container)
    world.faults.set(kind, candidate.source_id)
    with pytest.raises(BadCandidateError):
        verify_audio(fetch(candidate, tmp_path), offer.duration_seconds)
