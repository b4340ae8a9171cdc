"""Judging audio files by decoding them: real files, whole and broken."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from shanty.errors import BadCandidateError, ConfigError, TransientError
from shanty.providers import child_process, ffmpeg
from shanty.providers.ffmpeg import (
    find_ffmpeg,
    length_tolerance_seconds,
    measure,
    silence_tolerance_seconds,
    verify_audio,
)
from tests.world.ffmpeg_runs import ENCODERS, in_front_of_ffmpeg, render

SECONDS = 4.0
FIXTURES = Path(
    os.environ.get("SHANTY_FIXTURES")
    or Path(__file__).resolve().parent.parent.parent.parent / "shared" / "fixtures"
)


@pytest.fixture(scope="module", params=sorted(ENCODERS))
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / f"tone.{request.param}"
    return render(path, f"aevalsrc=0.25*sin(2*PI*440*t):s=48000:d={SECONDS}")


def test_a_whole_file_is_measured(whole: Path) -> None:
    found = measure(whole)
    assert found.duration_seconds == pytest.approx(SECONDS, abs=0.1)
    assert found.error == ""
    assert not found.is_silent
    assert -16 < found.peak_db < 0
    assert verify_audio(whole, SECONDS + 0.5) == pytest.approx(SECONDS, abs=0.1)
    assert verify_audio(whole, None) == pytest.approx(SECONDS, abs=0.1)


def test_a_half_file_is_refused(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    half = tmp_path / f"half{whole.suffix}"
    half.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadCandidateError):
        verify_audio(half, SECONDS)


def test_a_file_with_a_hole_is_refused(whole: Path, tmp_path: Path) -> None:
    data = bytearray(whole.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    damaged = tmp_path / f"hole{whole.suffix}"
    damaged.write_bytes(data)
    with pytest.raises(BadCandidateError, match=r"damaged|cut off"):
        verify_audio(damaged, SECONDS)


@pytest.mark.parametrize("off_seconds", [-1.2, 1.2, 47.0])
def test_a_wrong_length_is_refused(whole: Path, off_seconds: float) -> None:
    with pytest.raises(BadCandidateError, match=r"lasts 4\.\d s, the recording"):
        verify_audio(whole, SECONDS + off_seconds)


def test_silence_is_refused(tmp_path: Path) -> None:
    for suffix in ("webm", "mp3", "flac"):
        path = render(tmp_path / f"silent.{suffix}", "anullsrc=r=48000:cl=mono:d=2")
        assert measure(path).is_silent
        with pytest.raises(BadCandidateError, match="silent"):
            verify_audio(path, 2.0)


def pattern(*parts: tuple[float, bool]) -> str:
    """Sound and silence in turn, as a source for ffmpeg: seconds, and whether there is sound."""
    at, sounding = 0.0, []
    for seconds, is_sound in parts:
        if is_sound:
            sounding.append(f"between(t\\,{at}\\,{at + seconds})")
        at += seconds
    return f"aevalsrc=({'+'.join(sounding)})*0.25*sin(2*PI*440*t):s=16000:d={at}"


@pytest.mark.parametrize(
    ("suffix", "parts", "leading", "trailing"),
    [
        ("flac", [(3, False), (34, True), (3, False)], 3, 3),  # as uploads have it
        ("opus", [(3, False), (34, True), (3, False)], 3, 3),
        ("flac", [(5, True), (30, False), (5, True)], 0, 0),  # a hidden track
        ("flac", [(14, False), (26, True)], 14, 0),
        ("flac", [(0.5, False), (39, True), (0.5, False)], 0, 0),
    ],
)
def test_some_silence_at_the_ends_is_usual(
    suffix: str, parts: list[tuple[float, bool]], leading: float, trailing: float, tmp_path: Path
) -> None:
    path = render(tmp_path / f"quiet.{suffix}", pattern(*parts))
    found = measure(path)
    assert found.leading_silence_seconds == pytest.approx(leading, abs=0.2)
    assert found.trailing_silence_seconds == pytest.approx(trailing, abs=0.2)
    verify_audio(path, 40.0, checks_silence=True)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([(20, True), (20, False)], r"and 20\.\d s at the end"),  # cut off, and filled up
        ([(16, False), (24, True)], r"16\.\d s at the beginning"),
        ([(8, False), (24, True), (8, False)], "are silent"),
    ],
)
def test_a_file_that_is_filled_up_with_silence_is_refused(
    parts: list[tuple[float, bool]], words: str, tmp_path: Path
) -> None:
    path = render(tmp_path / "filled.flac", pattern(*parts))
    with pytest.raises(BadCandidateError, match=words):
        verify_audio(path, 40.0, checks_silence=True)
    verify_audio(path, 40.0)


def test_the_tolerance_of_silence_grows_with_the_length() -> None:
    figures = {20: 10.0, 30: 15.0, 60: 15.0, 100: 15.0, 200: 30.0, 600: 90.0}
    for seconds, tolerance in figures.items():
        assert silence_tolerance_seconds(seconds) == pytest.approx(tolerance)


def test_an_ffmpeg_that_does_not_say_when_the_last_silence_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, progress = ffmpeg._decode(render(tmp_path / "a.flac", pattern((20, True), (20, False))))
    older = "\n".join(line for line in log.splitlines() if "silence_end: 40" not in line)
    assert older != log
    monkeypatch.setattr(ffmpeg, "_decode", lambda path, *options: (older, progress))
    assert measure(tmp_path / "a.flac").trailing_silence_seconds == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!doctype html><html><body>Sorry</body></html>",
        bytes(8192),
        random.Random(1).randbytes(60_000),
    ],
    ids=["empty", "html", "zeros", "noise"],
)
@pytest.mark.parametrize("suffix", ["mp3", "opus", "m4a"])
def test_what_is_no_audio_is_refused(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"thing.{suffix}"
    path.write_bytes(content)
    with pytest.raises(BadCandidateError):
        verify_audio(path, None)


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    executable = find_ffmpeg()
    path = tmp_path / "mute.mkv"
    command = [str(executable), "-loglevel", "error", "-f", "lavfi", "-i", "color=s=32x32:d=1"]
    subprocess.run([*command, "-c:v", "mpeg4", str(path)], check=True)
    with pytest.raises(BadCandidateError, match="not an audio file"):
        verify_audio(path, None)


def test_a_hostile_name_is_only_a_name(whole: Path, tmp_path: Path) -> None:
    for name in ("-i tone.mp3", "concat:a|b", "a%03d;$(touch x)'\".mp3", "ünï\u2028code"):
        path = tmp_path / name
        path.write_bytes(whole.read_bytes())
        assert verify_audio(path, SECONDS) > 0
    assert not (tmp_path / "x").exists()


def test_a_decoder_that_never_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = render(tmp_path / "tone.opus", "aevalsrc=0.25*sin(2*PI*440*t):s=48000:d=1")
    monkeypatch.setattr(child_process, "STALL_SECONDS", 0.4)
    monkeypatch.setattr(child_process, "_LOOK_UP_SECONDS", 0.2)
    in_front_of_ffmpeg(tmp_path, monkeypatch, "kill -STOP $$\n")
    with pytest.raises(TransientError, match="not decoded"):  # it may be the machine that is slow
        measure(path)


def test_a_decoder_that_is_slow_and_gets_on_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long mix on a small machine takes hours. It is read once, and then only decoded."""
    path = render(tmp_path / "tone.opus", "aevalsrc=0.25*sin(2*PI*440*t):s=48000:d=2")
    monkeypatch.setattr(child_process, "STALL_SECONDS", 0.9)
    monkeypatch.setattr(child_process, "_LOOK_UP_SECONDS", 0.2)
    in_front_of_ffmpeg(tmp_path, monkeypatch, 'set -- -re "$@"\n')
    began = time.monotonic()
    assert verify_audio(path, 2.0) == pytest.approx(2, abs=0.1)
    assert time.monotonic() - began > 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_decoder_that_is_killed_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    path = render(tmp_path / "tone.flac", "aevalsrc=0.25*sin(2*PI*440*t):s=48000:d=20")
    # As fast as it plays, so that it is sure to be in the middle; but only the first time.
    script = '[ -e "$0.pid" ] || set -- -re "$@"\necho $$ > "$0.pid"\n'
    pid_path = in_front_of_ffmpeg(tmp_path, monkeypatch, script)

    def kill() -> None:
        while not pid_path.exists() or not pid_path.read_text().strip():
            time.sleep(0.01)
        time.sleep(0.3)
        pid = int(pid_path.read_text())
        # Not in our process group: Ctrl-C at a terminal is not for it.
        assert os.getpgid(pid) == pid
        os.kill(pid, number)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(TransientError, match="was ended"):
        verify_audio(path, 20.0)
    killer.join()


def test_a_file_that_is_gone_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="is gone"):
        verify_audio(tmp_path / "emptied.opus", SECONDS)


def test_the_tolerance_grows_with_the_length_within_bounds() -> None:
    assert length_tolerance_seconds(3) == 1.0
    assert length_tolerance_seconds(60) == pytest.approx(3.0)
    assert length_tolerance_seconds(180) == pytest.approx(9.0)
    assert length_tolerance_seconds(3600) == 10.0


def test_the_systems_ffmpeg_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "ffmpeg"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg() == own
    own.unlink()
    bundled = find_ffmpeg()
    assert bundled is not None
    assert bundled.exists()


def test_without_ffmpeg_a_person_is_told(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "find_ffmpeg", lambda: None)
    with pytest.raises(ConfigError, match="ffmpeg is missing"):
        verify_audio(whole, None)


@pytest.mark.skipif(not FIXTURES.exists(), reason="no collected files here")
def test_collected_files() -> None:
    for path in sorted((FIXTURES / "audio" / "made-here").glob("*")):
        if path.name.startswith(("truncated", "zero", "8k", "html", "partial")):
            if path.name == "truncated-half.mp3":  # half of what does not say how long it is
                continue
            with pytest.raises(BadCandidateError):
                verify_audio(path, None)
    for suffix in ("mp3", "flac", "m4a", "ogg", "opus"):
        found = measure(FIXTURES / "audio" / "mediafile" / f"full.{suffix}")
        assert found.error == ""
        assert found.duration_seconds == pytest.approx(1.0, abs=0.2)
