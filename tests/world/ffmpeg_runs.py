"""Sounds rendered by ffmpeg, and a script that runs before each ffmpeg."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from shanty.providers.ffmpeg import (
    find_ffmpeg,
)

ENCODERS = {
    "webm": ("-c:a", "libopus"),
    "opus": ("-c:a", "libopus"),
    "m4a": ("-c:a", "aac", "-movflags", "+faststart"),
    "mp3": ("-c:a", "libmp3lame"),
    "ogg": ("-c:a", "libvorbis"),
    "flac": ("-c:a", "flac"),
}


def render(path: Path, source: str) -> Path:
    executable = find_ffmpeg()
    assert executable is not None
    command = [str(executable), "-loglevel", "error", "-y", "-f", "lavfi", "-i", source]
    subprocess.run([*command, *ENCODERS[path.suffix[1:]], str(path)], check=True)
    return path


def in_front_of_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Run a shell script before each ffmpeg; returns the path that it calls ``$0.pid``."""
    executable = find_ffmpeg()
    wrapper = tmp_path / "bin" / "ffmpeg"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\n{script}exec "{executable}" "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", str(wrapper.parent), prepend=os.pathsep)
    return wrapper.with_name("ffmpeg.pid")
