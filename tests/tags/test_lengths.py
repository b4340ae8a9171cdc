"""The length of a file that does not tell it, or tells it so that it can only be guessed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from shanty.tags.identity import read_identity
from shanty.tags.mpeg_frames import count_seconds
from tests.world.audio_files import make_audio

SECONDS = 12.0
BARE = ("-c:a", "libmp3lame", "-write_xing", "0")
# Loud at the beginning and quiet later, so that a variable bitrate varies.
_SOUND = "aevalsrc='(random(0)-0.5)*lt(t,2)+0.01*sin(880*t)':d=12"


def encode(path: Path, *options: str, through_pipe: bool = False) -> Path:
    """Twelve seconds as ffmpeg writes them; to a pipe, it cannot go back to note the length."""
    target = "pipe:1" if through_pipe else str(path)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    command += ["-f", "lavfi", "-i", _SOUND, *options, target]
    done = subprocess.run(command, check=True, timeout=60, stdout=subprocess.PIPE)
    if through_pipe:
        path.write_bytes(done.stdout)
    return path


@pytest.mark.parametrize(
    ("name", "options", "through_pipe"),
    [
        ("variable.mp3", (*BARE, "-q:a", "4"), False),
        ("variable22.mp3", (*BARE, "-ar", "22050", "-q:a", "4"), False),
        ("variable8.mp3", (*BARE, "-ar", "8000", "-q:a", "4"), False),
        ("constant.mp3", (*BARE, "-b:a", "96k"), False),
        ("tagged.mp3", (*BARE, "-q:a", "2", "-metadata", "title=X"), False),
        ("old tags.mp3", (*BARE, "-q:a", "2", "-write_id3v1", "1"), False),
        ("usual.mp3", ("-c:a", "libmp3lame", "-q:a", "4"), False),
        ("stream.flac", ("-c:a", "flac", "-f", "flac"), True),
        ("stream.mp3", ("-c:a", "libmp3lame", "-q:a", "4", "-f", "mp3"), True),
        ("stream.m4a", ("-c:a", "aac", "-f", "mp4", "-movflags", "frag_keyframe+empty_moov"), True),
        ("stream.ogg", ("-c:a", "libvorbis", "-f", "ogg"), True),
    ],
)  # fmt: skip
def test_the_length_is_found(
    tmp_path: Path, name: str, options: tuple[str, ...], through_pipe: bool
) -> None:
    path = encode(tmp_path / name, *options, through_pipe=through_pipe)
    length_ms = read_identity(path).length_ms
    assert length_ms is not None
    assert abs(length_ms / 1000 - SECONDS) < 0.3


def test_what_is_no_chain_of_frames_has_no_length(tmp_path: Path) -> None:
    whole = make_audio(tmp_path / "whole.mp3", extra=("-write_xing", "0"))
    assert 0.9 < count_seconds(whole) < 1.2
    shutil.copy(whole, broken := tmp_path / "broken.mp3")
    broken.write_bytes(broken.read_bytes() + b"\xff" * 50_000)
    assert count_seconds(broken) == 0.0
    (tmp_path / "noise.mp3").write_bytes(bytes(range(256)) * 40)
    assert count_seconds(tmp_path / "noise.mp3") == 0.0
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(whole.read_bytes()[:-200])
    assert 0.9 < count_seconds(cut) < 1.2
