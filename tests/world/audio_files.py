"""Small real audio files, rendered by ffmpeg, and where the collected ones lie."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

_ENCODERS = {
    "mp3": ["-c:a", "libmp3lame", "-b:a", "64k"],
    "flac": ["-c:a", "flac"],
    "ogg": ["-c:a", "libvorbis"],
    "opus": ["-c:a", "libopus", "-b:a", "48k"],
    "m4a": ["-c:a", "aac", "-b:a", "64k"],
}
FORMATS = tuple(_ENCODERS)


def make_audio(
    path: Path, *, seconds: float = 1.0, frequency: int = 440, extra: tuple[str, ...] = ()
) -> Path:
    """A sine tone in the format that the extension of `path` asks for, without any tags."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    command += ["-f", "lavfi", "-i", f"sine=frequency={frequency}:duration={seconds}"]
    command += [*_ENCODERS.get(path.suffix[1:], []), "-map_metadata", "-1", *extra, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


@pytest.fixture(scope="session")
def made_audio(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One second of sound in each of `FORMATS`, by extension. Copy before changing."""
    folder = tmp_path_factory.mktemp("audio")
    return {name: make_audio(folder / f"tone.{name}") for name in FORMATS}


def fixtures_dir() -> Path | None:
    """The folder of collected real data, if this machine has it."""
    given = os.environ.get("SHANTY_FIXTURES")
    folder = Path(given) if given else Path(__file__).parents[3] / "shared" / "fixtures"
    return folder if folder.is_dir() else None


def collected_audio() -> list[Path]:
    """Every collected audio file, good and bad; empty if this machine has none."""
    folder = fixtures_dir()
    if folder is None:
        return []
    files = sorted(path for path in (folder / "audio").rglob("*") if path.is_file())
    return [path for path in files if path.suffix != ".tsv"]
