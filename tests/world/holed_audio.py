"""Audio files with missing parts, made from whole ones in the ways that parts really get lost."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg

SECONDS = 12.0
_SWEEP = "aevalsrc=0.25*sin(2*PI*(200+20*t)*t):s={rate}:d={seconds}"
_CLUSTER = b"\x1f\x43\xb6\x75"
_OPUS = ("-c:a", "libopus", "-b:a", "48k")
_CLUSTERS = ("-f", "webm", "-cluster_time_limit", "1000")
_FRAGMENTS = (
    "-movflags",
    "frag_keyframe+empty_moov+default_base_moof",
    "-frag_duration",
    "1000000",
)
ENCODINGS: dict[str, tuple[str, ...]] = {
    "clusters.webm": (*_OPUS, *_CLUSTERS),
    "live.webm": (*_OPUS, *_CLUSTERS, "-live", "1"),  # does not say how long it is
    "fragments.m4a": ("-c:a", "aac", *_FRAGMENTS),
    "stream.ts": ("-c:a", "aac", "-f", "mpegts"),
    "pages.opus": _OPUS,
    "pages.ogg": ("-c:a", "libvorbis"),
    "pages.oga": ("-c:a", "flac"),
    "packets.mka": ("-c:a", "flac"),
}


def run_ffmpeg(*arguments: str | Path) -> None:
    """Run the bundled ffmpeg, which must succeed."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    subprocess.run([*command, *map(str, arguments)], check=True, timeout=60)


def render_sweep(
    path: Path, *encoding: str | Path, seconds: float = SECONDS, rate: int = 48_000
) -> Path:
    """A rising tone, so that no two seconds of it are alike."""
    source = _SWEEP.format(rate=rate, seconds=seconds)
    run_ffmpeg("-f", "lavfi", "-i", source, "-map_metadata", "-1", *encoding, path)
    return path


def split_parts(path: Path) -> tuple[bytes, list[bytes]]:
    """The head of a file, and the parts in which it is written and sent."""
    data = path.read_bytes()
    cut = _CUTS[path.suffix]
    marks = [*cut(data), len(data)]
    return data[: marks[0]], [data[start:end] for start, end in pairwise(marks)]


def leave_out(path: Path, into: Path, *, first: float = 0.5, count: int = 1) -> Path:
    """A copy in which ``count`` parts are missing, beginning at this share of all parts."""
    head, parts = split_parts(path)
    start = int(len(parts) * first)
    into.write_bytes(head + b"".join(parts[:start] + parts[start + count :]))
    return into


def _cut_clusters(data: bytes) -> Iterator[int]:
    at = data.find(_CLUSTER)
    while at >= 0:
        yield at
        at = data.find(_CLUSTER, at + 4)


def _cut_fragments(data: bytes) -> Iterator[int]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"moof":
            yield at
        at += size


def _cut_pages(data: bytes) -> Iterator[int]:
    at = 0
    while at + 27 <= len(data):
        if struct.unpack("<I", data[at + 18 : at + 22])[0] > 2:  # after the headers
            yield at
        segments = data[at + 26]
        at += 27 + segments + sum(data[at + 27 : at + 27 + segments])


def _cut_packets_of_ts(data: bytes) -> Iterator[int]:
    yield from range(188 * 8, len(data), 188 * 24)


_CUTS: dict[str, Callable[[bytes], Iterator[int]]] = {
    ".webm": _cut_clusters,
    ".m4a": _cut_fragments,
    ".mp4": _cut_fragments,
    ".opus": _cut_pages,
    ".ogg": _cut_pages,
    ".oga": _cut_pages,
    ".ts": _cut_packets_of_ts,
}
