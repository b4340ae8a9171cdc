"""Whose fault it is that ffmpeg did not do its work: the file's, ours, or its own."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shanty.errors import TOOLS, BadCandidateError, TransientError, WaitError
from shanty.providers import ffmpeg
from shanty.providers.ffmpeg import measure, measure_loudness, verify_audio
from shanty.providers.ffmpeg_end import End, find_end
from tests.world.audio_files import make_audio
from tests.world.ffmpeg_runs import in_front_of_ffmpeg
from tests.world.proof_cases import in_proof

ONLY_HERE = 'case "$*" in *victim*) {deed};; esac\n'


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    return make_audio(tmp_path / "victim.flac")


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("kill -SEGV $$", r"crashes over victim\.flac \(SIGSEGV\)"),
        in_proof("kill -ABRT $$", "SIGABRT"),
        ("kill -KILL $$", "SIGKILL"),  # out of memory, over this file and no other
        ("exit 139", "SIGSEGV"),  # as a shell says it
        in_proof("exit 137", "SIGKILL"),
        ('echo "[fatal] what is that?" >&2; exit 255', "what is that"),
        ("exit 69", "not an audio file"),
        in_proof("exit 255", "not an audio file"),
    ],
)
def test_what_ffmpeg_dies_over_is_a_bad_candidate(
    victim: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, deed: str, words: str
) -> None:
    in_front_of_ffmpeg(tmp_path, monkeypatch, ONLY_HERE.format(deed=deed))
    for judge in (measure, measure_loudness):
        with pytest.raises(BadCandidateError, match=words):
            judge(victim)


@pytest.mark.parametrize(
    "script",
    [
        "kill -SEGV $$\n",
        in_proof("kill -ILL $$\n"),  # built for a newer processor
        "kill -KILL $$\n",  # no memory for anything
        'echo "ffmpeg: error while loading shared libraries: libavcodec.so.59" >&2; exit 127\n',
        in_proof("exit 1\n"),
        'echo "[error] No such filter: asplit" >&2; exit 8\n',
    ],
)
def test_an_ffmpeg_that_works_on_nothing_blames_nobody(
    victim: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    in_front_of_ffmpeg(tmp_path, monkeypatch, script)
    for judge in (measure, measure_loudness):
        with pytest.raises(WaitError, match="ffmpeg does not work") as caught:
            judge(victim)
        assert caught.value.source == TOOLS


@pytest.mark.parametrize("content", [b"\x7fELF\x02\x01\x01" + bytes(57), b"not a program", None])
def test_an_ffmpeg_that_cannot_be_run_blames_nobody(
    victim: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    broken = tmp_path / "ffmpeg"
    if content is not None:
        broken.write_bytes(content)
        broken.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "find_ffmpeg", lambda: broken)
    with pytest.raises(WaitError, match=r"cannot be started.*shanty doctor"):
        verify_audio(victim, None)


@pytest.fixture
def nothing_ignored() -> Iterator[None]:
    """Children ignore what we ignore, as under ``nohup``; what we handle is theirs by default."""
    asked = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    ignored = [one for one in asked if signal.getsignal(one) is signal.SIG_IGN]
    for one in ignored:
        signal.signal(one, lambda *_: None)
    yield
    for one in ignored:
        signal.signal(one, signal.SIG_IGN)


@pytest.mark.usefixtures("nothing_ignored")
@pytest.mark.parametrize("deed", ["kill -TERM $$", "kill -INT $$", "exit 143", "kill -HUP $$"])
def test_an_ffmpeg_that_was_asked_to_end_blames_nobody(
    victim: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, deed: str
) -> None:
    in_front_of_ffmpeg(tmp_path, monkeypatch, ONLY_HERE.format(deed=deed))
    with pytest.raises(TransientError, match="was ended"):
        verify_audio(victim, None)


def test_a_crash_that_does_not_come_again_blames_nobody(
    victim: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = '[ -e "$0.pid" ] || { echo > "$0.pid"; kill -SEGV $$; }\n'
    in_front_of_ffmpeg(tmp_path, monkeypatch, script)
    with pytest.raises(TransientError, match="was ended"):
        verify_audio(victim, None)
    assert verify_audio(victim, None) > 0


def test_ffmpeg_says_when_it_was_asked_to_end(tmp_path: Path) -> None:
    """Its exit code alone is that of a refusal."""
    executable = ffmpeg.find_ffmpeg()
    command = [str(executable), "-nostdin", "-loglevel", "level+info", "-re", "-f", "lavfi"]
    command += ["-i", "sine=d=60", "-f", "null", "-"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
        assert running.stderr is not None
        said = b""
        while b"Output #0" not in said:
            said += running.stderr.readline()
        running.terminate()
        log = (said + running.stderr.read()).decode()
    assert find_end(running.returncode, log) is End.ASKED
    assert find_end(running.returncode, "[error] Invalid data") is End.REFUSED
